// Answers from the consent that was given once for a whole batch and stands in the journal; asks for nothing else.
#pragma once

#include <functional>
#include <utility>

#include "rotation/ports.hpp"
#include "rotation/view.hpp"

namespace cli {

// Whether it covers this question: a step of the plan, forward, and named in that consent. What no plan foresees and
// the way back it never covers.
[[nodiscard]] bool stands_for(const rotation::View& view, const rotation::Question& question);

// For a consent that a config gave: does it, still?
using StillAgreed = std::function<bool(const rotation::View& view, rotation::Step step)>;

class Standing final : public rotation::Operator {
 public:
  // `other` is asked what the consent does not cover; null: nobody is there for it. Both are held by the caller.
  // `still_agreed` empty: a consent once given by a config holds as a person's does.
  Standing(const rotation::Journal& journal, rotation::Operator* other, StillAgreed still_agreed = {})
      : journal_(journal), other_(other), still_agreed_(std::move(still_agreed)) {}

  [[nodiscard]] rotation::Consent confirm(const rotation::Question& question) override;
  void tell(const rotation::Progress& progress) override;
  void waiting(const std::string& what, rotation::Millis left) override;
  [[nodiscard]] std::vector<rotation::Draft> still_used(const rotation::View& view) override;

 private:
  const rotation::Journal& journal_;
  rotation::Operator* other_;
  StillAgreed still_agreed_;
};

}  // namespace cli

// Answers from the consent that was given once for a whole batch and stands in the journal; asks for nothing else.
#pragma once

#include "rotation/ports.hpp"
#include "rotation/view.hpp"

namespace cli {

// Whether it covers this question: a step of the plan, forward, and named in that consent. What no plan foresees and
// the way back it never covers.
[[nodiscard]] bool stands_for(const rotation::View& view, const rotation::Question& question);

class Standing final : public rotation::Operator {
 public:
  // `other` is asked what the consent does not cover; null: nobody is there for it. Both are held by the caller.
  Standing(const rotation::Journal& journal, rotation::Operator* other) : journal_(journal), other_(other) {}

  [[nodiscard]] rotation::Consent confirm(const rotation::Question& question) override;
  void tell(const rotation::Progress& progress) override;
  void waiting(const std::string& what, rotation::Millis left) override;
  [[nodiscard]] std::vector<rotation::Draft> still_used(const rotation::View& view) override;

 private:
  const rotation::Journal& journal_;
  rotation::Operator* other_;
};

}  // namespace cli

// A rollback's journal when the real one cannot be opened for writing: it can be read, and that is enough to name the
// old key and to make it Active.
#pragma once

#include "rotation/ports.hpp"
#include "rotation/view.hpp"

namespace cli {

class LastResortJournal final : public rotation::Journal {
 public:
  // `why` is what every attempt to write says.
  LastResortJournal(rotation::View view, rotation::Problem why) : view_(std::move(view)), why_(std::move(why)) {}

  [[nodiscard]] const rotation::View& view() const override { return view_; }
  void append(rotation::Draft /*draft*/, rotation::Attachments /*attachments*/) override { refuse(); }
  void set_caller(const rotation::Arn& /*arn*/) override {}
  void take_lease(rotation::Seize /*seize*/) override { refuse(); }
  void require_lease() override { refuse(); }
  void release_lease() noexcept override {}
  [[nodiscard]] std::optional<std::string> wrapped_key() override { return std::nullopt; }
  [[nodiscard]] std::optional<rotation::SealedSecret> sealed(const std::string& /*purpose*/) override {
    return std::nullopt;
  }
  void require_space() override { refuse(); }

 private:
  [[noreturn]] void refuse() const { throw rotation::StorageTrouble(why_); }

  rotation::View view_;
  rotation::Problem why_;
};

}  // namespace cli

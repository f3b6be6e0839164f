#include "cli/standing.hpp"

namespace cli {

bool stands_for(const rotation::View& view, const rotation::Question& question) {
  if (!question.accept_word.empty() || question.direction != rotation::Direction::forward) return false;
  return question.key == view.old_key && rotation::stands(view, question.step);
}

rotation::Consent Standing::confirm(const rotation::Question& question) {
  const rotation::View& view = journal_.view();
  const bool withdrawn =
      still_agreed_ && view.standing && view.standing->by_config && !still_agreed_(view, question.step);
  if (!withdrawn && stands_for(view, question)) return rotation::Consent::given;
  return other_ != nullptr ? other_->confirm(question) : rotation::Consent::nobody_to_ask;
}

void Standing::tell(const rotation::Progress& progress) {
  if (other_ != nullptr) other_->tell(progress);
}

void Standing::waiting(const std::string& what, rotation::Millis left) {
  if (other_ != nullptr) other_->waiting(what, left);
}

std::vector<rotation::Draft> Standing::still_used(const rotation::View& view) {
  return other_ != nullptr ? other_->still_used(view) : std::vector<rotation::Draft>{};
}

}  // namespace cli

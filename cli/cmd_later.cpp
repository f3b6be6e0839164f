// Words of the documented command line that this version does not speak yet: refused clearly, not as typing errors.
#include <array>
#include <string>

#include "cli/commands.hpp"

namespace cli {
namespace {

constexpr std::array later{"approve", "reject", "leak"};

}  // namespace

void describe_later(Describer& front) {
  for (const std::string word : later) {
    front.hidden_command(word).runs([word](const Options&) -> int { throw not_yet(word); });
  }
}

void describe_commands(Describer& front) {
  describe_front(front);
  describe_plan(front);
  describe_rotate(front);
  describe_resume(front);
  describe_rollback(front);
  describe_status(front);
  describe_retire(front);
  describe_clean(front);
  describe_find(front);
  describe_keys(front);
  describe_search(front);
  describe_metrics(front);
  describe_key(front);
  describe_history(front);
  describe_journal(front);
  describe_jobs(front);
  describe_run(front);
  describe_adopt(front);
  describe_by_hand(front);
  describe_locations(front);
  describe_doctor(front);
  describe_init(front);
  describe_completion(front);
  describe_later(front);
}

}  // namespace cli

// Rotations at a cloud that keeps deleted keys for a while, to be completed and reopened.
#pragma once

#include <memory>
#include <string>

#include "tests/store/workbench.hpp"

namespace store::test {

[[nodiscard]] rotation::AccessKeyId old_key();  // of the rotations of start_for

// Random, so that any piece of them is theirs alone.
struct Secrets {
  std::string wrapped, fresh, old;
};
[[nodiscard]] Secrets random_secrets(unsigned seed);
// Any 12 bytes in a row count: a torn rest does too.
[[nodiscard]] bool holds_piece(const std::string& all, const std::string& bytes);

[[nodiscard]] rotation::Start undeletable(const std::string& user, rotation::Seconds late_undo,
                                          rotation::Seconds undelete_for = std::chrono::hours{24 * 30},
                                          const std::string& key = old_key().text());
// A whole rotation up to its delete, with its secrets sealed on the way.
std::unique_ptr<rotation::Journal> complete(JournalStore& store, Bench& bench, const rotation::Start& start,
                                            const Secrets& secrets);
// A whole retirement of the old key.
std::unique_ptr<rotation::Journal> retire(JournalStore& store, Bench& bench, const std::string& user);
// The decision that reopens a completed rotation.
[[nodiscard]] rotation::Draft late_rollback();
// From reopened: the key is back, the operator goes forward after all and deletes it again.
void finish_again(rotation::Journal& journal, Bench& bench);

// SQL for one more record of the rotation, as no keybaton would write it but the guards let pass.
[[nodiscard]] std::string next_record(const std::string& rotation = "(SELECT id FROM rotation)");
// Puts every row into this state past the guards, which are put back word for word.
void lift_and_set_state(Shell& shell, int state);

// Goes on beside us: 0 is the exit code of work that threw nothing.
[[nodiscard]] int start_child(const std::function<void()>& work);

}  // namespace store::test

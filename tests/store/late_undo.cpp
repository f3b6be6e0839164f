#include "tests/store/late_undo.hpp"

#include <unistd.h>

#include <random>
#include <stdexcept>

namespace store::test {

using rotation::Direction;
using rotation::Draft;
using rotation::Kind;
using rotation::Op;
using rotation::Outcome;
using rotation::Step;

namespace {

std::string random_bytes(std::mt19937& chance, std::size_t size) {
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>(chance() % 256);
  return bytes;
}

Draft on_old_key(Draft draft, const std::string& state = {}) {
  draft.key = old_key();
  if (!state.empty()) draft.detail["state"] = state;
  return draft;
}

}  // namespace

rotation::AccessKeyId old_key() { return rotation::AccessKeyId{"AKIAOLD00000000000AA"}; }

Secrets random_secrets(unsigned seed) {
  std::mt19937 chance(seed);
  return {.wrapped = random_bytes(chance, 71), .fresh = random_bytes(chance, 68), .old = random_bytes(chance, 68)};
}

bool holds_piece(const std::string& all, const std::string& bytes) {
  for (std::size_t i = 0; i + 12 <= bytes.size(); i += 4) {
    if (all.find(bytes.substr(i, 12)) != std::string::npos) return true;
  }
  return false;
}

rotation::Start undeletable(const std::string& user, rotation::Seconds late_undo, rotation::Seconds undelete_for,
                            const std::string& key) {
  rotation::Start start = start_for(user, key);
  start.policy.late_undo = late_undo;
  start.provider.undelete_for = undelete_for;
  start.provider.bin_slots = 3;
  return start;
}

std::unique_ptr<rotation::Journal> complete(JournalStore& store, Bench& bench, const rotation::Start& start,
                                            const Secrets& secrets) {
  auto journal = store.begin(start, ann());
  auto drafts = whole_rotation(bench.clock);
  const rotation::AccessKeyId new_key{"AKIANEW00000000000BB"};
  for (std::size_t i = 0; i < drafts.size(); ++i) {
    rotation::Attachments attachments;
    if (i == 0) attachments.wrapped_key = secrets.wrapped;
    if (i == 1) attachments.sealed = {{.purpose = "new", .key = new_key, .bytes = secrets.fresh}};
    if (i == 2) attachments.sealed = {{.purpose = "old:laptop", .key = old_key(), .bytes = secrets.old}};
    if (i == 2) drafts[i].detail["old_sealed"] = "yes";
    journal->append(drafts[i], attachments);
  }
  return journal;
}

std::unique_ptr<rotation::Journal> retire(JournalStore& store, Bench& bench, const std::string& user) {
  rotation::Start start = undeletable(user, {});
  start.procedure = rotation::Procedure::retire;
  start.locations.clear();
  auto journal = store.begin(start, ann());
  Draft verified{.kind = Kind::outcome, .step = Step::verify, .outcome = Outcome::done};
  verified.detail["state"] = "verified";
  rotation::put(verified.detail, bench.clock);
  journal->append(verified);
  journal->append(on_old_key(intent(Op::deactivate_key, Step::deactivate, "b1")));
  journal->append(on_old_key(outcome(Op::deactivate_key, Step::deactivate, "b1"), "deactivated"));
  journal->append(on_old_key(intent(Op::delete_key, Step::delete_key, "b2")));
  journal->append(on_old_key(outcome(Op::delete_key, Step::delete_key, "b2"), "completed"));
  return journal;
}

Draft late_rollback() {
  Draft draft{.kind = Kind::decision, .step = Step::delete_key, .direction = Direction::back};
  draft.detail["what"] = "rollback";
  draft.detail["state"] = "deactivated";
  return draft;
}

void finish_again(rotation::Journal& journal, Bench& bench) {
  Draft asked = on_old_key(intent(Op::undelete_key, Step::delete_key, "c1"));
  asked.direction = Direction::back;
  journal.append(asked);
  Draft back = on_old_key(outcome(Op::undelete_key, Step::delete_key, "c1"));
  back.direction = Direction::back;
  journal.append(back);
  Draft forward{.kind = Kind::decision};
  forward.detail = {{"what", "accept"}, {"word", "location_stale:finish"}};
  journal.append(forward);
  bench.tick(std::chrono::seconds{1});
  journal.append(on_old_key(intent(Op::delete_key, Step::delete_key, "c2")));
  journal.append(on_old_key(outcome(Op::delete_key, Step::delete_key, "c2"), "completed"), {.shred = true});
}

std::string next_record(const std::string& rotation) {
  return "INSERT INTO record SELECT (SELECT max(id) + 1 FROM record), rotation, seq + 1, at, actor, claim, caller, "
         "account, user, 5, NULL, direction, NULL, NULL, NULL, NULL, '{}', zeroblob(32) FROM record WHERE rotation = " +
         rotation + " ORDER BY seq DESC LIMIT 1;";
}

void lift_and_set_state(Shell& shell, int state) {
  const std::string name = "rotation_moves_with_a_record";
  const std::string guard = shell.ask("SELECT sql FROM sqlite_schema WHERE name = '" + name + "'");
  const int code =
      shell.run("DROP TRIGGER " + name + "; UPDATE rotation SET state = " + std::to_string(state) + "; " + guard);
  if (code != SQLITE_OK) throw std::runtime_error(shell.error());
}

int start_child(const std::function<void()>& work) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  try {
    work();
  } catch (...) {
    ::_exit(99);
  }
  ::_exit(0);
}

}  // namespace store::test

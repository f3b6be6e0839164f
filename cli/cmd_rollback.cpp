// rollback: the old key Active before anything else. Nothing that is not needed for that is touched before it: no
// config, no sealing key, no lease, no commit.
#include <memory>

#include "cli/alone.hpp"
#include "cli/batch.hpp"
#include "cli/batch_rollback.hpp"
#include "cli/commands.hpp"
#include "cli/compose.hpp"
#include "cli/drive.hpp"
#include "cli/exit_codes.hpp"
#include "cli/named.hpp"
#include "cli/opening.hpp"
#include "cli/output.hpp"
#include "rotation/stops.hpp"

namespace cli {
namespace {

struct RollbackWords {
  TargetWords rotation;
  std::string reason;
  Consents consents;
  bool dry_run = false;
};

// Passes everything on to the terminal and, once the old key is Active, asks what made the operator turn back: never
// earlier, for a question must not stand between an outage and its end.
class ReasonAsker final : public rotation::Operator {
 public:
  ReasonAsker(TerminalOperator& person, Opened& opened, bool ask)
      : person_(person),
        opened_(opened),
        journal_(*opened.journal),
        ask_(ask && person.somebody_there() && !asked_before()) {}

  [[nodiscard]] rotation::Consent confirm(const rotation::Question& question) override {
    ask_now();
    return person_.confirm(question);
  }
  void tell(const rotation::Progress& progress) override {
    if (opened_.store && active_again()) {
      opened_.store->reader().connection().database().set_busy_limit(House::usual_patience);
    }
    person_.tell(progress);
  }
  void waiting(const std::string& what, rotation::Millis left) override {
    ask_now();
    person_.waiting(what, left);
  }
  void ask_now() {
    const rotation::View& view = journal_.view();
    if (!ask_ || !active_again()) return;
    ask_ = false;
    const auto reason = person_.ask_line("Why is this rolled back? (Enter to skip)");
    if (!reason || !view.open()) return;
    rotation::Draft note;
    note.kind = rotation::Kind::note;
    note.direction = rotation::Direction::back;
    note.detail = {{"what", "reason"}, {"reason", *reason}};
    try {
      journal_.append(std::move(note), {});
    } catch (const rotation::Trouble& trouble) {
      warn("The reason could not be recorded: " + visible(trouble.problem().message) + "\n");
    }
  }

 private:
  // An earlier rollback of this rotation came as far as the question.
  [[nodiscard]] bool asked_before() const { return active_again(); }
  [[nodiscard]] bool active_again() const {
    const rotation::View& view = journal_.view();
    return view.direction == rotation::Direction::back && !view.old_maybe_inactive && !view.old_deleted;
  }

  TerminalOperator& person_;
  Opened& opened_;
  rotation::Journal& journal_;
  bool ask_;
};

// A late undo reopens the rotation, and a user can have but one open.
void refuse_second(const store::JournalReader& reader, const rotation::View& view) {
  for (const rotation::Summary& later : reader.rotations(store::Which::closed)) {
    const bool replaced = view.new_key && later.old_key == *view.new_key && later.state == rotation::State::completed;
    if (!replaced || later.target.user_id != view.target.user_id) continue;
    throw rotation::Trouble(rotation::Ending::needs_operator,
                            {.message = "The key that this rotation made, " + view.new_key->text() +
                                        ", was itself replaced by a later rotation: " + later.id.text() + ".",
                             .keys = rotation::keys_now(view),
                             .hint = "keybaton rollback " + later.id.text() + ", then the same command again"});
  }
  for (const rotation::Summary& open : reader.open_of(view.target)) {
    throw rotation::Trouble(rotation::Ending::needs_operator,
                            {.message = "Another rotation of " + rotation::target_words(view.target) +
                                        " is open meanwhile: " + open.id.text() + ".",
                             .keys = rotation::keys_now(view),
                             .hint = "keybaton rollback " + open.id.text() + ", then the same command again"});
  }
}

void refuse_closed(const store::JournalReader& reader, const rotation::View& view) {
  if (view.state != rotation::State::completed) return;
  if (view.late_undo()) return refuse_second(reader, view);
  throw rotation::Trouble(
      rotation::Ending::usage,
      {.message = "Rotation " + view.id.text() + " is completed: " + view.old_key.text() +
                  " was deleted, and the provider cannot bring it back.",
       .keys = view.new_key ? "The new key " + view.new_key->text() + " is the one in use; nothing was done to it."
                            : "Nothing was done.",
       .hint = "keybaton rotate " + rotation::target_argument(view.target) + " makes another key if this one must go"});
}

// A newer rotation that is closed for good must not hide the one that can still be taken back.
void refuse_hidden(const store::JournalReader& reader, const rotation::RotationId& id, const RollbackWords& words) {
  const rotation::View chosen = reader.view(id);
  const bool by_id = !words.rotation.target.empty() && id.text().starts_with(words.rotation.target);
  if (by_id || chosen.open() || chosen.late_undo()) return;
  for (const rotation::Summary& each : reader.rotations(store::Which::closed)) {
    if (each.state != rotation::State::completed || each.target.user_id != chosen.target.user_id) continue;
    if (!reader.view(each.id).late_undo()) continue;
    throw usage("The last rotation of " + rotation::target_words(chosen.target) + ", " + id.text() + ", is " +
                    std::string(rotation::word(chosen.state)) + "; an earlier one, " + each.id.text() +
                    ", may still be taken back.",
                "keybaton rollback " + each.id.text());
  }
}

int roll_back(House& house, const store::JournalReader& reader, const rotation::RotationId& id,
              const RollbackWords& words) {
  Opened opened = open_somehow(house, reader, id);
  rotation::Journal& journal = *opened.journal;
  refuse_closed(reader, journal.view());
  if (!journal.view().open() && !journal.view().late_undo())
    return report(house, Driven{.view = journal.view(), .failure = {}, .unused = {}});
  ReasonAsker person{house.person(), opened, words.reason.empty()};
  const rotation::Wishes wishes = wishes_of(words.consents, house.person().somebody_there());
  const rotation::View before = journal.view();
  Driven driven = drive(journal, [&] {
    Bench bench{house, journal.view(), [] { return true; }};
    rotation::Ports ports = bench.ports(journal, person);
    rotation::Result result = rotation::roll_back(ports, words.reason, wishes);
    person.ask_now();
    return result;
  });
  if (opened.store) driven.unused = unused_words(opened.store->reader(), before, wishes);
  return report(house, driven);
}

std::optional<std::string> batch_meant(const House& house, const std::optional<store::JournalReader>& reader,
                                       const RollbackWords& words) {
  if (names_batch(words.rotation.target)) return words.rotation.target;
  if (!words.rotation.target.empty() || words.rotation.profile) return std::nullopt;
  auto batch = open_batch(house, reader);
  if (batch) refuse_what_is_closed(*reader, *batch, words.reason);
  return batch;
}

int rollback(const Options& options, const RollbackWords& words) {
  House house{options, words.consents};
  const auto reader = house.reader();
  house.warn_of_missing_journal(reader);
  if (const auto batch = batch_meant(house, reader, words)) {
    if (words.dry_run) throw usage("--dry-run takes one rotation at a time.", "keybaton status " + *batch);
    return roll_back_batch(house, reader, *batch, words.reason);
  }
  const rotation::RotationId id = named_rotation(house, reader, words.rotation);
  if (const Driven standing = as_it_stands(house, *reader, id); standing.row_only) return report(house, standing);
  refuse_hidden(*reader, id, words);
  if (!words.dry_run) return roll_back(house, *reader, id, words);
  store::JournalStore store = house.store();
  return report(house, rehearse_rollback(house, store, id, words.reason, wishes_of(words.consents, false)));
}

}  // namespace

void describe_rollback(Describer& front) {
  auto words = std::make_shared<RollbackWords>();
  Describer command = front.command("rollback", "the old key Active first, then locations, then the new key away");
  command
      .text("rotation", words->rotation.target, "an id, a unique prefix, ACCOUNT/USER, or a batch; none: what is open",
            "ROTATION")
      .text("--profile", words->rotation.profile, "the rotation of this profile's key", "NAME")
      .text("--reason", words->reason, "why, for the journal (asked at a terminal once the key is Active)", "TEXT")
      .flag("--dry-run", words->dry_run, "perform no effect, print what would be sent")
      .consents(words->consents)
      .examples(
          "  keybaton rollback                              the one open rotation, or the one open batch\n"
          "  keybaton rollback prod/support-api --reason \"the batch job still used it\"\n"
          "It works with a broken config, a full disk, a lost sealing key and another operator's lease.");
  command.runs([words](const Options& options) { return rollback(options, *words); });
}

}  // namespace cli

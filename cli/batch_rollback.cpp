#include "cli/batch_rollback.hpp"

#include "cli/alone.hpp"
#include "cli/batch.hpp"
#include "cli/opening.hpp"
#include "cli/output.hpp"
#include "cli/progress_line.hpp"
#include "cli/standing.hpp"
#include "rotation/stops.hpp"

namespace cli {

namespace {

Driven back(House& house, const store::JournalReader& reader, const rotation::RotationId& id, const std::string& reason,
            bool wake_only) {
  Opened opened = open_somehow(house, reader, id);
  const rotation::View& view = opened.journal->view();
  const bool nothing_to_wake = wake_only && view.open() && !view.old_maybe_inactive;
  if (nothing_to_wake || (!view.open() && !view.late_undo())) return {.view = view, .failure = {}, .unused = {}};
  return drive(*opened.journal, [&] {
    Bench bench{house, opened.journal->view(), [] { return true; }};
    Standing nobody{*opened.journal, nullptr};
    rotation::Ports ports = bench.ports(*opened.journal, nobody);
    return rotation::roll_back(ports, reason, {.wake_only = wake_only});
  });
}

}  // namespace

void refuse_what_is_closed(const store::JournalReader& reader, const std::string& batch, const std::string& reason) {
  std::size_t closed = 0;
  for (const auto& [summary, of] : reader.in_batches(store::Which::closed)) {
    if (of != batch) continue;
    const Driven standing = as_it_stands(reader, summary.id);
    if (!standing.row_only && standing.view.late_undo()) ++closed;
  }
  if (closed == 0) return;
  throw rotation::Trouble(
      rotation::Ending::needs_operator,
      {.message = "Of the open batch " + batch + " " + std::to_string(closed) +
                  (closed == 1 ? " key is" : " keys are") +
                  " deleted already, and would come back from the recycle bin with it.",
       .keys = "Nothing was done, no key was touched.",
       .hint = "keybaton rollback " + batch + (reason.empty() ? "" : " --reason " + rotation::quoted(reason))});
}

int roll_back_batch(House& house, const std::optional<store::JournalReader>& reader, const std::string& word,
                    const std::string& reason) {
  const Members members = members_of(reader, word);
  house.share(members.keys);
  std::vector<Driven> all;
  ProgressLine line{err_style(house.options())};
  for (const bool wake_only : {true, false}) {
    all.clear();
    std::size_t looked_at = 0;
    for (const rotation::RotationId& id : members.rotations) {
      if (house.clock().interrupted()) break;
      line.show((wake_only ? "turning keys on: " : "closing: ") + std::to_string(++looked_at) + " of " +
                std::to_string(members.rotations.size()));
      all.push_back(alone(house, *reader, id, [&] { return back(house, *reader, id, reason, wake_only); }));
    }
  }
  line.clear();
  add_unreadable(house, *reader, members, all);
  return report_batch(house, members.batch, all);
}

}  // namespace cli

#include "cli/batch_rollback.hpp"

#include "cli/batch.hpp"
#include "cli/opening.hpp"
#include "cli/output.hpp"
#include "cli/progress_line.hpp"
#include "cli/standing.hpp"

namespace cli {

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
      Opened opened = open_somehow(house, *reader, id);
      const rotation::View& view = opened.journal->view();
      if (!view.open() && !view.late_undo()) {
        all.push_back({.view = view, .failure = {}, .unused = {}});
        continue;
      }
      if (wake_only && view.open() && !view.old_maybe_inactive) continue;
      all.push_back(drive(*opened.journal, [&] {
        Bench bench{house, opened.journal->view(), [] { return true; }};
        Standing nobody{*opened.journal, nullptr};
        rotation::Ports ports = bench.ports(*opened.journal, nobody);
        return rotation::roll_back(ports, reason, {.wake_only = wake_only});
      }));
    }
  }
  line.clear();
  return report_batch(house, members.batch, all);
}

}  // namespace cli

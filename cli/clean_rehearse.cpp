#include "cli/clean_rehearse.hpp"

#include "cli/dry_run.hpp"
#include "cli/standing.hpp"

namespace cli {

RehearsedKey rehearse_key(House& house, const CleanStart& start, const BatchConsent& consent) {
  const rotation::Start& pins = start.prospect.start;
  RehearsedKey rehearsed{.row = start.row, .records = {}, .driven = {}};
  rehearsed.records.push_back(imagined_record(pins, house.actor().person, house.now().wall));
  Bench bench{house, pins.connection, pins.locations, [] { return true; }, reach_of(pins.procedure)};
  DryRun imagined{imagined_start(pins, house.actor().person, house.now().wall), bench.world(), nullptr,
                  [](const std::string&) {}};
  DryRunJournal& journal = imagined.journal();
  rehearsed.driven = drive(journal, [&] {
    record_consent(journal, consent, start.row.used->at, house.now());
    Standing person{journal, nullptr};
    const rotation::Ports there = imagined.ports();
    rotation::Ports ports{there.journal, there.sealer, there.spill, there.cloud, there.locations, there.clock, person};
    return rotation::advance(ports, {});
  });
  rehearsed.records.insert(rehearsed.records.end(), journal.records().begin(), journal.records().end());
  return rehearsed;
}

}  // namespace cli

#include "cli/opening.hpp"

#include "cli/last_resort.hpp"
#include "cli/output.hpp"

namespace cli {

Opened open_somehow(House& house, const store::JournalReader& reader, const rotation::RotationId& id) {
  Opened opened;
  try {
    opened.store.emplace(house.store(outage_patience));
    opened.journal = opened.store->open(id, house.actor());
  } catch (const rotation::Trouble& trouble) {
    if (trouble.ending() != rotation::Ending::storage && trouble.ending() != rotation::Ending::held) throw;
    warn("The journal cannot be written: " + visible(trouble.problem().message) +
         "\nThe old key comes first; its record goes beside the journal.\n");
    opened.journal = std::make_unique<LastResortJournal>(reader.view(id), trouble.problem());
  }
  return opened;
}

}  // namespace cli

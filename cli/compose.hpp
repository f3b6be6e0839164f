// The composition root: which concrete class stands behind each port, for one command.
#pragma once

#include <atomic>
#include <chrono>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cli/cloud_access.hpp"
#include "cli/config.hpp"
#include "cli/dry_run.hpp"
#include "cli/options.hpp"
#include "cli/standing.hpp"
#include "cli/target.hpp"
#include "cli/terminal.hpp"
#include "platform/clock.hpp"
#include "rotation/engine.hpp"
#include "secrets_adapters/registry.hpp"
#include "store/journal_store.hpp"
#include "store/sealing.hpp"
#include "store/spill.hpp"

namespace cli {

class Commons;

// One command's surroundings: who asks, where the journal is, what time it is.
class House {
 public:
  explicit House(const Options& options, const Consents& consents = {});
  ~House();
  House(const House&) = delete;
  House& operator=(const House&) = delete;

  [[nodiscard]] const Options& options() const { return options_; }
  [[nodiscard]] const std::filesystem::path& journal_path() const { return journal_path_; }
  [[nodiscard]] const store::Actor& actor();  // looked up when first asked for: readers need nobody's name
  [[nodiscard]] platform::SystemClock& clock() { return clock_; }
  [[nodiscard]] TerminalOperator& person() { return person_; }
  [[nodiscard]] rotation::Instant now() { return clock_.now(); }

  // The config that was named must be there; without a word, none is one, too. Throws Trouble (usage).
  [[nodiscard]] Config config() const;

  // Reading makes nothing; nullopt where no journal has been made yet.
  [[nodiscard]] std::optional<store::JournalReader> reader();
  // A journal that was named and is not there holds nothing, which is an answer; a slip of the hand reads just the
  // same.
  void warn_of_missing_journal(const std::optional<store::JournalReader>& reader) const;
  // Makes what is missing. `patience`: how long another process may keep the journal from us.
  [[nodiscard]] store::JournalStore store(std::chrono::milliseconds patience = usual_patience);
  static constexpr std::chrono::milliseconds usual_patience{30000};

  // What reaches locations beyond the file system; `access`, for those in that account's cloud, is held by the caller,
  // and may be null. `rotation` may be empty.
  [[nodiscard]] secrets_adapters::Surroundings surroundings(CloudAccess* access,
                                                            const rotation::RotationId& rotation = {});
  // May be called from several threads: whoever has to be asked for a code is asked by one after the other.
  [[nodiscard]] std::unique_ptr<CloudAccess> cloud(const rotation::Connection& connection);
  // Somebody is being asked for a code right now: the terminal's last line is not ours to draw on.
  [[nodiscard]] bool asking() const { return asking_; }
  // How many may work at once, where so many were wanted: each has connections of its own, and nobody types a code for
  // each of them.
  [[nodiscard]] std::size_t width(std::size_t wanted) const { return has_asked_ ? 1 : wanted; }
  // What scans saw, beside the journal.
  [[nodiscard]] std::filesystem::path snapshot_path() const;

  // Until `share_no_more`, the retires of these keys share what they reach: one connection an account, one look at each
  // place.
  void share(const std::set<rotation::AccessKeyId>& keys);
  void share_no_more();
  [[nodiscard]] Commons* commons() { return commons_.get(); }  // null: nothing is shared
  [[nodiscard]] std::shared_ptr<CloudAccess> access(const rotation::Connection& connection);

  // Whether a consent that once came from the config has its agreement now, too: it is read anew for each question, as
  // hours may lie between two of them. A config that cannot be read agrees to nothing. From any thread.
  [[nodiscard]] bool still_agreed(const rotation::View& view, rotation::Step step);

  // Ends late undos whose time is over by the clock of their cloud, which is asked only for those. Never throws
  // Trouble.
  void end_late_undos(store::JournalStore& store);

 private:
  [[nodiscard]] store::OpenOptions open_options(std::chrono::milliseconds patience);

  const Options& options_;
  std::filesystem::path journal_path_;
  std::optional<store::Actor> actor_;
  platform::SystemClock clock_;
  TerminalOperator person_;
  std::mutex one_asks_;
  std::atomic<bool> asking_ = false, has_asked_ = false;
  std::unique_ptr<Commons> commons_;
};

// What a rotation reaches its places and its cloud through. Only a retire, which writes nowhere and needs no secret,
// may share it with others while the house shares.
enum class Reach : bool { own, shared };
[[nodiscard]] Reach reach_of(rotation::Procedure procedure);

// The tools for one rotation, made from what its journal (or its survey) pins.
class Bench {
 public:
  // `holds_wrapped_key` as FileSealer asks it; `rotation` is empty as long as there is none. Throws Trouble (usage)
  // where the cloud can't be reached as described; a location that can't be made stands in as one that can't be read.
  Bench(House& house, const rotation::Connection& connection, const std::vector<rotation::LocationSpec>& locations,
        std::function<bool()> holds_wrapped_key, Reach reach, const rotation::RotationId& rotation = {});
  // As the rotation's own journal pins them.
  Bench(House& house, const rotation::View& view, std::function<bool()> holds_wrapped_key);

  [[nodiscard]] rotation::Cloud& cloud() { return access_->cloud(); }
  [[nodiscard]] rotation::Connection pins() const { return access_->pins(); }
  [[nodiscard]] rotation::Locations& locations() { return locations_; }
  [[nodiscard]] rotation::Ports ports(rotation::Journal& journal);
  [[nodiscard]] rotation::Ports ports(rotation::Journal& journal, rotation::Operator& person);
  [[nodiscard]] RealWorld world();
  // One more of them; a location that can't be made stands in as one that can't be read.
  [[nodiscard]] std::unique_ptr<rotation::Location> location(const rotation::LocationSpec& spec);
  // The locations once more, as places of this rotation: made before it had an id.
  void now_of(const rotation::View& view);
  // Of a rotation that is adopted: the new secret, sealed. Throws SealingTrouble.
  [[nodiscard]] rotation::Attachments sealed_at_start(const rotation::Prospect& prospect,
                                                      const rotation::RotationId& rotation);
  // Reads and proves the sealing key, or makes it where nothing was ever sealed. Throws SealingTrouble.
  void require_sealing_key();

 private:
  House& house_;
  Commons* commons_;               // null: nothing is shared
  rotation::RotationId rotation_;  // empty as long as there is none
  std::shared_ptr<CloudAccess> access_;
  rotation::Locations locations_;
  store::FileSealer sealer_;
  store::FileSpill spill_;
};

// Where the sealing key of a connection is.
[[nodiscard]] std::filesystem::path sealing_key(const rotation::Connection& connection);

[[nodiscard]] std::vector<rotation::LocationSpec> pinned_locations(const rotation::View& view);

}  // namespace cli

// Jobs, and the worker's passes: what the journal keeps of them. Who added, removed or ran one is a record as well.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "rotation/time.hpp"
#include "store/journal_store.hpp"

namespace store {

struct JobRun {
  rotation::Time began{};
  std::optional<rotation::Time> ended;  // empty: under way, or cut off
  std::optional<int> exit;
  std::string outcome;  // "ok", "refused", …: the word of the exit code
};

struct Job {
  std::string id;
  std::string line;                     // what it runs
  std::optional<std::string> schedule;  // as crontab(5) writes it; one of these two is there
  std::optional<std::string> event;
  std::string added_by = {};
  rotation::Time added_at = {};
  rotation::Time counted_from = {};  // its next time is the first that the schedule has after this
  std::int64_t runs = 0;
  std::optional<JobRun> last = {};
};

// By their id. None in a journal that an older version made and nobody has written to since.
[[nodiscard]] std::vector<Job> jobs(const JournalReader& reader);
[[nodiscard]] std::optional<Job> find_job(const JournalReader& reader, const std::string& id);

// With its record, in one commit. Throws Trouble (usage) where there is one of this id, or none.
void add_job(JournalStore& store, const Job& job, const Actor& actor);
void remove_job(JournalStore& store, const std::string& id, const Actor& actor);

// Before it runs. A run that is cut off leaves the job due: it is run again.
void begin_job(JournalStore& store, const std::string& id);
// Afterwards, with its record: the schedule counts from the run's begin on, so what was missed is not made up for.
void end_job(JournalStore& store, const std::string& id, const JobRun& run, const Actor& actor);

// The clock was ahead when the job ran last: its schedule counts from `now` on, where it counted from later than that.
void count_from(JournalStore& store, const std::string& id, rotation::Time now);

struct WorkerPass {
  std::string by;
  rotation::Time began{};
  std::optional<rotation::Time> ended;  // empty: under way, or cut off
  std::optional<int> exit;
};
[[nodiscard]] std::optional<WorkerPass> last_pass(const JournalReader& reader);
void note_pass(JournalStore& store, const WorkerPass& pass);

}  // namespace store

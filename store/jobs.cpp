#include "store/jobs.hpp"

#include <utility>

#include "store/records.hpp"
#include "store/schema.hpp"

namespace store {
namespace {

using rotation::Draft;
using rotation::Time;

constexpr int first_with_jobs = 3;
constexpr const char* untouched = "Nothing was done, no key was touched.";

std::int64_t seconds(Time time) { return time.time_since_epoch().count(); }
Time time_of(std::int64_t seconds) { return Time{rotation::Seconds{seconds}}; }

std::optional<std::string> maybe_text(const Use& row, int column) {
  return row.is_null(column) ? std::nullopt : std::optional{row.text(column)};
}
std::optional<Time> maybe_time(const Use& row, int column) {
  const auto value = row.maybe_integer(column);
  return value ? std::optional{time_of(*value)} : std::nullopt;
}

constexpr std::string_view columns =
    "id, line, schedule, event, added_by, added_at, counted_from, runs, began_at, ended_at, exit, outcome";

Job read_job(const Use& row) {
  Job job{.id = row.text(0),
          .line = row.text(1),
          .schedule = maybe_text(row, 2),
          .event = maybe_text(row, 3),
          .added_by = row.text(4),
          .added_at = time_of(row.integer(5)),
          .counted_from = time_of(row.integer(6)),
          .runs = row.integer(7)};
  if (const auto began = maybe_time(row, 8)) {
    job.last = JobRun{.began = *began, .ended = maybe_time(row, 9), .exit = {}, .outcome = row.text(11)};
    if (const auto exit = row.maybe_integer(10)) job.last->exit = static_cast<int>(*exit);
  }
  return job;
}

bool has_jobs(Connection& connection) { return version_of(connection.database()) >= first_with_jobs; }

// A record that is of no account and no user.
void insert_note(Connection& connection, const Actor& actor, rotation::Detail detail) {
  Draft draft{.kind = rotation::Kind::note};
  draft.detail = std::move(detail);
  rotation::Record record{.actor = actor.person, .claim = actor.claim, .what = std::move(draft)};
  record.at = connection.options().now().wall;
  insert_record(connection, record);
}

void put(rotation::Detail& detail, const std::string& key, const std::optional<std::string>& value) {
  if (value) detail[key] = *value;
}

rotation::Trouble unknown_job(const JournalReader& reader, const std::string& id) {
  std::string all;
  for (const Job& each : jobs(reader)) all += (all.empty() ? "" : ", ") + each.id;
  return {rotation::Ending::usage,
          {.message =
               "There is no job \"" + id + "\"" + (all.empty() ? ": there is none at all." : "; there is " + all + "."),
           .keys = untouched,
           .hint = "keybaton jobs list"}};
}

template <class Work>
void in_transaction(Connection& connection, const Work& work) {
  try {
    Transaction transaction(connection.database(), Transaction::Mode::write);
    work();
    transaction.commit();
  } catch (...) {
    connection.forget_names();
    throw;
  }
}

}  // namespace

std::vector<Job> jobs(const JournalReader& reader) {
  Connection& connection = reader.connection();
  std::vector<Job> all;
  if (!has_jobs(connection)) return all;
  Use use(connection.prepared("SELECT " + std::string(columns) + " FROM job ORDER BY id"));
  while (use.next()) all.push_back(read_job(use));
  return all;
}

std::optional<Job> find_job(const JournalReader& reader, const std::string& id) {
  Connection& connection = reader.connection();
  if (!has_jobs(connection)) return std::nullopt;
  Use use(connection.prepared("SELECT " + std::string(columns) + " FROM job WHERE id = ?"));
  use.bind(id);
  return use.next() ? std::optional{read_job(use)} : std::nullopt;
}

void add_job(JournalStore& store, const Job& job, const Actor& actor) {
  Connection& connection = store.reader().connection();
  in_transaction(connection, [&] {
    if (const auto there = find_job(store.reader(), job.id)) {
      throw rotation::Trouble(
          rotation::Ending::usage,
          {.message = "There is a job \"" + job.id + "\" already, added by " + there->added_by + ": " + there->line,
           .keys = untouched,
           .hint = "keybaton jobs remove " + job.id + ", or another --id"});
    }
    const Time now = connection.options().now().wall;
    const auto text = [](const std::optional<std::string>& value) { return value.value_or(""); };
    Use use(
        connection.prepared("INSERT INTO job(id, line, schedule, event, added_by, added_at, counted_from) "
                            "VALUES (?, ?, nullif(?, ''), nullif(?, ''), ?, ?, ?)"));
    use.bind(job.id).bind(job.line).bind(text(job.schedule)).bind(text(job.event)).bind(actor.person);
    use.bind(seconds(now)).bind(seconds(now));
    use.run();
    rotation::Detail detail{{"what", "job_added"}, {"job", job.id}, {"line", job.line}};
    put(detail, "schedule", job.schedule);
    put(detail, "event", job.event);
    insert_note(connection, actor, std::move(detail));
  });
}

void remove_job(JournalStore& store, const std::string& id, const Actor& actor) {
  Connection& connection = store.reader().connection();
  in_transaction(connection, [&] {
    const auto job = find_job(store.reader(), id);
    if (!job) throw unknown_job(store.reader(), id);
    Use(connection.prepared("DELETE FROM job WHERE id = ?")).bind(id).run();
    insert_note(connection, actor, {{"what", "job_removed"}, {"job", id}, {"line", job->line}});
  });
}

void begin_job(JournalStore& store, const std::string& id) {
  Connection& connection = store.reader().connection();
  in_transaction(connection, [&] {
    if (!find_job(store.reader(), id)) throw unknown_job(store.reader(), id);
    Use use(connection.prepared(
        "UPDATE job SET began_at = ?, ended_at = NULL, exit = NULL, outcome = NULL, runs = runs + 1 WHERE id = ?"));
    use.bind(seconds(connection.options().now().wall)).bind(id);
    use.run();
  });
}

void end_job(JournalStore& store, const std::string& id, const JobRun& run, const Actor& actor) {
  Connection& connection = store.reader().connection();
  in_transaction(connection, [&] {
    const Time now = connection.options().now().wall;
    Use use(connection.prepared("UPDATE job SET ended_at = ?, exit = ?, outcome = ?, counted_from = ? WHERE id = ?"));
    use.bind(seconds(now)).bind(std::int64_t{run.exit.value_or(0)}).bind(run.outcome).bind(seconds(run.began)).bind(id);
    use.run();
    insert_note(
        connection, actor,
        {{"what", "job_ran"}, {"job", id}, {"ending", run.outcome}, {"exit", std::to_string(run.exit.value_or(0))}});
  });
}

void count_from(JournalStore& store, const std::string& id, Time now) {
  Connection& connection = store.reader().connection();
  in_transaction(connection, [&] {
    Use use(connection.prepared("UPDATE job SET counted_from = ? WHERE id = ? AND counted_from > ?"));
    use.bind(seconds(now)).bind(id).bind(seconds(now));
    use.run();
  });
}

std::optional<WorkerPass> last_pass(const JournalReader& reader) {
  Connection& connection = reader.connection();
  if (!has_jobs(connection)) return std::nullopt;
  Use use(connection.prepared("SELECT by, began_at, ended_at, exit FROM worker_pass"));
  if (!use.next()) return std::nullopt;
  WorkerPass pass{.by = use.text(0), .began = time_of(use.integer(1)), .ended = maybe_time(use, 2), .exit = {}};
  if (const auto exit = use.maybe_integer(3)) pass.exit = static_cast<int>(*exit);
  return pass;
}

void note_pass(JournalStore& store, const WorkerPass& pass) {
  Connection& connection = store.reader().connection();
  in_transaction(connection, [&] {
    Use use(connection.prepared(
        "INSERT INTO worker_pass(id, by, began_at, ended_at, exit) VALUES (1, ?, ?, ?, ?) ON CONFLICT(id) DO UPDATE "
        "SET by = excluded.by, began_at = excluded.began_at, ended_at = excluded.ended_at, exit = excluded.exit"));
    const auto ended = pass.ended ? std::optional{seconds(*pass.ended)} : std::nullopt;
    const auto exit = pass.exit ? std::optional{std::int64_t{*pass.exit}} : std::nullopt;
    use.bind(pass.by).bind(seconds(pass.began)).bind(ended).bind(exit);
    use.run();
  });
}

}  // namespace store

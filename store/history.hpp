// The audit history: filtered, in pages, so that no read holds off a writer for long.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "rotation/record.hpp"
#include "store/journal_reader.hpp"

namespace store {

// All given filters must hold. Texts are compared whole, `text` is a substring (ASCII letters in either case) of any
// name, attempt or detail of the record.
struct HistoryFilter {
  std::optional<rotation::RotationId> rotation;
  std::optional<rotation::AccountName> account;
  std::optional<rotation::UserName> user;
  std::optional<rotation::AccessKeyId> key;
  std::optional<std::string> actor;
  std::optional<rotation::Kind> kind;
  std::optional<rotation::Step> step;
  std::optional<rotation::LocationName> location;
  std::optional<rotation::Time> since;
  std::optional<rotation::Time> until;  // exclusive
  std::optional<std::string> text;
  std::size_t limit = 50;  // the newest so many; 0: all
  bool reverse = false;    // newest first
};

using EachRecord = std::function<void(const rotation::Record&)>;

// Streams the records oldest first (or newest first): by id, and by time, then id, where time is the only filter.
// Records that are appended meanwhile do not show. `each` runs between the pages, outside any transaction.
void history(const JournalReader& reader, const HistoryFilter& filter, const EachRecord& each);

// The statements that history() would run, to be looked at with EXPLAIN QUERY PLAN.
[[nodiscard]] std::vector<std::string> history_sql(const JournalReader& reader, const HistoryFilter& filter);

struct Head {
  std::string hash;  // hex
  std::int64_t records = 0;
};
[[nodiscard]] Head head(const JournalReader& reader);
// Every record up to the head that it returns, oldest first.
Head export_records(const JournalReader& reader, const EachRecord& each);

struct Verified {
  bool ok = false;
  std::int64_t records = 0;
  std::int64_t rotations = 0;
  std::string head;            // hex
  std::int64_t first_bad = 0;  // a record's id; 0 where no single record is at fault
  std::string why;
};
// Chain, numbering, projection against fold, schema and words, up to the head at its start, beside live writers.
// `expected_head` (hex) must stand in the chain: a cut tail is found against an exported head.
[[nodiscard]] Verified verify(const JournalReader& reader, const std::optional<std::string>& expected_head = {});

}  // namespace store

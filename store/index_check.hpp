// Whether the indexes hold what their tables hold. One that was remade with less in it, its text in the schema put
// back, hides rows from every query that goes through it, and neither the hash chain nor the schema's text shows it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "store/connection.hpp"

namespace store {

// What belongs in an index, as a sum over its entries that does not depend on their order. Salted with chance, so that
// nobody can make up entries that come to the same.
struct IndexSum {
  std::uint64_t sum = 0;
  std::int64_t entries = 0;
  [[nodiscard]] bool operator==(const IndexSum&) const = default;
};

inline constexpr std::size_t record_index_count = 9;

// The indexes of `record`, held against its rows up to a head while somebody else reads those from the table.
class RecordIndexes {
 public:
  explicit RecordIndexes(std::int64_t head);
  // A row of `record_columns`, read NOT INDEXED.
  void add(const Use& row);
  // Once all rows up to the head were added: why an index is wrong. Reads it page by page.
  [[nodiscard]] std::optional<std::string> fault(Connection& connection) const;

 private:
  std::int64_t head_;
  std::uint64_t salt_;
  std::array<IndexSum, record_index_count> sums_{};
};

// The same for the dictionary of names, and that no text stands there twice.
[[nodiscard]] std::optional<std::string> name_index_fault(Connection& connection);

// Inside a read transaction: why an index of open rotations lacks the row of this one.
[[nodiscard]] std::optional<std::string> missing_open_rotation(Connection& connection, std::int64_t rotation);
// Why one of them holds what is no open rotation, or one twice. In one read for each index: open ones are few.
[[nodiscard]] std::optional<std::string> stray_open_rotation(Connection& connection);

}  // namespace store

// Records and projection rows, between SQL and the core's types.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "rotation/errors.hpp"
#include "rotation/view.hpp"
#include "store/connection.hpp"

namespace store {

// A row that no keybaton wrote.
class BadRow : public rotation::StorageTrouble {
 public:
  BadRow(std::int64_t id, const std::string& why);
  [[nodiscard]] std::int64_t id() const noexcept { return id_; }
  [[nodiscard]] const std::string& why() const noexcept { return why_; }

 private:
  std::int64_t id_;
  std::string why_;
};

// For "SELECT " + these + " FROM record …"; read_record takes them in this order. Throws BadRow.
inline constexpr std::string_view record_columns =
    "id, rotation, seq, at, actor, claim, caller, account, user, kind, step, direction, attempt, outcome, key, "
    "location, detail, hash";
[[nodiscard]] rotation::Record read_record(Connection& connection, Use& row);

// Inside a write transaction: gives the record its id and hash and inserts it at the chain's end.
void insert_record(Connection& connection, rotation::Record& record);

inline constexpr std::string_view summary_columns =
    "id, procedure, account, provider, partition, account_id, user, user_id, by_profile, old_key, new_key, state, "
    "direction, pending_step, attention, seq, started_by, started_at, updated_at";
[[nodiscard]] rotation::Summary read_summary(Connection& connection, Use& row);
// Inside a write transaction, after the record that it follows.
void insert_summary(Connection& connection, const rotation::Summary& summary);
// Writes the state only where it changed: three indexes hang on it, and most records leave it.
void update_summary(Connection& connection, const rotation::Summary& before, const rotation::Summary& after);

}  // namespace store

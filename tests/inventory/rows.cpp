#include "tests/inventory/rows.hpp"

#include <gtest/gtest.h>

namespace inventory::testing {
namespace {

template <class Parse>
Fault fault_by(Parse parse, const std::string& query) {
  try {
    (void)parse(query);
  } catch (const BadQuery& bad) {
    return bad.fault();
  }
  ADD_FAILURE() << "reads as a query: " << query;
  return {};
}

}  // namespace

rotation::Time now() { return *rotation::parse_rfc3339("2026-06-01T12:00:00Z"); }
rotation::Time days_ago(int days) { return now() - std::chrono::days{days}; }

KeyRow used_row() {
  return {.account = rotation::AccountName{"prod"},
          .provider = "aws",
          .account_id = rotation::AccountId{"123456789012"},
          .user = rotation::UserName{"app"},
          .user_id = rotation::UserId{"AIDAAPP"},
          .key = {.id = rotation::AccessKeyId{"AKIAAPP"},
                  .status = rotation::KeyStatus::active,
                  .created_at = days_ago(200)},
          .used = rotation::LastUsed{.at = days_ago(100), .service = "s3", .region = "eu-west-1"},
          .slots = 2,
          .seen_at = now()};
}

KeyRow never_used_row() {
  KeyRow row = used_row();
  row.user = rotation::UserName{"fresh"};
  row.key = {
      .id = rotation::AccessKeyId{"AKIAFRESH"}, .status = rotation::KeyStatus::inactive, .created_at = days_ago(50)};
  row.used = rotation::LastUsed{};
  row.slots = 1;
  return row;
}

KeyRow unread_row() {
  KeyRow row = used_row();
  row.user = rotation::UserName{"dark"};
  row.used = std::nullopt;
  return row;
}

KeyRow bare_row() { return {.seen_at = now()}; }

std::vector<KeyRow> rows() { return {used_row(), never_used_row(), unread_row(), bare_row()}; }

Truth truth(const std::string& query, const KeyRow& row) { return parse_query(query).truth(row, now()); }

Fault fault_of(const std::string& query) { return fault_by(parse_query, query); }
Fault search_fault_of(const std::string& query) { return fault_by(parse_search, query); }

}  // namespace inventory::testing

#include "cli/key_query.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "cli/options.hpp"

namespace cli {
namespace {

using namespace std::string_view_literals;

constexpr std::array fields{std::pair{"account"sv, KeyField::account},     std::pair{"provider"sv, KeyField::provider},
                            std::pair{"user"sv, KeyField::user},           std::pair{"key"sv, KeyField::key},
                            std::pair{"status"sv, KeyField::status},       std::pair{"age"sv, KeyField::age},
                            std::pair{"idle"sv, KeyField::idle},           std::pair{"created"sv, KeyField::created},
                            std::pair{"last_used"sv, KeyField::last_used}, std::pair{"service"sv, KeyField::service},
                            std::pair{"region"sv, KeyField::region}};

// Whole numbers for what is measured, so that 9 comes before 10.
std::optional<std::int64_t> number(const KeyRow& row, KeyField field, rotation::Time now) {
  const auto used = row.used ? row.used->at : std::nullopt;
  switch (field) {
    case KeyField::age: return (now - row.key.created_at).count();
    case KeyField::created: return row.key.created_at.time_since_epoch().count();
    case KeyField::idle: return used ? std::optional{(now - *used).count()} : std::nullopt;
    case KeyField::last_used: return used ? std::optional{used->time_since_epoch().count()} : std::nullopt;
    case KeyField::account:
    case KeyField::provider:
    case KeyField::user:
    case KeyField::key:
    case KeyField::status:
    case KeyField::service:
    case KeyField::region: return std::nullopt;
  }
  return std::nullopt;
}

std::optional<std::string> some(std::string text) {
  if (text.empty()) return std::nullopt;
  return text;
}

std::optional<std::string> text(const KeyRow& row, KeyField field, rotation::Time now) {
  switch (field) {
    case KeyField::account: return some(row.account.text());
    case KeyField::provider: return some(row.provider);
    case KeyField::user: return some(row.user.text());
    case KeyField::key: return some(row.key.id.text());
    case KeyField::status: return std::string(rotation::word(row.key.status));
    case KeyField::service: return row.used ? some(row.used->service) : std::nullopt;
    case KeyField::region: return row.used ? some(row.used->region) : std::nullopt;
    case KeyField::age:
    case KeyField::idle: {
      const auto seconds = number(row, field, now);
      if (!seconds) return std::nullopt;
      return std::to_string(*seconds / 86400) + "d";
    }
    case KeyField::created: return rotation::rfc3339(row.key.created_at);
    case KeyField::last_used:
      return row.used && row.used->at ? std::optional{rotation::rfc3339(*row.used->at)} : std::nullopt;
  }
  return std::nullopt;
}

bool measured(KeyField field) {
  return field == KeyField::age || field == KeyField::idle || field == KeyField::created ||
         field == KeyField::last_used;
}

template <class V>
bool before(const std::optional<V>& left, const std::optional<V>& right) {
  return left && (!right || *left < *right);
}

}  // namespace

KeyField key_field(const std::string& option, const std::string& name) {
  std::string known;
  for (const auto& [word, field] : fields) {
    if (word == name) return field;
    known += (known.empty() ? "" : ", ") + std::string(word);
  }
  throw usage(option + " knows no field \"" + name + "\".", "use one of " + known);
}

bool unused_for(const KeyRow& row, rotation::Seconds span, rotation::Time now) {
  if (!row.used) return false;
  return now - row.used->at.value_or(row.key.created_at) > span;
}

void sort_keys(std::vector<KeyRow>& rows, KeyField field, rotation::Time now) {
  std::ranges::stable_sort(rows, [&](const KeyRow& left, const KeyRow& right) {
    if (measured(field)) return before(number(left, field, now), number(right, field, now));
    return before(text(left, field, now), text(right, field, now));
  });
}

KeyCount count_keys(const std::vector<KeyRow>& rows, KeyField field, rotation::Time now) {
  KeyCount count;
  for (const KeyRow& row : rows) {
    if (const auto value = text(row, field, now)) {
      ++count.values[*value];
      ++count.matched;
    } else {
      ++count.unmatched;
    }
  }
  return count;
}

}  // namespace cli

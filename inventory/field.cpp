#include "inventory/field.hpp"

namespace inventory {
namespace {

std::optional<std::string_view> some(const std::string& text) {
  if (text.empty()) return std::nullopt;
  return text;
}

}  // namespace

Kind kind_of(Field field) {
  switch (field) {
    case Field::account:
    case Field::provider:
    case Field::user:
    case Field::key:
    case Field::service:
    case Field::region: return Kind::text;
    case Field::status: return Kind::status;
    case Field::age:
    case Field::idle: return Kind::span;
    case Field::created:
    case Field::last_used: return Kind::time;
    case Field::never_used: return Kind::flag;
    case Field::slots: return Kind::number;
  }
  return Kind::text;
}

bool measured(Field field) {
  const Kind kind = kind_of(field);
  return kind != Kind::text && kind != Kind::status;
}

std::optional<std::string_view> text_of(const KeyRow& row, Field field) {
  switch (field) {
    case Field::account: return some(row.account.text());
    case Field::provider: return some(row.provider);
    case Field::user: return some(row.user.text());
    case Field::key: return some(row.key.id.text());
    case Field::status: return rotation::word(row.key.status);
    case Field::service: return row.used ? some(row.used->service) : std::nullopt;
    case Field::region: return row.used ? some(row.used->region) : std::nullopt;
    case Field::age:
    case Field::idle:
    case Field::created:
    case Field::last_used:
    case Field::never_used:
    case Field::slots: return std::nullopt;
  }
  return std::nullopt;
}

std::optional<std::int64_t> number_of(const KeyRow& row, Field field, rotation::Time now) {
  const auto used = row.used ? row.used->at : std::nullopt;
  switch (field) {
    case Field::age: return (now - row.key.created_at).count();
    case Field::created: return row.key.created_at.time_since_epoch().count();
    case Field::idle: return used ? std::optional{(now - *used).count()} : std::nullopt;
    case Field::last_used: return used ? std::optional{used->time_since_epoch().count()} : std::nullopt;
    case Field::never_used: return row.used ? std::optional<std::int64_t>{row.never_used() ? 1 : 0} : std::nullopt;
    case Field::slots: return static_cast<std::int64_t>(row.slots);
    case Field::account:
    case Field::provider:
    case Field::user:
    case Field::key:
    case Field::status:
    case Field::service:
    case Field::region: return std::nullopt;
  }
  return std::nullopt;
}

std::optional<std::string> shown(const KeyRow& row, Field field, rotation::Time now) {
  if (!measured(field)) {
    const auto text = text_of(row, field);
    return text ? std::optional{std::string(*text)} : std::nullopt;
  }
  const auto number = number_of(row, field, now);
  if (!number) return std::nullopt;
  switch (kind_of(field)) {
    case Kind::span: return std::to_string(*number / 86400) + "d";
    case Kind::time: return rotation::rfc3339(rotation::Time{rotation::Seconds{*number}});
    case Kind::flag: return *number == 1 ? "true" : "false";
    case Kind::number:
    case Kind::text:
    case Kind::status: return std::to_string(*number);
  }
  return std::nullopt;
}

}  // namespace inventory

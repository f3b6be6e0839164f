#include "account.hpp"

#include <charconv>
#include <cstdio>
#include <ctime>

namespace iam_standin {
namespace {

constexpr Seconds day = 24 * 3600;

std::optional<std::size_t> number(std::string_view text) {
  std::size_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string numbered(const char* format, std::size_t value) {
  char text[64];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

}  // namespace

std::size_t Account::keys_of(std::size_t user) const { return options_.mixed ? user % 3 : options_.keys_per_user; }

// Spread evenly, and exactly as many as the fraction says.
bool Account::offends(std::size_t user) const {
  const auto up_to = [&](std::size_t count) {
    return static_cast<std::size_t>(static_cast<double>(count) * options_.offenders + 1e-9);
  };
  return up_to(user + 1) > up_to(user);
}

bool Account::vanished(std::size_t user) const {
  return options_.vanish_every > 0 && (user + 1) % options_.vanish_every == 0;
}

Seconds Account::created(std::size_t user) const {
  return options_.now - (400 + static_cast<Seconds>(user % 1000)) * day;
}

Key Account::key(Slot slot) const {
  const auto turn = static_cast<Seconds>(slot.user);
  Key key{.active = !(slot.number == 1 && slot.user % 7 == 0),
          .created = options_.now - (100 + turn % 250) * day - static_cast<Seconds>(slot.number) * 3600,
          .used = {}};
  // The second key of every third offender is in use: who joins by position takes it for the first.
  if (offends(slot.user) && !(slot.number == 1 && slot.user % 3 == 0)) {
    if (slot.user % 5 != 4) key.used = std::max(key.created, options_.now - (91 + turn % 9) * day);
  } else if (slot.user % 10 == 8) {
    key.created = options_.now - (1 + turn % 80) * day;  // too new to be called unused
  } else {
    key.used = options_.now - (turn % 80) * day - 7 * 3600 - static_cast<Seconds>(slot.number);
  }
  return key;
}

std::optional<std::size_t> Account::user_called(std::string_view name) const {
  if (!name.starts_with("user-")) return std::nullopt;
  const auto user = number(name.substr(5));
  if (!user || *user >= options_.users || user_name(*user) != name) return std::nullopt;
  return user;
}

std::optional<Slot> Account::key_called(std::string_view id, Cloud cloud) const {
  const std::string_view head = cloud == Cloud::aws ? "AKIASTANDIN" : "LTAI5tSTANDIN";
  if (!id.starts_with(head) || id.size() < head.size() + 3) return std::nullopt;
  const auto user = number(id.substr(head.size(), id.size() - head.size() - 2));
  const auto slot = number(id.substr(id.size() - 1));
  if (!user || !slot || *slot == 0 || *user >= options_.users || *slot > keys_of(*user)) return std::nullopt;
  const Slot found{.user = *user, .number = *slot - 1};
  if (key_id(found, cloud) != id) return std::nullopt;
  return found;
}

std::string user_name(std::size_t user) { return numbered("user-%06zu", user); }

std::string user_id(std::size_t user, Cloud cloud) {
  return numbered(cloud == Cloud::aws ? "AIDASTANDIN%010zu" : "2%017zu", user);
}

std::string key_id(Slot slot, Cloud cloud) {
  return numbered(cloud == Cloud::aws ? "AKIASTANDIN%07zu" : "LTAI5tSTANDIN%09zu", slot.user) + 'K' +
         static_cast<char>('1' + slot.number);
}

std::string_view account_number(Cloud cloud) { return cloud == Cloud::aws ? "123456789012" : "1234567890123456"; }

std::string time_text(Seconds at) {
  const std::time_t time = at;
  std::tm parts{};
  ::gmtime_r(&time, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

}  // namespace iam_standin

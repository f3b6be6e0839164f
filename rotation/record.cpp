#include "rotation/record.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "rotation/errors.hpp"

namespace rotation {
namespace {

[[noreturn]] void corrupt(std::string_view key) {
  throw StorageTrouble(
      {.message = "The journal holds a record whose detail \"" + std::string(key) + "\" cannot be read.",
       .keys = "No key was touched by this command.",
       .hint = "keybaton history verify"});
}

std::int64_t number(const std::string& text, std::string_view key) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) corrupt(key);
  return value;
}

}  // namespace

std::optional<std::string> get(const Detail& detail, std::string_view key) {
  const auto found = detail.find(std::string(key));
  if (found == detail.end()) return std::nullopt;
  return found->second;
}

std::optional<Seconds> get_seconds(const Detail& detail, std::string_view key) {
  const auto text = get(detail, key);
  if (!text) return std::nullopt;
  return Seconds{number(*text, key)};
}

std::optional<Time> get_time(const Detail& detail, std::string_view key) {
  const auto text = get(detail, key);
  if (!text) return std::nullopt;
  const auto time = parse_rfc3339(*text);
  if (!time) corrupt(key);
  return time;
}

std::optional<Instant> get_instant(const Detail& detail) {
  const auto wall = get_time(detail, "seen_at");
  if (!wall) return std::nullopt;
  Instant instant{.wall = *wall, .boot = {}, .boot_id = get(detail, "boot_id").value_or("")};
  if (const auto boot = get(detail, "boot_ms")) instant.boot = Millis{number(*boot, "boot_ms")};
  return instant;
}

std::optional<Op> get_op(const Detail& detail) {
  const auto text = get(detail, "op");
  if (!text) return std::nullopt;
  const auto op = parse_word<Op>(*text);
  if (!op) corrupt("op");
  return op;
}

std::vector<std::string> get_list(const Detail& detail, std::string_view key) {
  const std::string text = get(detail, key).value_or("");
  std::vector<std::string> words;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t comma = std::min(text.find(',', at), text.size());
    words.push_back(text.substr(at, comma - at));
    at = comma + 1;
  }
  return words;
}

void put(Detail& detail, const Instant& instant) {
  detail["seen_at"] = rfc3339(instant.wall);
  detail["boot_ms"] = std::to_string(instant.boot.count());
  detail["boot_id"] = instant.boot_id;
}

void put_list(Detail& detail, const std::string& key, const std::vector<std::string>& words) {
  std::string all;
  for (const std::string& each : words) all += (all.empty() ? "" : ",") + each;
  detail[key] = std::move(all);
}

void impossible(const Record& record, const std::string& why) {
  throw StorageTrouble({.message = "Record " + std::to_string(record.seq) + " of rotation " + record.rotation.text() +
                                   " cannot follow the ones before it: " + why + ".",
                        .keys = "No key was touched by this command.",
                        .hint = "keybaton history verify"});
}

}  // namespace rotation

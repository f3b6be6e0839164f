#include "cli/clean_plan.hpp"

#include <nlohmann/json.hpp>
#include <set>
#include <system_error>

#include "cli/config_yaml.hpp"
#include "cli/style.hpp"
#include "platform/files.hpp"
#include "rotation/errors.hpp"

namespace cli {
namespace {

constexpr const char* format = "keybaton-clean/1";
constexpr std::size_t largest_plan = 256U << 20U;
constexpr const char* untouched = "Nothing was done, no key was touched.";

[[noreturn]] void unusable(const std::filesystem::path& file, const std::string& what, std::string hint) {
  throw rotation::Trouble(
      rotation::Ending::usage,
      {.message = "The plan " + visible(file.string()) + " " + what + ".", .keys = untouched, .hint = std::move(hint)});
}

// A JSON string is a YAML string, and one that no name can break out of.
std::string quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

rotation::Time read_time(const yaml::Value& value) {
  const auto time = rotation::parse_rfc3339(yaml::text(value));
  if (!time) yaml::wrong(value, value.what + " wants a time such as \"2026-01-02T03:04:05Z\".");
  return *time;
}

std::optional<rotation::Time> read_use(const yaml::Value& value) {
  if (yaml::text(value) == "never") return std::nullopt;
  return read_time(value);
}

void require(bool there, const yaml::Value& of, const char* what) {
  if (!there) yaml::wrong(of, of.what + " lacks \"" + what + "\".");
}

PlannedKey read_key(const yaml::Value& value) {
  PlannedKey key;
  bool created = false, used = false;
  const auto text = [](auto& into) {
    return [&into](const yaml::Value& entry) { into = std::remove_reference_t<decltype(into)>{yaml::text(entry)}; };
  };
  yaml::read(value, {{"account", text(key.account)},
                     {"account_id", text(key.account_id)},
                     {"user", text(key.user)},
                     {"user_id", text(key.user_id)},
                     {"key", text(key.key)},
                     {"status", text(key.status)},
                     {"age", [](const yaml::Value& entry) { static_cast<void>(yaml::word(entry)); }},
                     {"created",
                      [&](const yaml::Value& entry) {
                        key.created = read_time(entry);
                        created = true;
                      }},
                     {"last_used", [&](const yaml::Value& entry) {
                        key.last_used = read_use(entry);
                        used = true;
                      }}});
  require(!key.account.empty(), value, "account");
  require(!key.account_id.empty(), value, "account_id");
  require(!key.user.empty(), value, "user");
  require(!key.user_id.empty(), value, "user_id");
  require(!key.key.empty(), value, "key");
  require(!key.status.empty(), value, "status");
  require(created, value, "created");
  require(used, value, "last_used");
  key.line = static_cast<std::size_t>(value.mark.line) + 1;
  return key;
}

std::vector<PlannedKey> read_keys(const yaml::Value& value) {
  std::vector<PlannedKey> keys;
  std::set<rotation::AccessKeyId> ids;
  for (const yaml::Value& item : yaml::items(value)) {
    keys.push_back(read_key(item));
    if (!ids.insert(keys.back().key).second) yaml::wrong(item, visible(keys.back().key.text()) + " stands twice.");
  }
  return keys;
}

}  // namespace

PlannedKey planned(const KeyRow& row) {
  return {.account = row.account,
          .account_id = row.account_id,
          .user = row.user,
          .user_id = row.user_id,
          .key = row.key.id,
          .status = std::string(rotation::word(row.key.status)),
          .created = row.key.created_at,
          .last_used = row.used ? row.used->at : std::nullopt};
}

std::string clean_plan_text(const CleanPlan& plan) {
  std::string text =
      "# What `keybaton clean --apply` would do, and no more: take out the lines of keys that are to stay.\n"
      "format: " +
      std::string(format) + "\nquery: " + quoted(plan.query) + "\nmade_at: \"" + rotation::rfc3339(plan.made_at) +
      "\"\nmade_by: " + quoted(plan.made_by) + "\nkeys:\n";
  for (const PlannedKey& key : plan.keys) {
    const auto age = std::max(plan.made_at - key.created, rotation::Seconds{0});
    text += "  - {account: " + quoted(key.account.text()) + ", user: " + quoted(key.user.text()) +
            ", key: " + quoted(key.key.text()) + ", age: \"" + rotation::about(age) + "\", last_used: \"" +
            (key.last_used ? rotation::rfc3339(*key.last_used) : "never") + "\", status: " + quoted(key.status) +
            ", created: \"" + rotation::rfc3339(key.created) + "\", account_id: " + quoted(key.account_id.text()) +
            ", user_id: " + quoted(key.user_id.text()) + "}\n";
  }
  if (plan.keys.empty()) text.replace(text.size() - 6, 6, "keys: []\n");
  return text;
}

CleanPlan parse_clean_plan(const std::string& text, const std::filesystem::path& file) {
  const yaml::Source source{file, text};
  const yaml::Value all = yaml::document(source);
  CleanPlan plan;
  std::string kind;
  bool keys = false;
  yaml::read(all, {{"format", [&](const yaml::Value& value) { kind = yaml::text(value); }},
                   {"query", [&](const yaml::Value& value) { plan.query = yaml::text(value); }},
                   {"made_at", [&](const yaml::Value& value) { plan.made_at = read_time(value); }},
                   {"made_by", [&](const yaml::Value& value) { plan.made_by = yaml::text(value); }},
                   {"keys", [&](const yaml::Value& value) {
                      plan.keys = read_keys(value);
                      keys = true;
                    }}});
  if (kind != format) yaml::wrong(all, "this is no plan of a clean: \"format\" is not " + std::string(format) + ".");
  require(!plan.query.empty(), all, "query");
  require(keys, all, "keys");
  return plan;
}

CleanPlan read_clean_plan(const std::filesystem::path& file) {
  std::optional<std::string> text;
  try {
    text = platform::read_file(file, largest_plan);
  } catch (const std::system_error& error) {
    unusable(file, "cannot be read: " + visible(error.code().message()), "make it readable, or name another one");
  }
  if (!text) unusable(file, "is not there", "keybaton clean --where EXPR --plan FILE makes one");
  return parse_clean_plan(*text, file);
}

void write_clean_plan(const std::filesystem::path& file, const CleanPlan& plan) {
  try {
    platform::create_private_file(file, clean_plan_text(plan));
  } catch (const std::system_error& error) {
    const bool there = error.code() == std::errc::file_exists;
    unusable(file, there ? "is there already" : "cannot be written: " + visible(error.code().message()),
             there ? "name another file, or remove that one" : "name a file in a directory that you may write to");
  }
}

std::string fell_out(const PlannedKey& planned, const KeyRow& now) {
  if (now.account_id != planned.account_id) return "the account is another one: " + now.account_id.text();
  if (now.user_id != planned.user_id) return "the user is another one of that name: " + now.user_id.text();
  if (now.key.created_at != planned.created) return "it was made at another time than the plan says";
  if (!now.used) return "its last use could not be read";
  if (now.used->at && (!planned.last_used || *now.used->at > *planned.last_used)) {
    return "it was used since the plan was made: " + rotation::rfc3339(*now.used->at);
  }
  if (rotation::word(now.key.status) != planned.status) {
    return "it is " + std::string(rotation::word(now.key.status)) + " now, and was " + planned.status;
  }
  return {};
}

}  // namespace cli

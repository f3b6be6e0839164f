#include <algorithm>
#include <cctype>
#include <string_view>

#include "cli/config_parts.hpp"
#include "cli/style.hpp"
#include "providers/known/kinds.hpp"

namespace cli {
namespace {

// The parts of "http://host:port/path" that decide whether it may be called.
struct Url {
  std::string scheme, host;
  bool has_user = false, has_query = false;
};

std::optional<Url> parse_url(std::string_view text) {
  const auto colon = text.find("://");
  if (colon == std::string_view::npos) return std::nullopt;
  Url url;
  url.scheme = text.substr(0, colon);
  text.remove_prefix(colon + 3);
  url.has_query = text.find_first_of("?#") != std::string_view::npos;
  std::string_view authority = text.substr(0, text.find_first_of("/?#"));
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
    url.has_user = true;
    authority.remove_prefix(at + 1);
  }
  std::string_view port;
  if (authority.starts_with('[')) {
    const auto end = authority.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    url.host = authority.substr(0, end + 1);
    port = authority.substr(end + 1);
  } else {
    url.host = authority.substr(0, authority.find(':'));
    port = authority.substr(url.host.size());
  }
  const bool port_ok = port.empty() || (port.size() > 1 && port.size() <= 6 && port[0] == ':' &&
                                        port.find_first_not_of("0123456789", 1) == std::string_view::npos);
  if (url.host.empty() || !port_ok || text.find_first_of(" \t\r\n\\") != std::string_view::npos) return std::nullopt;
  return url;
}

// 127.0.0.0/8 in its dotted form of four numbers, and nothing that only begins like it.
bool loopback_host(const std::string& host) {
  if (host == "localhost" || host == "[::1]") return true;
  if (!host.starts_with("127.")) return false;
  return std::count(host.begin(), host.end(), '.') == 3 && host.back() != '.' && host.find("..") == std::string::npos &&
         host.find_first_not_of("0123456789.") == std::string::npos;
}

bool all_of(std::string_view text, std::string_view extra) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [extra](unsigned char c) {
    return (c < 0x80 && std::isalnum(c) != 0) || extra.find(static_cast<char>(c)) != std::string_view::npos;
  });
}

std::string checked_url(const yaml::Value& value) {
  const std::string text = yaml::text(value);
  const auto url = parse_url(text);
  if (!url || (url->scheme != "http" && url->scheme != "https")) {
    yaml::wrong(value, value.what + " wants a URL such as https://iam.example.com or http://127.0.0.1:5000.");
  }
  if (url->has_user) yaml::wrong(value, value.what + " holds a name or password in its URL: remove it.");
  if (url->has_query) yaml::wrong(value, value.what + " has a query or fragment in its URL: remove it.");
  if (url->scheme == "http" && !loopback_host(url->host)) {
    yaml::wrong(value, value.what + " is http to " + visible(url->host) +
                           ", and http goes to this machine only (127.0.0.1, [::1], localhost): use https.");
  }
  return text;
}

// Read before the rest of the account: what may stand there depends on it.
const known::Kind& read_kind(const std::vector<yaml::Value>& entries) {
  const auto found = std::ranges::find(entries, "provider", &yaml::Value::key);
  if (found == entries.end()) return known::kinds().front();
  const std::string name = yaml::text(*found);
  if (const known::Kind* kind = known::kind(name)) return *kind;
  std::vector<std::string> names;
  for (const known::Kind& each : known::kinds()) names.emplace_back(each.name);
  yaml::unknown_word(*found, name, names);
}

void read_account_id(const yaml::Value& value, const known::Kind& kind, Account& account) {
  const std::string text = yaml::text(value);
  if (text.size() != kind.account_id_digits || text.find_first_not_of("0123456789") != std::string::npos) {
    yaml::wrong(value, value.what + " wants the " + std::to_string(kind.account_id_digits) + " digits of an " +
                           std::string(kind.title) + " account id in quotes, and here is \"" + visible(text) + "\".");
  }
  account.account_id = rotation::AccountId(text);
}

void read_region(const yaml::Value& value, Account& account) {
  const std::string text = yaml::text(value);
  if (!all_of(text, "-")) yaml::wrong(value, value.what + " wants a region such as eu-west-1.");
  account.region = text;
}

Account read_account(const yaml::Value& value) {
  if (!all_of(value.key, "._-")) {
    yaml::wrong_key(value, "the account name \"" + visible(value.key) + "\" may hold letters, digits, . _ and - only.");
  }
  const known::Kind& kind = read_kind(yaml::entries(value));
  Account account;
  account.name = rotation::AccountName(value.key);
  account.provider = kind.name;
  yaml::Handlers handlers{{"provider", [](const yaml::Value&) {}},
                          {"profile", [&](const yaml::Value& entry) { account.profile = yaml::text(entry); }},
                          {"account_id", [&](const yaml::Value& entry) { read_account_id(entry, kind, account); }},
                          {"region", [&](const yaml::Value& entry) { read_region(entry, account); }},
                          {"endpoints",
                           [&](const yaml::Value& entry) {
                             yaml::Handlers services;
                             for (const known::Endpoint& each : kind.endpoints) {
                               services.emplace_back(std::string(each.name), [&](const yaml::Value& url) {
                                 account.endpoints[url.key] = checked_url(url);
                               });
                             }
                             yaml::read(entry, services);
                           }},
                          {"canary", [&](const yaml::Value& entry) { account.canary = yaml::truth(entry); }}};
  for (auto& handler : parts::policy_at_level(account.policy)) handlers.push_back(std::move(handler));
  yaml::read(value, handlers);
  return account;
}

}  // namespace

bool loopback_url(std::string_view text) {
  const auto url = parse_url(text);
  return url && loopback_host(url->host);
}

std::string parts::read_url(const yaml::Value& value) { return checked_url(value); }

std::map<rotation::AccountName, Account> parts::read_accounts(const yaml::Value& value) {
  std::map<rotation::AccountName, Account> accounts;
  for (const yaml::Value& entry : yaml::entries(value)) {
    Account account = read_account(entry);
    accounts.emplace(account.name, std::move(account));
  }
  return accounts;
}

}  // namespace cli

#include "simulated_stores/github.hpp"

#include <sodium.h>

#include <chrono>
#include <ctime>

namespace simulated_stores {
namespace {

unsigned char* bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }
const unsigned char* bytes(const std::string& text) { return reinterpret_cast<const unsigned char*>(text.data()); }

std::string base64(const std::string& plain) {
  std::string text(sodium_base64_encoded_len(plain.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(text.data(), text.size(), bytes(plain), plain.size(), sodium_base64_VARIANT_ORIGINAL);
  text.pop_back();
  return text;
}

bool is_name(const std::string& name) {
  return !name.empty() && name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == std::string::npos &&
         !name.starts_with("GITHUB_") && (name[0] < '0' || name[0] > '9');
}

bool is_org(const std::string& holder) { return holder.starts_with("/orgs/"); }

Reply not_found() { return {.status = 404, .headers = {}, .body = R"({"message":"Not Found"})"}; }

}  // namespace

Github::Github() {
  if (sodium_init() < 0) std::abort();
  new_key();
}

void Github::new_key() {
  public_key_.resize(crypto_box_PUBLICKEYBYTES);
  private_key_.resize(crypto_box_SECRETKEYBYTES);
  crypto_box_keypair(bytes(public_key_), bytes(private_key_));
  ++keys_;
}

std::string Github::time_text(std::int64_t seconds) {
  const std::time_t moment = seconds;
  std::tm parts{};
  gmtime_r(&moment, &parts);
  char text[32];
  const std::size_t length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return {text, length};
}

std::optional<std::string> Github::opened(const std::string& text) const {
  std::string sealed(text.size(), '\0');
  std::size_t length = 0;
  if (sodium_base642bin(bytes(sealed), sealed.size(), text.data(), text.size(), nullptr, &length, nullptr,
                        sodium_base64_VARIANT_ORIGINAL) != 0 ||
      length < crypto_box_SEALBYTES) {
    return std::nullopt;
  }
  std::string plain(length - crypto_box_SEALBYTES, '\0');
  if (crypto_box_seal_open(bytes(plain), bytes(sealed), length, bytes(public_key_), bytes(private_key_)) != 0) {
    return std::nullopt;
  }
  return plain;
}

std::optional<std::string> Github::fault_of(const Request& request) const {
  if (request.header("User-Agent").value_or("").empty()) return "no User-Agent";
  if (request.header("Accept") != "application/vnd.github+json") return "no Accept of GitHub's JSON";
  if (request.header("X-GitHub-Api-Version") != "2022-11-28") return "no X-GitHub-Api-Version";
  if (request.method == "PUT" && request.header("Content-Type") != "application/json") return "a PUT of no JSON";
  return std::nullopt;
}

Reply Github::answer(const Request& request, std::string_view path, std::string_view query) {
  if (auto fault = fault_of(request)) return refuse_as_odd(*fault);
  if (request.header("Authorization") != "Bearer " + token) return json(401, {{"message", "Bad credentials"}});
  const std::string asked(path);
  if (const auto found = repositories.find(asked); found != repositories.end()) return json(200, found->second);
  for (const auto& [holder, kept] : holders) {
    if (!asked.starts_with(holder + "/")) continue;
    const std::string rest = asked.substr(holder.size() + 1);
    if (rest == "public-key") {
      return json(200, {{"key_id", "key-" + std::to_string(keys_)}, {"key", base64(public_key_)}});
    }
    if (is_org(holder) && rest.ends_with("/repositories")) {
      const auto one = kept.find(rest.substr(0, rest.find('/')));
      return one == kept.end() ? not_found() : list_repositories(one->second, query);
    }
    if (rest.find('/') == std::string::npos) return of_secret(request, holder, rest);
  }
  return not_found();
}

Reply Github::of_secret(const Request& request, const std::string& holder, const std::string& name) {
  if (!is_name(name)) return refuse_as_odd("a name that no secret can have");
  if (request.method == "PUT") return put(request, holder, name);
  if (request.method != "GET") return refuse_as_odd("a method that no secret knows");
  const auto found = holders[holder].find(name);
  if (found == holders[holder].end()) return not_found();
  Json shown{{"name", name}, {"created_at", time_text(0)}, {"updated_at", time_text(found->second.updated)}};
  if (is_org(holder)) shown["visibility"] = found->second.visibility;
  return json(200, shown);
}

Reply Github::list_repositories(const Kept& kept, std::string_view query) {
  const auto page = static_cast<std::size_t>(std::stoi(query_value(query, "page").value_or("1")));
  const auto size = static_cast<std::size_t>(std::stoi(query_value(query, "per_page").value_or("30")));
  if (size > 100) return refuse_as_odd("more than 100 of a page");
  Json list = Json::array();
  std::size_t at = 0;
  for (const std::uint64_t id : kept.repositories) {
    if (at / size + 1 == page) list.push_back({{"id", id}, {"name", "r" + std::to_string(id)}});
    ++at;
  }
  return json(200, {{"total_count", kept.repositories.size()}, {"repositories", list}});
}

Reply Github::put(const Request& request, const std::string& holder, const std::string& name) {
  const Json body = Json::parse(request.body, nullptr, false);
  if (!body.is_object()) return refuse_as_odd("a body that is no JSON object");
  for (const auto& [member, value] : body.items()) {
    const bool known = member == "encrypted_value" || member == "key_id" ||
                       (is_org(holder) && (member == "visibility" || member == "selected_repository_ids"));
    if (!known) return refuse_as_odd("a PUT with " + member);
  }
  const auto archived = repositories.find(holder.substr(0, holder.find('/', holder.find('/', 7) + 1)));
  if (archived != repositories.end() && archived->second.value("archived", false)) {
    return json(403, {{"message", "Repository was archived so is read-only."}});
  }
  if (body.value("key_id", "") != "key-" + std::to_string(keys_)) return json(422, {{"message", "Bad key_id"}});
  const auto plain = opened(body.value("encrypted_value", ""));
  if (!plain) return refuse_as_odd("a box that the key does not open");
  const bool there = holders[holder].contains(name);
  if (clock_runs) ++now;
  if (forgets_writes) return {.status = 204, .headers = {}, .body = {}};
  Kept& kept = holders[holder][name];
  kept = {.value = *plain, .updated = now};
  if (is_org(holder)) {  // what a PUT does not say is not kept
    kept.visibility = body.value("visibility", "private");
    if (kept.visibility == "selected") {
      for (const Json& id : body.value("selected_repository_ids", Json::array())) kept.repositories.insert(id.get<std::uint64_t>());
    }
  }
  return there ? Reply{.status = 204, .headers = {}, .body = {}} : json(201, Json::object());
}

}  // namespace simulated_stores

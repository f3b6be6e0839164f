#include "simulated_stores/gitlab.hpp"

namespace simulated_stores {
namespace {

constexpr const char* maskable = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=@:.~_-";

Reply not_found(const char* what) {
  return {.status = 404, .headers = {}, .body = Json{{"message", std::string("404 ") + what + " Not Found"}}.dump()};
}

}  // namespace

Json Gitlab::shown(const Variable& variable) {
  Json json{{"variable_type", variable.type},
            {"key", variable.key},
            {"value", variable.hidden ? Json() : Json(variable.value)},
            {"hidden", variable.hidden},
            {"protected", variable.is_protected},
            {"masked", variable.masked},
            {"raw", variable.raw},
            {"description", variable.description ? Json(*variable.description) : Json()}};
  if (variable.owner != "/admin/ci") json["environment_scope"] = variable.scope;
  return json;
}

Reply Gitlab::answer(const Request& request, std::string_view path, std::string_view query) {
  if (request.header("PRIVATE-TOKEN") != token) return json(401, {{"message", "401 Unauthorized"}});
  constexpr std::string_view api = "/api/v4";
  const std::size_t at = path.find("/variables");
  if (!path.starts_with(api) || at == std::string_view::npos) return refuse_as_odd("a path that is no variable's");
  const std::string_view of = path.substr(api.size(), at - api.size());
  if (of != "/admin/ci" && std::count(of.begin(), of.end(), '/') != 2) {
    return refuse_as_odd("a name whose slashes are not encoded");
  }
  const std::string owner = decoded(of);
  if (!owners.contains(owner)) return not_found("Project");
  if (role == Role::developer) return json(403, {{"message", "403 Forbidden"}});
  const std::string_view rest = path.substr(at + std::string_view("/variables").size());
  if (rest.empty()) return list(owner, query);
  return one(request, owner, decoded(rest.substr(1)), query);
}

Reply Gitlab::list(const std::string& owner, std::string_view query) {
  const auto page = static_cast<std::size_t>(std::stoi(query_value(query, "page").value_or("1")));
  const auto size = static_cast<std::size_t>(std::stoi(query_value(query, "per_page").value_or("20")));
  Json items = Json::array();
  std::size_t at = 0;
  for (const Variable& each : variables) {
    if (each.owner != owner) continue;
    if (at / size + 1 == page) items.push_back(shown(each));
    ++at;
  }
  Reply reply = json(200, items);
  reply.headers.emplace_back("X-Next-Page", at > page * size ? std::to_string(page + 1) : "");
  return reply;
}

Reply Gitlab::one(const Request& request, const std::string& owner, const std::string& key, std::string_view query) {
  const auto scope = query_value(query, "filter[environment_scope]");
  std::vector<Variable*> found;
  for (Variable& each : variables) {
    if (each.owner == owner && each.key == key && (!scope || each.scope == *scope)) found.push_back(&each);
  }
  if (found.empty()) return not_found("Variable");
  if (found.size() > 1) {
    return json(409, {{"message",
                       "There are multiple variables with provided parameters. Please use "
                       "'filter[environment_scope]'"}});
  }
  if (request.method == "GET") return json(200, shown(*found[0]));
  if (request.method != "PUT") return refuse_as_odd("a method that this client has no use for");
  if (role == Role::reader) return json(403, {{"message", "403 Forbidden"}});
  return put(request, *found[0]);
}

// Strict: an attribute that is not named falls back to what a new variable has.
Reply Gitlab::put(const Request& request, Variable& variable) {
  if (request.header("Content-Type") != "application/json") return refuse_as_odd("a PUT of no JSON");
  const Json body = Json::parse(request.body, nullptr, false);
  if (!body.is_object() || !body.contains("value")) return refuse_as_odd("a PUT without a value");
  Variable fresh{.owner = variable.owner, .key = variable.key, .value = body["value"], .hidden = variable.hidden};
  fresh.type = body.value("variable_type", fresh.type);
  fresh.is_protected = body.value("protected", false);
  fresh.masked = body.value("masked", false);
  fresh.raw = body.value("raw", false);
  fresh.scope = body.value("environment_scope", fresh.scope);
  if (body.contains("description")) fresh.description = body["description"].get<std::string>();
  for (const auto& [member, value] : body.items()) {
    if (member != "value" && !shown(fresh).contains(member)) return refuse_as_odd("a PUT with " + member);
  }
  if (fresh.masked && (fresh.value.size() < 8 || fresh.value.find_first_not_of(maskable) != std::string::npos)) {
    return json(400, {{"message", {{"value", {"is invalid"}}}}});
  }
  variable = fresh;
  return json(200, shown(variable));
}

}  // namespace simulated_stores

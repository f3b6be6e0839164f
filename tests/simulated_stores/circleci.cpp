#include "simulated_stores/circleci.hpp"

namespace simulated_stores {
namespace {

constexpr std::size_t page_size = 2;

std::string masked(const std::string& value) {
  return "xxxx" + (value.size() > 4 ? value.substr(value.size() - 4) : std::string());
}

std::string date(std::int64_t moment) { return "2026-01-02T03:04:05." + std::to_string(moment) + "Z"; }

Reply not_found() { return {.status = 404, .headers = {}, .body = R"({"message":"Not found."})"}; }

Json shown(const std::string& name, const Circleci::Variable& variable, const std::string& context) {
  return {{"variable", name},
          {"created_at", date(variable.created)},
          {"updated_at", date(variable.updated)},
          {"context_id", context}};
}

}  // namespace

Reply Circleci::page(const Json& all, std::string_view query) {
  const auto token = query_value(query, "page-token");
  const std::size_t from = token ? static_cast<std::size_t>(std::stoi(token->substr(5))) : 0;  // "next="
  Json items = Json::array();
  for (std::size_t at = from; at < std::min(all.size(), from + page_size); ++at) items.push_back(all[at]);
  Json next;
  if (from + page_size < all.size()) next = "next=" + std::to_string(from + page_size);
  return json(200, {{"items", items}, {"next_page_token", next}});
}

Reply Circleci::answer(const Request& request, std::string_view path, std::string_view query) {
  if (request.header("Circle-Token") != token) return json(401, {{"message", "You must log in first."}});
  if (request.method != "GET" && request.header("Content-Type") != "application/json") {
    return refuse_as_odd("a write of no JSON");
  }
  constexpr std::string_view project = "/api/v2/project/";
  constexpr std::string_view context = "/api/v2/context";
  if (path.starts_with(project)) return of_project(request, path.substr(project.size()), query);
  if (path.starts_with(context)) return of_context(request, path.substr(context.size()), query);
  return refuse_as_odd("a path that is no variable's");
}

Reply Circleci::of_project(const Request& request, std::string_view path, std::string_view query) {
  if (!path.ends_with("/envvar")) return refuse_as_odd("a path that is no list of variables");
  const auto found = projects.find(decoded(path.substr(0, path.size() - 7)));
  if (found == projects.end()) return not_found();
  if (request.method == "GET") {
    Json all = Json::array();
    for (const auto& [name, one] : found->second) {
      all.push_back({{"name", name}, {"value", masked(one.value)}, {"created-at", date(one.created)}});
    }
    return page(all, query);
  }
  const Json body = Json::parse(request.body, nullptr, false);
  if (request.method != "POST" || !body.is_object() || body.size() != 2 || !body.contains("name") ||
      !body.contains("value")) {
    return refuse_as_odd("a write that is no POST of name and value");
  }
  const std::string name = body["name"];
  Variable& variable = found->second[name];
  if (variable.created == 0) variable.created = ++now;  // it stays with a value that replaces another
  if (!forgets_writes) variable.value = body["value"];
  return json(201, {{"name", name}, {"value", masked(body["value"])}});
}

Reply Circleci::of_context(const Request& request, std::string_view path, std::string_view query) {
  Json all = Json::array();
  if (path.empty()) {
    const auto owner = query_value(query, "owner-slug");
    const auto owner_id = query_value(query, "owner-id");
    if (owner.has_value() == owner_id.has_value()) return refuse_as_odd("a list of contexts of nobody");
    for (const auto& [id, one] : contexts) {
      if (one.owner == (owner ? *owner : *owner_id)) all.push_back({{"id", id}, {"name", one.name}});
    }
    return page(all, query);
  }
  const std::string id(path.substr(1, path.find('/', 1) - 1));
  if (!contexts.contains(id)) return not_found();
  const std::string list = "/" + id + "/environment-variable";
  if (path == list && request.method == "GET") {
    for (const auto& [name, one] : contexts[id].variables) all.push_back(shown(name, one, id));
    return page(all, query);
  }
  if (request.method != "PUT" || !path.starts_with(list + "/"))
    return refuse_as_odd("a context asked for what it isn't");
  return put(request, id, std::string(path.substr(list.size() + 1)));
}

Reply Circleci::put(const Request& request, const std::string& context, const std::string& name) {
  const Json body = Json::parse(request.body, nullptr, false);
  if (!body.is_object() || body.size() != 1 || !body.contains("value")) return refuse_as_odd("a PUT of no value alone");
  Variable& variable = contexts[context].variables[name];
  if (variable.created == 0) variable.created = now;
  if (!forgets_writes) {
    variable.value = body["value"];
    variable.updated = ++now;
  }
  return json(200, shown(name, variable, context));
}

}  // namespace simulated_stores

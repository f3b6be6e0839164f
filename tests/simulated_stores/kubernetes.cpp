#include "simulated_stores/kubernetes.hpp"

#include <algorithm>
#include <regex>

namespace simulated_stores {
namespace {

Json status(int code, const std::string& reason, const std::string& message) {
  return {{"kind", "Status"},    {"apiVersion", "v1"}, {"metadata", Json::object()},
          {"status", "Failure"}, {"message", message}, {"reason", reason},
          {"code", code}};
}

// RFC 7386, section 2.
void merge(Json& target, const Json& patch) {
  if (!patch.is_object()) {
    target = patch;
    return;
  }
  if (!target.is_object()) target = Json::object();
  for (const auto& [name, value] : patch.items()) {
    if (value.is_null()) {
      target.erase(name);
    } else {
      merge(target[name], value);
    }
  }
}

bool is_base64(const Json& value) {
  static const std::regex whole("(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?");
  return value.is_string() && std::regex_match(value.get_ref<const std::string&>(), whole);
}

std::string version_of(const std::string& kind) { return kind == "Secret" ? "v1" : "apps/v1"; }

Json resource(const std::string& name, const std::string& kind) {
  return {{"name", name},
          {"singularName", ""},
          {"namespaced", true},
          {"kind", kind},
          {"verbs", {"get", "list", "patch", "watch"}}};
}

Json resources(const std::string& version, Json list) {
  return {{"kind", "APIResourceList"}, {"apiVersion", "v1"}, {"groupVersion", version}, {"resources", std::move(list)}};
}

// What a client asks to find its way (API concepts, "Discovery"); nullopt for every other path.
std::optional<Json> discovered(std::string_view path) {
  const Json version{{"groupVersion", "apps/v1"}, {"version", "v1"}};
  if (path == "/version") return Json{{"major", "1"}, {"minor", "32"}, {"gitVersion", "v1.32.4"}};
  if (path == "/api") return Json{{"kind", "APIVersions"}, {"versions", {"v1"}}};
  if (path == "/apis") {
    return Json{{"kind", "APIGroupList"},
                {"apiVersion", "v1"},
                {"groups", {{{"name", "apps"}, {"versions", {version}}, {"preferredVersion", version}}}}};
  }
  if (path == "/api/v1") return resources("v1", {resource("secrets", "Secret")});
  if (path == "/apis/apps/v1") return resources("apps/v1", {resource("deployments", "Deployment")});
  return std::nullopt;
}

}  // namespace

Kubernetes::Kubernetes(std::uint16_t port) : StoreServer(port) {}

Kubernetes::Kubernetes(std::uint16_t port, const Json& seed) : StoreServer(port) {
  const Json roles = seed.value("roles", Json::object());
  const Json objects = seed.value("objects", Json::array());
  for (const auto& [token, rules] : roles.items()) allow(token, rules);
  for (const Json& object : objects) put(object);
}

Kubernetes::~Kubernetes() { stop(); }

void Kubernetes::allow(const std::string& token, std::set<std::string> rules) {
  with([&] { roles_[token] = std::move(rules); });
}

void Kubernetes::forget(const std::string& token) {
  with([&] { roles_.erase(token); });
}

void Kubernetes::put(Json object) {
  with([&] {
    Json& metadata = object["metadata"];
    if (!metadata.contains("namespace")) metadata["namespace"] = "apps";
    metadata["resourceVersion"] = std::to_string(++version_);
    object["apiVersion"] = version_of(object["kind"]);
    const Key key{object["kind"], metadata["namespace"].get<std::string>() + "/" + metadata["name"].get<std::string>()};
    if (key.first == "Deployment" && !object.contains("status")) {
      metadata["generation"] = 1;
      const int replicas = object["spec"].value("replicas", 1);
      object["status"] = {{"observedGeneration", 1},
                          {"replicas", replicas},
                          {"updatedReplicas", replicas},
                          {"availableReplicas", replicas}};
    }
    objects_[key] = std::move(object);
  });
}

Json Kubernetes::object(const std::string& kind, const std::string& name, const std::string& space) {
  return with([&] {
    const auto found = objects_.find({kind, space + "/" + name});
    return found == objects_.end() ? Json() : found->second;
  });
}

void Kubernetes::rolling(const std::string& deployment, Rolling how) {
  with([&] { rolling_[deployment] = how; });
}

int Kubernetes::rollouts(const std::string& deployment) {
  return with([&] { return rollouts_[deployment]; });
}

Kubernetes::Moment Kubernetes::moment() {
  return with([&] { return Moment{objects_, looked_, rollouts_, version_}; });
}

void Kubernetes::back_to(const Moment& moment) {
  with([&] {
    objects_ = moment.objects, looked_ = moment.looked, rollouts_ = moment.rollouts, version_ = moment.version;
  });
}

std::optional<Kubernetes::Target> Kubernetes::target_of(std::string_view path) {
  static const std::regex shape(
      "(?:/api/v1/namespaces/([^/]+)/(secrets)|/apis/apps/v1/namespaces/([^/]+)/(deployments))(?:/([^/]+))?");
  std::match_results<std::string_view::const_iterator> found;
  if (!std::regex_match(path.begin(), path.end(), found, shape)) return std::nullopt;
  const bool secret = found[2].matched;
  return Target{.kind = secret ? "Secret" : "Deployment",
                .resource = found[secret ? 2 : 4],
                .space = found[secret ? 1 : 3],
                .name = found[5]};
}

std::optional<Reply> Kubernetes::refused(const Request& request, const Target& target, const std::string& verb) {
  const std::string shown{request.header("Authorization").value_or("")};
  if (!shown.empty() && !shown.starts_with("Bearer ")) return refuse_as_odd("Authorization is no bearer token");
  const auto role = roles_.find(shown.empty() ? "" : shown.substr(7));
  if (role == roles_.end()) return json(401, status(401, "Unauthorized", "Unauthorized"));
  if (role->second.contains(verb + " " + target.resource)) return std::nullopt;
  return json(403, status(403, "Forbidden", target.resource + " \"" + target.name + "\" is forbidden: cannot " + verb));
}

Reply Kubernetes::answer(const Request& request, std::string_view path, std::string_view query) {
  if (auto known = discovered(path)) return json(200, *known);
  const auto target = target_of(path);
  if (!target) return {.status = 404, .headers = {{"Content-Type", "text/plain"}}, .body = "404 page not found\n"};
  const bool one = !target->name.empty();
  const bool watches = query_value(query, "watch").value_or("") == "true";
  const std::string verb = request.method == "PATCH" ? "patch" : one ? "get" : watches ? "watch" : "list";
  if (auto no = refused(request, *target, verb)) return std::move(*no);
  if (request.method == "GET" && one) return get(*target);
  if (request.method == "GET") return list(*target, query);
  if (request.method == "PATCH" && one) return patch(request, *target, query);
  return refuse_as_odd(request.method + " is not spoken here");
}

Reply Kubernetes::get(const Target& target) {
  const auto found = objects_.find({target.kind, target.space + "/" + target.name});
  if (found == objects_.end()) {
    return json(404, status(404, "NotFound", target.resource + " \"" + target.name + "\" not found"));
  }
  if (target.kind == "Deployment") turn(found->second);
  return json(200, found->second);
}

// As a list with its events after it: a watcher is shown every object once, and the end.
Reply Kubernetes::list(const Target& target, std::string_view query) {
  const std::string field = query_value(query, "fieldSelector").value_or("");
  Json items = Json::array();
  std::string events;
  for (auto& [key, object] : objects_) {
    const bool here = key.first == target.kind && key.second.starts_with(target.space + "/");
    const std::string name = object["metadata"]["name"];
    if (!here || (!field.empty() && field != "metadata.name=" + name)) continue;
    if (target.kind == "Deployment") turn(object);
    items.push_back(object);
    events += Json{{"type", "MODIFIED"}, {"object", object}}.dump() + "\n";
  }
  if (query_value(query, "watch").value_or("") == "true") {
    return {.status = 200, .headers = {{"Content-Type", "application/json"}}, .body = events};
  }
  return json(200, {{"kind", target.kind + "List"},
                    {"apiVersion", version_of(target.kind)},
                    {"metadata", {{"resourceVersion", std::to_string(version_)}}},
                    {"items", items}});
}

Reply Kubernetes::patch(const Request& request, const Target& target, std::string_view query) {
  const auto type = request.header("Content-Type").value_or("");
  // The two differ in lists with a merge key, of which nothing here is patched.
  if (type != "application/merge-patch+json" && type != "application/strategic-merge-patch+json") {
    return refuse_as_odd("a patch of type " + std::string(type));
  }
  const auto dry = query_value(query, "dryRun");
  if (dry && *dry != "All") return refuse_as_odd("dryRun=" + *dry);
  const Json change = Json::parse(request.body, nullptr, false);
  if (!change.is_object()) return refuse_as_odd("a merge patch that is no JSON object");
  const auto found = objects_.find({target.kind, target.space + "/" + target.name});
  if (found == objects_.end()) return json(404, status(404, "NotFound", "not found"));
  const Json& before = found->second;
  const auto wanted = change.value(Json::json_pointer("/metadata/resourceVersion"), Json());
  if (!wanted.is_null() && wanted != before["metadata"]["resourceVersion"]) {
    return json(409, status(409, "Conflict", "the object has been modified; please apply your changes to the latest"));
  }
  Json after = before;
  merge(after, change);
  if (auto no = unfit(before, after)) return std::move(*no);
  if (after == before || dry) return json(200, after);
  store(before, after);
  return json(200, found->second);
}

std::optional<Reply> Kubernetes::unfit(const Json& before, const Json& after) {
  for (const char* name : {"/kind", "/metadata/name", "/metadata/namespace", "/metadata/uid"}) {
    const Json::json_pointer at(name);
    if (before.value(at, Json()) != after.value(at, Json())) return refuse_as_odd(std::string(name) + " was patched");
  }
  if (before["kind"] != "Secret") return std::nullopt;
  if (before.value("immutable", false) && before.value("data", Json()) != after.value("data", Json())) {
    return json(422, status(422, "Invalid", "data: Forbidden: field is immutable when `immutable` is set"));
  }
  const Json data = after.value("data", Json::object());
  for (const auto& [name, value] : data.items()) {
    // The real one quotes what it could not decode.
    if (!is_base64(value)) return json(400, status(400, "BadRequest", "illegal base64 data in " + value.dump()));
  }
  return std::nullopt;
}

void Kubernetes::store(const Json& before, Json after) {
  const std::string kind = before["kind"];
  const std::string name = before["metadata"]["name"];
  after["metadata"]["resourceVersion"] = std::to_string(++version_);
  if (kind == "Deployment" && before["spec"] != after["spec"]) {
    after["metadata"]["generation"] = after["metadata"]["generation"].get<int>() + 1;
    if (before["spec"]["template"] != after["spec"]["template"]) ++rollouts_[name];
    looked_[name] = 0;
  }
  objects_[{kind, before["metadata"]["namespace"].get<std::string>() + "/" + name}] = std::move(after);
}

// A look at a Deployment is the tick of its controller. At the first one it has not seen the change yet.
void Kubernetes::turn(Json& deployment) {
  const std::string name = deployment["metadata"]["name"];
  const auto rolls = looked_.find(name);
  if (rolls == looked_.end() || deployment["spec"].value("paused", false)) return;
  const Rolling how = rolling_[name];
  const int look = ++rolls->second;
  if (look == 1 && how.looks > 0) return;
  const int replicas = deployment["spec"].value("replicas", 1);
  const bool over = look > how.looks && how.end == Rolling::End::complete;
  Json& state = deployment["status"];
  state = {{"observedGeneration", deployment["metadata"]["generation"]},
           {"replicas", over ? replicas : replicas + 1},
           {"updatedReplicas", over ? replicas : 1},
           {"availableReplicas", replicas}};
  if (look > how.looks && how.end == Rolling::End::deadline_exceeded) {
    state["conditions"] = {{{"type", "Progressing"}, {"status", "False"}, {"reason", "ProgressDeadlineExceeded"}}};
  }
  if (over) looked_.erase(rolls);
}

}  // namespace simulated_stores

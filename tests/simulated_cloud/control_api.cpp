#include "server.hpp"
#include "state_json.hpp"

namespace simulated_cloud {
namespace {

Json counters(World& world) {
  Json keys = Json::object();
  for (const auto& account : world.accounts()) {
    for (const auto& user : account.second.users) {
      for (const std::string& id : user.second.keys) {
        const AccessKey& key = *world.find_key(id);
        keys[id] = {{"user", key.user_name}, {"accepted", key.accepted}, {"refused", key.refused}};
      }
    }
  }
  return keys;
}

Json log_after(Cloud& cloud, std::uint64_t number) {
  Json out = Json::array();
  for (const LogEntry& entry : cloud.log(number)) {
    out.push_back(log_json(entry));
    if (entry.target.empty()) continue;
    out.back()["target"] = entry.target;
    out.back()["body"] = entry.body;
  }
  return out;
}

Json play(Cloud& cloud, const Json& body) {
  return cloud.with([&](World& world) {
    Json answers = Json::array();
    for (const Json& move : body.at("moves")) answers.push_back(act(world, move));
    return Json{{"answers", answers}};
  });
}

Json run(Cloud& cloud, const std::string& method, std::string_view path, const Parameters& query, const Json& body) {
  if (method == "GET") {
    if (path == "state") return cloud.with([](World& world) { return state_of(world); });
    if (path == "options") return cloud.with([](World& world) { return options_of(world.options); });
    if (path == "counters") return cloud.with([](World& world) { return counters(world); });
    if (path == "log") {
      const auto after = query.find("after");
      return log_after(cloud, after == query.end() ? 0 : std::stoull(after->second));
    }
    if (path == "faults") {
      Json rules = Json::array();
      for (const FaultRule& rule : cloud.faults()) rules.push_back(rule_json(rule));
      return rules;
    }
  }
  if (method == "DELETE" && path == "faults") return cloud.clear_faults(), Json::object();
  if (method == "DELETE" && path == "log") return cloud.clear_log(), Json::object();
  if (method == "POST") {
    if (path == "reset") {
      cloud.reset();
      cloud.with([&](World& world) { seed(world, body); });
      return Json::object();
    }
    if (path == "seed") return cloud.with([&](World& world) { return seed(world, body), Json::object(); });
    if (path == "options") return cloud.with([&](World& world) { return set_options(world, body), Json::object(); });
    if (path == "play") return play(cloud, body);
    if (path == "faults") {
      for (const Json& rule : body.at("rules")) cloud.add_fault(parse_rule(rule));
      return Json::object();
    }
    if (path == "keep_bodies") return cloud.keep_bodies(body.at("on")), Json::object();
    if (path == "advance") {
      return cloud.with([&](World& world) {
        world.advance(Millis{body.at("ms").get<Millis::rep>()});
        return Json{{"now", iso8601(world.now(), true)}};
      });
    }
  }
  throw ApiError(404, "NotFound", "no such control call: " + method + " " + std::string{path});
}

}  // namespace

Reply answer_control(Cloud& cloud, const Request& request) {
  Reply reply;
  reply.headers.emplace_back("Content-Type", "application/json");
  const std::string_view target = request.target;
  const std::size_t mark = target.find('?');
  const std::string_view path = target.substr(10, mark == std::string_view::npos ? mark : mark - 10);
  try {
    const Json body = request.body.empty() ? Json::object() : Json::parse(request.body);
    const Parameters query = mark == std::string_view::npos ? Parameters{} : parse_form(target.substr(mark + 1));
    // Bodies kept in the log may hold any bytes.
    reply.body = run(cloud, request.method, path, query, body).dump(-1, ' ', false, Json::error_handler_t::replace);
  } catch (const ApiError& error) {
    reply.status = error.status;
    reply.body = Json{{"error", error.code}, {"message", error.what()}}.dump();
  } catch (const std::exception& error) {
    reply.status = 400;
    reply.body = Json{{"error", "BadRequest"}, {"message", error.what()}}.dump();
  }
  return reply;
}

}  // namespace simulated_cloud

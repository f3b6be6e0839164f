// What others do: consumers who use keys, people who change them behind the program's back, and the rules that say
// when.
#include <stdexcept>

#include "state_json.hpp"

namespace simulated_cloud {
namespace {

std::string text(const Json& move, const char* name) { return move.at(name).get<std::string>(); }

Json use_key(World& world, const Json& move) {
  AccessKey* key = world.find_key(text(move, "key"));
  if (!key) throw std::invalid_argument("no such key: " + text(move, "key"));
  std::optional<Time> at;
  if (move.contains("at")) {
    at = parse_iso8601(text(move, "at"));
    if (!at) throw std::invalid_argument("not a time: " + text(move, "at"));
  }
  const bool acs = world.is_acs(key->account_id);
  world.record_use(*key, {.at = at.value_or(world.now()),
                          .visible_at = {},
                          .service = move.value("service", acs ? "ecs" : "s3"),
                          .region = move.value("region", acs ? "cn-hangzhou" : "us-east-1"),
                          .address = move.value("address", "127.0.0.1"),
                          .agent = move.value("agent", ""),
                          .event = move.value("event", acs ? "DescribeInstances" : "")});
  return Json::object();
}

Json set_status(World& world, const Json& move) {
  const auto status = parse_status(text(move, "status"));
  if (!status) throw std::invalid_argument("unknown status: " + text(move, "status"));
  world.set_status(text(move, "key"), *status);
  return Json::object();
}

Json create_key(World& world, const Json& move) {
  const AccessKey& key = world.create_key(text(move, "account"), text(move, "user"));
  return {{"id", key.id}, {"secret", key.secret}};
}

Json allow_or_deny(World& world, const Json& move, bool deny) {
  Policy& policy = world.user(text(move, "account"), text(move, "user")).policy;
  const std::string action = text(move, "action");
  if (deny) {
    policy.deny.push_back(action);
  } else {
    std::erase(policy.deny, action);
  }
  return Json::object();
}

}  // namespace

Json act(World& world, const Json& move) {
  const std::string what = text(move, "do");
  if (what == "use") return use_key(world, move);
  if (what == "set_status") return set_status(world, move);
  if (what == "create_key") return create_key(world, move);
  if (what == "delete_key") {
    world.delete_key(text(move, "key"));
    return Json::object();
  }
  if (what == "restore_key") {
    world.restore_key(text(move, "key"));
    return Json::object();
  }
  if (what == "purge_key") {
    world.purge_key(text(move, "key"));
    return Json::object();
  }
  if (what == "create_user") {
    return {{"id", world.create_user(text(move, "account"), text(move, "user"), move.value("path", "/")).id}};
  }
  if (what == "delete_user") {
    world.delete_user(text(move, "account"), text(move, "user"), true);
    return Json::object();
  }
  if (what == "recreate_user") return {{"id", world.recreate_user(text(move, "account"), text(move, "user")).id}};
  if (what == "deny") return allow_or_deny(world, move, true);
  if (what == "allow") return allow_or_deny(world, move, false);
  if (what == "advance") {
    world.advance(Millis{move.at("ms").get<Millis::rep>()});
    return Json::object();
  }
  throw std::invalid_argument("unknown move: " + what);
}

FaultRule parse_rule(const Json& rule) {
  FaultRule out;
  for (const auto& item : rule.items()) {
    const std::string& name = item.key();
    const Json& value = item.value();
    if (name == "fault")
      out.kind = parse_fault(value.get<std::string>());
    else if (name == "action")
      out.action = value;
    else if (name == "user")
      out.user = value;
    else if (name == "signed_with")
      out.signed_with = value;
    else if (name == "skip")
      out.skip = value;
    else if (name == "count")
      out.count = value;
    else if (name == "at_byte")
      out.at_byte = value;
    else if (name == "whole_reply")
      out.whole_reply = value;
    else if (name == "reset")
      out.reset = value;
    else if (name == "wait_ms")
      out.wait = Millis{value.get<Millis::rep>()};
    else if (name == "moves")
      out.act = [moves = value](World& world) {
        // A foreign actor's failure (the key is gone already) is part of the play.
        for (const Json& move : moves) {
          try {
            act(world, move);
          } catch (const ApiError&) {
          }
        }
      };
    else
      throw std::invalid_argument("unknown member of a fault rule: " + name);
  }
  if (!rule.contains("fault")) throw std::invalid_argument("a fault rule needs its \"fault\"");
  return out;
}

Json rule_json(const FaultRule& rule) {
  return {{"fault", fault_text(rule.kind)},  {"action", rule.action}, {"user", rule.user},
          {"signed_with", rule.signed_with}, {"skip", rule.skip},     {"count", rule.count},
          {"at_byte", rule.at_byte},         {"seen", rule.seen},     {"struck", rule.struck},
          {"wait_ms", rule.wait.count()},    {"reset", rule.reset},   {"whole_reply", rule.whole_reply}};
}

Json log_json(const LogEntry& entry) {
  return {{"number", entry.number},
          {"connection", entry.connection},
          {"at", iso8601(entry.at, true)},
          {"service", entry.service},
          {"region", entry.region},
          {"action", entry.action},
          {"access_key", entry.access_key},
          {"user", entry.user},
          {"target_key", entry.target_key},
          {"asked_status", entry.asked_status},
          {"created_key", entry.created_key},
          {"agent", entry.agent},
          {"status", entry.status},
          {"code", entry.code},
          {"fault", entry.fault},
          {"worked", entry.worked},
          {"delivered", entry.delivered}};
}

}  // namespace simulated_cloud

#include "simulated_stores/fastly.hpp"

#include <algorithm>
#include <set>

namespace simulated_stores {
namespace {

std::string header(const Request& request, const std::string& name) {
  const auto lower = [](std::string text) {
    std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
  };
  for (const auto& [each, value] : request.headers) {
    if (lower(each) == lower(name)) return value;
  }
  return {};
}

const std::set<std::string> s3_fields{"access_key", "secret_key", "bucket_name", "path", "period", "format", "domain"};

}  // namespace

Fastly::Fastly(std::string service, std::string token) : service_(std::move(service)), token_(std::move(token)) {}

Reply Fastly::message(int status, const std::string& text) { return json(status, {{"msg", text}, {"detail", text}}); }

Json Fastly::shown(int number) const {
  return {{"number", number},
          {"service_id", service_},
          {"active", number == active},
          {"locked", versions.at(number).locked},
          {"comment", ""}};
}

Reply Fastly::answer(const Request& request, std::string_view path, std::string_view query) {
  if (!query.empty()) return refuse_as_odd("a query: " + std::string(query));
  if (header(request, "Fastly-Key") != token_) return message(401, "Provided credentials are missing or invalid");
  const std::string base = "/service/" + service_ + "/";
  if (!path.starts_with(base)) return message(404, "Record not found");
  if (request.method != "GET" && !may_write) return message(403, "You are not authorized to perform this action");
  const std::string rest(path.substr(base.size()));
  if (rest == "details") {
    if (request.method != "GET") return refuse_as_odd(request.method + " of the details");
    Json all = Json::array();
    for (const auto& [number, version] : versions) all.push_back(shown(number));
    return json(200, {{"id", service_}, {"versions", all}, {"active_version", active == 0 ? Json() : shown(active)}});
  }
  if (!rest.starts_with("version/")) return refuse_as_odd("no such path: " + std::string(path));
  const std::string after = rest.substr(8);
  const std::size_t slash = after.find('/');
  const int number = std::atoi(after.substr(0, slash).c_str());
  if (!versions.contains(number)) return message(404, "Record not found");
  return versioned(request, number, slash == std::string::npos ? "" : after.substr(slash + 1));
}

Reply Fastly::versioned(const Request& request, int number, const std::string& rest) {
  Version& version = versions.at(number);
  if (rest == "clone" && request.method == "PUT") {
    if (!request.body.empty()) return refuse_as_odd("a clone with a body");
    const int fresh = versions.rbegin()->first + 1;
    versions[fresh] = Version{.locked = false, .s3 = version.s3};
    return json(200, shown(fresh));
  }
  if (rest == "validate" && request.method == "GET") {
    for (const auto& [name, fields] : version.s3) {
      if (fields.at("access_key").empty() || fields.at("secret_key").empty()) {
        return json(200, {{"status", "error"}, {"msg", "S3 '" + name + "' has no key"}});
      }
    }
    return json(200, {{"status", "ok"}, {"msg", nullptr}});
  }
  if (rest == "activate" && request.method == "PUT") {
    if (number != active && version.locked) return message(422, "Version is locked");
    active = number;
    version.locked = true;
    return json(200, shown(number));
  }
  if (rest.starts_with("logging/s3/")) return s3(request, version, decoded(rest.substr(11)));
  return refuse_as_odd("no such request: " + request.method + " " + rest);
}

Reply Fastly::s3(const Request& request, Version& version, const std::string& name) {
  const auto found = version.s3.find(name);
  if (found == version.s3.end()) return message(404, "Couldn't find S3 '" + name + "'");
  if (request.method == "PUT") {
    if (version.locked) return message(422, "Version is locked and cannot be edited");
    if (header(request, "Content-Type") != "application/x-www-form-urlencoded") {
      return refuse_as_odd("a body that is no form");
    }
    for (std::string_view rest = request.body; !rest.empty();) {
      const std::string_view pair = rest.substr(0, rest.find('&'));
      const std::size_t mark = pair.find('=');
      const std::string field = decoded(pair.substr(0, mark));
      if (mark == std::string_view::npos || !s3_fields.contains(field)) return refuse_as_odd("a field " + field);
      if (pair.find_first_of("/+ ") != std::string_view::npos) return refuse_as_odd("a field that is not encoded");
      found->second[field] = decoded(pair.substr(mark + 1));
      rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
    }
  } else if (request.method != "GET") {
    return refuse_as_odd(request.method + " of a logging endpoint");
  }
  Json shown = found->second;
  shown["name"] = name;
  return json(200, shown);
}

}  // namespace simulated_stores

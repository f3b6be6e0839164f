// consumer --endpoint URL --credentials-file PATH [--profile NAME] [--interval-ms N] [--report FILE] [--service sts|s3]
// Plays a program that lives on an access key: before each call it reads the key from the credentials file, as a
// program would at its start, and signs a call with it. Reports on SIGTERM (and into FILE after each call): calls made,
// calls refused, and which key made how many. A file that is missing, torn or without the profile is a refusal.
#include <httplib.h>
#include <pthread.h>

#include <csignal>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <stdexcept>

#include "sigv4.hpp"
#include "state_json.hpp"

namespace {

using simulated_cloud::Json;
using simulated_cloud::Millis;

struct Arguments {
  std::string endpoint, credentials_file, profile = "default", report, service = "sts", region = "us-east-1";
  Millis interval{100};
};

Arguments read(int argc, char** argv) {
  Arguments out;
  for (int i = 1; i < argc; i += 2) {
    const std::string name = argv[i];
    if (i + 1 == argc) throw std::invalid_argument(name + " needs a value");
    const std::string value = argv[i + 1];
    if (name == "--endpoint")
      out.endpoint = value;
    else if (name == "--credentials-file")
      out.credentials_file = value;
    else if (name == "--profile")
      out.profile = value;
    else if (name == "--report")
      out.report = value;
    else if (name == "--service")
      out.service = value;
    else if (name == "--region")
      out.region = value;
    else if (name == "--interval-ms")
      out.interval = Millis{std::stol(value)};
    else
      throw std::invalid_argument("unknown option: " + name);
  }
  if (out.endpoint.empty() || out.credentials_file.empty()) {
    throw std::invalid_argument("--endpoint and --credentials-file are needed");
  }
  if (out.service != "sts" && out.service != "s3") throw std::invalid_argument("--service is sts or s3");
  return out;
}

struct Key {
  std::string id, secret;
};

// The two settings of the profile, or why they can't be had.
Key read_key(const Arguments& arguments) {
  std::ifstream file(arguments.credentials_file);
  if (!file) throw std::runtime_error("FileMissing");
  Key key;
  bool inside = false, found = false;
  for (std::string line; std::getline(file, line);) {
    const std::string_view text = simulated_cloud::trim(line);
    if (text.starts_with('[')) {
      inside = text == "[" + arguments.profile + "]";
      found = found || inside;
      continue;
    }
    const std::size_t equals = text.find('=');
    if (!inside || equals == std::string_view::npos) continue;
    const std::string_view name = simulated_cloud::trim(text.substr(0, equals));
    const std::string_view value = simulated_cloud::trim(text.substr(equals + 1));
    if (name == "aws_access_key_id") key.id = value;
    if (name == "aws_secret_access_key") key.secret = value;
  }
  if (!found) throw std::runtime_error("ProfileMissing");
  if (key.id.empty() || key.secret.empty()) throw std::runtime_error("ProfileTorn");
  return key;
}

struct Report {
  std::uint64_t made = 0, refused = 0;
  std::map<std::string, std::uint64_t> keys;  // calls that succeeded, by key
  Json refusals = Json::array();

  void refuse(const std::string& code, const std::string& key) {
    ++refused;
    refusals.push_back(
        {{"at", simulated_cloud::iso8601(simulated_cloud::real_time(), true)}, {"code", code}, {"key", key}});
  }
  [[nodiscard]] Json json() const {
    return {{"calls_made", made}, {"calls_refused", refused}, {"keys", keys}, {"refusals", refusals}};
  }
};

std::string error_code(const httplib::Result& reply) {
  if (!reply) return "NoReply: " + httplib::to_string(reply.error());
  const std::size_t start = reply->body.find("<Code>");
  const std::size_t end = reply->body.find("</Code>");
  if (start == std::string::npos || end == std::string::npos) return "HTTP " + std::to_string(reply->status);
  return reply->body.substr(start + 6, end - start - 6);
}

void call(httplib::Client& client, const Arguments& arguments, Report& report) {
  ++report.made;
  Key key;
  try {
    key = read_key(arguments);
  } catch (const std::runtime_error& error) {
    report.refuse(error.what(), "");
    return;
  }
  const bool s3 = arguments.service == "s3";
  simulated_cloud::Request request;
  request.method = s3 ? "GET" : "POST";
  request.target = "/";
  request.body = s3 ? "" : "Action=GetCallerIdentity&Version=2011-06-15";
  request.headers.emplace_back("Host", arguments.endpoint.substr(arguments.endpoint.find("://") + 3));
  simulated_cloud::sign(request,
                        {.access_key = key.id,
                         .secret = key.secret,
                         .token = {},
                         .region = arguments.region,
                         .service = arguments.service},
                        simulated_cloud::real_time());
  const httplib::Headers headers(request.headers.begin(), request.headers.end());
  const auto reply = s3 ? client.Get("/", headers)
                        : client.Post("/", headers, request.body, "application/x-www-form-urlencoded; charset=utf-8");
  if (reply && reply->status == 200) {
    ++report.keys[key.id];
  } else {
    report.refuse(error_code(reply), key.id);
  }
}

void save(const Report& report, const std::string& path) {
  const std::string part = path + ".part";
  std::ofstream(part) << report.json().dump(2) << '\n';
  if (std::rename(part.c_str(), path.c_str()) != 0) throw std::runtime_error("can't write " + path);
}

int live(const Arguments& arguments) {
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);

  httplib::Client client(arguments.endpoint);
  client.set_keep_alive(true);
  client.set_tcp_nodelay(true);
  client.set_read_timeout(10);
  Report report;
  auto due = std::chrono::steady_clock::now();
  for (;;) {
    call(client, arguments, report);
    if (!arguments.report.empty()) save(report, arguments.report);
    due = std::max(due + arguments.interval, std::chrono::steady_clock::now());
    const auto left = due - std::chrono::steady_clock::now();
    const auto nanos = std::max<std::chrono::nanoseconds::rep>(0, std::chrono::nanoseconds{left}.count());
    const timespec wait{.tv_sec = nanos / 1'000'000'000, .tv_nsec = nanos % 1'000'000'000};
    if (sigtimedwait(&ends, nullptr, &wait) > 0) break;
  }
  std::cout << report.json().dump(2) << std::endl;
  return report.refused == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return live(read(argc, argv));
  } catch (const std::exception& error) {
    std::cerr << "consumer: " << error.what() << '\n';
    return 2;
  }
}

// consumer --endpoint URL --credentials-file PATH [--cloud aws|alibaba] [--profile NAME] [--interval-ms N]
//   [--report FILE] [--service sts|s3, of alibaba sts|ecs] [--region R]
// Plays a program that lives on an access key: before each call it reads the key from the credentials file, as a
// program would at its start, and signs a call with it. Reports on SIGTERM (and into FILE after each call): calls made,
// calls refused, and which key made how many. A file that is missing, torn or without the profile is a refusal.
#include <httplib.h>
#include <pthread.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <stdexcept>

#include "acs3.hpp"
#include "consumer_key.hpp"
#include "state_json.hpp"

namespace {

using simulated_cloud::CloudKind;
using simulated_cloud::ConsumerKey;
using simulated_cloud::Json;
using simulated_cloud::Millis;

struct Arguments {
  std::string endpoint, credentials_file, profile = "default", report, service = "sts", region = "us-east-1";
  CloudKind cloud = CloudKind::aws;
  Millis interval{100};
};

CloudKind cloud_of(const std::string& name) {
  if (name == "aws") return CloudKind::aws;
  if (name == "alibaba") return CloudKind::alibaba;
  throw std::invalid_argument("--cloud is aws or alibaba");
}

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
    else if (name == "--cloud")
      out.cloud = cloud_of(value);
    else if (name == "--interval-ms")
      out.interval = Millis{std::stol(value)};
    else
      throw std::invalid_argument("unknown option: " + name);
  }
  if (out.endpoint.empty() || out.credentials_file.empty()) {
    throw std::invalid_argument("--endpoint and --credentials-file are needed");
  }
  const std::string data_plane = out.cloud == CloudKind::aws ? "s3" : "ecs";
  if (out.service != "sts" && out.service != data_plane) {
    throw std::invalid_argument("--service is sts or " + data_plane);
  }
  return out;
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
  const Json body = Json::parse(reply->body, nullptr, false);
  if (body.is_object() && body.contains("Code")) return body.value("Code", "");
  const std::size_t start = reply->body.find("<Code>");
  const std::size_t end = reply->body.find("</Code>");
  if (start == std::string::npos || end == std::string::npos) return "HTTP " + std::to_string(reply->status);
  return reply->body.substr(start + 6, end - start - 6);
}

simulated_cloud::Request aws_call(const Arguments& arguments, const ConsumerKey& key,
                                  simulated_cloud::Request request) {
  const bool s3 = arguments.service == "s3";
  request.method = s3 ? "GET" : "POST";
  request.body = s3 ? "" : "Action=GetCallerIdentity&Version=2011-06-15";
  simulated_cloud::sign(request,
                        {.access_key = key.id,
                         .secret = key.secret,
                         .token = key.token,
                         .region = arguments.region,
                         .service = arguments.service},
                        simulated_cloud::real_time());
  return request;
}

simulated_cloud::Request alibaba_call(const Arguments& arguments, const ConsumerKey& key, std::uint64_t number,
                                      simulated_cloud::Request request) {
  const bool ecs = arguments.service == "ecs";
  const auto now = simulated_cloud::real_time();
  request.method = "POST";
  // Two consumers may live on one key, and a nonce is good once.
  const std::string nonce =
      std::to_string(::getpid()) + "-" + std::to_string(number) + "-" + std::to_string(now.time_since_epoch().count());
  simulated_cloud::sign_acs3(request,
                             {.access_key = key.id,
                              .secret = key.secret,
                              .token = key.token,
                              .action = ecs ? "DescribeRegions" : "GetCallerIdentity",
                              .version = ecs ? "2014-05-26" : "2015-04-01",
                              .nonce = nonce},
                             now);
  return request;
}

void call(httplib::Client& client, const Arguments& arguments, Report& report) {
  ++report.made;
  ConsumerKey key;
  try {
    key = simulated_cloud::read_consumer_key(arguments.cloud, arguments.credentials_file, arguments.profile);
  } catch (const std::runtime_error& error) {
    report.refuse(error.what(), "");
    return;
  }
  simulated_cloud::Request request;
  request.target = "/";
  request.headers.emplace_back("Host", arguments.endpoint.substr(arguments.endpoint.find("://") + 3));
  request = arguments.cloud == CloudKind::aws ? aws_call(arguments, key, std::move(request))
                                              : alibaba_call(arguments, key, report.made, std::move(request));
  const httplib::Headers headers(request.headers.begin(), request.headers.end());
  const auto reply = request.method == "GET"
                         ? client.Get("/", headers)
                         : client.Post("/", headers, request.body,
                                       request.body.empty() ? "" : "application/x-www-form-urlencoded; charset=utf-8");
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

// A fast stand-in for the key calls of IAM and RAM; see README.md.
#include <sys/signalfd.h>

#include <charconv>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <functional>
#include <map>
#include <stdexcept>

#include "server.hpp"

namespace {

using iam_standin::Server;
using iam_standin::Service;

struct Options {
  iam_standin::ServiceOptions service;
  double latency_ms = 0;
  std::uint16_t port = 0;
};

constexpr const char* usage =
    "usage: iam_standin [--port N] [--users N] [--keys-per-user 0|1|2|mixed] [--offenders FRACTION] [--now EPOCH]\n"
    "                   [--latency-ms N] [--rate N [--burst N]] [--report-polls N]\n"
    "                   [--drop-every N] [--error-every N] [--vanish-every N]\n";

template <class Number>
void read(Number& into, std::string_view text, double most) {
  const auto done = std::from_chars(text.data(), text.data() + text.size(), into);
  if (done.ec != std::errc{} || done.ptr != text.data() + text.size() || into < 0 || static_cast<double>(into) > most) {
    throw std::runtime_error("\"" + std::string(text) + "\" is no number up to " + std::to_string(most));
  }
}

Options options_of(int argc, char** argv) {
  Options options;
  auto& service = options.service;
  auto& account = service.account;
  account.now = std::time(nullptr);
  const auto into = [](auto& number, double most) {
    return [&number, most](std::string_view text) { read(number, text, most); };
  };
  const std::map<std::string_view, std::function<void(std::string_view)>> known{
      {"--port", into(options.port, 65535)},
      {"--users", into(account.users, 9'999'999)},
      {"--offenders", into(account.offenders, 1)},
      {"--now", into(account.now, 4e9)},
      {"--vanish-every", into(account.vanish_every, 1e9)},
      {"--latency-ms", into(options.latency_ms, 60'000)},
      {"--rate", into(service.rate, 1e9)},
      {"--burst", into(service.burst, 1e9)},
      {"--report-polls", into(service.report_polls, 1e6)},
      {"--drop-every", into(service.drop_every, 1e9)},
      {"--error-every", into(service.error_every, 1e9)},
      {"--keys-per-user", [&](std::string_view text) {
         account.mixed = text == "mixed";
         if (!account.mixed) read(account.keys_per_user, text, 2);
       }}};
  for (int at = 1; at < argc; at += 2) {
    const auto found = known.find(argv[at]);
    if (found == known.end() || at + 1 >= argc) throw std::runtime_error(usage);
    found->second(argv[at + 1]);
  }
  if (service.burst <= 0) service.burst = service.rate;
  return options;
}

int stop_handle() {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGTERM);
  ::sigaddset(&set, SIGINT);
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
  return ::signalfd(-1, &set, SFD_CLOEXEC);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const Options options = options_of(argc, argv);
    const iam_standin::Handle stop(stop_handle(), "signalfd");
    Service service(options.service);
    Server server(service, std::chrono::microseconds(static_cast<long>(options.latency_ms * 1000)), options.port,
                  stop.get());
    std::printf("%d\n", server.port());
    std::fflush(stdout);
    server.run();
    std::printf("%s\n", service.stats().c_str());
    return 0;
  } catch (const std::exception& trouble) {
    std::fprintf(stderr, "iam_standin: %s\n", trouble.what());
    return 1;
  }
}

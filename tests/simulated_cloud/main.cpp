// simulated_cloud [--port N] [--port-file FILE] [--state FILE.json] [--seed N]
// Prints its port, serves until SIGTERM or SIGINT.
#include <pthread.h>
#include <unistd.h>

#include <charconv>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <map>
#include <stdexcept>

#include "server.hpp"
#include "state_json.hpp"

namespace {

struct Arguments {
  simulated_cloud::ServerOptions server;
  std::string port_file, state;
};

template <typename Number>
Number number(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) {
    throw std::invalid_argument("not a number: " + std::string{text});
  }
  return value;
}

Arguments read(int argc, char** argv) {
  Arguments out;
  for (int i = 1; i < argc; i += 2) {
    const std::string_view name = argv[i];
    if (i + 1 == argc) throw std::invalid_argument(std::string{name} + " needs a value");
    const std::string_view value = argv[i + 1];
    if (name == "--port")
      out.server.port = number<std::uint16_t>(value);
    else if (name == "--seed")
      out.server.seed = number<std::uint64_t>(value);
    else if (name == "--port-file")
      out.port_file = value;
    else if (name == "--state")
      out.state = value;
    else
      throw std::invalid_argument("unknown option: " + std::string{name});
  }
  return out;
}

// The file appears whole or not at all, so that who waits for it never reads half a number.
void write_port(const std::string& path, std::uint16_t port) {
  const std::string part = path + ".part";
  std::ofstream(part) << port << '\n';
  if (std::rename(part.c_str(), path.c_str()) != 0) throw std::runtime_error("can't write " + path);
}

int serve(const Arguments& arguments) {
  // Blocked before any thread starts, so that only sigwait sees them.
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);

  simulated_cloud::Server server(arguments.server);
  if (!arguments.state.empty()) {
    std::ifstream file(arguments.state);
    if (!file) throw std::runtime_error("can't read " + arguments.state);
    const auto state = simulated_cloud::Json::parse(file);
    server.cloud().with([&](simulated_cloud::World& world) { simulated_cloud::seed(world, state); });
  }
  std::cout << server.port() << std::endl;
  if (!arguments.port_file.empty()) write_port(arguments.port_file, server.port());
  int caught = 0;
  sigwait(&ends, &caught);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return serve(read(argc, argv));
  } catch (const std::exception& error) {
    std::cerr << "simulated_cloud: " << error.what() << '\n';
    return 2;
  }
}

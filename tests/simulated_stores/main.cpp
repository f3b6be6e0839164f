// simulated_stores STORE [--port N] < SEED.json
// Prints its address, serves until SIGTERM or SIGINT. An empty input is an empty seed.
#include <pthread.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <iostream>
#include <iterator>
#include <memory>
#include <stdexcept>

#include "simulated_stores/kubernetes.hpp"

namespace {

using simulated_stores::Json;
using simulated_stores::StoreServer;

struct Store {
  std::string_view name;
  std::unique_ptr<StoreServer> (*make)(std::uint16_t port, const Json& seed);
};

template <class T>
std::unique_ptr<StoreServer> make(std::uint16_t port, const Json& seed) {
  return std::make_unique<T>(port, seed);
}

constexpr std::array stores{Store{"kubernetes", make<simulated_stores::Kubernetes>}};

int serve(int argc, char** argv) {
  if (argc != 2 && (argc != 4 || std::string_view(argv[2]) != "--port"))
    throw std::invalid_argument("STORE [--port N]");
  const auto store = std::ranges::find(stores, std::string_view(argv[1]), &Store::name);
  if (store == stores.end()) throw std::invalid_argument("unknown store: " + std::string(argv[1]));
  // Blocked before any thread starts, so that only sigwait sees them.
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);
  const std::string seed{std::istreambuf_iterator<char>(std::cin), {}};
  const auto port = static_cast<std::uint16_t>(argc == 4 ? std::stoul(argv[3]) : 0);
  const auto server = store->make(port, seed.empty() ? Json::object() : Json::parse(seed));
  std::cout << server->url() << std::endl;
  int caught = 0;
  sigwait(&ends, &caught);
  for (const std::string& odd : server->odd()) std::cerr << "odd: " << odd << '\n';
  return server->odd().empty() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return serve(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "simulated_stores: " << error.what() << '\n';
    return 2;
  }
}

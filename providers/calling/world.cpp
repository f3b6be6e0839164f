#include "providers/calling/world.hpp"

#include <cstdlib>
#include <memory>
#include <random>
#include <thread>

#include "platform/files.hpp"

namespace calling {

World real_world() {
  World world;
  world.env = [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr || *value == '\0') return std::nullopt;
    return value;
  };
  world.now = [] { return std::chrono::time_point_cast<Millis>(std::chrono::system_clock::now()); };
  world.sleep = [](Millis span) {
    std::this_thread::sleep_for(span);
    return true;
  };
  world.random = [engine = std::make_shared<std::mt19937_64>(std::random_device{}())] {
    return std::uniform_real_distribution<double>{0.0, 1.0}(*engine);
  };
  world.interrupted = [] { return false; };
  world.ask_code = [](const std::string&) -> std::optional<std::string> { return std::nullopt; };
  return world;
}

std::filesystem::path home_path(const Environment& env, std::string_view text) {
  const auto home = text.starts_with("~/") ? env("HOME") : std::nullopt;
  if (home) return std::filesystem::path{*home} / text.substr(2);
  return platform::expand_home(text);
}

}  // namespace calling

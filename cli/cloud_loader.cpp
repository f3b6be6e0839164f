#include <dlfcn.h>

#include <array>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>

#include "cli/cloud_access.hpp"
#include "cli/version.hpp"

namespace cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* module_name = "keybaton-cloud.so";

[[noreturn]] void unusable(const std::string& what) {
  throw rotation::Trouble(rotation::Ending::internal, {.message = "The cloud module cannot be used: " + what + ".",
                                                       .keys = "No request was sent, no key was touched.",
                                                       .hint = "install keybaton again: the program and " +
                                                               std::string(module_name) + " belong together"});
}

// Beside the program in a build tree, else where it was installed: both counted from the program itself, never from
// a search path that somebody else could set.
fs::path module_path() {
  std::error_code failed;
  const fs::path program = fs::read_symlink("/proc/self/exe", failed);
  if (failed) unusable("this program's own path is not known");
  const std::array candidates{program.parent_path() / module_name,
                              (program.parent_path() / KEYBATON_MODULE_DIR / module_name).lexically_normal()};
  for (const fs::path& candidate : candidates) {
    if (fs::exists(candidate, failed)) return candidate;
  }
  unusable("it stands neither at " + candidates[0].string() + " nor at " + candidates[1].string());
}

template <class F>
F symbol(void* module, const char* name) {
  void* found = dlsym(module, name);
  if (found == nullptr) unusable(std::string("it lacks ") + name);
  return reinterpret_cast<F>(found);
}

struct Doors {
  ModuleOpen open;
  ModuleNetwork network;
  ModuleCrowd crowd;
};

// Loaded once and never closed: its objects and exceptions may outlive every scope.
Doors load() {
  const fs::path path = module_path();
  void* module = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (module == nullptr) {
    const char* why = dlerror();
    unusable(why == nullptr ? "it does not load" : why);
  }
  const std::string_view built = symbol<ModuleVersion>(module, module_version_symbol)();
  if (built != version) unusable("it is of version " + std::string(built) + ", the program of " + version);
  return {.open = symbol<ModuleOpen>(module, module_open_symbol),
          .network = symbol<ModuleNetwork>(module, module_network_symbol),
          .crowd = symbol<ModuleCrowd>(module, module_crowd_symbol)};
}

const Doors& doors() {
  static const Doors loaded = load();
  return loaded;
}

}  // namespace

std::unique_ptr<CloudAccess> open_cloud(const rotation::Connection& connection, const CloudNeeds& needs) {
  return std::unique_ptr<CloudAccess>(doors().open(connection, needs));
}

std::unique_ptr<http::Transport> open_network(http::TransportSettings settings) {
  return std::unique_ptr<http::Transport>(doors().network(std::move(settings)));
}

std::unique_ptr<http::Crowd> open_crowd(std::size_t seats) {
  return std::unique_ptr<http::Crowd>(doors().crowd(seats));
}

}  // namespace cli

#include "cli/holders.hpp"

#include <filesystem>
#include <system_error>

#include "cli/target.hpp"
#include "platform/files.hpp"
#include "rotation/errors.hpp"
#include "rotation/secret.hpp"
#include "secrets_adapters/registry.hpp"

namespace cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t biggest_text_file = 16U << 20U;

std::string trouble_of(const rotation::Answer<rotation::Holding>& answer) {
  if (const auto* no = rotation::refused(answer)) return no->message.empty() ? "cannot be read" : no->message;
  if (const auto* lost = rotation::unknown(answer)) return lost->why;
  return {};
}

void look_in_location(const std::string& target, const rotation::LocationSpec& spec, const rotation::AccessKeyId& key,
                      std::vector<Holder>& holders) {
  const std::string place = "location " + spec.name.text() + " of " + target;
  try {
    const auto answer = secrets_adapters::make_location(spec)->read();
    const auto* holding = rotation::done(answer);
    if (holding == nullptr) {
      holders.push_back({.place = place, .trouble = trouble_of(answer)});
    } else if (holding->id == key) {
      holders.push_back({.place = place, .trouble = {}});
    }
  } catch (const rotation::Trouble& trouble) {
    holders.push_back({.place = place, .trouble = trouble.problem().message});
  }
}

void look_in_file(const fs::path& path, const rotation::AccessKeyId& key, std::vector<Holder>& holders) {
  try {
    auto text = platform::read_file(path, biggest_text_file);
    if (!text) return;
    const bool binary = text->substr(0, 8192).find('\0') != std::string::npos;
    if (!binary && text->find(key.text()) != std::string::npos) holders.push_back({.place = path.string()});
    rotation::wipe(*text);
  } catch (const std::system_error& trouble) {
    if (trouble.code() == std::errc::file_too_large) return;
    holders.push_back({.place = path.string(), .trouble = trouble.code().message()});
  }
}

void look_below(const fs::path& root, const rotation::AccessKeyId& key, std::vector<Holder>& holders) {
  std::error_code failed;
  if (fs::is_regular_file(root, failed)) return look_in_file(root, key, holders);
  fs::recursive_directory_iterator at{root, failed};
  if (failed) holders.push_back({.place = root.string(), .trouble = failed.message()});
  while (!failed && at != fs::recursive_directory_iterator{}) {
    std::error_code unreadable;
    if (at->is_directory(unreadable) && at->path().filename() == ".git") at.disable_recursion_pending();
    if (at->is_regular_file(unreadable)) look_in_file(at->path(), key, holders);
    const fs::path before = at->path();
    at.increment(failed);
    if (failed) holders.push_back({.place = before.string(), .trouble = failed.message()});
  }
}

}  // namespace

std::vector<Holder> holders_of(const Config& config, const rotation::AccessKeyId& key) {
  std::vector<Holder> holders;
  for (const auto& [name, target] : config.targets) {
    for (const rotation::LocationSpec& spec : target.locations) look_in_location(name, spec, key, holders);
  }
  look_in_file(shared_credentials_file(), key, holders);
  for (const fs::path& root : config.search_paths) look_below(root, key, holders);
  return holders;
}

}  // namespace cli

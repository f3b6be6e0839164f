#include "secrets_adapters/searched_path.hpp"

#include <optional>
#include <system_error>

#include "platform/files.hpp"
#include "rotation/secret.hpp"

namespace secrets_adapters {
namespace {

namespace fs = std::filesystem;
using rotation::Refused;

constexpr std::size_t biggest_text_file = 16U << 20U;

void search_file(const fs::path& path, const rotation::AccessKeyId& key, const Search& search) {
  try {
    auto text = platform::read_file(path, biggest_text_file);
    if (!text) return;
    const bool binary = text->substr(0, 8192).find('\0') != std::string::npos;
    const bool holds = !binary && text->find(key.text()) != std::string::npos;
    rotation::wipe(*text);
    if (holds) search.found(path);
  } catch (const std::system_error& trouble) {
    if (trouble.code() != std::errc::file_too_large) search.trouble(path, trouble.code().message());
  }
}

Refused refuse(rotation::Refusal why, std::string message) {
  return {.why = why, .code = {}, .message = std::move(message), .request_id = {}};
}

}  // namespace

void search(const fs::path& root, const rotation::AccessKeyId& key, const Search& search) {
  std::error_code failed;
  if (fs::is_regular_file(root, failed)) return search_file(root, key, search);
  fs::recursive_directory_iterator at{root, failed};
  if (failed) search.trouble(root, failed.message());
  while (!failed && at != fs::recursive_directory_iterator{}) {
    std::error_code unreadable;
    if (at->is_directory(unreadable) && at->path().filename() == ".git") at.disable_recursion_pending();
    if (at->is_regular_file(unreadable)) search_file(at->path(), key, search);
    const fs::path before = at->path();
    at.increment(failed);
    if (failed) search.trouble(before, failed.message());
  }
}

rotation::Answer<rotation::Holding> SearchedPath::read() {
  std::error_code unknown;
  if (absent_ == Absent::nothing && !fs::exists(root_, unknown) && !unknown) return rotation::Done<rotation::Holding>{};
  bool holds = false;
  std::optional<std::string> trouble;
  search(root_, key_,
         {.found = [&](const fs::path&) { holds = true; },
          .trouble =
              [&](const fs::path& place, const std::string& why) {
                if (!trouble) trouble = place.string() + ": " + why;
              }});
  if (holds) return rotation::Done<rotation::Holding>{{.id = key_, .secret = {}}};
  if (trouble) return refuse(rotation::Refusal::other, *trouble);
  return rotation::Done<rotation::Holding>{};
}

rotation::Answer<rotation::Written> SearchedPath::write(const rotation::Change& /*change*/) {
  return refuse(rotation::Refusal::unsupported, root_.string() + " is only watched, never written");
}

}  // namespace secrets_adapters

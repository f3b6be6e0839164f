#include "secrets_adapters/searched_path.hpp"

#include <algorithm>
#include <optional>
#include <system_error>

#include "secrets_adapters/kind.hpp"
#include "secrets_adapters/search_walk.hpp"

namespace secrets_adapters {
namespace {

namespace fs = std::filesystem;
using rotation::Refused;

Refused refuse(rotation::Refusal why, std::string message) {
  return {.why = why, .code = {}, .message = std::move(message), .request_id = {}};
}

std::string counted_values(std::size_t values) {
  return std::to_string(values) + (values == 1 ? " encrypted value" : " encrypted values");
}

}  // namespace

rotation::Answer<rotation::Holding> SearchedPath::read() {
  std::error_code unknown;
  if (!fs::exists(root_, unknown) && !unknown) {
    if (words_.absent == WhenAbsent::nothing) return rotation::Done<rotation::Holding>{};
    // A word for what is below it says nothing of all of it being away.
    return refuse(rotation::Refusal::other, root_.string() + " is not there");
  }
  bool holds = false;
  std::optional<std::string> trouble;
  const auto note = [&](const fs::path& place, const std::string& why) {
    const auto covers = [&](const fs::path& path) { return is_below(place, path); };
    if (!trouble && std::ranges::none_of(words_.unsearched, covers)) trouble = place.string() + ": " + why;
  };
  search(root_, key_,
         {.found = [&](const SearchedFile&) { holds = true; },
          .trouble = note,
          .closed = [&](const fs::path& file,
                        std::size_t values) { note(file, counted_values(values) + " that no key at hand opens"); },
          .openers = {&eyaml_},
          .roots = words_.roots});
  if (holds) return rotation::Done<rotation::Holding>{{.id = key_, .secret = {}}};
  if (trouble) return refuse(rotation::Refusal::other, *trouble);
  return rotation::Done<rotation::Holding>{};
}

SearchWords search_words_of(const rotation::LocationSpec& spec) {
  const auto paths = [&](const char* name) {
    const auto list = list_of(spec, name);
    return std::vector<fs::path>{list.begin(), list.end()};
  };
  SearchWords words{.absent = spec.settings.contains("may_be_absent") ? WhenAbsent::nothing : WhenAbsent::trouble,
                    .unsearched = paths("unsearched"),
                    .roots = paths("roots")};
  const auto certificates = paths("public"), private_keys = paths("private");
  for (std::size_t at = 0; at < std::min(certificates.size(), private_keys.size()); ++at) {
    words.keys.push_back({certificates[at], private_keys[at]});
  }
  return words;
}

void SearchedPaths::search(const std::set<rotation::AccessKeyId>& keys) {
  found_.clear();
  trouble_.clear();
  std::error_code unknown;
  if (!fs::exists(root_, unknown) && !unknown) {
    if (words_.absent == WhenAbsent::trouble) trouble_ = root_.string() + " is not there";
    return;
  }
  const auto note = [&](const fs::path& place, const std::string& why) {
    const auto covers = [&](const fs::path& path) { return is_below(place, path); };
    if (trouble_.empty() && std::ranges::none_of(words_.unsearched, covers)) trouble_ = place.string() + ": " + why;
  };
  secrets_adapters::search(
      root_, KeyIds{{keys.begin(), keys.end()}},
      {.found = [&](const SearchedFile& file) { found_.insert(file.key); },
       .trouble = note,
       .closed = [&](const fs::path& file,
                     std::size_t values) { note(file, counted_values(values) + " that no key at hand opens"); },
       .openers = {&eyaml_},
       .roots = words_.roots});
}

rotation::Answer<rotation::Holding> SearchedPaths::holding(const rotation::AccessKeyId& key) const {
  if (found_.contains(key)) return rotation::Done<rotation::Holding>{{.id = key, .secret = {}}};
  if (!trouble_.empty()) return refuse(rotation::Refusal::other, trouble_);
  return rotation::Done<rotation::Holding>{};
}

rotation::Answer<rotation::Written> SearchedPath::write(const rotation::Change& /*change*/) {
  return refuse(rotation::Refusal::unsupported, root_.string() + " is only watched, never written");
}

}  // namespace secrets_adapters

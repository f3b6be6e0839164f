#include "secrets_adapters/searched_path.hpp"

#include <optional>
#include <system_error>

#include "secrets_adapters/key_search.hpp"

namespace secrets_adapters {
namespace {

namespace fs = std::filesystem;
using rotation::Refused;

Refused refuse(rotation::Refusal why, std::string message) {
  return {.why = why, .code = {}, .message = std::move(message), .request_id = {}};
}

}  // namespace

rotation::Answer<rotation::Holding> SearchedPath::read() {
  std::error_code unknown;
  if (absent_ == Absent::nothing && !fs::exists(root_, unknown) && !unknown) return rotation::Done<rotation::Holding>{};
  bool holds = false;
  std::optional<std::string> trouble;
  search(root_, key_,
         {.found = [&](const SearchedFile&) { holds = true; },
          .trouble =
              [&](const fs::path& place, const std::string& why) {
                if (!trouble) trouble = place.string() + ": " + why;
              },
          .openers = {&eyaml_}});
  if (holds) return rotation::Done<rotation::Holding>{{.id = key_, .secret = {}}};
  if (trouble) return refuse(rotation::Refusal::other, *trouble);
  return rotation::Done<rotation::Holding>{};
}

rotation::Answer<rotation::Written> SearchedPath::write(const rotation::Change& /*change*/) {
  return refuse(rotation::Refusal::unsupported, root_.string() + " is only watched, never written");
}

}  // namespace secrets_adapters

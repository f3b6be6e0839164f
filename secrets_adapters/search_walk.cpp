#include "secrets_adapters/search_walk.hpp"

#include <algorithm>
#include <system_error>

namespace secrets_adapters {
namespace {

namespace fs = std::filesystem;

class Walk {
 public:
  Walk(const fs::path& root, const std::vector<fs::path>& roots) {
    for (const fs::path& each : roots) searched(each);
    searched(root);
    std::error_code failed;
    if (fs::is_regular_file(root, failed)) {
      found.files.push_back(root);
    } else {
      directory(root);
    }
    std::ranges::sort(found.files);
  }

  Walked found;

 private:
  void searched(const fs::path& root) {
    std::error_code failed;
    const fs::path real = fs::canonical(root, failed);
    if (!failed) searched_.push_back(real);
  }

  void directory(const fs::path& path) {
    std::error_code failed;
    fs::directory_iterator at{path, failed};
    std::vector<fs::path> below;
    while (!failed && at != fs::directory_iterator{}) {
      entry(*at, below);
      at.increment(failed);
    }
    if (failed) found.gaps.push_back({path, failed.message()});
    for (const fs::path& each : below) directory(each);
  }

  void entry(const fs::directory_entry& entry, std::vector<fs::path>& below) {
    std::error_code failed;
    if (entry.is_directory(failed)) {
      if (entry.path().filename() == ".git") return;
      std::error_code unknown;
      if (!entry.is_symlink(unknown)) return below.push_back(entry.path());
      link(entry.path());
    } else if (entry.is_regular_file(failed)) {
      found.files.push_back(entry.path());
    } else if (failed && (failed != std::errc::no_such_file_or_directory || leads_away(entry.path()))) {
      found.gaps.push_back({entry.path(), failed.message()});  // a link into what may not, or cannot be looked at
    }
  }

  // A link whose target's directory is not there either: perhaps something that is mounted at other times. Editors
  // leave links that lead nowhere beside what they edit.
  static bool leads_away(const fs::path& link) {
    std::error_code failed;
    const fs::path target = fs::read_symlink(link, failed);
    if (failed || !target.has_parent_path()) return false;
    return !fs::exists((link.parent_path() / target).parent_path(), failed);
  }

  void link(const fs::path& path) {
    std::error_code failed;
    const fs::path target = fs::canonical(path, failed);
    if (failed) return found.gaps.push_back({path, failed.message()});
    const auto covers = [&](const fs::path& root) { return is_below(target, root); };
    if (std::ranges::any_of(searched_, covers)) return;
    found.gaps.push_back({path, "a link to " + target.string() + ", which is not searched"});
  }

  std::vector<fs::path> searched_;
};

}  // namespace

Walked walk(const fs::path& root, const std::vector<fs::path>& roots) { return std::move(Walk{root, roots}.found); }

bool is_below(const fs::path& path, const fs::path& root) {
  const fs::path top = (root / "").parent_path();  // without a slash at its end
  return std::ranges::mismatch(top, path).in1 == top.end();
}

}  // namespace secrets_adapters

// Which files a search below a path looks into.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace secrets_adapters {

struct Walked {
  struct Gap {
    std::filesystem::path place;
    std::string why;
  };
  std::vector<std::filesystem::path> files;  // in order
  std::vector<Gap> gaps;                     // what could not be looked into, or is not
};

// `root`, where it is a file, else every regular file below it and every symlink to one. Directories named .git are
// passed over. A symlink to a directory is never followed, so that no search leaves the paths that it was given: one
// that leads below `root` or one of `roots`, which are searched themselves, needs no word, and any other is a gap.
[[nodiscard]] Walked walk(const std::filesystem::path& root, const std::vector<std::filesystem::path>& roots);

// `path` is `root`, or stands below it; by their words alone.
[[nodiscard]] bool is_below(const std::filesystem::path& path, const std::filesystem::path& root);

}  // namespace secrets_adapters

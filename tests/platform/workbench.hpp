// A directory of one test's own, and the small things that tests of files need.
#pragma once

#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <set>
#include <sstream>
#include <string>

namespace workbench {

class Directory {
 public:
  // `beside`: another place than the usual one for temporary files.
  explicit Directory(const std::filesystem::path& beside = std::filesystem::temp_directory_path()) {
    std::string name = (beside / "keybaton-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    path_ = std::filesystem::canonical(name);
  }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  ~Directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  [[nodiscard]] std::set<std::string> names() const {
    std::set<std::string> names;
    for (const auto& one : std::filesystem::directory_iterator(path_)) names.insert(one.path().filename().string());
    return names;
  }

 private:
  std::filesystem::path path_;
};

inline void put(const std::filesystem::path& path, const std::string& text, mode_t mode = 0600) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
  if (::chmod(path.c_str(), mode) != 0) std::abort();
}

inline std::string get(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

inline struct stat info(const std::filesystem::path& path) {
  struct stat found {};
  if (::lstat(path.c_str(), &found) != 0) std::abort();
  return found;
}

// What `work` says, run in a process of its own; 128 + signal if it was killed. `uid`: as that user and group.
inline int in_child(const std::function<int()>& work, uid_t uid = 0) {
  const pid_t child = ::fork();
  if (child < 0) std::abort();
  if (child == 0) {
    if (uid != 0 && (::setgid(uid) != 0 || ::setuid(uid) != 0)) ::_exit(99);
    int code = 98;
    try {
      code = work();
    } catch (...) {
      code = 97;
    }
    ::_exit(code);
  }
  int status = 0;
  if (::waitpid(child, &status, 0) != child) std::abort();
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

constexpr uid_t nobody = 65534;

}  // namespace workbench

#include "platform/files.hpp"

#include <fcntl.h>
#include <pwd.h>
#include <string.h>  // explicit_bzero
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <deque>
#include <memory>
#include <system_error>
#include <thread>
#include <vector>

#include "rotation/secret.hpp"

namespace platform {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(int error, const char* doing, const fs::path& path) {
  throw std::system_error(error, std::generic_category(), std::string(doing) + " " + path.string());
}

// A string grows by copying, and the copy it leaves behind may hold a secret.
void grow(std::string& text, std::size_t size) {
  std::string bigger;
  bigger.reserve(size);
  bigger.assign(text);
  rotation::wipe(text);
  text.swap(bigger);
}

constexpr int most_links = 40;  // the kernel's own limit

bool anybody_writes(const struct stat& directory) { return (directory.st_mode & S_IWOTH) != 0; }
bool is_sticky(const struct stat& directory) { return (directory.st_mode & S_ISVTX) != 0; }
// In a sticky directory only its owner, and root, can make a link lead elsewhere.
bool ours(const struct stat& link) { return link.st_uid == ::geteuid() || link.st_uid == 0; }

std::string home_directory() {
  if (const char* home = std::getenv("HOME"); home != nullptr && *home != '\0') return home;
  std::vector<char> buffer(16384);
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwuid_r(::getuid(), &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr) return {};
  return found->pw_dir;
}

}  // namespace

Fd& Fd::operator=(Fd&& other) noexcept {
  if (this != &other) {
    if (valid()) ::close(number_);
    number_ = other.release();
  }
  return *this;
}

Fd::~Fd() {
  if (valid()) ::close(number_);
}

int Fd::release() noexcept {
  const int number = number_;
  number_ = -1;
  return number;
}

Fd open_file(const fs::path& path, int flags, mode_t mode) {
  for (;;) {
    const int number = ::open(path.c_str(), flags | O_CLOEXEC | O_NOCTTY, mode);
    if (number >= 0) return Fd(number);
    if (errno != EINTR) fail(errno, "cannot open", path);
  }
}

void write_all(const Fd& file, std::string_view bytes, const fs::path& path) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(file.get(), bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) fail(put < 0 ? errno : EIO, "cannot write", path);
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
}

void sync(const Fd& file, const fs::path& path) {
  while (::fsync(file.get()) != 0) {
    if (errno != EINTR) fail(errno, "cannot make durable", path);
  }
}

void sync_directory(const fs::path& directory) {
  const fs::path name = directory.empty() ? fs::path(".") : directory;
  sync(open_file(name, O_RDONLY | O_DIRECTORY), name);
}

std::string read_all(const Fd& file, const fs::path& path, std::size_t cap) {
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) fail(errno, "cannot read", path);
  if (S_ISDIR(info.st_mode)) fail(EISDIR, "cannot read", path);
  std::string text;
  text.reserve(std::max<std::size_t>(static_cast<std::size_t>(info.st_size) + 1, 4096));
  std::array<char, 4096> piece{};
  for (;;) {
    const ssize_t got = ::read(file.get(), piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    const int error = errno;
    if (got > 0) {
      const auto size = static_cast<std::size_t>(got);
      if (text.size() + size > text.capacity()) grow(text, 2 * (text.size() + size));
      text.append(piece.data(), size);
    }
    explicit_bzero(piece.data(), piece.size());
    if (got == 0) return text;
    if (got < 0 || text.size() > cap) {
      rotation::wipe(text);
      fail(got < 0 ? error : EFBIG, "cannot read", path);
    }
  }
}

std::optional<std::string> read_file(const fs::path& path, std::size_t cap) {
  Fd file;
  try {
    file = open_file(path, O_RDONLY);
  } catch (const std::system_error& error) {
    if (error.code().value() == ENOENT || error.code().value() == ENOTDIR) return std::nullopt;
    throw;
  }
  return read_all(file, path, cap);
}

fs::path resolve(const fs::path& path) {
  const std::unique_ptr<char, decltype(&std::free)> real(::realpath(path.c_str(), nullptr), &std::free);
  if (!real) fail(errno, "cannot find", path);
  return real.get();
}

Fd lock_directory(const fs::path& directory, std::chrono::milliseconds patience) {
  const fs::path name = directory.empty() ? fs::path(".") : directory;
  Fd lock = open_file(name, O_RDONLY | O_DIRECTORY);
  const auto until = std::chrono::steady_clock::now() + patience;
  while (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK) fail(errno, "cannot lock", name);
    if (std::chrono::steady_clock::now() >= until) return {};
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return lock;
}

fs::path expand_home(std::string_view text) {
  if (text != "~" && !text.starts_with("~/")) return fs::path(text);
  const std::string home = home_directory();
  if (home.empty()) return fs::path(text);
  return fs::path(home + std::string(text.substr(1)));
}

bool world_writable_parent(const fs::path& path) {
  std::error_code error;
  const fs::path absolute = fs::absolute(path, error);
  if (error) return true;
  // Name by name, as the kernel goes: each directory that a name is looked up in can say where the way leads.
  std::deque<fs::path> ahead(absolute.begin(), absolute.end());
  fs::path here;
  for (int links = 0; !ahead.empty();) {
    const fs::path name = std::move(ahead.front());
    ahead.pop_front();
    if (name.empty() || name == ".") continue;
    if (name == ".." || name.is_absolute()) {
      here = name == ".." ? here.parent_path() : name;
      continue;
    }
    const fs::path next = here / name;
    struct stat directory {};
    struct stat entry {};
    if (::stat(here.c_str(), &directory) != 0 || (anybody_writes(directory) && !is_sticky(directory))) return true;
    if (::lstat(next.c_str(), &entry) != 0) return errno != ENOENT || !ahead.empty();
    if (!S_ISLNK(entry.st_mode)) {
      here = next;
      continue;
    }
    const fs::path to = fs::read_symlink(next, error);
    if (error || ++links > most_links || (anybody_writes(directory) && !ours(entry))) return true;
    ahead.insert(ahead.begin(), to.begin(), to.end());
  }
  return false;
}

}  // namespace platform

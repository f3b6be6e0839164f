// How one file becomes another without a moment in between.
#include <fcntl.h>
#include <stdio.h>  // renameat2
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <vector>

#include "platform/files.hpp"

namespace platform {
namespace {

namespace fs = std::filesystem;

constexpr const char* access_acl = "system.posix_acl_access";

[[noreturn]] void fail(int error, const char* doing, const fs::path& path) {
  throw std::system_error(error, std::generic_category(), std::string(doing) + " " + path.string());
}

fs::path directory_of(const fs::path& path) { return path.has_parent_path() ? path.parent_path() : fs::path("."); }

std::string temp_prefix(const fs::path& path) { return "." + path.filename().string() + ".keybaton-"; }

std::string random_hex() {
  std::array<unsigned char, 8> bytes{};
  while (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
  }
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const unsigned char byte : bytes) {
    text += digits[byte >> 4U];
    text += digits[byte & 15U];
  }
  return text;
}

bool names_inode(const fs::path& path, int descriptor) {
  struct stat by_name {};
  struct stat by_number {};
  return ::lstat(path.c_str(), &by_name) == 0 && ::fstat(descriptor, &by_number) == 0 &&
         by_name.st_dev == by_number.st_dev && by_name.st_ino == by_number.st_ino;
}

// The content to be, beside the file it is for. Gone with this object unless it took the file's place.
// Its writer holds a flock on it, which dies with the process: that is how a leftover is told from work in progress.
class TempFile {
 public:
  explicit TempFile(const fs::path& target) { create(target); }
  TempFile(const TempFile&) = delete;
  TempFile& operator=(const TempFile&) = delete;
  TempFile(TempFile&&) = delete;
  TempFile& operator=(TempFile&&) = delete;
  ~TempFile() { remove(); }

  [[nodiscard]] const Fd& file() const noexcept { return file_; }
  [[nodiscard]] const fs::path& path() const noexcept { return path_; }
  void fill(std::string_view bytes) { write_all(file_, bytes, path_); }
  void taken() noexcept { path_.clear(); }

 private:
  void create(const fs::path& target) {
    const fs::path directory = directory_of(target);
    for (;;) {
      path_ = directory / (temp_prefix(target) + random_hex());
      const fs::path wanted = path_;
      path_.clear();
      file_ = open_file(wanted, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
      path_ = wanted;
      // Someone who clears leftovers may have come between open and flock.
      if (::flock(file_.get(), LOCK_EX | LOCK_NB) == 0 && names_inode(path_, file_.get())) break;
      remove();
    }
    // A default ACL of the directory would let others in with the first chmod that gives the group a right.
    if (::fremovexattr(file_.get(), access_acl) != 0 && errno != ENODATA && errno != ENOTSUP) fail_and_remove(errno);
    if (::fchmod(file_.get(), 0600) != 0) fail_and_remove(errno);
  }
  [[noreturn]] void fail_and_remove(int error) {
    const fs::path path = path_;
    remove();
    fail(error, "cannot prepare", path);
  }
  void remove() noexcept {
    if (!path_.empty()) ::unlink(path_.c_str());
    path_.clear();
  }

  Fd file_;
  fs::path path_;
};

bool kept_attribute(std::string_view name) { return name.starts_with("user.") || name == access_acl; }

std::vector<char> attribute_names(const Fd& file, const fs::path& path) {
  std::vector<char> names(65536);
  const ssize_t size = ::flistxattr(file.get(), names.data(), names.size());
  if (size < 0 && errno != ENOTSUP) fail(errno, "cannot read the attributes of", path);
  names.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
  return names;
}

// Security labels are the kernel's to give; what a person set is copied.
void copy_attributes(const Fd& from, const fs::path& path, const Fd& to) {
  const std::vector<char> names = attribute_names(from, path);
  std::vector<char> value(65536);
  for (auto at = names.begin(); at != names.end();) {
    const std::string name(&*at);
    at += static_cast<std::ptrdiff_t>(name.size()) + 1;
    if (!kept_attribute(name)) continue;
    const ssize_t size = ::fgetxattr(from.get(), name.c_str(), value.data(), value.size());
    if (size < 0) {
      if (errno == ENODATA || errno == ENOTSUP) continue;
      fail(errno, "cannot read the attributes of", path);
    }
    if (::fsetxattr(to.get(), name.c_str(), value.data(), static_cast<std::size_t>(size), 0) != 0 &&
        (errno != ENOTSUP || name == access_acl)) {
      fail(errno, "cannot keep the attributes of", path);
    }
  }
}

void dress_like(const Fd& original, const fs::path& path, const Fd& temp) {
  struct stat old {};
  struct stat fresh {};
  if (::fstat(original.get(), &old) != 0 || ::fstat(temp.get(), &fresh) != 0) fail(errno, "cannot look at", path);
  if ((old.st_uid != fresh.st_uid || old.st_gid != fresh.st_gid) && ::fchown(temp.get(), old.st_uid, old.st_gid) != 0) {
    fail(errno, "cannot keep the owner of", path);
  }
  // The ACL before the mode: without it the mask, which stands in the group's place, would be the group's own right.
  copy_attributes(original, path, temp);
  // After the owner: chown may clear mode bits.
  if (::fchmod(temp.get(), old.st_mode & 07777U) != 0) fail(errno, "cannot keep the mode of", path);
}

bool our_group(gid_t group) {
  if (group == ::getegid()) return true;
  std::vector<gid_t> groups(static_cast<std::size_t>(std::max(::getgroups(0, nullptr), 0)));
  const int count = ::getgroups(static_cast<int>(groups.size()), groups.data());
  groups.resize(static_cast<std::size_t>(std::max(count, 0)));
  return std::ranges::find(groups, group) != groups.end();
}

// Only root gives a file away; a group may be one of ours, or the one that a setgid directory gives.
bool owner_can_be_kept(const struct stat& file, const struct stat& directory) {
  if (::geteuid() == 0) return true;
  const bool from_directory = (directory.st_mode & S_ISGID) != 0 && directory.st_gid == file.st_gid;
  return file.st_uid == ::geteuid() && (from_directory || our_group(file.st_gid));
}

void require_replaceable(const Fd& original, const fs::path& path) {
  const fs::path parent = directory_of(path);
  struct stat directory {};
  struct stat info {};
  if (::fstat(original.get(), &info) != 0) fail(errno, "cannot look at", path);
  if (!S_ISREG(info.st_mode)) fail(EINVAL, "not a regular file:", path);
  if (info.st_nlink > 1) fail(EMLINK, "other hard links would be split off from", path);
  // A rename asks the directory alone; a file that was made read-only is to stay as it is.
  if (::faccessat(AT_FDCWD, path.c_str(), W_OK, AT_EACCESS) != 0) fail(errno, "cannot write", path);
  if (::faccessat(AT_FDCWD, parent.c_str(), W_OK | X_OK, AT_EACCESS) != 0) fail(errno, "cannot write", parent);
  if (::stat(parent.c_str(), &directory) != 0) fail(errno, "cannot look at", parent);
  if (!owner_can_be_kept(info, directory)) fail(EPERM, "cannot keep the owner of", path);
}

int rename_to_new(const fs::path& from, const fs::path& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return errno;
  if (::link(from.c_str(), to.c_str()) != 0) return errno;
  return ::unlink(from.c_str()) == 0 ? 0 : errno;
}

void remove_if_dead(const fs::path& path) noexcept {
  const Fd file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file.valid()) return;
  struct stat info {};
  if (::fstat(file.get(), &info) != 0 || !S_ISREG(info.st_mode)) return;
  // Root made the temp file and gave it away just before a crash: the owner of the file it was for may have it then.
  if (info.st_uid != ::geteuid() && ::geteuid() != 0) return;
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) return;
  if (names_inode(path, file.get())) ::unlink(path.c_str());
}

}  // namespace

void check_replaceable(const fs::path& path) {
  const fs::path target = resolve(path);
  require_replaceable(open_file(target, O_RDONLY | O_NONBLOCK), target);
}

void replace_file(const fs::path& path, std::string_view bytes) {
  static_cast<void>(replace_file_if(path, bytes, [] { return true; }));
}

bool replace_file_if(const fs::path& path, std::string_view bytes, const std::function<bool()>& still) {
  const fs::path target = resolve(path);
  const Fd original = open_file(target, O_RDONLY | O_NONBLOCK);
  require_replaceable(original, target);
  TempFile temp(target);
  temp.fill(bytes);
  dress_like(original, target, temp.file());
  sync(temp.file(), temp.path());
  if (!still()) return false;
  if (::rename(temp.path().c_str(), target.c_str()) != 0) fail(errno, "cannot replace", target);
  temp.taken();
  sync_directory(directory_of(target));
  return true;
}

void create_private_file(const fs::path& path, std::string_view bytes, mode_t mode) {
  TempFile temp(path);
  temp.fill(bytes);
  if (mode != 0600 && ::fchmod(temp.file().get(), mode) != 0) fail(errno, "cannot set the mode of", path);
  sync(temp.file(), temp.path());
  if (const int error = rename_to_new(temp.path(), path); error != 0) fail(error, "cannot create", path);
  temp.taken();
  sync_directory(directory_of(path));
}

void remove_leftovers(const fs::path& path) noexcept {
  try {
    std::error_code error;
    const fs::path real = fs::canonical(path, error);
    const fs::path target = error ? path : real;
    const std::string prefix = temp_prefix(target);
    for (fs::directory_iterator at(directory_of(target), error), end; !error && at != end; at.increment(error)) {
      const std::string name = at->path().filename().string();
      if (name.size() == prefix.size() + 16 && name.starts_with(prefix)) remove_if_dead(at->path());
    }
  } catch (...) {
    // Out of memory: the next start clears them.
    return;
  }
}

}  // namespace platform

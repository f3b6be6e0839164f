#include "store/place.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string>
#include <system_error>

#include "platform/files.hpp"
#include "rotation/errors.hpp"

namespace store {
namespace {

namespace fs = std::filesystem;
using rotation::StorageTrouble;

[[noreturn]] void trouble(const std::string& message, const std::string& hint) {
  throw StorageTrouble(
      {.message = message, .keys = "Nothing was sent to the cloud; each key stays as it is.", .hint = hint});
}

[[noreturn]] void trouble_with(const char* doing, const fs::path& path, int error) {
  trouble(std::string(doing) + " " + path.string() + " failed: " + std::strerror(error) + ".",
          "Check the path and its permissions: keybaton doctor");
}

struct Served {
  std::uint64_t magic;
  const char* name;
};
// linux/magic.h where it has the number, else the file system's own source in or beside the kernel, or coreutils' list.
constexpr std::array served{
    Served{NFS_SUPER_MAGIC, "NFS"},
    Served{0x517B, "SMB"},
    Served{0xFF534D42, "CIFS"},
    Served{0xFE534D42, "SMB2"},
    Served{V9FS_MAGIC, "9p"},
    Served{AFS_SUPER_MAGIC, "AFS"},
    Served{0x6B414653, "kAFS"},
    Served{0x0BD00BD0, "Lustre"},
    Served{CODA_SUPER_MAGIC, "Coda"},
    Served{0x00C36400, "Ceph"},
    Served{0x01161970, "GFS2"},
    Served{OCFS2_SUPER_MAGIC, "OCFS2"},
    Served{0x47504653, "GPFS"},
    Served{0x013111A8, "IBRIX"},
    Served{0x564C, "NCP"},
    Served{0xBACBACBC, "a VMware shared folder"},
    Served{0x786F4256, "a VirtualBox shared folder"},
    Served{0x7C7C6673, "a Parallels shared folder"},
    Served{0x20030528, "OrangeFS"},
    Served{0x19830326, "BeeGFS"},
    Served{0xAAD7AAEA, "PanFS"},
};
constexpr std::uint64_t fuse = 0x65735546;

// FUSE hides what is behind it; the mount table names it. Only kinds that are known to be local pass.
std::string fuse_kind(const fs::path& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return "FUSE";
  std::ifstream table("/proc/self/mountinfo");
  const std::string device = std::to_string(major(info.st_dev)) + ":" + std::to_string(minor(info.st_dev));
  for (std::string line; std::getline(table, line);) {
    std::istringstream words(line);
    std::string word;
    words >> word >> word >> word;
    if (word != device) continue;
    while (words >> word && word != "-") {
    }
    words >> word;
    return word;
  }
  return "FUSE";
}

void make_directories(const fs::path& directory) {
  if (directory.empty() || fs::exists(directory)) return;
  make_directories(directory.parent_path());
  if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) {
    trouble_with("Making the directory", directory, errno);
  }
  platform::sync_directory(directory.has_parent_path() ? directory.parent_path() : fs::path("."));
}

std::string owner_name(uid_t owner) {
  std::array<char, 4096> space{};
  struct passwd entry {};
  struct passwd* found = nullptr;
  if (::getpwuid_r(owner, &entry, space.data(), space.size(), &found) == 0 && found != nullptr) return found->pw_name;
  return "the user of number " + std::to_string(owner);
}

bool trusted(uid_t owner) { return owner == 0 || owner == ::geteuid(); }

// SQLite opens it as soon as it looks at the database, and believes it.
void require_plain_side_file(const fs::path& file, const fs::path& side) {
  struct stat info {};
  if (::lstat(side.c_str(), &info) != 0) {
    if (errno == ENOENT) return;
    trouble_with("Looking at", side, errno);
  }
  struct stat directory {};
  if (::stat(side.parent_path().c_str(), &directory) != 0) trouble_with("Looking at", side.parent_path(), errno);
  const bool team = team_directory(side.parent_path());
  const bool ours = trusted(info.st_uid) || (team && info.st_gid == directory.st_gid);
  const mode_t others = team ? 0002 : 0022;
  if (S_ISREG(info.st_mode) && info.st_nlink == 1 && ours && (info.st_mode & others) == 0) return;
  trouble("The file " + side.string() + " beside the journal was not left there by keybaton: " +
              (!S_ISREG(info.st_mode) ? "it is no plain file"
               : info.st_nlink != 1   ? "it has more than one name"
               : !ours                ? "it belongs to " + owner_name(info.st_uid)
                                      : "others may write to it") +
              ". Opening the journal could overwrite it with what stands there.",
          "Find out who put it there, keep copies of both files, move it away, then run: keybaton history verify "
          "--journal " +
              file.string());
}

void set_mode(const fs::path& file, mode_t wanted) {
  struct stat info {};
  if (::stat(file.c_str(), &info) != 0) trouble_with("Looking at", file, errno);
  if (!S_ISREG(info.st_mode)) {
    trouble("The journal " + file.string() + " is not a regular file.", "Name the right file with --journal PATH");
  }
  if ((info.st_mode & 0777 & ~wanted) == 0) return;
  // By path, never through a descriptor: closing one would drop the locks that SQLite holds on the same file.
  if (::chmod(file.c_str(), wanted) != 0) {
    trouble("The journal " + file.string() + " is open to more people than its directory.",
            "Its owner runs: chmod " + std::string(wanted == 0660 ? "660 " : "600 ") + file.string());
  }
}

void make_file(const fs::path& file, mode_t mode) {
  try {
    const platform::Fd made = platform::open_file(file, O_RDWR | O_CREAT | O_EXCL, mode);
    if (::fchmod(made.get(), mode) != 0) trouble_with("Setting the mode of", file, errno);
    platform::sync(made, file);
    platform::sync_directory(file.parent_path());
  } catch (const std::system_error& error) {
    if (error.code().value() != EEXIST) trouble_with("Making the journal", file, error.code().value());
  }
}

}  // namespace

bool team_directory(const fs::path& directory) {
  struct stat info {};
  if (::stat(directory.c_str(), &info) != 0 || !S_ISDIR(info.st_mode)) return false;
  return (info.st_mode & S_ISGID) != 0 && (info.st_mode & 0070) == 0070 && (info.st_mode & 0007) == 0;
}

std::optional<Exposure> exposure(const fs::path& directory) {
  struct stat info {};
  if (::stat(directory.c_str(), &info) != 0) {
    return Exposure{.why = "its directory " + directory.string() + " can't be looked at: " + std::strerror(errno),
                    .mend = "Check the path and its permissions: keybaton doctor"};
  }
  if (team_directory(directory)) return std::nullopt;
  const std::string name = directory.string();
  const std::string mend = trusted(info.st_uid) && (info.st_mode & S_ISVTX) == 0
                               ? "If nobody but you needs it: chmod go-w " + name +
                                     "; a team's own directory is made by: keybaton init --team GROUP"
                               : "Use a directory of your own";
  if ((info.st_mode & 0002) != 0) return Exposure{.why = "anybody may write to its directory " + name, .mend = mend};
  if ((info.st_mode & 0020) != 0) return Exposure{.why = "a group may write to its directory " + name, .mend = mend};
  if (trusted(info.st_uid)) return std::nullopt;
  return Exposure{.why = "its directory " + name + " belongs to " + owner_name(info.st_uid), .mend = mend};
}

mode_t file_mode(const fs::path& directory) { return team_directory(directory) ? 0660 : 0600; }

std::uint64_t filesystem_magic(const fs::path& path) {
  struct statfs info {};
  if (::statfs(path.c_str(), &info) != 0) trouble_with("Looking at the file system of", path, errno);
  return static_cast<std::uint64_t>(info.f_type) & 0xffffffffU;
}

void refuse_network(const fs::path& directory, const FilesystemProbe& probe) {
  const std::uint64_t magic = probe(directory);
  std::string name;
  const auto* found =
      std::find_if(served.begin(), served.end(), [&](const Served& each) { return each.magic == magic; });
  if (found != served.end()) name = found->name;
  if (magic == fuse) {
    name = fuse_kind(directory);
    if (name == "fuseblk" || name == "fuse.fuse-overlayfs") return;
  }
  if (name.empty()) return;
  trouble("The journal's directory " + directory.string() + " is on a network file system (" + name +
              "), where locks and a durable write can't be relied on.",
          "Name a place on a local disk with --journal PATH");
}

void require_safe_place(const fs::path& file, const FilesystemProbe& probe) {
  const fs::path directory = file.parent_path();
  refuse_network(directory, probe);
  if (const auto exposed = exposure(directory)) {
    trouble("The journal " + file.string() + " could be swapped or ruined by others: " + exposed->why + ".",
            exposed->mend + ", or name another journal with --journal PATH");
  }
  for (const char* ending : {"-journal", "-wal"}) require_plain_side_file(file, file.string() + ending);
}

void make_place(const fs::path& file, const FilesystemProbe& probe) {
  const fs::path directory = file.parent_path();
  try {
    make_directories(directory);
  } catch (const std::system_error& error) {
    trouble_with("Making the directory", directory, error.code().value());
  }
  require_safe_place(file, probe);
  const mode_t mode = file_mode(directory);
  if (!fs::exists(file)) make_file(file, mode);
  set_mode(file, mode);
}

bool place_exists(const fs::path& file) {
  std::error_code error;
  const auto size = fs::file_size(file, error);
  if (error == std::errc::no_such_file_or_directory || error == std::errc::not_a_directory) return false;
  if (error) trouble_with("Looking at the journal", file, error.value());
  return size != 0;
}

void require_free(const fs::path& directory, std::uint64_t bytes) {
  struct statvfs info {};
  if (::statvfs(directory.c_str(), &info) != 0) trouble_with("Looking at the free space of", directory, errno);
  if (static_cast<std::uint64_t>(info.f_bavail) * info.f_frsize >= bytes) return;
  trouble(
      "Less than " + std::to_string(bytes / 1024) + " KiB are free beside the journal in " + directory.string() + ".",
      "Free some space there, then run the same command again");
}

}  // namespace store

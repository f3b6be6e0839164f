#include "secrets_adapters/edited_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "platform/files.hpp"

namespace secrets_adapters {
namespace {

namespace fs = std::filesystem;
using rotation::Answer;
using rotation::Change;
using rotation::Done;
using rotation::Holding;
using rotation::Nothing;
using rotation::Refusal;
using rotation::Refused;
using rotation::Secret;
using rotation::Unknown;
using rotation::Written;

constexpr std::size_t size_cap = 1U << 20U;
constexpr int longest_contest = 5;

Refusal class_of(int error) {
  switch (error) {
    case EACCES:
    case EPERM:
    case EROFS: return Refusal::denied;
    case ELOOP:
    case EISDIR:
    case EINVAL: return Refusal::invalid;
    case EMLINK: return Refusal::unsupported;
    default: return Refusal::other;
  }
}

bool same_moment(const struct stat& a, const struct stat& b) {
  return a.st_size == b.st_size && a.st_mtim.tv_sec == b.st_mtim.tv_sec && a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

platform::Fd lock_beside(const fs::path& target, std::chrono::milliseconds patience) {
  try {
    return platform::lock_directory(target.parent_path(), patience);
  } catch (const std::system_error& error) {
    // A file system without locks: the comparison before the rename is what remains.
    const int number = error.code().value();
    if (number == ENOLCK || number == EOPNOTSUPP || number == ENOSYS) {
      return platform::open_file(target.parent_path(), O_RDONLY | O_DIRECTORY);
    }
    throw;
  }
}

}  // namespace

struct EditedFile::Snapshot {
  Secret content;
  dev_t device = 0;
  ino_t inode = 0;

  [[nodiscard]] bool same_as(const Snapshot& other) const {
    return device == other.device && inode == other.inode && content.same_as(other.content);
  }
};

EditedFile::EditedFile(fs::path path, std::unique_ptr<const PairText> text, Hooks hooks)
    : path_(std::move(path)), text_(std::move(text)), hooks_(std::move(hooks)) {
  platform::remove_leftovers(path_);
}

// The whole content as of one moment; nullopt if there is no file.
std::optional<EditedFile::Snapshot> EditedFile::look() const {
  for (int tries = 0;; ++tries) {
    platform::Fd file;
    try {
      file = platform::open_file(path_, O_RDONLY | O_NONBLOCK);
    } catch (const std::system_error& error) {
      if (error.code().value() == ENOENT || error.code().value() == ENOTDIR) return std::nullopt;
      throw;
    }
    struct stat before {};
    struct stat after {};
    if (::fstat(file.get(), &before) != 0)
      throw std::system_error(errno, std::generic_category(), "cannot look at " + path_.string());
    if (!S_ISREG(before.st_mode)) {
      throw std::system_error(EINVAL, std::generic_category(), "not a regular file: " + path_.string());
    }
    Snapshot seen{Secret::taking(platform::read_all(file, path_, size_cap)), before.st_dev, before.st_ino};
    if (::fstat(file.get(), &after) != 0)
      throw std::system_error(errno, std::generic_category(), "cannot look at " + path_.string());
    if (same_moment(before, after) || tries == longest_contest) return seen;
  }
}

Refused EditedFile::refuse(Refusal why, const std::string& what) const {
  return {.why = why, .code = {}, .message = text_->place() + " in " + path_.string() + ": " + what, .request_id = {}};
}

Refused EditedFile::refuse(const Unfit& unfit) const {
  return refuse(unfit.why, (unfit.line > 0 ? "line " + std::to_string(unfit.line) + ": " : std::string()) + unfit.what);
}

std::optional<Refused> EditedFile::forbidden() const {
  if (!platform::world_writable_parent(path_)) return std::nullopt;
  return refuse(Refusal::denied,
                "a directory on the way to it can be written by anybody, who could swap the file; take that right away "
                "(chmod o-w)");
}

// A file that is missing in its directory is a place without a key. A directory that is missing may be a mount that is
// away, and says nothing.
Answer<Holding> EditedFile::nothing_there() const {
  std::error_code error;
  const fs::path directory = path_.has_parent_path() ? path_.parent_path() : fs::path(".");
  if (fs::is_directory(directory, error)) return Done<Holding>{};
  return refuse(Refusal::other, "its directory is not there");
}

Answer<Holding> EditedFile::read() {
  try {
    const auto seen = look();
    if (!seen) return nothing_there();
    if (auto no = forbidden()) return *no;
    return Done<Holding>{text_->read(seen->content)};
  } catch (const Unfit& unfit) {
    return refuse(unfit);
  } catch (const std::system_error& error) {
    const int number = error.code().value();
    if (number == EFBIG) return refuse(Refusal::invalid, "the file is larger than 1 MiB");
    const Refusal why = class_of(number);
    if (why == Refusal::other) return Unknown{error.what()};
    return refuse(why, error.what());
  }
}

Answer<Nothing> EditedFile::ready() const {
  try {
    platform::check_replaceable(path_);
    if (auto no = forbidden()) return *no;
    if (const auto seen = look()) text_->require_writable(seen->content);
    return Done<Nothing>{};
  } catch (const Unfit& unfit) {
    return refuse(unfit);
  } catch (const std::system_error& error) {
    const int number = error.code().value();
    if (number == ENOENT || number == ENOTDIR) return refuse(Refusal::conflict, "the file is not there");
    const Refusal why = class_of(number);
    if (why == Refusal::other) return Unknown{error.what()};
    return refuse(why, error.what());
  }
}

Answer<Written> EditedFile::write(const Change& change) {
  if (!is_access_key(change.id, change.secret)) {
    return refuse(Refusal::invalid, "the new pair has characters that no access key has");
  }
  try {
    const auto seen = look();
    if (!seen) return refuse(Refusal::conflict, "the file is not there any more");
    if (auto no = forbidden()) return *no;
    const platform::Fd lock = lock_beside(platform::resolve(path_), hooks_.lock_patience);
    if (!lock.valid())
      return refuse(Refusal::other, "another keybaton keeps writing in this directory; nothing was changed");
    return write_locked(change.expected,
                        Pair{change.id, change.secret.clone()});  // a clone, so that one object carries the pair
  } catch (const Unfit& unfit) {
    return refuse(unfit);
  } catch (const std::system_error& error) {
    // Only looks and the lock come here: nothing was changed.
    return refuse(class_of(error.code().value()), error.what());
  }
}

Answer<Written> EditedFile::write_locked(const Holding& expected, const Pair& fresh) {
  platform::remove_leftovers(path_);
  for (int tries = 0; tries < longest_contest; ++tries) {
    if (auto answer = try_write(expected, fresh)) return std::move(*answer);
  }
  return refuse(Refusal::conflict, "another program keeps changing the file; it is as that program left it");
}

// nullopt: the file changed under our hands, and is as the other left it.
std::optional<Answer<Written>> EditedFile::try_write(const Holding& expected, const Pair& fresh) {
  const auto before = look();
  const Holding now = before ? text_->read(before->content) : Holding{};
  if (!now.id && now.mark.empty()) return refuse(Refusal::conflict, "it holds no access key any more");
  if (const std::string other = difference(now, expected); !other.empty()) return refuse(Refusal::conflict, other);
  const Secret wanted = text_->with(before->content, fresh);
  try {
    const bool replaced = wanted.expose([&](std::string_view bytes) {
      return platform::replace_file_if(path_, bytes, [&] {
        if (hooks_.before_last_look) hooks_.before_last_look();
        const auto last = look();
        return last && last->same_as(*before);
      });
    });
    if (!replaced) return std::nullopt;
  } catch (const std::system_error& error) {
    return after_failure(error, error.code().value(), *before);
  }
  return read_back(wanted);
}

// The error may have come before the rename or after it; the file tells.
Answer<Written> EditedFile::after_failure(const std::exception& error, int number, const Snapshot& before) const {
  try {
    const auto now = look();
    if (now && now->same_as(before)) {
      return refuse(class_of(number), std::string(error.what()) + "; the file is as it was");
    }
  } catch (const std::system_error&) {
    return Unknown{error.what()};
  }
  return Unknown{error.what()};
}

Answer<Written> EditedFile::read_back(const Secret& wanted) const {
  try {
    const auto seen = look();
    const Holding now = seen ? text_->read(seen->content) : Holding{};
    const Holding meant = text_->read(wanted);
    if (now.id == meant.id && difference(now, meant).empty()) return Done<Written>{{.mark = now.mark}};
    return Unknown{path_.string() + " was written, but reads back another value: another program wrote it too"};
  } catch (const Unfit&) {
    return Unknown{path_.string() + " was written, but can't be understood now: another program wrote it too"};
  } catch (const std::system_error& error) {
    return Unknown{std::string("written, but not read back: ") + error.what()};
  }
}

}  // namespace secrets_adapters

#include "store/worker_lock.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "rotation/errors.hpp"
#include "store/place.hpp"

namespace store {
namespace {

constexpr std::size_t longest_holder = 4096;
constexpr const char* just_begun = "one that has just begun";

std::filesystem::path lock_path(const std::filesystem::path& journal) {
  std::filesystem::path path = journal;
  path += "-worker";
  return path;
}

// Who asks whether there is a worker shares the lock for that moment, and must not turn a worker away that begins just
// then: a lock that can be shared is no worker's, so it is wanted once more.
bool locked(const platform::Fd& file) {
  constexpr int often = 100'000;  // a tenth of a second, unless the one who asks was stopped just then
  for (int tries = 0; tries < often; ++tries) {
    if (::flock(file.get(), LOCK_EX | LOCK_NB) == 0) return true;
    if (errno != EWOULDBLOCK || ::flock(file.get(), LOCK_SH | LOCK_NB) != 0) return false;
    ::sched_yield();
  }
  errno = EWOULDBLOCK;
  return false;
}

}  // namespace

WorkerLock::WorkerLock(const std::filesystem::path& journal, const std::string& holder) {
  const std::filesystem::path path = lock_path(journal);
  const mode_t mode = file_mode(journal.parent_path());
  try {
    // Left to stay: whoever removes a lock file lets two in.
    file_ = platform::open_file(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, mode);
    struct stat found {};
    // The umask must not keep a team's other members out; who did not make the file has nothing to change.
    if (::fstat(file_.get(), &found) == 0 && found.st_uid == ::geteuid()) ::fchmod(file_.get(), mode);
    if (!locked(file_)) {
      if (errno != EWOULDBLOCK) throw std::system_error(errno, std::generic_category(), path.string());
      std::string who = platform::read_all(file_, path, longest_holder);
      throw rotation::Held({.message = "A worker is at this journal already: " + (who.empty() ? just_begun : who) + ".",
                            .keys = "This one sent nothing; the other one goes on.",
                            .hint = "keybaton status; or stop that worker first"});
    }
    if (::ftruncate(file_.get(), 0) != 0) throw std::system_error(errno, std::generic_category(), path.string());
    platform::write_all(file_, holder, path);
  } catch (const std::system_error& error) {
    throw rotation::StorageTrouble({.message = std::string("The worker's lock cannot be taken: ") + error.what() + ".",
                                    .keys = "Nothing was done, no key was touched.",
                                    .hint = "mend what stands in the way of " + path.string()});
  }
}

std::optional<std::string> WorkerLock::holder(const std::filesystem::path& journal) {
  const std::filesystem::path path = lock_path(journal);
  try {
    const platform::Fd file = platform::open_file(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (::flock(file.get(), LOCK_SH | LOCK_NB) == 0 || errno != EWOULDBLOCK) return std::nullopt;
    const std::string who = platform::read_all(file, path, longest_holder);
    return who.empty() ? just_begun : who;
  } catch (const std::system_error&) {
    return std::nullopt;  // no worker ever ran here, or this one may not ask
  }
}

}  // namespace store

#include "store/worker_lock.hpp"

#include <fcntl.h>
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

}  // namespace

WorkerLock::WorkerLock(const std::filesystem::path& journal, const std::string& holder) {
  std::filesystem::path path = journal;
  path += "-worker";
  const mode_t mode = file_mode(journal.parent_path());
  try {
    // Left to stay: whoever removes a lock file lets two in.
    file_ = platform::open_file(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, mode);
    struct stat found {};
    // The umask must not keep a team's other members out; who did not make the file has nothing to change.
    if (::fstat(file_.get(), &found) == 0 && found.st_uid == ::geteuid()) ::fchmod(file_.get(), mode);
    if (::flock(file_.get(), LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK) throw std::system_error(errno, std::generic_category(), path.string());
      std::string who = platform::read_all(file_, path, longest_holder);
      throw rotation::Held(
          {.message = "A worker is at this journal already: " + (who.empty() ? "one that has just begun" : who) + ".",
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

}  // namespace store

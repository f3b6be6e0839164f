#include <fcntl.h>
#include <unistd.h>

#include <system_error>

#include "cli/options.hpp"
#include "cli/secret_place.hpp"
#include "platform/files.hpp"

namespace cli {
namespace {

namespace fs = std::filesystem;

class SecretFile final : public SecretPlace {
 public:
  SecretFile(fs::path path, const std::string& look) : path_(std::move(path)) {
    refuse_shared_place();
    try {
      file_ = platform::open_file(path_, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
      platform::sync(file_, path_);
      platform::sync_directory(path_.parent_path());
    } catch (const std::system_error& trouble) {
      if (!look.empty() && trouble.code() == std::errc::file_exists) refuse_left_over(look);
      throw usage("The secret cannot go to " + path_.string() + ": " + trouble.code().message() + ".",
                  "name a file that is not there yet: --secret-file PATH");
    }
  }
  void keep(const rotation::Secret& secret) override {
    secret.expose([this](std::string_view bytes) { platform::write_all(file_, bytes, path_); });
    platform::write_all(file_, "\n", path_);
    platform::sync(file_, path_);
  }
  void discard() noexcept override { ::unlink(path_.c_str()); }
  [[nodiscard]] std::string told() const override { return "its secret is in " + path_.string(); }

 private:
  // It is made before the call and written after it.
  void refuse_left_over(const std::string& look) const {
    std::error_code error;
    if (!fs::is_regular_file(fs::symlink_status(path_, error)) || fs::file_size(path_, error) != 0 || error) return;
    throw usage("The secret cannot go to " + path_.string() +
                    ": it is there already, and empty, as a command that is cut short leaves it. A key that it made "
                    "would have a secret that nobody has.",
                look + " shows whether there is such a key; then name another file, or remove this one");
  }
  // The rule of locations. A directory that is not there is for the open to name.
  void refuse_shared_place() const {
    std::error_code error;
    const fs::path directory = path_.has_parent_path() ? path_.parent_path() : fs::path(".");
    if (!fs::exists(directory, error) || !platform::world_writable_parent(path_)) return;
    throw usage("The secret cannot go to " + path_.string() +
                    ": a directory on the way to it can be written by anybody, who could swap the file.",
                "name a file in a directory of your own: --secret-file PATH");
  }

  fs::path path_;
  platform::Fd file_;
};

class SecretTerminal final : public SecretPlace {
 public:
  SecretTerminal() {
    try {
      terminal_ = platform::open_file("/dev/tty", O_WRONLY | O_NOCTTY | O_CLOEXEC);
    } catch (const std::system_error&) {
      throw usage("--reveal shows the secret on a terminal, and there is none.", "use --secret-file PATH");
    }
  }
  void keep(const rotation::Secret& secret) override {
    platform::write_all(terminal_, "The secret: ", "/dev/tty");
    secret.expose([this](std::string_view bytes) { platform::write_all(terminal_, bytes, "/dev/tty"); });
    platform::write_all(terminal_, "\n", "/dev/tty");
  }
  void discard() noexcept override {}
  [[nodiscard]] std::string told() const override { return "its secret was shown on the terminal"; }

 private:
  platform::Fd terminal_;
};

}  // namespace

fs::path secret_path(const std::string& words) {
  if (words.empty()) throw usage("--secret-file is empty.", "name a file that is not there yet: --secret-file PATH");
  return fs::absolute(platform::expand_home(words)).lexically_normal();
}

std::unique_ptr<SecretPlace> secret_file(const fs::path& path, const std::string& look) {
  return std::make_unique<SecretFile>(path, look);
}
std::unique_ptr<SecretPlace> secret_terminal() { return std::make_unique<SecretTerminal>(); }

}  // namespace cli

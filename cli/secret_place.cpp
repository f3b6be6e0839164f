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
  explicit SecretFile(fs::path path) : path_(std::move(path)) {
    refuse_shared_place();
    try {
      file_ = platform::open_file(path_, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
      platform::sync(file_, path_);
      platform::sync_directory(path_.parent_path());
    } catch (const std::system_error& trouble) {
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

std::unique_ptr<SecretPlace> secret_file(const fs::path& path) { return std::make_unique<SecretFile>(path); }
std::unique_ptr<SecretPlace> secret_terminal() { return std::make_unique<SecretTerminal>(); }

}  // namespace cli

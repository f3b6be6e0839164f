#include <algorithm>
#include <system_error>
#include <utility>

#include "platform/files.hpp"
#include "platform/process.hpp"
#include "secrets_adapters/eyaml_cipher.hpp"
#include "secrets_adapters/pair_in_text.hpp"

namespace secrets_adapters {
namespace {

namespace fs = std::filesystem;
using rotation::Refusal;
using rotation::Secret;

constexpr std::size_t message_cap = 1U << 16U;

[[noreturn]] void unfit(std::string what, Refusal why = Refusal::invalid) {
  throw Unfit{.why = why, .line = 0, .what = std::move(what)};
}

std::string trimmed(const std::string& line) {
  const std::size_t first = line.find_first_not_of(" \t\r");
  return first == std::string::npos ? std::string() : line.substr(first, line.find_last_not_of(" \t\r") + 1 - first);
}

// A recipient a line; blank lines and those that begin with # are none.
std::vector<std::string> recipients_in(const std::string& text) {
  std::vector<std::string> recipients;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    if (const std::string line = trimmed(text.substr(at, end - at)); !line.empty() && line.front() != '#') {
      recipients.push_back(line);
    }
    at = end + 1;
  }
  return recipients;
}

class GpgCipher final : public EyamlCipher {
 public:
  explicit GpgCipher(GpgSettings settings) : settings_(std::move(settings)) {}
  [[nodiscard]] std::string_view scheme() const override { return "GPG"; }

  [[nodiscard]] std::optional<Secret> open(std::string_view bytes) const override {
    auto finished = run({"--decrypt"}, bytes);
    Secret opened = Secret::taking(std::move(finished.out));
    if (finished.exit_code == 0) return opened;
    // It names the key that it tries; where it names none, it has none.
    const bool for_somebody = finished.err.find("[GNUPG:] ENC_TO ") != std::string::npos;
    if (for_somebody && finished.err.find("[GNUPG:] KEY_CONSIDERED ") == std::string::npos) return std::nullopt;
    unfit("gpg can't open the token (exit code " + std::to_string(finished.exit_code) +
          "): it is damaged, or the agent has no passphrase for the key");
  }

  [[nodiscard]] std::string seal(const Secret& plain) const override {
    std::vector<std::string> words{"--yes", "--trust-model", "always", "--encrypt"};
    for (const std::string& one : recipients()) {
      words.emplace_back("-r");
      words.push_back(one);
    }
    auto finished = plain.expose([&](std::string_view text) { return run(std::move(words), text); });
    if (finished.exit_code != 0 || finished.out.empty()) {
      unfit("gpg can't encrypt for the recipients (exit code " + std::to_string(finished.exit_code) +
            "): the public key of one of them is missing, expired or not for encryption");
    }
    return std::move(finished.out);
  }

 private:
  [[nodiscard]] platform::Finished run(std::vector<std::string> words, std::string_view input) const {
    platform::Command command;
    command.argv = {"gpg", "--batch", "--quiet", "--no-tty", "--status-fd", "2"};
    if (!settings_.home.empty()) {
      command.argv.emplace_back("--homedir");
      command.argv.push_back(settings_.home.string());
    }
    std::move(words.begin(), words.end(), std::back_inserter(command.argv));
    command.pass_env = {"GNUPGHOME", "GPG_TTY", "DISPLAY", "WAYLAND_DISPLAY", "XDG_RUNTIME_DIR"};  // for the agent
    command.input = input;
    command.output_cap = message_cap;
    try {
      auto finished = platform::run(command);
      if (!finished.timed_out && !finished.output_cut) return finished;
      rotation::wipe(finished.out);
      unfit("gpg did not end in time, or said too much", Refusal::other);
    } catch (const std::system_error& error) {
      unfit(std::string("gpg is needed here: ") + error.what(), Refusal::unsupported);
    }
  }

  [[nodiscard]] std::vector<std::string> recipients() const {
    if (!settings_.recipients.empty()) return settings_.recipients;
    try {
      for (fs::path at = fs::absolute(settings_.beside).parent_path();; at = at.parent_path()) {
        if (const auto text = platform::read_file(at / "hiera-eyaml-gpg.recipients", message_cap)) {
          auto found = recipients_in(*text);
          if (found.empty()) unfit("no recipient stands in " + (at / "hiera-eyaml-gpg.recipients").string());
          return found;
        }
        if (at == at.parent_path()) break;
      }
    } catch (const std::system_error& error) {
      unfit(std::string("the recipients can't be read: ") + error.what(), Refusal::denied);
    }
    unfit("no recipients: name them (keys.recipients), or put a file hiera-eyaml-gpg.recipients beside or above it");
  }

  GpgSettings settings_;
};

}  // namespace

std::unique_ptr<const EyamlCipher> gpg_cipher(GpgSettings settings) {
  return std::make_unique<GpgCipher>(std::move(settings));
}

}  // namespace secrets_adapters

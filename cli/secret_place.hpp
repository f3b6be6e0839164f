// Where a secret goes that a person asked for: a new file or a terminal.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "rotation/secret.hpp"

namespace cli {

// Where a new secret goes. Proven before the call that makes it: there is no second showing.
class SecretPlace {
 public:
  virtual ~SecretPlace() = default;
  // Throws std::system_error when it cannot be kept.
  virtual void keep(const rotation::Secret& secret) = 0;
  virtual void discard() noexcept = 0;                 // nothing was made
  [[nodiscard]] virtual std::string told() const = 0;  // of one that was kept: "its secret is in /home/ann/new.secret"
};
// As --secret-file names it. Throws Trouble (usage) where that is empty.
[[nodiscard]] std::filesystem::path secret_path(const std::string& words);
// A new 0600 file. Throws Trouble (usage) if it is there already, cannot be made, or lies where anybody could swap it.
// `look`: the command that shows what became of an earlier call that left such a file empty.
[[nodiscard]] std::unique_ptr<SecretPlace> secret_file(const std::filesystem::path& path, const std::string& look = {});
// The controlling terminal. Throws Trouble (usage) if there is none.
[[nodiscard]] std::unique_ptr<SecretPlace> secret_terminal();

}  // namespace cli

// A location that is two values in a text file which people and other programs own too: everything but the bytes of
// the two values stays as it is.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "rotation/ports.hpp"
#include "secrets_adapters/pair_in_text.hpp"

namespace secrets_adapters {

struct Hooks {
  // How long another of our processes may keep the directory's lock.
  std::chrono::milliseconds lock_patience{10000};
  // Runs between the durable temp file and the last look at the place; tests let another program write here.
  std::function<void()> before_last_look;
};

// Read: a missing file, section or variable is an empty Holding; a missing directory is Refused{other}; no permission
// is Refused{denied}; a text that can't be understood is Refused{invalid} with its line; an I/O error is Unknown.
// Write: our own processes take turns by a flock on the directory. Other programs take no lock, so the file is compared
// once more just before the rename; where it has changed, the whole is done anew from what it holds then. Between that
// look and the rename remain some microseconds in which another program's write would be lost.
class EditedFile final : public rotation::Location {
 public:
  // Clears what a crash has left beside the file.
  EditedFile(std::filesystem::path path, std::unique_ptr<const PairText> text, Hooks hooks = {});
  EditedFile(std::filesystem::path path, std::unique_ptr<const PairFormat> format, Hooks hooks = {})
      : EditedFile(std::move(path), plain_text(std::move(format)), std::move(hooks)) {}

  [[nodiscard]] rotation::Answer<rotation::Holding> read() override;
  // Whether a write can succeed as things stand, for a refusal before a new key is made. Changes nothing. A file that
  // can be read and not written - read-only, with other hard links, of another owner - is refused here and not by read.
  [[nodiscard]] rotation::Answer<rotation::Nothing> ready() const override;
  [[nodiscard]] rotation::Answer<rotation::Written> write(const rotation::Change& change) override;

 private:
  struct Snapshot;
  [[nodiscard]] std::optional<Snapshot> look() const;
  [[nodiscard]] rotation::Answer<rotation::Holding> nothing_there() const;
  [[nodiscard]] std::optional<rotation::Refused> forbidden() const;
  [[nodiscard]] std::optional<rotation::Answer<rotation::Written>> try_write(const rotation::Holding& expected,
                                                                             const Pair& fresh);
  [[nodiscard]] rotation::Answer<rotation::Written> write_locked(const rotation::Holding& expected, const Pair& fresh);
  [[nodiscard]] rotation::Answer<rotation::Written> read_back(const rotation::Secret& wanted) const;
  [[nodiscard]] rotation::Answer<rotation::Written> after_failure(const std::exception& error, int number,
                                                                  const Snapshot& before) const;
  [[nodiscard]] rotation::Refused refuse(rotation::Refusal why, const std::string& what) const;
  [[nodiscard]] rotation::Refused refuse(const Unfit& unfit) const;

  std::filesystem::path path_;
  std::unique_ptr<const PairText> text_;
  Hooks hooks_;
};

}  // namespace secrets_adapters

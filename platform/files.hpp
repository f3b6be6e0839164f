// Files as a keeper of secrets must handle them: RAII descriptors, whole or not at all, durable when said so.
// Every function throws std::system_error with the path in its text (never the content).
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace platform {

class Fd {
 public:
  Fd() = default;
  explicit Fd(int number) noexcept : number_(number) {}
  Fd(Fd&& other) noexcept : number_(other.release()) {}
  Fd& operator=(Fd&& other) noexcept;
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd();

  [[nodiscard]] int get() const noexcept { return number_; }
  [[nodiscard]] bool valid() const noexcept { return number_ >= 0; }
  int release() noexcept;

 private:
  int number_ = -1;
};

[[nodiscard]] Fd open_file(const std::filesystem::path& path, int flags, mode_t mode = 0);
void write_all(const Fd& file, std::string_view bytes, const std::filesystem::path& path);
void sync(const Fd& file, const std::filesystem::path& path);
void sync_directory(const std::filesystem::path& directory);

// The whole file; nullopt if there is none. Throws (EFBIG) above `cap` bytes. The caller wipes it if it is secret.
[[nodiscard]] std::optional<std::string> read_file(const std::filesystem::path& path, std::size_t cap);

// Replaces the content of an existing file: temp file beside it (O_EXCL, 0600), owner and mode kept, fsync, rename,
// fsync of the directory. A symlink stays: its target is replaced. Readers see the old or the new file, never a piece.
// The temp file is named `.NAME.keybaton-…`; `remove_leftovers` clears those that a crash left.
void replace_file(const std::filesystem::path& path, std::string_view bytes);
// Creates a new 0600 file (O_EXCL), durable. EEXIST if it is there.
void create_private_file(const std::filesystem::path& path, std::string_view bytes);
void remove_leftovers(const std::filesystem::path& path) noexcept;

// "~" and "~/x" by $HOME, else the passwd entry. Other text is unchanged.
[[nodiscard]] std::filesystem::path expand_home(std::string_view text);

// The directory that holds `path` can be written by anybody (and is not sticky): a swap of the file can't be excluded.
[[nodiscard]] bool world_writable_parent(const std::filesystem::path& path);

}  // namespace platform

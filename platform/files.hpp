// Files as a keeper of secrets must handle them: RAII descriptors, whole or not at all, durable when said so.
// Every function throws std::system_error with the path in its text (never the content).
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
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

// What is left to read of an open file, within the same cap. `path` is for the error's text.
[[nodiscard]] std::string read_all(const Fd& file, const std::filesystem::path& path, std::size_t cap);

// Replaces the content of an existing file: temp file beside it (O_EXCL, 0600), owner and mode kept, fsync, rename,
// fsync of the directory. A symlink stays: its target is replaced. Readers see the old or the new file, never a piece.
// Extended attributes of the user and POSIX ACLs are kept too, and what the directory's default ACL would give to
// others is not taken: nobody can read the new file who could not read the old. Where owner, mode or attributes can't
// be kept, where we may not write the file itself (EACCES), or where it has other hard links (EMLINK: they would be
// split off), nothing is changed. ENOENT if there is no such file. The temp file is named `.NAME.keybaton-…`;
// `remove_leftovers` clears those that a crash left.
void replace_file(const std::filesystem::path& path, std::string_view bytes);
// The same, but asks `still` when the new content is durable in the temp file, just before the rename: on false (or an
// exception) the file stays as it is. Says whether it replaced.
[[nodiscard]] bool replace_file_if(const std::filesystem::path& path, std::string_view bytes,
                                   const std::function<bool()>& still);
// Throws what replace_file would, as far as a look can tell, and changes nothing: for a refusal before it is too late.
void check_replaceable(const std::filesystem::path& path);
// Creates a new file, whole or not at all, durable, without a default ACL of its directory. EEXIST if it is there.
void create_private_file(const std::filesystem::path& path, std::string_view bytes, mode_t mode = 0600);
// Removes the temp files beside `path` (beside its target, if it is a symlink) that no live process is writing.
void remove_leftovers(const std::filesystem::path& path) noexcept;

// The path behind every symlink. ENOENT for a dangling one, ELOOP for a circle.
[[nodiscard]] std::filesystem::path resolve(const std::filesystem::path& path);

// An exclusive flock on the directory itself, so that our own processes change its files one after another. It leaves
// no lock file behind. Released with the descriptor; an invalid one after `patience`.
[[nodiscard]] Fd lock_directory(const std::filesystem::path& directory, std::chrono::milliseconds patience);

// "~" and "~/x" by $HOME, else the passwd entry. Other text is unchanged.
[[nodiscard]] std::filesystem::path expand_home(std::string_view text);

// A directory on the way to `path`, or to where a symlink on that way leads, can be written by anybody and is not
// sticky; or it is sticky, and a symlink in it belongs neither to us nor to root: a swap of the file can't be excluded.
// A path whose directory can't be looked at, or with more than 40 links, counts as such.
[[nodiscard]] bool world_writable_parent(const std::filesystem::path& path);

}  // namespace platform

// Where the journal lives: a directory of one person, or of a team, on a local disk.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace store {

// A team's directory says so itself: setgid, open to its group, closed to the world (2770).
[[nodiscard]] bool team_directory(const std::filesystem::path& directory);
// What a file in it gets: 0660 in a team's directory, else 0600.
[[nodiscard]] mode_t file_mode(const std::filesystem::path& directory);

// Why others could swap a file in this directory, or add one beside it that SQLite would take for a rollback journal of
// ours and play in: the directory is neither ours nor root's, or group or others may write to it, a sticky one
// included. Only a team's directory is its group's to write, whichever member made it.
struct Exposure {
  std::string why;   // "anybody may write to its directory PATH"
  std::string mend;  // what to do about it
};
[[nodiscard]] std::optional<Exposure> exposure(const std::filesystem::path& directory);

// The magic number of the file system that holds an existing path. Throws StorageTrouble.
[[nodiscard]] std::uint64_t filesystem_magic(const std::filesystem::path& path);
using FilesystemProbe = std::function<std::uint64_t(const std::filesystem::path&)>;
// Locks and fsync mean too little on a file system that another machine serves. Throws StorageTrouble.
void refuse_network(const std::filesystem::path& directory, const FilesystemProbe& probe);

// Makes the directory (0700, missing parents alike) where it is missing, and the empty journal file with its mode.
// An existing file that is more open than its directory asks is closed down. Throws StorageTrouble, as where the place
// is not safe.
void make_place(const std::filesystem::path& file, const FilesystemProbe& probe);
// What must hold before SQLite opens an existing file, to read it too: a reader rolls back what a crashed writer left.
// Its directory is not exposed, it lies on a local disk, and a side file beside it is a plain one of ours, root's or,
// in a team's directory, its group's. `file` is free of links. Throws StorageTrouble.
void require_safe_place(const std::filesystem::path& file, const FilesystemProbe& probe);

// For readers: nothing is made. False where there is no file (or an empty one) yet.
[[nodiscard]] bool place_exists(const std::filesystem::path& file);

// Throws StorageTrouble unless at least `bytes` are free for this user beside the file.
void require_free(const std::filesystem::path& directory, std::uint64_t bytes);

}  // namespace store

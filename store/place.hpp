// Where the journal lives: a directory of one person, or of a team, on a local disk.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <functional>

namespace store {

// A team's directory says so itself: setgid, open to its group, closed to the world (2770).
[[nodiscard]] bool team_directory(const std::filesystem::path& directory);
// What a file in it gets: 0660 in a team's directory, else 0600.
[[nodiscard]] mode_t file_mode(const std::filesystem::path& directory);

// The magic number of the file system that holds an existing path. Throws StorageTrouble.
[[nodiscard]] std::uint64_t filesystem_magic(const std::filesystem::path& path);
using FilesystemProbe = std::function<std::uint64_t(const std::filesystem::path&)>;
// Locks and fsync mean too little on a file system that another machine serves. Throws StorageTrouble.
void refuse_network(const std::filesystem::path& directory, const FilesystemProbe& probe);

// Makes the directory (0700, missing parents alike) where it is missing, and the empty journal file with its mode.
// An existing file that is more open than its directory asks is closed down. Throws StorageTrouble.
void make_place(const std::filesystem::path& file, const FilesystemProbe& probe);
// For readers: nothing is made. False where there is no file (or an empty one) yet.
[[nodiscard]] bool place_exists(const std::filesystem::path& file, const FilesystemProbe& probe);

// Throws StorageTrouble unless at least `bytes` are free for this user beside the file.
void require_free(const std::filesystem::path& directory, std::uint64_t bytes);

}  // namespace store

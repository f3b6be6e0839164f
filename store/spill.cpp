#include "store/spill.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <system_error>

#include "platform/files.hpp"
#include "rotation/errors.hpp"
#include "store/encoding.hpp"
#include "store/notes.hpp"
#include "store/place.hpp"

namespace store {
namespace {

namespace fs = std::filesystem;
using rotation::AttemptId;
using rotation::RotationId;
using rotation::StorageTrouble;

constexpr std::size_t spill_size = 8192;
constexpr std::string_view format = "keybaton-spill/1";

[[noreturn]] void trouble(const std::string& doing, const std::string& why, const std::string& hint) {
  throw StorageTrouble({.message = doing + " failed: " + why + ".",
                        .keys = "Without it no new key is made, and a key just made is not kept; "
                                "the old key stays as it is.",
                        .hint = hint});
}

// Ids come from the journal, so a slash means a damaged one; it must not lead the path elsewhere.
const std::string& plain(const std::string& part) {
  if (part.empty() || part.find('/') != std::string::npos) {
    trouble("Naming the spill file", "\"" + part + "\" is no id", "keybaton history verify");
  }
  return part;
}

std::string entry_of(const RotationId& rotation, const AttemptId& attempt, const rotation::SealedSecret& secret,
                     rotation::Time created_at) {
  std::string body;
  put_field(body, format);
  put_field(body, std::string_view{rotation.text()});
  put_field(body, std::string_view{attempt.text()});
  put_field(body, std::string_view{secret.purpose});
  put_field(body, std::string_view{secret.key.text()});
  put_field(body, std::string_view{secret.bytes});
  put_field(body, std::int64_t{created_at.time_since_epoch().count()});
  std::string entry;
  put_field(entry, std::string_view{body});
  put_field(entry, std::string_view{sha256(body)});
  return entry;
}

std::optional<rotation::Spill::Kept> parsed(std::string_view content, const RotationId& rotation,
                                            const AttemptId& attempt) {
  const auto whole = take_field(content);
  const auto sum = whole ? take_field(content) : std::nullopt;
  if (!sum || *sum != sha256(*whole)) return std::nullopt;
  std::string_view body = *whole;
  const auto version = take_field(body), whose = take_field(body), which = take_field(body);
  auto purpose = take_field(body), key = take_field(body), bytes = take_field(body), created = take_field(body);
  if (!created || version != format || whose != rotation.text() || which != attempt.text()) return std::nullopt;
  std::int64_t seconds = 0;
  std::from_chars(created->data(), created->data() + created->size(), seconds);
  return rotation::Spill::Kept{.secret = {.purpose = std::move(*purpose),
                                          .key = rotation::AccessKeyId{std::move(*key)},
                                          .bytes = std::move(*bytes)},
                               .created_at = rotation::Time{rotation::Seconds{seconds}}};
}

}  // namespace

FileSpill::FileSpill(fs::path journal_directory) : directory_(std::move(journal_directory)) {}

fs::path FileSpill::file(const RotationId& rotation, const AttemptId& attempt) const {
  return directory_ / ("spill-" + plain(rotation.text()) + "-" + plain(attempt.text()));
}

void FileSpill::prepare(const RotationId& rotation, const AttemptId& attempt) {
  const fs::path path = file(rotation, attempt);
  const mode_t mode = file_mode(directory_);
  try {
    const platform::Fd out = platform::open_file(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
    if (::fchmod(out.get(), mode) != 0) throw std::system_error(errno, std::generic_category(), "chmod");
    // Real zeros: blocks that are only promised can still be refused when they are first written.
    if (const int error = ::posix_fallocate(out.get(), 0, static_cast<off_t>(spill_size)); error != 0) {
      throw std::system_error(error, std::generic_category(), "cannot allocate " + path.string());
    }
    platform::write_all(out, std::string(spill_size, '\0'), path);
    platform::sync(out, path);
    platform::sync_directory(directory_);
  } catch (const std::system_error& error) {
    if (error.code().value() != EEXIST) ::unlink(path.c_str());
    trouble("Preparing the spill file " + path.string(), error.code().message(),
            "Free some space there, then run: keybaton resume " + rotation.text());
  }
}

void FileSpill::keep(const RotationId& rotation, const AttemptId& attempt, const rotation::SealedSecret& secret,
                     rotation::Time created_at) {
  const fs::path path = file(rotation, attempt);
  const std::string entry = entry_of(rotation, attempt, secret, created_at);
  try {
    if (entry.size() > spill_size) throw std::system_error(EFBIG, std::generic_category(), "too long");
    const platform::Fd out = platform::open_file(path, O_WRONLY | O_NOFOLLOW);
    platform::write_all(out, entry, path);
    platform::sync(out, path);
  } catch (const std::system_error& error) {
    trouble("Writing the spill file " + path.string(), error.code().message(), "keybaton resume " + rotation.text());
  }
}

std::optional<rotation::Spill::Kept> FileSpill::kept(const RotationId& rotation, const AttemptId& attempt) {
  const fs::path path = file(rotation, attempt);
  try {
    const auto content = platform::read_file(path, spill_size);
    if (!content) return std::nullopt;
    return parsed(*content, rotation, attempt);
  } catch (const std::system_error& error) {
    throw StorageTrouble(
        {.message = "Reading the spill file " + path.string() + " failed: " + error.code().message() + ".",
         .keys = "It may hold the only copy of a new key's secret; nothing was changed.",
         .hint = "Check its owner and mode, then run: keybaton resume " + rotation.text()});
  }
}

void FileSpill::remove(const RotationId& rotation, const AttemptId& attempt) noexcept {
  try {
    const fs::path path = file(rotation, attempt);
    if (::unlink(path.c_str()) == 0) platform::sync_directory(directory_);
  } catch (const std::exception&) {
    // What is left is sealed under a data key that goes with the rotation.
  }
}

void remove_spills(const fs::path& directory, const RotationId& rotation,
                   const std::optional<AttemptId>& open) noexcept {
  try {
    const std::string prefix = "spill-" + plain(rotation.text()) + "-";
    const std::string kept = open ? prefix + open->text() : std::string();
    bool removed = false;
    std::error_code error;
    for (fs::directory_iterator at(directory, error), end; !error && at != end; at.increment(error)) {
      const std::string name = at->path().filename().string();
      if (!name.starts_with(prefix) || name == kept) continue;
      removed = ::unlink(at->path().c_str()) == 0 || removed;
    }
    if (removed) platform::sync_directory(directory);
  } catch (const std::exception&) {
    // As with one that is removed: the next to hold the rotation tries again.
  }
}

void FileSpill::note(const RotationId& rotation, const rotation::Draft& draft) noexcept {
  write_note(directory_, rotation, draft);
}

}  // namespace store

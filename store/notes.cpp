#include "store/notes.hpp"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <exception>
#include <system_error>

#include "platform/files.hpp"
#include "store/encoding.hpp"
#include "store/place.hpp"

namespace store {
namespace {

namespace fs = std::filesystem;
using rotation::Draft;

constexpr std::size_t most_bytes = 1U << 20U;

std::vector<fs::path> candidates(const fs::path& directory, const rotation::RotationId& rotation) {
  const std::string name = "spill-" + rotation.text() + ".notes";
  std::vector<fs::path> all{directory / name};
  if (const char* runtime = std::getenv("XDG_RUNTIME_DIR"); runtime != nullptr && *runtime == '/') {
    all.push_back(fs::path(runtime) / ("keybaton-" + name));
  }
  all.push_back(fs::path("/tmp") / ("keybaton-" + name));
  return all;
}

std::string random_id() {
  std::string bytes(16, '\0');
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    throw std::system_error(errno, std::generic_category(), "cannot get random bytes");
  }
  return hex(bytes);
}

std::string framed(const Draft& draft) {
  std::string body;
  put_field(body, std::string_view{"keybaton-note/1"});
  put_field(body, std::string_view{random_id()});
  put_field(body, word(draft.kind));
  put_field(body, draft.step ? word(*draft.step) : std::string_view{});
  put_field(body, word(draft.direction));
  put_field(body, std::string_view{draft.attempt.text()});
  put_field(body, draft.outcome ? word(*draft.outcome) : std::string_view{});
  put_field(body, std::string_view{draft.key ? draft.key->text() : std::string()});
  put_field(body, std::string_view{draft.location ? draft.location->text() : std::string()});
  put_field(body, std::string_view{detail_json(draft.detail)});
  std::string frame;
  put_field(frame, std::string_view{body});
  put_field(frame, std::string_view{hex(sha256(body))});
  return frame;
}

std::optional<SpilledNote> parsed(std::string_view body) {
  std::array<std::string, 10> fields;
  for (std::string& field : fields) {
    auto taken = take_field(body);
    if (!taken) return std::nullopt;
    field = std::move(*taken);
  }
  const auto kind = rotation::parse_word<rotation::Kind>(fields[2]);
  const auto direction = rotation::parse_word<rotation::Direction>(fields[4]);
  auto detail = detail_from(fields[9]);
  if (fields[0] != "keybaton-note/1" || !kind || !direction || !detail) return std::nullopt;
  SpilledNote note{.id = fields[1], .draft = {}};
  note.draft.kind = *kind;
  note.draft.step = rotation::parse_word<rotation::Step>(fields[3]);
  note.draft.direction = *direction;
  note.draft.attempt = rotation::AttemptId{fields[5]};
  note.draft.outcome = rotation::parse_word<rotation::Outcome>(fields[6]);
  if (!fields[7].empty()) note.draft.key = rotation::AccessKeyId{fields[7]};
  if (!fields[8].empty()) note.draft.location = rotation::LocationName{fields[8]};
  note.draft.detail = std::move(*detail);
  return note;
}

// In a directory of everybody's, another person's file must not speak for us.
bool trusted(const struct stat& info, bool team) {
  return S_ISREG(info.st_mode) && (team || info.st_uid == ::geteuid() || info.st_uid == 0);
}

bool trusted(const fs::path& file, bool team) {
  struct stat info {};
  return ::lstat(file.c_str(), &info) == 0 && trusted(info, team);
}

void append_to(const fs::path& file, const std::string& frame) {
  const bool team = team_directory(file.parent_path());
  const mode_t mode = file_mode(file.parent_path());
  // Non-blocking: a pipe that somebody put there would hold us up for ever.
  const platform::Fd out = platform::open_file(file, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK, mode);
  struct stat before {};
  if (::fstat(out.get(), &before) != 0) throw std::system_error(errno, std::generic_category(), file.string());
  if (!trusted(before, team)) throw std::system_error(EPERM, std::generic_category(), file.string());
  // Whatever the umask took away: the rest of a team reads it too.
  if ((before.st_mode & 07777) != mode && before.st_uid == ::geteuid() && ::fchmod(out.get(), mode) != 0) {
    throw std::system_error(errno, std::generic_category(), file.string());
  }
  try {
    // A line of its own: a torn tail of an earlier try must not swallow this one.
    platform::write_all(out, "\n" + frame + "\n", file);
    platform::sync(out, file);
    platform::sync_directory(file.parent_path());
  } catch (const std::system_error&) {
    // A place that does not take it stays as it was: nobody would clear a torn note.
    const bool cut = ::ftruncate(out.get(), before.st_size) == 0;
    if (cut && before.st_size == 0) ::unlink(file.c_str());
    throw;
  }
}

void read_from(const fs::path& file, std::vector<SpilledNote>& notes) {
  const auto content = platform::read_file(file, most_bytes);
  if (!content) return;
  std::string_view rest = *content;
  while (!rest.empty()) {
    std::string_view at = rest;
    const auto body = take_field(at);
    const auto sum = body ? take_field(at) : std::nullopt;
    auto note = sum && *sum == hex(sha256(*body)) ? parsed(*body) : std::nullopt;
    if (note) {
      notes.push_back(std::move(*note));
      rest = at;
    } else {
      const std::size_t line = rest.find('\n');
      rest.remove_prefix(line == std::string_view::npos ? rest.size() : line);
    }
    while (!rest.empty() && rest.front() == '\n') rest.remove_prefix(1);
  }
}

}  // namespace

void write_note(const fs::path& directory, const rotation::RotationId& rotation, const Draft& draft) noexcept {
  try {
    const std::string frame = framed(draft);
    const auto files = candidates(directory, rotation);
    for (const fs::path& file : files) {
      try {
        append_to(file, frame);
        return;
      } catch (const std::system_error&) {
        // The next place may take it.
      }
    }
  } catch (const std::exception&) {
    // Best effort: the reactivation matters more than its note.
  }
}

std::vector<SpilledNote> read_notes(const fs::path& directory, const rotation::RotationId& rotation) {
  std::vector<SpilledNote> notes;
  for (const fs::path& file : candidates(directory, rotation)) {
    const bool team = file.parent_path() == directory && team_directory(directory);
    try {
      if (trusted(file, team)) read_from(file, notes);
    } catch (const std::system_error&) {
      // Unreadable now; it stays for the next time.
    }
  }
  return notes;
}

Draft adopted(const SpilledNote& note) {
  Draft draft = note.draft;
  draft.kind = rotation::Kind::note;
  draft.outcome.reset();
  draft.detail["spilled_note"] = note.id;
  draft.detail["spilled_kind"] = word(note.draft.kind);
  if (note.draft.outcome) draft.detail["spilled_outcome"] = word(*note.draft.outcome);
  return draft;
}

void remove_notes(const fs::path& directory, const rotation::RotationId& rotation) noexcept {
  try {
    for (const fs::path& file : candidates(directory, rotation)) {
      const bool team = file.parent_path() == directory && team_directory(directory);
      if (trusted(file, team)) ::unlink(file.c_str());
    }
  } catch (const std::exception&) {
    // Adopting them again finds that they are known.
  }
}

}  // namespace store

#include "secrets_adapters/search_text.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <string>
#include <system_error>

#include "platform/files.hpp"
#include "rotation/secret.hpp"
#include "secrets_adapters/utf8.hpp"

namespace secrets_adapters {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t largest_piece = 16U << 20U;
constexpr std::size_t head_size = 8192;
constexpr std::size_t least_room = 4096;
constexpr std::size_t longest_token = 1U << 20U;

enum class Coding { text, little, big, none };  // of 16 bits, the low or the high half first

Coding coding_of(std::string_view bytes) {
  if (bytes.starts_with("\xFF\xFE")) return Coding::little;
  if (bytes.starts_with("\xFE\xFF")) return Coding::big;
  const std::string_view head = bytes.substr(0, head_size);
  std::size_t first = 0, second = 0;
  for (std::size_t at = head.find('\0'); at != std::string_view::npos; at = head.find('\0', at + 1)) {
    ++(at % 2 == 0 ? first : second);
  }
  constexpr std::size_t most_of = 4;
  if (first == 0 && second == 0) return Coding::text;
  if (first > most_of * second) return Coding::big;
  return second > most_of * first ? Coding::little : Coding::none;
}

bool has_mark(std::string_view bytes) { return bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF"); }

// Room for so many bytes more; what the text had to leave is wiped.
void make_room(std::string& text, std::size_t more) {
  if (text.size() + more <= text.capacity()) return;
  std::string larger;
  larger.reserve(text.size() + std::max(more, text.size() / 2));
  larger.append(text);
  text.swap(larger);
  rotation::wipe(larger);
}

// Reads on from where the descriptor stands.
class Source {
 public:
  explicit Source(const fs::path& path) : path_(path), file_(platform::open_file(path, O_RDONLY | O_NONBLOCK)) {
    struct stat info {};
    if (::fstat(file_.get(), &info) != 0) throw std::system_error(errno, std::generic_category(), path.string());
    // A file that was one when its directory was read; a pipe would never end.
    if (!S_ISREG(info.st_mode)) throw std::system_error(EINVAL, std::generic_category(), path.string());
    left_ = static_cast<std::size_t>(std::max<off_t>(info.st_size, 0));
  }

  // Appends until `text` has `most` bytes. false: that was the end of the file.
  bool fill(std::string& text, std::size_t most) {
    make_room(text, std::min(most - std::min(most, text.size()), left_) + least_room);
    while (text.size() < most) {
      // What the file had when it was opened, in one go, and then whatever has come.
      const std::size_t begin = text.size();
      const std::size_t room = std::min(most - begin, std::max(left_, least_room));
      make_room(text, room);
      text.resize(begin + room);
      const ssize_t got = ::read(file_.get(), text.data() + begin, room);
      const int error = errno;
      text.resize(begin + (got > 0 ? static_cast<std::size_t>(got) : 0));
      if (got < 0 && error == EINTR) continue;
      if (got < 0) throw std::system_error(error, std::generic_category(), path_.string());
      if (got == 0) return false;
      left_ -= std::min(left_, static_cast<std::size_t>(got));
    }
    return true;
  }

 private:
  const fs::path& path_;
  platform::Fd file_;
  std::size_t left_ = 0;
};

// How much of a text that more follows may be looked at now; the rest is looked at with what follows. npos: all of it
// is one line.
std::size_t whole_lines(std::string_view text) {
  const std::size_t line = text.rfind('\n');
  if (line == std::string_view::npos) return line;
  // What is encrypted may go over several lines, and has its name on the line above.
  const std::size_t open = text.rfind("ENC[", line);
  const bool cut = open != std::string_view::npos && line - open < longest_token &&
                   text.substr(open, line - open).find(']') == std::string_view::npos;
  std::size_t before = cut ? text.rfind('\n', open) : line;
  if (before == std::string_view::npos) return line + 1;
  if (cut && before > 0) {
    const std::size_t above = text.rfind('\n', before - 1);
    if (above != std::string_view::npos) before = above;
  }
  return before + 1;
}

class Reading {
 public:
  Reading(const fs::path& file, std::size_t overlap, const std::function<bool(const TextPiece&)>& use)
      : source_(file), overlap_(overlap), use_(use) {}
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;
  ~Reading() {
    rotation::wipe(bytes_);
    rotation::wipe(text_);
    rotation::wipe(tail_);
  }

  void run() {
    bool more = source_.fill(bytes_, largest_piece);
    const Coding coding = coding_of(bytes_);
    const bool marked = has_mark(bytes_);
    if (coding == Coding::none) return as_bytes(more);
    for (;; more = source_.fill(bytes_, largest_piece)) {
      // A lone zero byte in a log makes no UTF-16 of it.
      if (coding != Coding::text && !marked && !use_raw()) return;
      std::string& text = coding == Coding::text ? bytes_ : decoded(coding);
      const std::size_t whole = more ? whole_lines(text) : text.size();
      const std::string_view piece = std::string_view(text).substr(0, whole);
      if (!use_({.text = piece, .lines_before = lines_}) || !more) return;
      lines_ += static_cast<std::size_t>(std::ranges::count(piece, '\n'));
      // The end of a line that was cut stands in the next piece, too.
      text.erase(0, whole != std::string_view::npos ? whole : text.size() - std::min(overlap_, text.size()));
    }
  }

 private:
  void as_bytes(bool more) {
    for (;; more = source_.fill(bytes_, largest_piece)) {
      if (!use_({.text = bytes_, .bytes = true}) || !more) return;
      bytes_.erase(0, bytes_.size() - std::min(overlap_, bytes_.size()));
    }
  }

  // What stands over the border of two pieces is in neither.
  bool use_raw() {
    tail_.append(bytes_, 0, std::min(overlap_, bytes_.size()));
    if (!use_({.text = tail_, .bytes = true}) || !use_({.text = bytes_, .bytes = true})) return false;
    rotation::wipe(tail_);
    tail_ = bytes_.substr(bytes_.size() - std::min(overlap_, bytes_.size()));
    return true;
  }

  // Adds what stands in bytes_ to text_, but for a half of a unit or of a pair of them.
  std::string& decoded(Coding coding) {
    const auto unit = [&](std::size_t at) {
      const auto one = static_cast<unsigned char>(bytes_[at]), two = static_cast<unsigned char>(bytes_[at + 1]);
      return coding == Coding::little ? one | static_cast<std::uint32_t>(two) << 8U
                                      : two | static_cast<std::uint32_t>(one) << 8U;
    };
    make_room(text_, bytes_.size() / 2 * 3);
    std::size_t at = 0;
    for (; at + 2 <= bytes_.size(); at += 2) {
      std::uint32_t point = unit(at);
      if (point >= 0xD800 && point < 0xDC00) {
        if (at + 4 > bytes_.size()) break;
        const std::uint32_t low = unit(at + 2);
        if (low >= 0xDC00 && low < 0xE000) {
          point = 0x10000 + ((point - 0xD800) << 10U) + (low - 0xDC00);
          at += 2;
        }
      }
      if (point != 0xFEFF) append_utf8(text_, point);
    }
    rotation::wipe(left_over_);
    left_over_ = bytes_.substr(at);
    rotation::wipe(bytes_);
    bytes_ = left_over_;
    return text_;
  }

  Source source_;
  std::size_t overlap_;
  const std::function<bool(const TextPiece&)>& use_;
  std::string bytes_, text_, left_over_, tail_;
  std::size_t lines_ = 0;
};

}  // namespace

void read_text(const fs::path& file, std::size_t overlap, const std::function<bool(const TextPiece&)>& use) {
  std::optional<Reading> reading;
  try {
    reading.emplace(file, overlap, use);
  } catch (const std::system_error& trouble) {
    if (trouble.code() == std::errc::no_such_file_or_directory) return;
    throw;
  }
  reading->run();
}

}  // namespace secrets_adapters

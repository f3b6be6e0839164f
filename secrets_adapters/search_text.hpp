// A file of any size as text, in pieces that a search can look at one after the other.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string_view>

namespace secrets_adapters {

struct TextPiece {
  std::string_view text;
  std::size_t lines_before = 0;  // in the file
  bool bytes = false;            // of a file with zero bytes, as it stands
};

// Of a file up to 16 MiB one piece; of a larger one several, each of whole lines. A line that is longer than a piece is
// cut, and as many as `overlap` bytes before the cut then stand in both. UTF-16 is turned into UTF-8; by its byte order
// mark, or where zero bytes stand in its first 8 KiB and most of them in the same half of the units. A file with zero
// bytes there and no mark is used as bytes, too. `use` returns false to end it. Wipes what it read. Throws
// std::system_error; a file that is not there any more has no piece.
void read_text(const std::filesystem::path& file, std::size_t overlap,
               const std::function<bool(const TextPiece&)>& use);

}  // namespace secrets_adapters

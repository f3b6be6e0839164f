// The ini dialect of ~/.aws/config and ~/.aws/credentials as botocore reads it, with byte ranges so that a writer can
// change one value and leave every other byte as it is.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace platform {

struct Range {
  std::size_t begin = 0;
  std::size_t end = 0;  // one past the last byte
};

struct IniEntry {
  std::string key;               // lower-cased
  Range value;                   // in the text, without the blanks around it
  std::vector<IniEntry> nested;  // the indented lines below "s3 ="
};

struct IniSection {
  std::string name;  // as written between the brackets, trimmed
  std::vector<IniEntry> entries;
  Range body;  // from after its header line to the next header
};

struct IniText {
  IniSection head;  // what stands before the first section; without a name
  std::vector<IniSection> sections;

  // nullptr if there is none. A file with the same section twice is malformed (IniError).
  [[nodiscard]] const IniSection* section(std::string_view name) const;
};

struct IniError {
  std::size_t line = 0;  // from 1
  std::string what;
};

// The rules are those of Python's RawConfigParser, which botocore uses: comments (# or ;) count at a line's start only;
// "=" or ":" after a key, whichever comes first; a line indented deeper than the entry above it continues that entry's
// value; below an empty value such lines are nested entries; CR, LF and CRLF end a line. Beyond it, a leading BOM is
// skipped. [DEFAULT] is a section like any other here.
// Throws IniError for a line that is none of section, entry, comment or blank, for a duplicate section and for a
// duplicate key in one; never with a word of the text itself. Of nested duplicates the last counts. Entries before the
// first section are an error, as to botocore, unless the head is taken.
enum class IniHead : bool { refused, taken };
[[nodiscard]] IniText parse_ini(std::string_view text, IniHead head = IniHead::refused);
[[nodiscard]] const IniEntry* entry(const IniSection& section, std::string_view key);

}  // namespace platform

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
  std::string key;                // lower-cased
  Range value;                    // in the text, without the blanks around it
  std::vector<IniEntry> nested;   // the indented lines below "s3 ="
};

struct IniSection {
  std::string name;               // as written between the brackets, trimmed
  std::vector<IniEntry> entries;
  Range body;                     // from after its header line to the next header
};

struct IniText {
  std::vector<IniSection> sections;

  // nullptr if there is none. A file with the same section twice is malformed (IniError).
  [[nodiscard]] const IniSection* section(std::string_view name) const;
};

struct IniError {
  std::size_t line = 0;           // from 1
  std::string what;
};

// Comments (# or ;) count at a line's start only; a leading BOM and CRLF line ends are understood.
// Throws IniError for a line that is none of section, entry, comment or blank, and for duplicates.
[[nodiscard]] IniText parse_ini(std::string_view text);
[[nodiscard]] const IniEntry* entry(const IniSection& section, std::string_view key);

}  // namespace platform

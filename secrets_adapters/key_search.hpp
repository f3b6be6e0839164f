// Where an access key's id stands: in a file, or in the text files below a directory.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "rotation/names.hpp"
#include "rotation/secret.hpp"
#include "secrets_adapters/key_ids.hpp"

namespace secrets_adapters {

// One line that names the key.
struct Spot {
  std::size_t line = 0;  // from 1
  std::string name;      // of the value, as it stands left of it: "AWS_ACCESS_KEY_ID"; empty where nothing does
  std::string section;   // of an ini text: the last [header] above it
  bool encrypted = false;
  bool operator==(const Spot&) const = default;
};

struct SearchedFile {
  std::filesystem::path root;  // what was searched
  std::filesystem::path file;
  std::vector<Spot> spots;  // the first fifty
  std::size_t more = 0;     // lines that name the key too
  rotation::AccessKeyId key = {};
};

// Values that do not stand in a text as themselves. Called from several threads at once.
class Opener {
 public:
  struct Told {
    std::function<void(std::size_t offset, const rotation::Secret& plain)> opened;
    std::function<void()> closed;  // such a value, and nothing at hand opens it
  };
  virtual ~Opener() = default;
  // `root`: below it keys may be looked for, and nowhere above.
  virtual void open(const std::filesystem::path& root, const std::filesystem::path& file, std::string_view text,
                    const Told& told) const = 0;
};

// All but `interrupted` is called by the thread that searches. `found`, `trouble` and `closed` come in the order of the
// paths.
struct Search {
  std::function<void(const SearchedFile& file)> found;
  std::function<void(const std::filesystem::path& place, const std::string& why)> trouble;
  std::function<void(const std::filesystem::path& file, std::size_t values)> closed = {};
  std::function<void(std::size_t done, std::size_t all)> progress = {};  // every few hundred files
  std::function<bool()> interrupted = {};                                // ends it early; asked by several threads
  std::vector<const Opener*> openers = {};
  std::vector<std::filesystem::path> roots = {};  // what is searched beside this: a link into it needs no word
};

// Reads by several threads where there is much to read, files of any size. Passed over are directories named .git, and
// files that are no text (search_text.hpp). Trouble is a path that is not there, each file or directory that cannot be
// read, and a link to a directory that is not searched (search_walk.hpp); the search goes on behind it.
void search(const std::filesystem::path& root, const rotation::AccessKeyId& key, const Search& search);
// The same for many at once: every file is read once, and found once for each of them that it holds.
void search(const std::filesystem::path& root, const KeyIds& keys, const Search& search);

// The spot at this offset of a text.
[[nodiscard]] Spot spot_at(std::string_view text, std::size_t offset);

}  // namespace secrets_adapters

// Who holds an access key: every configured location, the credentials files, and the text files of search_paths.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cli/compose.hpp"
#include "rotation/names.hpp"
#include "secrets_adapters/eyaml_search.hpp"
#include "secrets_adapters/key_search.hpp"

namespace cli {

struct ConfiguredPlace {
  std::string target;
  rotation::AccountName account;
  rotation::LocationSpec spec;
};

// A place that holds the key, or a location that could not be read, so that it may hold it. One of the two is there.
struct Holder {
  std::string place;    // "location laptop of prod/support-api", or a file's path
  std::string trouble;  // not empty: it could not be read
  std::optional<ConfiguredPlace> location = {};
  std::optional<secrets_adapters::SearchedFile> file = {};
};

// "AKIA… is still held by: …"; `sure`: one of them surely holds it, and not only may.
struct HeldBy {
  std::string message;
  bool sure = false;
};
[[nodiscard]] HeldBy held_by(const rotation::AccessKeyId& key, const std::vector<Holder>& holders);
inline constexpr const char* held_keys = "It was not touched: whoever reads it there still needs it.";

// Where the key may stand, and nobody could look.
struct Unsearched {
  std::filesystem::path place;  // a file, a directory, or a link to one
  std::filesystem::path root;   // what was searched when it was met
  std::string why;
  std::size_t closed = 0;  // encrypted values in it that nothing at hand opens: the reason, where there are any
};

struct Sweep {
  std::vector<Holder> holders;
  // Places that show nobody what they hold, such as a store that only takes values.
  std::vector<std::string> silent;
  std::vector<Unsearched> unsearched;
  // Files of mandatory locations that are not there: gone, or on a mount that is away.
  std::vector<Unsearched> absent;
};

// "3 encrypted values in 2 files could not be opened: …"; `where` may be empty.
[[nodiscard]] std::string closed_words(std::size_t values, const std::string& where = {});

struct SweepWords {
  std::vector<std::filesystem::path> more_paths = {};           // beside search_paths
  std::function<void(const std::string& where)> progress = {};  // "…/hieradata: 500 of 10000 files"
};

// Looks at every location of the config, at the files of the clouds' own tools that are there, and below search_paths.
// Files that are no text are passed over, as are directories named .git; a search path that is not there counts as one
// that could not be read. What eyaml encrypted is opened with the keys of the eyaml locations and with those beside it.
// No file is reported twice. Throws Trouble (interrupted): what was found so far is not all.
[[nodiscard]] Sweep sweep(House& house, const Config& config, const rotation::AccessKeyId& key,
                          const SweepWords& words = {});

// One location of the config, as it was read.
struct ReadPlace {
  ConfiguredPlace at;
  std::string trouble;            // not empty: it could not be read
  rotation::Holding holds = {};   // where it could
  std::string not_writable = {};  // why a write would fail; asked for where `Writing::asked`
};

// For many keys at once.
struct WideSweep {
  std::vector<ReadPlace> locations;                                                    // of every target
  std::map<rotation::AccessKeyId, std::vector<secrets_adapters::SearchedFile>> files;  // of no key twice the same
  std::vector<Unsearched> unsearched, absent;                                          // as above
};

enum class Writing : bool { not_asked, asked };

// The same look, for all of them in one pass: every location and every file is read once.
[[nodiscard]] WideSweep sweep_for(House& house, const Config& config, const std::vector<rotation::AccessKeyId>& keys,
                                  Writing writing, const SweepWords& words = {});

// The same, told key by key.
struct Sweeps {
  Sweep of_all;  // which concerns each of them: what nobody could look into
  std::map<rotation::AccessKeyId, std::vector<Holder>> of_one;

  [[nodiscard]] Sweep of(const rotation::AccessKeyId& key) const;
};
[[nodiscard]] Sweeps sweep_all(House& house, const Config& config, const std::set<rotation::AccessKeyId>& keys,
                               const SweepWords& words = {});

// "location laptop of prod/support-api"
[[nodiscard]] std::string words_of(const ConfiguredPlace& place);

// Throws Trouble (interrupted) where a signal asked to stop.
void require_uninterrupted(House& house, const rotation::AccessKeyId& key);
void require_uninterrupted(House& house, const std::string& looking_for);

// The key pairs that the eyaml locations of the config name.
[[nodiscard]] std::vector<secrets_adapters::EyamlKeyFiles> eyaml_keys_of(const Config& config);

// The same places for a retire to pin: they are looked at again before the key is switched off, and before it is
// deleted. A location is named "TARGET:NAME", a file or a directory by its path. What lives in a cloud is watched in
// the cloud of the account alone: the rotation is connected to no other. `unsearched`: what nobody needs to look into.
[[nodiscard]] std::vector<rotation::LocationSpec> places_to_watch(const Config& config, const Aim& aim,
                                                                  const rotation::AccessKeyId& key,
                                                                  const std::vector<std::filesystem::path>& unsearched);

}  // namespace cli

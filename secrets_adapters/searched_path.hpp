// A place that is only watched: a file, or the text files below a directory, in which one access key's id may stand.
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "rotation/ports.hpp"
#include "secrets_adapters/eyaml_search.hpp"

namespace secrets_adapters {

inline constexpr std::string_view searched_path_type = "searched-path";  // pinned by `retire`; no type of the config

enum class WhenAbsent { trouble, nothing };  // what it means that the path is not there

struct SearchWords {
  WhenAbsent absent = WhenAbsent::trouble;
  std::vector<EyamlKeyFiles> keys = {};  // beside those that stand near a file
  // A person's word: what cannot be looked into at these paths, and below them, is none of the key's places.
  std::vector<std::filesystem::path> unsearched = {};
  std::vector<std::filesystem::path> roots = {};  // that are watched beside this one
};

// As a spec of `searched_path_type` pins them.
[[nodiscard]] SearchWords search_words_of(const rotation::LocationSpec& spec);

// Read: the key where any file holds it, nothing where none does, Refused where a part of it cannot be read or opened -
// a key that nobody could look for is not known to be gone. Write: always refused.
class SearchedPath final : public rotation::Location {
 public:
  SearchedPath(std::filesystem::path root, rotation::AccessKeyId key, SearchWords words)
      : root_(std::move(root)), key_(std::move(key)), words_(std::move(words)), eyaml_(words_.keys) {}
  [[nodiscard]] rotation::Answer<rotation::Holding> read() override;
  [[nodiscard]] rotation::Answer<rotation::Written> write(const rotation::Change& change) override;

 private:
  std::filesystem::path root_;
  rotation::AccessKeyId key_;
  SearchWords words_;
  EyamlOpener eyaml_;
};

// The same for many keys, with one search for all of them.
class SearchedPaths {
 public:
  SearchedPaths(std::filesystem::path root, SearchWords words)
      : root_(std::move(root)), words_(std::move(words)), eyaml_(words_.keys) {}
  void search(const std::set<rotation::AccessKeyId>& keys);
  // As the last search found it.
  [[nodiscard]] rotation::Answer<rotation::Holding> holding(const rotation::AccessKeyId& key) const;

 private:
  std::filesystem::path root_;
  SearchWords words_;
  EyamlOpener eyaml_;
  std::set<rotation::AccessKeyId> found_;
  std::string trouble_;  // with a part of it
};

}  // namespace secrets_adapters

// Where the ids of many access keys stand in the text files below a directory: each file is read once for all of them.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "rotation/names.hpp"
#include "secrets_adapters/key_search.hpp"

namespace secrets_adapters {

// As of Search; all but `interrupted` is called by the thread that searches, in the order of the paths.
struct ManySearch {
  std::function<void(const std::filesystem::path& file, const rotation::AccessKeyId& key)> found;  // each pair once
  std::function<void(const std::filesystem::path& place, const std::string& why)> trouble;
  std::function<void(const std::filesystem::path& file, std::size_t values)> closed;
  std::function<void(std::size_t done, std::size_t all)> progress = {};
  std::function<bool()> interrupted = {};
  std::vector<const Opener*> openers = {};
  std::vector<std::filesystem::path> roots = {};
};

// Looks into the same files as search() does, and misses what it misses.
void search_many(const std::filesystem::path& root, const std::set<rotation::AccessKeyId>& keys,
                 const ManySearch& search);

}  // namespace secrets_adapters

// A place that is only watched: a file, or the text files below a directory, in which one access key's id may stand.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "rotation/ports.hpp"
#include "secrets_adapters/eyaml_search.hpp"

namespace secrets_adapters {

inline constexpr std::string_view searched_path_type = "searched-path";  // pinned by `retire`; no type of the config

enum class Absent { trouble, nothing };  // what it means that the path is not there

// Read: the key where any file holds it, nothing where none does, Refused where a part of it cannot be read - a key
// that nobody could look for is not known to be gone. Write: always refused.
class SearchedPath final : public rotation::Location {
 public:
  // What eyaml encrypted is opened with the keys beside it, and with these.
  SearchedPath(std::filesystem::path root, rotation::AccessKeyId key, Absent absent,
               const std::vector<EyamlKeyFiles>& keys = {})
      : root_(std::move(root)), key_(std::move(key)), absent_(absent), eyaml_(keys) {}
  [[nodiscard]] rotation::Answer<rotation::Holding> read() override;
  [[nodiscard]] rotation::Answer<rotation::Written> write(const rotation::Change& change) override;

 private:
  std::filesystem::path root_;
  rotation::AccessKeyId key_;
  Absent absent_;
  EyamlOpener eyaml_;
};

}  // namespace secrets_adapters

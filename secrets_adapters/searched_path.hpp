// A place that is only watched: a file, or the text files below a directory, in which one access key's id may stand.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "rotation/ports.hpp"

namespace secrets_adapters {

inline constexpr std::string_view searched_path_type = "searched-path";  // pinned by `retire`; no type of the config

enum class Absent { trouble, nothing };  // what it means that the path is not there

// Read: the key where any file holds it, nothing where none does, Refused where a part of it cannot be read - a key
// that nobody could look for is not known to be gone. Write: always refused.
class SearchedPath final : public rotation::Location {
 public:
  SearchedPath(std::filesystem::path root, rotation::AccessKeyId key, Absent absent)
      : root_(std::move(root)), key_(std::move(key)), absent_(absent) {}
  [[nodiscard]] rotation::Answer<rotation::Holding> read() override;
  [[nodiscard]] rotation::Answer<rotation::Written> write(const rotation::Change& change) override;

 private:
  std::filesystem::path root_;
  rotation::AccessKeyId key_;
  Absent absent_;
};

}  // namespace secrets_adapters

// The access key ids that a search looks for, one or many: a text is read once, however many they are.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "rotation/names.hpp"

namespace secrets_adapters {

class KeyIds {
 public:
  // Each once; an empty one is none.
  explicit KeyIds(const std::vector<rotation::AccessKeyId>& ids);

  struct Hit {
    std::size_t at = 0;  // offset in the text
    std::size_t id = 0;  // which of them
  };
  // The first of them that stands there, from an offset on. Where two begin at the same place, the longer one.
  [[nodiscard]] std::optional<Hit> find(std::string_view text, std::size_t from) const;

  [[nodiscard]] const rotation::AccessKeyId& id(std::size_t which) const { return ids_[which]; }
  [[nodiscard]] bool empty() const { return ids_.empty(); }
  [[nodiscard]] std::size_t longest() const;  // bytes

 private:
  // Ids that begin alike: those of one cloud, as a rule.
  struct Family {
    std::string head;
    std::set<std::size_t, std::greater<>> sizes;
  };
  [[nodiscard]] std::optional<std::size_t> here(std::string_view text, const Family& family) const;

  std::vector<rotation::AccessKeyId> ids_;
  std::map<std::string, std::size_t, std::less<>> known_;
  std::vector<Family> families_;
};

}  // namespace secrets_adapters

// Which open rotations are worth a request now, and which wait for their time or for a person.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>

#include "inventory/key_row.hpp"
#include "rotation/next.hpp"

namespace cli {

// What the scan of this pass says of the keys of open rotations: it costs those nothing.
class News {
 public:
  void watch(const rotation::Summary& open);
  void see(const inventory::KeyRow& row);

  // Whether the scan came across this key at all.
  [[nodiscard]] bool saw(const rotation::AccessKeyId& key) const;
  // A use of the key that the rotation does not know of, or a status that is not what it last made of it.
  [[nodiscard]] bool of(const rotation::View& view, const rotation::AccessKeyId& key) const;

 private:
  struct Seen {
    bool seen = false;
    rotation::KeyStatus status = rotation::KeyStatus::active;
    rotation::LastUsed used;
  };
  std::unordered_map<std::string, Seen> keys_;
};

enum class Turn : std::uint8_t {
  due,    // goes on
  waits,  // for its time
  asks    // for a person: a consent, a hand, a use that nobody has made yet
};
[[nodiscard]] Turn turn_of(const rotation::View& view, const rotation::Next& next, const News& news);

}  // namespace cli

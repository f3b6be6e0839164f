// What the retires of one run share: a connection for each account, and one look at each place for all of their keys.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "cli/cloud_access.hpp"
#include "rotation/ports.hpp"

namespace cli {

class House;

// One place, as it was last looked at: for each key that it holds or may hold.
class SharedPlace {
 public:
  virtual ~SharedPlace() = default;
  // Looks again where the last look is too old. Of a place that is no search path the key does not matter. `seen_at`:
  // when the look was that this tells of, since boot.
  [[nodiscard]] virtual rotation::Answer<rotation::Holding> read(const rotation::AccessKeyId& key,
                                                                 rotation::Millis& seen_at) = 0;
};

// Each of a crew has connections of its own, and the places in an account behind them; every other place is looked at
// once for all of them. Nothing is written to a place through it: a retire only watches.
class Commons {
 public:
  explicit Commons(House& house) : house_(house) {}

  void search_for(const std::set<rotation::AccessKeyId>& keys);
  [[nodiscard]] std::shared_ptr<CloudAccess> access(const rotation::Connection& connection);
  // `own` makes what is shared, where nobody has yet.
  [[nodiscard]] std::unique_ptr<rotation::Location> location(
      const rotation::LocationSpec& spec, const std::shared_ptr<CloudAccess>& access,
      const std::function<std::unique_ptr<rotation::Location>()>& own);

 private:
  using PlaceId = std::tuple<std::string, std::map<std::string, std::string>, const CloudAccess*>;

  using Seat = std::pair<std::size_t, rotation::Connection>;  // which of the crew, and where to

  House& house_;
  std::set<rotation::AccessKeyId> keys_;  // does not change while a crew is at work
  std::mutex mutex_;                      // guards what follows
  std::map<Seat, std::shared_ptr<CloudAccess>> accesses_;
  std::map<PlaceId, std::shared_ptr<SharedPlace>> places_;
};

}  // namespace cli

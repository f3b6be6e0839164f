#include "cli/commons.hpp"

#include <mutex>
#include <optional>

#include "cli/compose.hpp"
#include "cli/crew.hpp"
#include "secrets_adapters/registry.hpp"
#include "secrets_adapters/searched_path.hpp"

namespace cli {
namespace {

using rotation::AccessKeyId;
using rotation::Answer;
using rotation::Holding;
using rotation::Millis;

// What was seen longer ago is looked at again. Well below what a mutation may rely on, which counts from the look
// itself and not from when it was asked about.
constexpr Millis shared_for = std::chrono::seconds{30};

class Looked : public SharedPlace {
 public:
  explicit Looked(House& house) : house_(house) {}

 protected:
  [[nodiscard]] bool too_old() const { return !seen_ || house_.clock().now().boot - *seen_ > shared_for; }
  void seen_now() { seen_ = house_.clock().now().boot; }
  [[nodiscard]] Millis seen() const { return *seen_; }

 private:
  House& house_;
  std::optional<Millis> seen_;
};

// Without the secret: who only watches has no use for it.
class SharedLocation final : public Looked {
 public:
  SharedLocation(House& house, std::shared_ptr<CloudAccess> access, std::unique_ptr<rotation::Location> own)
      : Looked(house), access_(std::move(access)), own_(std::move(own)) {}

  [[nodiscard]] Answer<Holding> read(const AccessKeyId& /*key*/, Millis& seen_at) override {
    const std::scoped_lock lock{mutex_};
    if (too_old()) {
      last_ = own_->read();
      if (Holding* holding = rotation::done(*last_)) holding->secret.reset();
      seen_now();
    }
    seen_at = seen();
    const Holding* holding = rotation::done(*last_);
    if (holding == nullptr) return rotation::pass_on<Holding>(*last_);
    return rotation::Done<Holding>{{.id = holding->id,
                                    .custody = holding->custody,
                                    .mark = holding->mark,
                                    .proposed = holding->proposed,
                                    .unfinished = holding->unfinished}};
  }

 private:
  std::shared_ptr<CloudAccess> access_;  // outlives what is connected through it
  std::unique_ptr<rotation::Location> own_;
  std::mutex mutex_;  // one of the crew looks, the others wait for what it sees
  std::optional<Answer<Holding>> last_;
};

class SharedSearch final : public Looked {
 public:
  SharedSearch(House& house, const rotation::LocationSpec& spec, const std::set<AccessKeyId>& keys)
      : Looked(house), all_(keys), paths_(spec.settings.at("path"), secrets_adapters::search_words_of(spec)) {}

  [[nodiscard]] Answer<Holding> read(const AccessKeyId& key, Millis& seen_at) override {
    const std::scoped_lock lock{mutex_};
    if (too_old() || !searched_.contains(key)) {
      searched_ = all_;
      searched_.insert(key);
      paths_.search(searched_);
      seen_now();
    }
    seen_at = seen();
    return paths_.holding(key);
  }

 private:
  const std::set<AccessKeyId>& all_;  // may grow
  std::mutex mutex_;                  // one of the crew searches, the others wait for what it finds
  std::set<AccessKeyId> searched_;
  secrets_adapters::SearchedPaths paths_;
};

class Watched final : public rotation::Location {
 public:
  Watched(House& house, std::shared_ptr<SharedPlace> place, AccessKeyId key)
      : house_(house), place_(std::move(place)), key_(std::move(key)) {}
  [[nodiscard]] Answer<Holding> read() override { return place_->read(key_, seen_at_.emplace()); }
  [[nodiscard]] Millis age() const override { return seen_at_ ? house_.clock().now().boot - *seen_at_ : Millis{0}; }
  [[nodiscard]] Answer<rotation::Written> write(const rotation::Change& /*change*/) override {
    return rotation::Refused{.why = rotation::Refusal::unsupported,
                             .code = {},
                             .message = "it is only watched, never written",
                             .request_id = {}};
  }

 private:
  House& house_;
  std::shared_ptr<SharedPlace> place_;
  AccessKeyId key_;
  std::optional<Millis> seen_at_;  // by the clock that never goes back
};

}  // namespace

void Commons::search_for(const std::set<AccessKeyId>& keys) { keys_.insert(keys.begin(), keys.end()); }

std::shared_ptr<CloudAccess> Commons::access(const rotation::Connection& connection) {
  {
    const std::scoped_lock lock{mutex_};
    const auto known = accesses_.find({crew_number(), connection});
    if (known != accesses_.end()) return known->second;
  }
  const std::shared_ptr<CloudAccess> made = house_.cloud(connection);
  const std::scoped_lock lock{mutex_};
  // A rotation pins the connection with all that the environment decided: that is the same one.
  accesses_[{crew_number(), made->pins()}] = made;
  return accesses_[{crew_number(), connection}] = made;
}

std::unique_ptr<rotation::Location> Commons::location(const rotation::LocationSpec& spec,
                                                      const std::shared_ptr<CloudAccess>& access,
                                                      const std::function<std::unique_ptr<rotation::Location>()>& own) {
  const bool searched = spec.type == secrets_adapters::searched_path_type;
  const bool of_account = secrets_adapters::is_of_account(spec.type);
  const AccessKeyId key{searched ? spec.settings.at("key") : ""};
  auto settings = spec.settings;
  if (searched) settings.erase("key");
  const std::scoped_lock lock{mutex_};
  auto& place = places_[{spec.type, std::move(settings), of_account ? access.get() : nullptr}];
  if (!place && searched) place = std::make_shared<SharedSearch>(house_, spec, keys_);
  if (!place) place = std::make_shared<SharedLocation>(house_, access, own());
  return std::make_unique<Watched>(house_, place, key);
}

}  // namespace cli

// A secret store with versions, in memory and strict, and every way in which a call to it can go wrong.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "secrets_adapters/versioned_secrets.hpp"

namespace places {

using secrets_adapters::SecretVersion;
using secrets_adapters::StageMove;

struct Crashed {};

class FakeSecrets final : public secrets_adapters::VersionedSecrets {
 public:
  struct World {
    bool there = false;
    std::vector<std::pair<std::string, std::string>> versions;  // id and text, oldest first
    std::map<std::string, std::string> stages;                  // stage and the version that has it
    std::string type = "Generic";
    secrets_adapters::Content content = secrets_adapters::Content::text;
    secrets_adapters::Rotated rotated = secrets_adapters::Rotated::by_nobody;
    secrets_adapters::StoreWords words = secrets_adapters::alibaba_kms;
    bool ignores_other_data = false;  // a put under an id that is taken is dropped, and Done is said

    [[nodiscard]] const std::string* text(const std::string& id) const {
      for (const auto& [one, text] : versions) {
        if (one == id) return &text;
      }
      return nullptr;
    }
    [[nodiscard]] std::string label_of_current() const { return std::string(words.current); }
    [[nodiscard]] std::string current() const { return *text(stages.at(label_of_current())); }
    // Makes a version current; the label of the one before, if the store has one, moves with it.
    void make_current(const std::string& id);
    // As anybody writes a new version who does not mind what was there.
    void take_over(const std::string& id, const std::string& content_of_it);
  };

  enum class Fault { none, lost_before, lost_after, denied, crash_before, crash_after, stale, by_another };
  struct Plan {
    int at = 0;  // the call that it happens to, from 1
    Fault fault = Fault::none;
    std::function<void(World&)> another = {};  // what somebody else does just before that call
  };

  // Shared with those who look at it, and with the next process that reaches the same store.
  FakeSecrets(std::shared_ptr<World> world, Plan plan) : world_(std::move(world)), plan_(std::move(plan)) {}
  explicit FakeSecrets(World world) : FakeSecrets(std::make_shared<World>(std::move(world)), {}) {}

  [[nodiscard]] rotation::Answer<SecretVersion> current(const std::string& secret) override;
  [[nodiscard]] rotation::Answer<SecretVersion> version(const std::string& secret, const std::string& id) override;
  [[nodiscard]] rotation::Answer<rotation::Nothing> put(const std::string& secret, const std::string& id,
                                                        const rotation::Secret& data,
                                                        const std::string& stage) override;
  [[nodiscard]] rotation::Answer<rotation::Nothing> move_stage(const std::string& secret, const std::string& stage,
                                                               const StageMove& move) override;

 private:
  template <class T>
  rotation::Answer<T> call(const std::function<rotation::Answer<T>(World&)>& work);
  rotation::Answer<SecretVersion> at(const World& world, const std::string& id) const;

  std::shared_ptr<World> world_;
  Plan plan_;
  std::map<std::string, std::string> stages_at_first_ = world_->stages;
  int calls_ = 0;
};

}  // namespace places

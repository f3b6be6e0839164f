// A store of parameters, in memory and strict, and every way in which a call to it can go wrong.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "secrets_adapters/parameters.hpp"
#include "tests/secrets_adapters/fake_secrets.hpp"

namespace places {

using secrets_adapters::ParameterKeeping;
using secrets_adapters::ParameterValue;

class FakeParameters final : public secrets_adapters::Parameters {
 public:
  struct Version {
    std::string value;
    ParameterKeeping how;
  };
  struct World {
    std::map<std::string, std::vector<Version>> parameters;  // the oldest version, which is 1, first

    [[nodiscard]] std::string value(const std::string& name) const { return parameters.at(name).back().value; }
    // As anybody writes a new version who does not mind what was there.
    void take_over(const std::string& name, const std::string& value) {
      parameters.at(name).push_back({value, parameters.at(name).back().how});
    }
  };

  using Fault = FakeSecrets::Fault;  // of `stale` alone: none here
  struct Plan {
    int at = 0;  // the call that it happens to, from 1
    Fault fault = Fault::none;
    std::function<void(World&)> another = {};  // what somebody else does just before that call
    std::string denied = {};                   // a name that can't be put
  };

  // Shared with those who look at it, and with the next process that reaches the same store.
  FakeParameters(std::shared_ptr<World> world, Plan plan) : world_(std::move(world)), plan_(std::move(plan)) {}

  [[nodiscard]] rotation::Answer<ParameterValue> newest(const std::string& name) override;
  [[nodiscard]] rotation::Answer<ParameterValue> version(const std::string& name, std::int64_t number) override;
  [[nodiscard]] rotation::Answer<ParameterKeeping> keeping(const std::string& name) override;
  [[nodiscard]] rotation::Answer<std::int64_t> put(const std::string& name, const rotation::Secret& value,
                                                   const ParameterKeeping& how) override;

 private:
  template <class T>
  rotation::Answer<T> call(const std::function<rotation::Answer<T>(World&)>& work);

  std::shared_ptr<World> world_;
  Plan plan_;
  int calls_ = 0;
};

}  // namespace places

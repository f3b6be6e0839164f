#include "tests/secrets_adapters/fake_parameters.hpp"

#include <gtest/gtest.h>

namespace places {
namespace {

using rotation::Answer;
using rotation::Done;
using rotation::Refusal;
using rotation::Refused;
using rotation::Unknown;

Refused no(Refusal why, std::string code, std::string message) {
  return {.why = why, .code = std::move(code), .message = std::move(message), .request_id = "R-1"};
}
Refused not_there() { return no(Refusal::no_such_entity, "ParameterNotFound", "it is not there"); }

}  // namespace

template <class T>
Answer<T> FakeParameters::call(const std::function<Answer<T>(World&)>& work) {
  const Fault fault = ++calls_ == plan_.at ? plan_.fault : Fault::none;
  if (fault == Fault::crash_before) throw Crashed{};
  if (fault == Fault::lost_before) return Unknown{"no reply"};
  if (fault == Fault::denied) return no(Refusal::denied, "AccessDeniedException", "no permission");
  if (fault == Fault::by_another) plan_.another(*world_);
  Answer<T> answer = work(*world_);
  if (fault == Fault::crash_after) throw Crashed{};
  if (fault == Fault::lost_after) return Unknown{"no reply"};
  return answer;
}

Answer<ParameterValue> FakeParameters::newest(const std::string& name) {
  return call<ParameterValue>([&](World& world) -> Answer<ParameterValue> {
    const auto found = world.parameters.find(name);
    if (found == world.parameters.end()) return not_there();
    const auto& versions = found->second;
    return Done<ParameterValue>{{.value = rotation::Secret(versions.back().value),
                                 .version = static_cast<std::int64_t>(versions.size()),
                                 .type = versions.back().how.type}};
  });
}

Answer<ParameterValue> FakeParameters::version(const std::string& name, std::int64_t number) {
  return call<ParameterValue>([&](World& world) -> Answer<ParameterValue> {
    const auto& versions = world.parameters.at(name);
    if (number < 1 || number > static_cast<std::int64_t>(versions.size())) return not_there();
    const auto& one = versions[static_cast<std::size_t>(number) - 1];
    return Done<ParameterValue>{{.value = rotation::Secret(one.value), .version = number, .type = one.how.type}};
  });
}

Answer<ParameterKeeping> FakeParameters::keeping(const std::string& name) {
  return call<ParameterKeeping>([&](World& world) -> Answer<ParameterKeeping> {
    const auto found = world.parameters.find(name);
    if (found == world.parameters.end()) return not_there();
    return Done<ParameterKeeping>{found->second.back().how};
  });
}

// What is not passed falls back to a default, as SSM's key does.
Answer<std::int64_t> FakeParameters::put(const std::string& name, const rotation::Secret& value,
                                         const ParameterKeeping& how) {
  return call<std::int64_t>([&](World& world) -> Answer<std::int64_t> {
    if (name == plan_.denied) return no(Refusal::denied, "AccessDeniedException", "no permission");
    auto& versions = world.parameters.at(name);
    if (versions.back().how.full) return no(Refusal::limit_exceeded, "ParameterMaxVersionLimitExceeded", "full");
    EXPECT_EQ(how.type, versions.back().how.type) << "another type";
    EXPECT_FALSE(value.empty());
    versions.push_back({value.expose([](std::string_view text) { return std::string(text); }), how});
    return Done<std::int64_t>{static_cast<std::int64_t>(versions.size())};
  });
}

}  // namespace places

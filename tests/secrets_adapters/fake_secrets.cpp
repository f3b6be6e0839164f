#include "tests/secrets_adapters/fake_secrets.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace places {
namespace {

using rotation::Answer;
using rotation::Done;
using rotation::Nothing;
using rotation::Refusal;
using rotation::Refused;
using rotation::Secret;
using rotation::Unknown;

constexpr std::size_t most_versions = 10;

Refused no(Refusal why, std::string code, std::string message) {
  return {.why = why, .code = std::move(code), .message = std::move(message), .request_id = "R-1"};
}
Refused not_there() { return no(Refusal::no_such_entity, "Forbidden.ResourceNotFound", "there is no such version"); }

void keep(FakeSecrets::World& world, const std::string& id, const std::string& text) {
  world.versions.emplace_back(id, text);
  if (world.versions.size() <= most_versions) return;
  ASSERT_NE(world.versions.front().first, world.stages.at(world.label_of_current()))
      << "the current version would be lost";
  std::erase_if(world.stages, [&](const auto& one) { return one.second == world.versions.front().first; });
  world.versions.erase(world.versions.begin());
}

}  // namespace

void FakeSecrets::World::take_over(const std::string& id, const std::string& content_of_it) {
  there = true;
  if (text(id) == nullptr) keep(*this, id, content_of_it);
  make_current(id);
}

void FakeSecrets::World::make_current(const std::string& id) {
  const auto before = stages.find(label_of_current());
  if (!words.previous.empty() && before != stages.end() && before->second != id) {
    stages[std::string(words.previous)] = before->second;
  }
  stages[label_of_current()] = id;
}

template <class T>
Answer<T> FakeSecrets::call(const std::function<Answer<T>(World&)>& work) {
  const bool now = ++calls_ == plan_.at;
  const Fault fault = now ? plan_.fault : Fault::none;
  if (fault == Fault::crash_before) throw Crashed{};
  if (fault == Fault::lost_before) return Unknown{"no reply"};
  if (fault == Fault::denied) return no(Refusal::denied, "Forbidden.NoPermission", "no permission");
  if (fault == Fault::by_another) plan_.another(*world_);
  if (fault == Fault::stale) {
    World old = *world_;
    old.stages = stages_at_first_;
    return work(old);
  }
  Answer<T> answer = work(*world_);
  if (fault == Fault::crash_after) throw Crashed{};
  if (fault == Fault::lost_after) return Unknown{"no reply"};
  return answer;
}

Answer<SecretVersion> FakeSecrets::at(const World& world, const std::string& id) const {
  const std::string* text = world.text(id);
  if (text == nullptr) return not_there();
  return Done<SecretVersion>{
      {.id = id, .data = Secret(*text), .content = world.content, .type = world.type, .rotated = world.rotated}};
}

Answer<SecretVersion> FakeSecrets::current(const std::string& secret) {
  return call<SecretVersion>([&](World& world) -> Answer<SecretVersion> {
    EXPECT_EQ(secret, "prod/app");
    if (!world.there) return not_there();
    auto answer = at(world, world.stages.at(world.label_of_current()));
    if (!world.words.previous.empty()) rotation::done(answer)->stages = world.stages;
    return answer;
  });
}

Answer<SecretVersion> FakeSecrets::version(const std::string& secret, const std::string& id) {
  return call<SecretVersion>([&](World& world) -> Answer<SecretVersion> {
    EXPECT_EQ(secret, "prod/app");
    return at(world, id);
  });
}

Answer<Nothing> FakeSecrets::put(const std::string& secret, const std::string& id, const Secret& data,
                                 const std::string& stage) {
  return call<Nothing>([&](World& world) -> Answer<Nothing> {
    EXPECT_EQ(secret, "prod/app");
    EXPECT_EQ(stage, world.words.pending);
    // What both KMS and AWS Secrets Manager take.
    EXPECT_TRUE(id.size() >= 32 && id.size() <= 64) << id;
    EXPECT_TRUE(std::all_of(id.begin(), id.end(), [](unsigned char c) { return std::isalnum(c) != 0 || c == '-'; }))
        << id;
    const std::string text = data.expose([](std::string_view bytes) { return std::string(bytes); });
    if (const std::string* same = world.text(id)) {
      if (*same == text || world.ignores_other_data) return Done<Nothing>{};  // ignored, labels and all
      return no(Refusal::conflict, "Rejected.ResourceExist", "a version of that id is there");
    }
    keep(world, id, text);
    world.stages[stage] = id;
    return Done<Nothing>{};
  });
}

Answer<Nothing> FakeSecrets::move_stage(const std::string& secret, const std::string& stage, const StageMove& move) {
  return call<Nothing>([&](World& world) -> Answer<Nothing> {
    EXPECT_EQ(secret, "prod/app");
    const bool of_the_current = stage == world.words.current;
    EXPECT_FALSE(of_the_current && move.to.empty()) << "no version would be current";
    const auto holder = world.stages.find(stage);
    if (holder == world.stages.end() || holder->second != move.from) {
      return no(Refusal::conflict, "Rejected.ResourceInUse", "the stage is not on that version");
    }
    if (!move.to.empty() && world.text(move.to) == nullptr) return not_there();
    if (move.to.empty()) {
      world.stages.erase(stage);
    } else if (of_the_current) {
      world.make_current(move.to);
    } else {
      world.stages[stage] = move.to;
    }
    return Done<Nothing>{};
  });
}

}  // namespace places

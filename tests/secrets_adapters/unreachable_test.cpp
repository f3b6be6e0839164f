// A server that is down: who is meant is said in the place's own words, and never taken for the cloud.
#include <gtest/gtest.h>

#include "secrets_adapters/registry.hpp"
#include "tests/platform/workbench.hpp"
#include "tests/secrets_adapters/places.hpp"

namespace {

using namespace places;
using Settings = std::map<std::string, std::string>;

// Nobody listens there.
const std::string nowhere = "http://127.0.0.1:1";

struct Down {
  const char* type;
  Settings settings;
  std::string party;  // as its messages have to name it
};

std::vector<Down> all_down(const workbench::Directory& here) {
  const std::string token = (here / "token").string();
  return {
      {"vault-kv2",
       {{"address", nowhere}, {"mount", "kv"}, {"path", "app"}, {"id", "ID"}, {"value", "S"}, {"token_file", token}},
       "Vault at " + nowhere},
      {"kubernetes",
       {{"kubeconfig", (here / "config").string()}, {"secret", "aws"}, {"id", "ID"}, {"value", "S"}},
       "Kubernetes, context prod"},
      {"github-actions",
       {{"address", nowhere}, {"repository", "o/r"}, {"id", "ID"}, {"value", "S"}, {"token_file", token}},
       "GitHub at " + nowhere},
      {"gitlab-ci",
       {{"address", nowhere}, {"project", "g/p"}, {"id", "ID"}, {"value", "S"}, {"token_file", token}},
       "GitLab at " + nowhere},
      {"circleci",
       {{"address", nowhere}, {"project", "gh/o/r"}, {"id", "ID"}, {"value", "S"}, {"token_file", token}},
       "CircleCI at " + nowhere},
      {"http",
       {{"steps.0.method", "PUT"},
        {"steps.0.url", nowhere + "/x"},
        {"steps.0.json", R"({"k":"{id}","s":"{secret}"})"},
        {"read.url", nowhere + "/x"},
        {"read.id", "/k"}},
       nowhere},
  };
}

TEST(Unreachable, EachServerIsNamedByReadingAskingAndWriting) {
  workbench::Directory here;
  workbench::put(here / "token", "t", 0600);
  workbench::put(here / "config", "clusters: [{name: c, cluster: {server: \"" + nowhere +
                                      "\"}}]\ncontexts: [{name: prod, context: {cluster: c, user: u}}]\n"
                                      "current-context: prod\nusers: [{name: u, user: {token: t}}]\n");
  const secrets_adapters::Surroundings around{
      .network = [](http::TransportSettings with) { return http::curl_transport(std::move(with)); }};
  for (const Down& one : all_down(here)) {
    const rotation::LocationSpec spec{
        .name = rotation::LocationName("place"), .type = one.type, .settings = one.settings};
    ASSERT_TRUE(secrets_adapters::check(spec).empty())
        << one.type << ": " << secrets_adapters::check(spec).front().message;
    const auto place = secrets_adapters::make_location(spec, around);
    const auto read = place->read();
    EXPECT_EQ(why(read), Refusal::not_sent) << one.type << ": " << said(read);
    std::vector<std::string> answers{said(read), said(hand_over(*place))};
    if (one.type != std::string("http")) answers.push_back(said(place->ready()));  // its API can't be asked that
    for (const std::string& answer : answers) {
      EXPECT_TRUE(answer.starts_with("refused: ")) << one.type << ": " << answer;
      EXPECT_NE(answer.find(one.party), std::string::npos) << one.type << ": " << answer;
      EXPECT_EQ(answer.find("cloud"), std::string::npos) << answer;
    }
  }
}

}  // namespace

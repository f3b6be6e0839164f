// every_store ID SECRET: one of each store, each with this pair in it and something beside it.
// Prints the addresses as one line of JSON; answers each line on its input with what the stores hold now, after "keep
// NAME" or "back NAME" to a moment that was kept (all but Kubernetes). Ends with its input, by 1 if a store was asked
// something odd.
#include <iostream>
#include <map>
#include <memory>
#include <string>

#include "simulated_stores/circleci.hpp"
#include "simulated_stores/fastly.hpp"
#include "simulated_stores/github.hpp"
#include "simulated_stores/gitlab.hpp"
#include "simulated_stores/kubernetes.hpp"
#include "simulated_stores/vault.hpp"

namespace {

using namespace simulated_stores;

std::string base64(const std::string& text) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t at = 0; at < text.size(); at += 3) {
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      bits = (bits << 8U) | (at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0U);
    }
    for (std::size_t i = 0; i < 4; ++i) out += at + i > text.size() ? '=' : digits[(bits >> (18 - 6 * i)) & 63U];
  }
  return out;
}

struct Stores {
  Vault vault;
  Github github;
  Gitlab gitlab;
  Circleci circleci;
  Fastly fastly{"svc", "fastly-token"};
  std::unique_ptr<Kubernetes> kubernetes;
};

void fill(Stores& all, const std::string& id, const std::string& secret) {
  all.vault.mounts["secret"] = {};
  all.vault.put("secret", "app", R"({"other": [1, 2.50], "aws_id": ")" + id + R"(", "aws_secret": ")" + secret + "\"}");
  all.vault.tokens["vault-token"] = {.policy = Vault::allowing("secret/data/app", {"read", "update"})};
  all.github.repositories["/repos/octo/app"] = Json::object();
  auto& secrets = all.github.holders["/repos/octo/app/actions/secrets"];
  secrets["AWS_ACCESS_KEY_ID"] = {.value = id, .updated = 1};
  secrets["AWS_SECRET_ACCESS_KEY"] = {.value = secret, .updated = 1};
  secrets["OTHER"] = {.value = "other", .updated = 1};
  all.gitlab.owners = {"/projects/group/app"};
  all.gitlab.variables = {
      {.owner = "/projects/group/app", .key = "AWS_ACCESS_KEY_ID", .value = id, .is_protected = true, .masked = true},
      {.owner = "/projects/group/app", .key = "AWS_SECRET_ACCESS_KEY", .value = secret, .masked = true, .raw = true}};
  all.circleci.projects["gh/octo/app"] = {{"AWS_ACCESS_KEY_ID", {.value = id, .created = 1, .updated = 1}},
                                          {"AWS_SECRET_ACCESS_KEY", {.value = secret, .created = 1, .updated = 1}}};
  all.fastly.versions[1] = {.locked = true,
                            .s3 = {{"logs", {{"name", "logs"}, {"access_key", id}, {"secret_key", secret}}}}};
  all.fastly.active = 1;
  const Json object{{"kind", "Secret"},
                    {"metadata", {{"name", "aws"}, {"namespace", "apps"}}},
                    {"type", "Opaque"},
                    {"data", {{"ID", base64(id)}, {"SECRET", base64(secret)}, {"other", base64("other")}}}};
  const Json seed{{"roles", {{"kube-token", {"get secrets", "patch secrets"}}}}, {"objects", {object}}};
  all.kubernetes = std::make_unique<Kubernetes>(0, seed);
}

Json held(Stores& all) {
  Json now;
  now["vault"] = Json::parse(all.vault.current("secret", "app"));
  all.github.with([&] {
    for (const auto& [name, kept] : all.github.holders.begin()->second) now["github"][name] = kept.value;
  });
  all.gitlab.with([&] {
    for (const auto& one : all.gitlab.variables) now["gitlab"][one.key] = one.value;
  });
  all.circleci.with([&] {
    for (const auto& [name, one] : all.circleci.projects.at("gh/octo/app")) now["circleci"][name] = one.value;
  });
  all.fastly.with([&] { now["fastly"] = all.fastly.live("logs"); });
  return now;
}

// Everything that a request can change.
struct Moment {
  decltype(Vault::mounts) mounts;
  decltype(Github::holders) holders;
  std::int64_t github_now;
  decltype(Gitlab::variables) variables;
  decltype(Circleci::projects) projects;
  std::int64_t circleci_now;
  decltype(Fastly::versions) versions;
  int active;
};

Moment kept(Stores& all) {
  return {all.vault.mounts,      all.github.holders, all.github.now,      all.gitlab.variables,
          all.circleci.projects, all.circleci.now,   all.fastly.versions, all.fastly.active};
}

void bring_back(Stores& all, const Moment& moment) {
  all.vault.with([&] { all.vault.mounts = moment.mounts; });
  all.github.with([&] { all.github.holders = moment.holders, all.github.now = moment.github_now; });
  all.gitlab.with([&] { all.gitlab.variables = moment.variables; });
  all.circleci.with([&] { all.circleci.projects = moment.projects, all.circleci.now = moment.circleci_now; });
  all.fastly.with([&] { all.fastly.versions = moment.versions, all.fastly.active = moment.active; });
}

int serve(const std::string& id, const std::string& secret) {
  Stores all;
  fill(all, id, secret);
  const Json addresses{{"vault", all.vault.url()},   {"github", all.github.url()},
                       {"gitlab", all.gitlab.url()}, {"circleci", all.circleci.url()},
                       {"fastly", all.fastly.url()}, {"kubernetes", all.kubernetes->url()}};
  std::cout << addresses.dump() << std::endl;
  std::map<std::string, Moment> moments;
  for (std::string line; std::getline(std::cin, line);) {
    if (line.starts_with("keep ")) moments.insert_or_assign(line.substr(5), kept(all));
    if (line.starts_with("back ")) bring_back(all, moments.at(line.substr(5)));
    std::cout << held(all).dump() << std::endl;
  }
  bool odd = false;
  for (StoreServer* one : std::initializer_list<StoreServer*>{&all.vault, &all.github, &all.gitlab, &all.circleci,
                                                              &all.fastly, all.kubernetes.get()}) {
    for (const std::string& what : one->odd()) {
      std::cerr << "odd: " << what << '\n';
      odd = true;
    }
  }
  return odd ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "every_store ID SECRET\n";
    return 2;
  }
  return serve(argv[1], argv[2]);
}

// every_store ID SECRET: one of each store, each with this pair in it and something beside it.
// Prints the addresses as one line of JSON; answers each line on its input with what the stores hold now, after "keep
// NAME" or "back NAME" to a moment that was kept. Of each store it tells all that is no history: no number of a
// version, no time, no state of a rollout. Ends with its input, by 1 if a store was asked something odd.
#include <iostream>
#include <map>
#include <memory>
#include <string>

#include "simulated_stores/aws_stores.hpp"
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
  AwsStores aws;
  std::unique_ptr<Kubernetes> kubernetes;
};

// A Secret, a Deployment that is restarted after each write, and who may change both.
Json cluster(const std::string& id, const std::string& secret) {
  const Json object{{"kind", "Secret"},
                    {"metadata", {{"name", "aws"}, {"namespace", "apps"}, {"annotations", {{"note", "x"}}}}},
                    {"type", "Opaque"},
                    {"data", {{"ID", base64(id)}, {"SECRET", base64(secret)}, {"other", base64("other")}}}};
  const Json web{{"kind", "Deployment"},
                 {"metadata", {{"name", "web"}, {"namespace", "apps"}}},
                 {"spec", {{"replicas", 2}, {"template", {{"metadata", {{"labels", {{"app", "web"}}}}}}}}}};
  const Json role{"get secrets", "patch secrets", "get deployments", "patch deployments"};
  return {{"roles", {{"kube-token", role}}}, {"objects", {object, web}}};
}

void fill_aws(AwsStores& aws, const std::string& id, const std::string& secret) {
  const std::string text = R"({"n": 1.50,  "secret": ")" + secret + R"(", "id":")" + id + "\"}";
  const std::string first = "the-first-version-00000000000000";
  aws.secrets["app"] = {.key_id = "alias/app", .versions = {{first, {.text = text, .labels = {"AWSCURRENT"}}}}};
  aws.parameters["/app/id"] = {{.value = id, .type = "String", .tier = "Advanced", .description = "whose key"}};
  aws.parameters["/app/secret"] = {{.value = secret, .type = "SecureString", .key_id = "alias/app"}};
}

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
      {.owner = "/projects/group/app", .key = "AWS_SECRET_ACCESS_KEY", .value = secret, .masked = true, .raw = true},
      {.owner = "/projects/group/app", .key = "OTHER", .value = "other", .description = "theirs"}};
  all.circleci.projects["gh/octo/app"] = {{"AWS_ACCESS_KEY_ID", {.value = id, .created = 1, .updated = 1}},
                                          {"AWS_SECRET_ACCESS_KEY", {.value = secret, .created = 1, .updated = 1}},
                                          {"OTHER", {.value = "other", .created = 1, .updated = 1}}};
  const Fastly::S3 logs{{"name", "logs"}, {"access_key", id}, {"secret_key", secret}, {"bucket_name", "logs"}};
  const Fastly::S3 other{{"name", "other"}, {"access_key", "another"}, {"secret_key", "another"}};
  all.fastly.versions[1] = {.locked = true, .s3 = {{"logs", logs}, {"other", other}}};
  all.fastly.active = 1;
  all.kubernetes = std::make_unique<Kubernetes>(0, cluster(id, secret));
  all.kubernetes->rolling("web", {.looks = 0});
  fill_aws(all.aws, id, secret);
}

Json of_gitlab(Stores& all) {
  Json now = Json::array();
  for (const auto& one : all.gitlab.variables) {
    now.push_back({{"key", one.key},
                   {"value", one.value},
                   {"kept",
                    {one.owner, one.type, one.is_protected, one.masked, one.hidden, one.raw, one.scope,
                     one.description.value_or("")}}});
  }
  return now;
}

// What a controller makes of an object, and its version, is none of the object's content.
Json of_cluster(Kubernetes& kubernetes) {
  Json now{{"secret", kubernetes.object("Secret", "aws")}, {"deployment", kubernetes.object("Deployment", "web")}};
  for (auto& [name, object] : now.items()) {
    object.erase("status");
    object["metadata"].erase("resourceVersion");
    object["metadata"].erase("generation");
  }
  return now;
}

Json held(Stores& all) {
  Json now;
  now["vault"] = Json::parse(all.vault.current("secret", "app"));
  now["vault_text"] = all.vault.current("secret", "app");
  all.github.with([&] {
    for (const auto& [name, kept] : all.github.holders.begin()->second) now["github"][name] = kept.value;
  });
  all.gitlab.with([&] { now["gitlab"] = of_gitlab(all); });
  all.circleci.with([&] {
    for (const auto& [name, one] : all.circleci.projects.at("gh/octo/app")) now["circleci"][name] = one.value;
  });
  all.fastly.with([&] { now["fastly"] = all.fastly.versions.at(all.fastly.active).s3; });
  now["kubernetes"] = of_cluster(*all.kubernetes);
  now["rollouts"] = all.kubernetes->rollouts("web");
  all.aws.with([&] {
    now["secrets"] = all.aws.newest_secrets();
    now["parameters"] = all.aws.newest_parameters();
  });
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
  Kubernetes::Moment kubernetes;
  decltype(AwsStores::secrets) secrets;
  decltype(AwsStores::parameters) parameters;
};

Moment kept(Stores& all) {
  return {all.vault.mounts,         all.github.holders, all.github.now,      all.gitlab.variables,
          all.circleci.projects,    all.circleci.now,   all.fastly.versions, all.fastly.active,
          all.kubernetes->moment(), all.aws.secrets,    all.aws.parameters};
}

void bring_back(Stores& all, const Moment& moment) {
  all.vault.with([&] { all.vault.mounts = moment.mounts; });
  all.github.with([&] { all.github.holders = moment.holders, all.github.now = moment.github_now; });
  all.gitlab.with([&] { all.gitlab.variables = moment.variables; });
  all.circleci.with([&] { all.circleci.projects = moment.projects, all.circleci.now = moment.circleci_now; });
  all.fastly.with([&] { all.fastly.versions = moment.versions, all.fastly.active = moment.active; });
  all.kubernetes->back_to(moment.kubernetes);
  all.aws.with([&] { all.aws.secrets = moment.secrets, all.aws.parameters = moment.parameters; });
}

int serve(const std::string& id, const std::string& secret) {
  Stores all;
  fill(all, id, secret);
  const Json addresses{{"vault", all.vault.url()},   {"github", all.github.url()},
                       {"gitlab", all.gitlab.url()}, {"circleci", all.circleci.url()},
                       {"fastly", all.fastly.url()}, {"kubernetes", all.kubernetes->url()},
                       {"aws", all.aws.url()}};
  std::cout << addresses.dump() << std::endl;
  std::map<std::string, Moment> moments;
  for (std::string line; std::getline(std::cin, line);) {
    if (line.starts_with("keep ")) moments.insert_or_assign(line.substr(5), kept(all));
    if (line.starts_with("back ")) bring_back(all, moments.at(line.substr(5)));
    std::cout << held(all).dump() << std::endl;
  }
  bool odd = false;
  for (StoreServer* one : std::initializer_list<StoreServer*>{&all.vault, &all.github, &all.gitlab, &all.circleci,
                                                              &all.fastly, &all.aws, all.kubernetes.get()}) {
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

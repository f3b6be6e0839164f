#include "cli/kms_secrets.hpp"

#include <algorithm>

#include "providers/alibaba_ram/rpc_api.hpp"

namespace cli {
namespace {

using alibaba_ram::Call;
using alibaba_ram::Effect;
using alibaba_ram::Service;
using alibaba_ram::Value;
using rotation::Answer;
using rotation::Done;
using rotation::Nothing;
using secrets_adapters::Content;
using secrets_adapters::Rotated;
using secrets_adapters::SecretVersion;

// KMS API reference, 2016-01-20, GetSecretValue. nullopt: not whole.
std::optional<SecretVersion> read_version(Value reply) {
  const auto id = reply.member("VersionId").text();
  const Value data = reply.member("SecretData");
  if (id.empty() || !data.is_text()) return std::nullopt;
  // "Invalid" is what KMS cannot rotate itself: so are all secrets of type Generic.
  const auto rotation_is = reply.member("AutomaticRotation").text();
  const bool by_nobody = rotation_is.empty() || rotation_is == "Disabled" || rotation_is == "Invalid";
  return SecretVersion{.id = std::string(id),
                       .data = rotation::Secret{data.text()},
                       .content = reply.member("SecretDataType").text() == "binary" ? Content::binary : Content::text,
                       .type = std::string(reply.member("SecretType").text()),
                       .rotated = by_nobody ? Rotated::by_nobody : Rotated::by_the_store};
}

class KmsSecrets final : public secrets_adapters::VersionedSecrets {
 public:
  KmsSecrets(alibaba_ram::RamCloud& cloud, const std::optional<std::string>& region) : cloud_(cloud) {
    if (region) own_ = alibaba_ram::Endpoint{.url = "https://kms." + *region + ".aliyuncs.com/", .overridden = true};
  }

  Answer<SecretVersion> current(const std::string& secret) override {
    return get({{"SecretName", secret}, {"VersionStage", "ACSCurrent"}});
  }
  Answer<SecretVersion> version(const std::string& secret, const std::string& id) override {
    return get({{"SecretName", secret}, {"VersionId", id}});
  }

  Answer<Nothing> put(const std::string& secret, const std::string& id, const rotation::Secret& data,
                      const std::string& stage) override {
    auto call = called("PutSecretValue", {{"SecretName", secret},
                                          {"VersionId", id},
                                          {"VersionStages", "[\"" + stage + "\"]"},
                                          {"SecretDataType", "text"}});
    call.effect = Effect::write;
    // In the body: a query string would stand in other people's logs.
    data.expose([&](std::string_view text) { call.body_params.emplace_back("SecretData", std::string(text)); });
    auto answer = changed(call);
    rotation::wipe(call.body_params.back().second);
    return answer;
  }

  Answer<Nothing> move_stage(const std::string& secret, const std::string& stage,
                             const secrets_adapters::StageMove& move) override {
    http::Params params{{"SecretName", secret}, {"VersionStage", stage}};
    if (!move.from.empty()) params.emplace_back("RemoveFromVersion", move.from);
    if (!move.to.empty()) params.emplace_back("MoveToVersion", move.to);
    auto call = called("UpdateSecretVersionStage", std::move(params));
    call.effect = Effect::write;
    return changed(call);
  }

 private:
  [[nodiscard]] Call called(std::string action, http::Params params) const {
    return {.service = Service::kms, .action = std::move(action), .params = std::move(params), .at = own_};
  }
  Answer<SecretVersion> get(http::Params params) {
    const auto answer = cloud_.call(called("GetSecretValue", std::move(params)));
    const auto* reply = rotation::done(answer);
    if (reply == nullptr) return rotation::pass_on<SecretVersion>(answer);
    auto found = read_version(reply->root());
    if (!found) return calling::unreadable("GetSecretValue", "there is no whole version of a secret in it");
    return Done<SecretVersion>{std::move(*found)};
  }
  Answer<Nothing> changed(const Call& call) {
    const auto answer = cloud_.call(call);
    if (rotation::done(answer) == nullptr) return rotation::pass_on<Nothing>(answer);
    return Done<Nothing>{};
  }

  alibaba_ram::RamCloud& cloud_;
  std::optional<alibaba_ram::Endpoint> own_;
};

}  // namespace

std::unique_ptr<secrets_adapters::VersionedSecrets> kms_secrets(alibaba_ram::RamCloud& cloud,
                                                                const std::optional<std::string>& region) {
  return std::make_unique<KmsSecrets>(cloud, region);
}

}  // namespace cli

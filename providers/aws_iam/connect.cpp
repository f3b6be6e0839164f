#include "providers/aws_iam/connect.hpp"

#include "providers/aws_iam/chain.hpp"
#include "providers/aws_iam/partitions.hpp"

namespace aws_iam {

namespace {

// What the cloud refers to for as long as it lives.
struct Held {
  World world;
  std::unique_ptr<http::Transport> transport;
};

}  // namespace

http::TransportSettings transport_settings(const AccountSettings& settings, const calling::Environment& env) {
  const Profiles profiles{env};
  const auto selected = select_profile(settings.profile, env, profiles);
  return {.ca_bundle = select_ca_bundle(env, profiles, selected.profile), .log = settings.log};
}

std::unique_ptr<IamCloud> connect(const AccountSettings& settings, World world,
                                  std::unique_ptr<http::Transport> transport) {
  auto held = std::make_shared<Held>(Held{std::move(world), std::move(transport)});
  const auto& env = held->world.env;
  const Profiles profiles{env};
  const auto selected = select_profile(settings.profile, env, profiles);
  const auto region = select_region(settings.region, env, profiles, selected.profile);
  const ApiSettings api{.endpoints = select_endpoints(settings.endpoints, env, profiles, selected.profile, region),
                        .patience = settings.patience};
  if (!held->transport) {
    held->transport = http::curl_transport(transport_settings(settings, env));
  }
  auto provider = Chain{held->world, *held->transport, profiles, api}.build(selected);
  auto signer = std::make_unique<calling::CredentialCache>(std::move(provider), held->world);
  CloudIdentity identity{.profile = settings.profile};
  if (const auto own = settings.endpoints.find("iam"); own != settings.endpoints.end()) {
    identity.iam_endpoint = own->second;
    if (identity.iam_endpoint->ends_with('/')) identity.iam_endpoint->pop_back();
  }
  // The AWS CLI refuses an endpoint without a region, and takes IAM for the one of partition aws if it knows none.
  const std::string& iam_region = api.endpoints.iam.signing_region;
  if (identity.iam_endpoint || iam_region != partition_of_region("").iam_region) identity.iam_region = iam_region;
  return std::make_unique<IamCloud>(QueryApi{*held->transport, held->world, api},
                                    JsonApi{*held->transport, held->world, api.endpoints, api.patience},
                                    std::move(signer), held->world, std::move(identity), held);
}

}  // namespace aws_iam

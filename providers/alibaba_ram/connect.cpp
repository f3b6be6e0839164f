#include "providers/alibaba_ram/connect.hpp"

#include "providers/alibaba_ram/chain.hpp"
#include "providers/http/url.hpp"

namespace alibaba_ram {

namespace {

// What the cloud refers to for as long as it lives.
struct Held {
  World world;
  std::unique_ptr<http::Transport> transport;
};

}  // namespace

http::TransportSettings transport_settings(const AccountSettings& settings, const calling::Environment& env) {
  return {.ca_bundle = select_ca_bundle(env), .log = settings.log};
}

std::unique_ptr<RamCloud> connect(const AccountSettings& settings, World world,
                                  std::unique_ptr<http::Transport> transport) {
  auto held = std::make_shared<Held>(Held{std::move(world), std::move(transport)});
  const auto& env = held->world.env;
  const Files files{env};
  const auto selected = select_profile(settings.profile, env);
  const auto region = select_region(settings.region, env, files, selected);
  const ApiSettings api{.endpoints = select_endpoints(settings.endpoints, region),
                        .style = settings.style,
                        .patience = settings.patience};
  if (!held->transport) {
    held->transport = http::curl_transport(transport_settings(settings, env));
  }
  auto provider = Chain{held->world, *held->transport, files, api, settings.metadata}.build(selected);
  auto signer = std::make_unique<calling::CredentialCache>(std::move(provider), held->world);
  CloudIdentity identity{.profile = settings.profile};
  const auto own_host = [&](Service service) -> std::optional<std::string> {
    const auto* endpoint = api.endpoints.of(service);
    const auto url = endpoint && endpoint->overridden ? http::parse_url(endpoint->url) : std::nullopt;
    return url ? std::optional{url->authority()} : std::nullopt;
  };
  identity.ram_endpoint = own_host(Service::ram);
  identity.ims_endpoint = own_host(Service::ims);
  return std::make_unique<RamCloud>(RpcApi{*held->transport, held->world, api}, std::move(signer), held->world,
                                    std::move(identity), held);
}

Pins pins(const AccountSettings& settings, const calling::Environment& env) {
  const Files files{env};
  const auto region = select_region(settings.region, env, files, select_profile(settings.profile, env));
  const auto endpoints = select_endpoints(settings.endpoints, region);
  Pins kept{.region = region};
  for (const auto service : {Service::ram, Service::sts, Service::ims, Service::actiontrail, Service::kms}) {
    const auto* endpoint = endpoints.of(service);
    if (endpoint && endpoint->overridden) kept.endpoints[std::string{service_name(service)}] = endpoint->url;
  }
  return kept;
}

}  // namespace alibaba_ram

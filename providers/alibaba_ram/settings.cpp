#include "providers/alibaba_ram/settings.hpp"

#include <algorithm>

#include "providers/calling/unusable.hpp"
#include "providers/http/url.hpp"

namespace alibaba_ram {

namespace {

// Where ActionTrail is asked without a region.
constexpr const char* trail_region = "cn-hangzhou";

bool is_region(std::string_view text) {
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  return !text.empty() && text.size() <= 63 && std::all_of(text.begin(), text.end(), fits);
}

std::string checked(const std::string& text, const std::string& name) {
  const auto url = http::parse_url(text);
  if (!url || url->path != "/" || !url->query.empty()) {
    calling::unusable(name + " is not an address of the form https://host:port", "mend the endpoint in the config");
  }
  if (!http::may_speak_to(*url, {})) {
    calling::unusable(name + " is plain http to " + url->host + "; http is for this machine alone",
                      "use https://" + url->host);
  }
  return url->scheme + "://" + url->authority() + "/";
}

std::string at(Service service, std::string_view region) {
  return "https://" + std::string{service_name(service)} + "." + std::string{region} + ".aliyuncs.com/";
}

std::optional<std::string> region_of_profile(const Files& files, const Selected& selected) {
  const auto profile = files.cli.profile(selected.profile.value_or(files.cli.current()));
  const auto region = profile.member("region_id").text();
  return region.empty() ? std::nullopt : std::optional<std::string>{region};
}

Endpoints standard_endpoints(const std::string& region) {
  Endpoints found;
  if (!region.empty()) found.sts = {at(Service::sts, region)};
  found.ims = {"https://ims.aliyuncs.com/"};
  found.actiontrail = {at(Service::actiontrail, region.empty() ? trail_region : region)};
  if (!region.empty()) found.kms = {at(Service::kms, region)};
  return found;
}

}  // namespace

Selected select_profile(const std::optional<std::string>& named, const Environment& env) {
  if (named) return {named, true};
  return {env("ALIBABA_CLOUD_PROFILE"), false};
}

std::string select_region(const std::optional<std::string>& named, const Environment& env, const Files& files,
                          const Selected& selected) {
  auto region = named;
  const auto of_profile = region_of_profile(files, selected);
  if (!region && selected.explicitly) region = of_profile;
  if (!region) region = env("ALIBABA_CLOUD_REGION_ID");
  if (!region) region = of_profile;
  if (region && !is_region(*region)) {
    calling::unusable("the region is not one that Alibaba Cloud could have (such as eu-central-1)",
                      "mend region in the config, region_id in the profile, or ALIBABA_CLOUD_REGION_ID");
  }
  return region.value_or("");
}

Endpoints select_endpoints(const std::map<std::string, std::string>& named, const std::string& region) {
  const auto own = [&](Service service) -> std::optional<Endpoint> {
    const auto found = named.find(std::string{service_name(service)});
    if (found == named.end()) return std::nullopt;
    return Endpoint{checked(found->second, "the endpoint of " + found->first), true};
  };
  const bool own_cloud = named.contains(std::string{service_name(Service::ram)});
  if (own_cloud && !named.contains(std::string{service_name(Service::sts)})) {
    calling::unusable("the account has an endpoint of its own for ram and none for sts",
                      "name sts beside ram, below endpoints in the config");
  }
  // Whoever says who we are must be the one who changes keys.
  for (const Service service : {Service::sts, Service::ims}) {
    const auto found = named.find(std::string{service_name(service)});
    const auto url = found == named.end() ? std::nullopt : http::parse_url(found->second);
    if (own_cloud || !url || !http::is_loopback(*url)) continue;
    calling::unusable("the endpoint of " + found->first + " is on this machine and ram is not",
                      "name ram beside it, below endpoints in the config");
  }
  auto endpoints = own_cloud ? Endpoints{} : standard_endpoints(region);
  const auto take = [&](Service service, auto& place) {
    if (auto endpoint = own(service)) place = std::move(*endpoint);
  };
  take(Service::ram, endpoints.ram);
  take(Service::sts, endpoints.sts);
  take(Service::ims, endpoints.ims);
  take(Service::actiontrail, endpoints.actiontrail);
  take(Service::kms, endpoints.kms);
  return endpoints;
}

std::optional<std::string> select_ca_bundle(const Environment& env) { return env("SSL_CERT_FILE"); }

Endpoint regional_sts(std::string_view region, const std::string& where) {
  if (!is_region(region)) {
    calling::unusable("the region of STS in " + where + " is not one that Alibaba Cloud could have",
                      "mend it, such as eu-central-1");
  }
  return {at(Service::sts, region)};
}

Endpoint named_sts(std::string_view host, const std::string& where) {
  return {checked("https://" + std::string{host}, "the sts_endpoint of " + where)};
}

}  // namespace alibaba_ram

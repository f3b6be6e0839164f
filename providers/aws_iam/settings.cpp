#include "providers/aws_iam/settings.hpp"
#include "providers/calling/unusable.hpp"

#include <algorithm>

#include "providers/http/url.hpp"
#include "rotation/errors.hpp"

namespace aws_iam {

namespace {

bool is_true(const std::optional<std::string>& text) {
  auto lower = text.value_or("");
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return lower == "true";
}

std::optional<std::string> text_of(std::optional<std::string_view> value) {
  if (!value) return std::nullopt;
  return std::string{*value};
}

bool flag(const Environment& env, const char* variable, const Profiles& profiles, const std::string& profile,
          const char* key) {
  const auto set = env(variable);
  return is_true(set ? set : text_of(profiles.get(profile, key)));
}

// What botocore calls a service where an endpoint is set: by its id, "Secrets Manager".
struct ServiceWords {
  const char* variable;
  const char* section;  // below `[services NAME]`
};

ServiceWords words_of(Service service) {
  switch (service) {
    case Service::iam: return {"AWS_ENDPOINT_URL_IAM", "iam"};
    case Service::sts: return {"AWS_ENDPOINT_URL_STS", "sts"};
    case Service::secretsmanager: return {"AWS_ENDPOINT_URL_SECRETS_MANAGER", "secrets_manager"};
    case Service::ssm: return {"AWS_ENDPOINT_URL_SSM", "ssm"};
    case Service::cloudtrail: return {"AWS_ENDPOINT_URL_CLOUDTRAIL", "cloudtrail"};
  }
  return {"", ""};
}

std::optional<std::string> configured_url(Service service, const Environment& env, const Profiles& profiles,
                                          const std::string& profile) {
  if (flag(env, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", profiles, profile, "ignore_configured_endpoint_urls")) {
    return std::nullopt;
  }
  const auto words = words_of(service);
  if (auto url = env(words.variable)) return url;
  if (auto url = env("AWS_ENDPOINT_URL")) return url;
  if (auto url = profiles.service_endpoint(profile, words.section)) return text_of(url);
  return text_of(profiles.get(profile, "endpoint_url"));
}

std::string checked(const std::string& text, Service service) {
  const auto url = http::parse_url(text);
  const auto name = "the endpoint of " + std::string{service_name(service)};
  if (!url || url->path != "/" || !url->query.empty()) {
    calling::unusable(name + " is not an address of the form https://host:port",
                      "mend the endpoint in the config or environment");
  }
  if (!http::may_speak_to(*url, {})) {
    calling::unusable(name + " is plain http to " + url->host + "; http is for this machine alone",
                      "use https://" + url->host);
  }
  return url->scheme + "://" + url->authority() + "/";
}

}  // namespace

Selected select_profile(const std::optional<std::string>& named, const Environment& env, const Profiles& profiles) {
  auto chosen = named;
  if (!chosen) chosen = env("AWS_PROFILE");
  if (!chosen) chosen = env("AWS_DEFAULT_PROFILE");
  if (chosen && !profiles.has(*chosen)) {
    calling::unusable("there is no profile " + *chosen + " in " + profiles.credentials().path().string() + " or " +
                          profiles.config().path().string(),
                      "aws configure list-profiles");
  }
  return {chosen.value_or("default"), named.has_value()};
}

std::string select_region(const std::optional<std::string>& named, const Environment& env, const Profiles& profiles,
                          const std::string& profile) {
  auto region = named;
  if (!region) region = env("AWS_REGION");
  if (!region) region = env("AWS_DEFAULT_REGION");
  if (!region) region = text_of(profiles.get(profile, "region"));
  if (region && !region->empty() && !is_region(*region)) {
    calling::unusable("the region is not one that AWS could have (such as eu-west-1)",
                      "mend region in the config, the profile, AWS_REGION or AWS_DEFAULT_REGION");
  }
  return region.value_or("");
}

Endpoints select_endpoints(const std::map<std::string, std::string>& named, const Environment& env,
                           const Profiles& profiles, const std::string& profile, const std::string& region) {
  const auto fips = flag(env, "AWS_USE_FIPS_ENDPOINT", profiles, profile, "use_fips_endpoint") ? Fips::yes : Fips::no;
  const auto choose = [&](Service service) {
    const auto pinned = named.find(std::string{service_name(service)});
    const auto override_url =
        pinned != named.end() ? std::optional{pinned->second} : configured_url(service, env, profiles, profile);
    // With another host the signature still names the partition's region: an override replaces the host only.
    auto endpoint = standard_endpoint(service, region, override_url ? Fips::no : fips);
    if (override_url) endpoint = {checked(*override_url, service), endpoint.signing_region, true};
    return endpoint;
  };
  Endpoints chosen{.iam = choose(Service::iam), .sts = choose(Service::sts), .region = region, .fips = fips};
  for (const Service service : regional_services) {
    if (auto endpoint = choose(service); endpoint.overridden) chosen.own.emplace(service, std::move(endpoint.url));
  }
  return chosen;
}

std::optional<std::string> select_ca_bundle(const Environment& env, const Profiles& profiles,
                                            const std::string& profile) {
  if (auto path = env("AWS_CA_BUNDLE")) return path;
  if (const auto path = profiles.get(profile, "ca_bundle")) return home_path(env, *path).string();
  return env("SSL_CERT_FILE");
}

}  // namespace aws_iam

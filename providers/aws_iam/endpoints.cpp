#include "providers/aws_iam/endpoints.hpp"

#include <algorithm>

#include "providers/http/url.hpp"

namespace aws_iam {

std::optional<Endpoint> Endpoints::regional(Service service, const std::string& where) const {
  const auto named = own.find(service);
  if (named == own.end() && iam.overridden) return std::nullopt;
  auto endpoint = standard_endpoint(service, where, named == own.end() ? fips : Fips::no);
  if (named != own.end()) endpoint = {named->second, endpoint.signing_region, true};
  return endpoint;
}

bool Endpoints::local() const {
  const auto here = [](const std::string& text) {
    const auto url = http::parse_url(text);
    return url && http::is_loopback(*url);
  };
  return here(iam.url) && here(sts.url) && std::ranges::all_of(own, [&](const auto& one) { return here(one.second); });
}

}  // namespace aws_iam

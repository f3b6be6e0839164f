// AWS partitions: which hosts, and which region a signature names (botocore's endpoint rules).
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace aws_iam {

struct Partition {
  std::string_view name;           // "aws", as in an ARN
  std::string_view region_prefix;  // of its regions; empty: every region that no other partition claims
  std::string_view iam_host;
  std::string_view iam_region;  // signs IAM requests, wherever the caller is
  std::string_view dns_suffix;  // sts.REGION.SUFFIX
};

// The partition of a region; "aws" for an empty or unheard-of one.
[[nodiscard]] const Partition& partition_of_region(std::string_view region);

// Could be a region's name: it becomes part of a host's.
[[nodiscard]] bool is_region(std::string_view text);

// One service's address and how to sign for it.
struct Endpoint {
  std::string url;
  std::string signing_region;
  bool overridden = false;
};

// IAM has one address in a partition, STS has a global one too; each of the others lives in every region by itself.
enum class Service { iam, sts, secretsmanager, ssm, cloudtrail };
inline constexpr std::array regional_services{Service::secretsmanager, Service::ssm, Service::cloudtrail};
enum class Fips : bool { no, yes };

[[nodiscard]] std::string_view service_name(Service service);  // as the signature and the config have it

// `region` may be empty: then STS is the global endpoint, or the partition's own region, and so are the regional ones.
// Throws Trouble(usage) where FIPS endpoints are asked for in a partition that has none.
[[nodiscard]] Endpoint standard_endpoint(Service service, std::string_view region, Fips fips);

}  // namespace aws_iam

// AWS partitions: which hosts, and which region a signature names (botocore's endpoint rules).
#pragma once

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

// One service's address and how to sign for it.
struct Endpoint {
  std::string url;
  std::string signing_region;
  bool overridden = false;
};

enum class Service { iam, sts };
enum class Fips : bool { no, yes };

[[nodiscard]] std::string_view service_name(Service service);  // as the signature has it

// `region` may be empty: then STS is the global endpoint, or the partition's own region.
// Throws Trouble(usage) where FIPS endpoints are asked for in a partition that has none.
[[nodiscard]] Endpoint standard_endpoint(Service service, std::string_view region, Fips fips);

}  // namespace aws_iam

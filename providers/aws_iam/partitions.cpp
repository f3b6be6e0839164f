#include "providers/aws_iam/partitions.hpp"

#include <algorithm>
#include <array>

#include "rotation/errors.hpp"

namespace aws_iam {

namespace {

constexpr std::array partitions{
    Partition{"aws", "", "iam.amazonaws.com", "us-east-1", "amazonaws.com"},
    Partition{"aws-cn", "cn-", "iam.cn-north-1.amazonaws.com.cn", "cn-north-1", "amazonaws.com.cn"},
    Partition{"aws-us-gov", "us-gov-", "iam.us-gov.amazonaws.com", "us-gov-west-1", "amazonaws.com"},
    Partition{"aws-iso", "us-iso-", "iam.us-iso-east-1.c2s.ic.gov", "us-iso-east-1", "c2s.ic.gov"},
    Partition{"aws-iso-b", "us-isob-", "iam.us-isob-east-1.sc2s.sgov.gov", "us-isob-east-1", "sc2s.sgov.gov"},
    Partition{"aws-iso-e", "eu-isoe-", "iam.eu-isoe-west-1.cloud.adc-e.uk", "eu-isoe-west-1", "cloud.adc-e.uk"},
    Partition{"aws-iso-f", "us-isof-", "iam.us-isof-south-1.csp.hci.ic.gov", "us-isof-south-1", "csp.hci.ic.gov"},
    Partition{"aws-eusc", "eusc-de-", "iam.eusc-de-east-1.amazonaws.eu", "eusc-de-east-1", "amazonaws.eu"},
};

Endpoint iam_endpoint(const Partition& partition, Fips fips) {
  // GovCloud's ordinary host is its FIPS host.
  const bool own_host = fips == Fips::yes && partition.name == "aws";
  const std::string host = own_host ? "iam-fips.amazonaws.com" : std::string{partition.iam_host};
  return {"https://" + host + "/", std::string{partition.iam_region}, false};
}

Endpoint sts_endpoint(const Partition& partition, std::string_view region, Fips fips) {
  const bool regional = !region.empty() && region != "aws-global";
  if (!regional && partition.name == "aws" && fips == Fips::no) {
    return {"https://sts.amazonaws.com/", std::string{partition.iam_region}, false};
  }
  const std::string where{regional ? region : partition.iam_region};
  const std::string name = fips == Fips::yes && partition.name == "aws" ? "sts-fips." : "sts.";
  return {"https://" + name + where + "." + std::string{partition.dns_suffix} + "/", where, false};
}

// The hosts of GovCloud are FIPS hosts by their ordinary names, save those of Secrets Manager.
Endpoint regional_endpoint(Service service, const Partition& partition, std::string_view region, Fips fips) {
  const std::string where{region.empty() ? partition.iam_region : region};
  const bool own_host = fips == Fips::yes && (partition.name == "aws" || service == Service::secretsmanager);
  return {"https://" + std::string{service_name(service)} + (own_host ? "-fips." : ".") + where + "." +
              std::string{partition.dns_suffix} + "/",
          where, false};
}

}  // namespace

const Partition& partition_of_region(std::string_view region) {
  for (const auto& partition : partitions) {
    if (!partition.region_prefix.empty() && region.starts_with(partition.region_prefix)) return partition;
  }
  return partitions.front();
}

bool is_region(std::string_view text) {
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  return !text.empty() && text.size() <= 63 && std::all_of(text.begin(), text.end(), fits);
}

std::string_view service_name(Service service) {
  switch (service) {
    case Service::iam: return "iam";
    case Service::sts: return "sts";
    case Service::secretsmanager: return "secretsmanager";
    case Service::ssm: return "ssm";
    case Service::cloudtrail: return "cloudtrail";
  }
  return "";
}

Endpoint standard_endpoint(Service service, std::string_view region, Fips fips) {
  const auto& partition = partition_of_region(region);
  if (fips == Fips::yes && partition.name != "aws" && partition.name != "aws-us-gov") {
    throw rotation::Trouble(
        rotation::Ending::usage,
        {"FIPS endpoints are asked for, and the partition " + std::string{partition.name} + " has none",
         "nothing was sent; the keys are as they were",
         "unset AWS_USE_FIPS_ENDPOINT and use_fips_endpoint, or name the endpoints in the config"});
  }
  switch (service) {
    case Service::iam: return iam_endpoint(partition, fips);
    case Service::sts: return sts_endpoint(partition, region, fips);
    case Service::secretsmanager:
    case Service::ssm:
    case Service::cloudtrail: return regional_endpoint(service, partition, region, fips);
  }
  return {};
}

}  // namespace aws_iam

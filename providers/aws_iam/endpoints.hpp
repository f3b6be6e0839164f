// Where the services of one account are.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "providers/aws_iam/partitions.hpp"

namespace aws_iam {

struct Endpoints {
  Endpoint iam;
  Endpoint sts;
  std::string region = {};  // of the account; may be empty
  Fips fips = Fips::no;
  std::map<Service, std::string> own = {};  // of the regional services: addresses that somebody named

  [[nodiscard]] const Endpoint& of(Service service) const { return service == Service::iam ? iam : sts; }
  // A regional service's, signed for that region; an address that somebody named serves every region. nullopt: none was
  // named beside an IAM of somebody's own, and then the real service is none of its.
  [[nodiscard]] std::optional<Endpoint> regional(Service service, const std::string& where) const;
  // Every one that is ever called is on this machine.
  [[nodiscard]] bool local() const;
};

}  // namespace aws_iam

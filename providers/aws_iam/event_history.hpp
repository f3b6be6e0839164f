// Who used a key, out of CloudTrail's event history: LookupEvents by the key's id. It tells the management events of 90
// days, newest first, each region its own, at two requests a second; a use shows some minutes late. IAM's events, and
// those of the global STS, stand in the partition's first region alone.
#pragma once

#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "providers/aws_iam/json_api.hpp"
#include "rotation/ports.hpp"

namespace aws_iam {

class EventHistory {
 public:
  // Both are held by the caller.
  EventHistory(JsonApi& api, const calling::World& world) : api_(api), world_(world) {}
  EventHistory(const EventHistory&) = delete;
  EventHistory& operator=(const EventHistory&) = delete;

  // The region of the key's last use, as IAM told it, is asked as well. What is no region of this partition is passed
  // over.
  void last_used_in(const rotation::AccessKeyId& key, const std::string& region);

  // Newest first, one for each service, address and agent, of the partition's first region, the account's and that of
  // the last use. Done if one of them answered. It reads ten pages of a region at most, the first alone once a minute
  // is over, and asks again only when its last answer, of whatever kind, is five minutes old: the events come later
  // than that.
  [[nodiscard]] rotation::Answer<std::vector<rotation::KeyUse>> uses(const rotation::AccessKeyId& key,
                                                                     calling::Signer* signer);

 private:
  using Uses = std::vector<rotation::KeyUse>;
  using Source = std::tuple<std::string, std::string, std::string>;
  using Sources = std::map<Source, rotation::KeyUse>;
  struct Told {
    rotation::Answer<Uses> answer;
    http::SysMillis at;
  };

  [[nodiscard]] std::vector<std::string> regions_of(const rotation::AccessKeyId& key) const;
  [[nodiscard]] rotation::Answer<Uses> ask(const rotation::AccessKeyId& key, calling::Signer* signer);
  [[nodiscard]] rotation::Answer<rotation::Nothing> read_region(const std::string& region,
                                                                const rotation::AccessKeyId& key,
                                                                calling::Signer* signer, http::SysMillis until,
                                                                Sources& found);

  JsonApi& api_;
  const calling::World& world_;
  std::map<rotation::AccessKeyId, Told> told_;
  std::map<rotation::AccessKeyId, std::string> last_region_;
};

}  // namespace aws_iam

// What the caller's own policies allow, from their texts: RAM has no simulation. Control policies of a resource
// directory and the policy of a session are not seen here; they only ever take away.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "providers/alibaba_ram/ram_cloud.hpp"

namespace alibaba_ram {

enum class Decree : bool { allow, deny };

struct Statement {
  Decree effect = Decree::allow;
  std::vector<std::string> actions;  // patterns of * and ?, letter case apart
  bool all_but_these = false;        // NotAction
  std::vector<std::string> resources;
  bool perhaps = false;  // it has a condition, or something else that is not weighed here
};

// The statements of a policy's document. nullopt: not one of RAM's policy language, version 1.
[[nodiscard]] std::optional<std::vector<Statement>> read_statements(std::string_view document);

// `perhaps`: under a condition, or for a part of the resources alone. `not_known`: nothing that could be read allows
// it, and not everything could be read.
enum class Grant { allowed, perhaps, denied, not_known };

// What a principal holds.
struct Policies {
  bool all = false;  // the account itself, which may do everything
  std::vector<Statement> statements;
  std::vector<std::string> unread;  // "policy ops (ram:GetPolicy)": what could not be read, and what reading it needs
};

// May the principal call it on the resource, a pattern itself ("acs:ram:*:123:user/*": on every user)? A Deny wins.
[[nodiscard]] Grant evaluate(const Policies& policies, std::string_view action, std::string_view resource);

// Every user of the account that the ARN is of, as resources name them.
[[nodiscard]] std::string every_user(const rotation::Arn& principal);

// The policies of a user, with those of its groups, or of a role. Refused where not even their list may be read: the
// message says which action that needs.
[[nodiscard]] rotation::Answer<Policies> read_policies(RamCloud& cloud, const rotation::Arn& principal);

}  // namespace alibaba_ram

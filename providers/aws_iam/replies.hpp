// From XML to the domain's types: every id, name, status and time is checked here, and control bytes never pass.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "providers/aws_iam/query_api.hpp"
#include "rotation/ports.hpp"

namespace aws_iam {

[[nodiscard]] bool is_user_name(std::string_view text);      // 1-64 of [A-Za-z0-9_+=,.@-]; asked for, up to 128
[[nodiscard]] bool is_access_key_id(std::string_view text);  // 16-128 of [A-Za-z0-9_]
// "arn:PARTITION:…", printable ASCII without blanks.
[[nodiscard]] bool is_arn(std::string_view text);
[[nodiscard]] std::string arn_partition(std::string_view arn);

// A name from outside is checked before it goes out: one that IAM cannot have names no user.
[[nodiscard]] std::optional<rotation::Refused> bad_name(const rotation::UserName& user);
[[nodiscard]] std::optional<rotation::Refused> bad_key(const rotation::AccessKeyId& key);
using calling::unreadable;

// Each is nullopt where a field is missing or malformed; what is wrong is put into `what`, without the value.
[[nodiscard]] std::optional<rotation::Caller> read_caller(Element result, std::string& what);
[[nodiscard]] std::optional<rotation::User> read_user(Element user, std::string& what);
[[nodiscard]] std::optional<rotation::AccessKey> read_key(Element member, const rotation::UserName& asked,
                                                          std::string& what);
// `now` stands in for a missing creation time: a secret that was shown once is not thrown away for that.
[[nodiscard]] std::optional<rotation::NewKey> read_new_key(Element key, const rotation::UserName& asked,
                                                           rotation::Time now, std::string& what);
[[nodiscard]] std::optional<rotation::LastUsed> read_last_used(Element result, const rotation::UserName& asked,
                                                               std::string& what);
// One page of a list, without a key that stands in it twice.
[[nodiscard]] std::optional<std::vector<rotation::User>> read_users(Element result, std::string& what);
[[nodiscard]] std::optional<std::vector<rotation::AccessKey>> read_keys(Element result, const rotation::UserName& asked,
                                                                        std::string& what);
// The marker of the page that follows; empty after the last. IsTruncated alone decides; where it is absent, it is
// false.
[[nodiscard]] std::optional<std::string> read_next(Element result, std::string& what);
// The Credentials element of AssumeRole and its kin.
[[nodiscard]] std::optional<Credentials> read_session(Element credentials, std::string& what);

}  // namespace aws_iam

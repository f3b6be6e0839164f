// From JSON to the domain's types: every id, name, status and time is checked here, and control bytes never pass.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "providers/alibaba_ram/ram_cloud.hpp"
#include "rotation/listing.hpp"

namespace alibaba_ram {

[[nodiscard]] bool is_user_name(std::string_view text);      // 1-64 of [A-Za-z0-9._-]; asked for, up to 128
[[nodiscard]] bool is_user_id(std::string_view text);        // the number of a user, or "id:session" of a role
[[nodiscard]] bool is_access_key_id(std::string_view text);  // 10-128 of [A-Za-z0-9._-]
// "acs:SERVICE:REGION:ACCOUNT:RESOURCE", printable ASCII without blanks.
[[nodiscard]] bool is_arn(std::string_view text);

// A name from outside is checked before it goes out: one that RAM cannot have names no user.
[[nodiscard]] std::optional<rotation::Refused> bad_name(const rotation::UserName& user);
[[nodiscard]] std::optional<rotation::Refused> bad_id(const rotation::UserId& user);
[[nodiscard]] std::optional<rotation::Refused> bad_key(const rotation::AccessKeyId& key);
using calling::unreadable;

// The lists of a user's keys have no pages (RAM and IMS API references); one that is cut off all the same is not whole.
[[nodiscard]] bool cut_off(Value root);

// Each is nullopt where a field is missing or malformed; what is wrong is put into `what`, without the value.
[[nodiscard]] std::optional<rotation::Caller> read_caller(Value root, std::string& what);
[[nodiscard]] std::optional<rotation::User> read_user(Value user, const rotation::AccountId& account,
                                                      std::string& what);
[[nodiscard]] std::optional<rotation::AccessKey> read_key(Value member, const rotation::UserName& asked,
                                                          std::string& what);
// `now` stands in for a missing creation time: a secret that was shown once is not thrown away for that.
[[nodiscard]] std::optional<rotation::NewKey> read_new_key(Value key, const rotation::UserName& asked,
                                                           rotation::Time now, std::string& what);
[[nodiscard]] std::optional<rotation::LastUsed> read_last_used(Value root, const rotation::UserName& asked,
                                                               std::string& what);
// One page of the users. RAM says by IsTruncated, or by a marker alone, that there is more: `next` is that marker.
[[nodiscard]] std::optional<rotation::UsersPage> read_users(Value root, const rotation::AccountId& account,
                                                            std::string& what);
// The whole list; a key that stands in it twice makes it unreadable.
[[nodiscard]] std::optional<std::vector<rotation::AccessKey>> read_keys(Value root, const rotation::UserName& asked,
                                                                        std::string& what);
[[nodiscard]] std::optional<rotation::BinnedKey> read_binned_key(Value member, std::string& what);
// The Credentials member of AssumeRole and its kin.
[[nodiscard]] std::optional<Credentials> read_session(Value credentials, std::string& what);
// A moment in milliseconds since the epoch, or in seconds, told apart by magnitude.
[[nodiscard]] std::optional<rotation::Time> read_stamp(Value stamp);

}  // namespace alibaba_ram

// The credential report: no key ids, and the time of the last change where the age should stand.
#include <initializer_list>

#include "replies.hpp"

namespace iam_standin {
namespace {

constexpr std::string_view header =
    "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,"
    "mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,"
    "access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,"
    "access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,"
    "cert_1_last_rotated,cert_2_active,cert_2_last_rotated\n";

void put(std::string& line, std::initializer_list<std::string_view> cells) {
  for (const std::string_view cell : cells) line.append(cell).append(",");
}

void put_key(std::string& line, const Account& account, Slot slot) {
  if (slot.number >= account.keys_of(slot.user)) return put(line, {"false", "N/A", "N/A", "N/A", "N/A"});
  const Key key = account.key(slot);
  put(line, {key.active ? "true" : "false", time_text(key.created)});
  if (key.used) return put(line, {time_text(*key.used), "eu-west-1", "s3"});
  put(line, {"N/A", "N/A", "N/A"});
}

}  // namespace

std::string credential_report(const Account& account) {
  const std::string arn = "arn:aws:iam::" + std::string(account_number(Cloud::aws)) + ":";
  std::string all(header);
  all.append("<root_account>,").append(arn).append("root,").append(time_text(account.options().now - 900 * 86400));
  all.append(",not_supported,no_information,not_supported,not_supported,true,false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,");
  all.append("N/A,false,N/A,false,N/A\n");
  for (std::size_t user = 0; user < account.users(); ++user) {
    const std::string name = user_name(user);
    put(all, {name, arn + "user/" + name, time_text(account.created(user)), "false", "N/A", "N/A", "N/A", "false"});
    put_key(all, account, {.user = user, .number = 0});
    put_key(all, account, {.user = user, .number = 1});
    all.append("false,N/A,false,N/A\n");
  }
  return all;
}

}  // namespace iam_standin

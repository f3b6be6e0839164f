#include "providers/alibaba_ram/replies.hpp"

#include <algorithm>

namespace alibaba_ram {

using rotation::AccessKeyId;
using rotation::UserName;

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' || c == '-' || c == '.';
}

bool is_visible(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

bool is_account_id(std::string_view text) {
  return !text.empty() && text.size() <= 32 && std::all_of(text.begin(), text.end(), is_digit);
}

bool is_secret(std::string_view text) { return text.size() >= 16 && text.size() <= 256 && is_visible(text); }

std::string_view account_in(std::string_view arn) {
  for (int field = 0; field < 3; ++field) arn = arn.substr(arn.find(':') + 1);
  return arn.substr(0, arn.find(':'));
}

std::nullopt_t wrong(std::string& what, const char* text) {
  what = text;
  return std::nullopt;
}

// Most replies do not repeat the user; one that does must mean the asked one.
bool is_about_another(Value parent, const UserName& asked) {
  const auto name = parent.member("UserName");
  return name.exists() && name.text() != asked.text();
}

constexpr const char* other_user = "it is about another user";

}  // namespace

bool is_user_name(std::string_view text) {
  return !text.empty() && text.size() <= 128 && std::all_of(text.begin(), text.end(), is_name_char);
}

bool is_user_id(std::string_view text) { return text.size() >= 2 && text.size() <= 256 && is_visible(text); }

bool is_access_key_id(std::string_view text) {
  return text.size() >= 10 && text.size() <= 128 && std::all_of(text.begin(), text.end(), is_name_char);
}

bool is_arn(std::string_view text) {
  return text.size() <= 2048 && text.starts_with("acs:") && is_visible(text) &&
         std::count(text.begin(), text.end(), ':') >= 4;
}

std::optional<rotation::Refused> bad_name(const UserName& user) {
  if (is_user_name(user.text())) return std::nullopt;
  return rotation::Refused{rotation::Refusal::invalid, "", "this is not the name of a RAM user", ""};
}

std::optional<rotation::Refused> bad_id(const rotation::UserId& user) {
  const auto& text = user.text();
  if (text.size() <= 64 && is_user_id(text) && std::all_of(text.begin(), text.end(), is_name_char)) return std::nullopt;
  return rotation::Refused{rotation::Refusal::invalid, "", "this is not the id of a RAM user", ""};
}

std::optional<rotation::Refused> bad_key(const AccessKeyId& key) {
  if (is_access_key_id(key.text())) return std::nullopt;
  return rotation::Refused{rotation::Refusal::invalid, "", "this is not an access key id", ""};
}

std::optional<rotation::Caller> read_caller(Value root, std::string& what) {
  const auto account = root.member("AccountId").text();
  const auto arn = root.member("Arn").text();
  const auto own_id = root.member("UserId").text();  // of a user or an account; a role has a PrincipalId alone
  const auto id = own_id.empty() ? root.member("PrincipalId").text() : own_id;
  if (!is_account_id(account)) return wrong(what, "there is no account number in it");
  if (!is_arn(arn)) return wrong(what, "there is no ARN in it");
  if (account_in(arn) != account) return wrong(what, "its ARN is of another account");
  if (!is_user_id(id)) return wrong(what, "there is no user id in it");
  return rotation::Caller{rotation::AccountId{std::string{account}}, std::string{arn.substr(0, arn.find(':'))},
                          rotation::Arn{std::string{arn}}, rotation::UserId{std::string{id}}};
}

std::optional<rotation::User> read_user(Value user, const rotation::AccountId& account, std::string& what) {
  const auto name = user.member("UserName").text();
  const auto id = user.member("UserId").text();
  if (!is_user_name(name)) return wrong(what, "there is no user name in it");
  if (!is_user_id(id)) return wrong(what, "there is no user id in it");
  return rotation::User{UserName{std::string{name}}, rotation::UserId{std::string{id}},
                        rotation::Arn{"acs:ram::" + account.text() + ":user/" + std::string{name}}};
}

std::optional<rotation::AccessKey> read_key(Value member, const UserName& asked, std::string& what) {
  if (is_about_another(member, asked)) return wrong(what, other_user);
  const auto id = member.member("AccessKeyId").text();
  const auto created = rotation::parse_rfc3339(member.member("CreateDate").text());
  if (!is_access_key_id(id)) return wrong(what, "there is no access key id in it");
  if (!created) return wrong(what, "there is no creation time in it");
  const auto status = member.member("Status").text();
  auto known = rotation::KeyStatus::unusable;
  if (status == "Active") known = rotation::KeyStatus::active;
  if (status == "Inactive") known = rotation::KeyStatus::inactive;
  return rotation::AccessKey{AccessKeyId{std::string{id}}, known, *created};
}

std::optional<rotation::NewKey> read_new_key(Value key, const UserName& asked, rotation::Time now, std::string& what) {
  if (is_about_another(key, asked)) return wrong(what, other_user);
  const auto id = key.member("AccessKeyId").text();
  const auto secret = key.member("AccessKeySecret").text();
  if (!is_access_key_id(id)) return wrong(what, "there is no access key id in it");
  if (!is_secret(secret)) return wrong(what, "there is no secret in it");
  return rotation::NewKey{AccessKeyId{std::string{id}}, rotation::SecretAccessKey{secret},
                          rotation::parse_rfc3339(key.member("CreateDate").text()).value_or(now)};
}

std::optional<rotation::LastUsed> read_last_used(Value root, const UserName& asked, std::string& what) {
  if (is_about_another(root, asked)) return wrong(what, other_user);
  const auto used = root.member("AccessKeyLastUsed");
  if (!used.is_object()) return wrong(what, "there is no last use in it");
  if (is_about_another(used, asked)) return wrong(what, other_user);
  const auto date = used.member("LastUsedDate");
  rotation::LastUsed last;
  const bool never =
      !date.exists() || date.is_null() || (date.is_text() && (date.text().empty() || date.text() == "N/A"));
  if (never) return last;
  last.at = rotation::parse_rfc3339(date.text());
  if (!last.at) return wrong(what, "the time of the last use cannot be read");  // and that is not "never used"
  return last;
}

std::optional<rotation::UsersPage> read_users(Value root, const rotation::AccountId& account, std::string& what) {
  const auto list = root.member("Users").member("User");
  if (!list.is_list()) return wrong(what, "there is no list in it");
  rotation::UsersPage page;
  for (const auto member : list.items()) {
    auto user = read_user(member, account, what);
    if (!user) return std::nullopt;
    page.users.push_back(std::move(*user));
  }
  const auto cut = root.member("IsTruncated");
  std::string marker{root.member("Marker").text()};
  const auto more = cut.exists() ? cut.truth() : std::optional{!marker.empty()};
  if (!more) return wrong(what, "it does not say whether the list is whole");
  if (*more && marker.empty()) return wrong(what, "it is cut off and does not say where it goes on");
  if (*more) page.next = std::move(marker);
  return page;
}

std::optional<std::vector<rotation::AccessKey>> read_keys(Value root, const UserName& asked, std::string& what) {
  const auto list = root.member("AccessKeys").member("AccessKey");
  if (!list.is_list()) return wrong(what, "there is no list in it");
  if (cut_off(root)) return wrong(what, "it is cut off");
  std::vector<rotation::AccessKey> keys;
  for (const auto member : list.items()) {
    auto key = read_key(member, asked, what);
    if (!key) return std::nullopt;
    const bool seen = std::any_of(keys.begin(), keys.end(), [&](const auto& one) { return one.id == key->id; });
    if (seen) return wrong(what, "a key stands in it twice");
    keys.push_back(std::move(*key));
  }
  return keys;
}

std::optional<rotation::BinnedKey> read_binned_key(Value member, std::string& what) {
  const auto id = member.member("AccessKeyId").text();
  const auto created = rotation::parse_rfc3339(member.member("CreateDate").text());
  const auto deleted = rotation::parse_rfc3339(member.member("RecycleDate").text());
  const auto gone = rotation::parse_rfc3339(member.member("DeleteDate").text());
  if (!is_access_key_id(id)) return wrong(what, "there is no access key id in it");
  if (!created || !deleted || !gone) return wrong(what, "its times are not whole");
  return rotation::BinnedKey{AccessKeyId{std::string{id}}, *created, *deleted, *gone};
}

std::optional<Credentials> read_session(Value credentials, std::string& what) {
  const auto id = credentials.member("AccessKeyId").text();
  const auto secret = credentials.member("AccessKeySecret").text();
  const auto token = credentials.member("SecurityToken").text();
  const auto expires = rotation::parse_rfc3339(credentials.member("Expiration").text());
  if (!is_access_key_id(id) || !is_secret(secret) || token.empty() || !is_visible(token) || !expires) {
    return wrong(what, "there are no whole session credentials in it");
  }
  return Credentials{AccessKeyId{std::string{id}}, rotation::Secret{secret}, rotation::Secret{token}, expires};
}

bool cut_off(Value root) {
  const auto said = root.member("IsTruncated");
  return said.exists() && said.truth() != false;
}

std::optional<rotation::Time> read_stamp(Value stamp) {
  constexpr std::int64_t first_as_millis = 100'000'000'000;  // in seconds, this is the year 5138
  constexpr std::int64_t last = 253'402'300'799'999;         // the end of the year 9999
  const auto number = stamp.number();
  if (!number || *number == 0 || *number > last) return std::nullopt;
  return rotation::Time{rotation::Seconds{*number < first_as_millis ? *number : *number / 1000}};
}

}  // namespace alibaba_ram

#include "providers/aws_iam/replies.hpp"

#include <algorithm>

namespace aws_iam {

using rotation::AccessKeyId;
using rotation::UserName;

namespace {

bool is_word_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool is_visible(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

bool is_account_id(std::string_view text) {
  return text.size() == 12 && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// A role's is "AROA…:session name".
bool is_user_id(std::string_view text) { return text.size() >= 2 && text.size() <= 256 && is_visible(text); }

bool is_secret(std::string_view text) { return text.size() >= 16 && text.size() <= 256 && is_visible(text); }

// "N/A" and odd text are no service or region.
std::string plain_name(std::string_view text) {
  const auto fits = [](char c) { return is_word_char(c) || c == '-' || c == '.'; };
  if (text.size() > 64 || !std::all_of(text.begin(), text.end(), fits)) return {};
  return std::string{text};
}

std::nullopt_t wrong(std::string& what, const char* text) {
  what = text;
  return std::nullopt;
}

bool echoes(Element parent, const UserName& asked) { return parent.child("UserName").text() == asked.text(); }

constexpr const char* other_user = "it is about another user";
constexpr const char* no_list = "there is no list in it";

}  // namespace

bool is_user_name(std::string_view text) {
  const auto fits = [](char c) {
    return is_word_char(c) || std::string_view{"+=,.@-"}.find(c) != std::string_view::npos;
  };
  return !text.empty() && text.size() <= 128 && std::all_of(text.begin(), text.end(), fits);
}

bool is_access_key_id(std::string_view text) {
  return text.size() >= 16 && text.size() <= 128 && std::all_of(text.begin(), text.end(), is_word_char);
}

bool is_arn(std::string_view text) {
  return text.size() <= 2048 && text.starts_with("arn:") && is_visible(text) &&
         std::count(text.begin(), text.end(), ':') >= 5 && !arn_partition(text).empty();
}

std::string arn_partition(std::string_view arn) {
  if (!arn.starts_with("arn:")) return {};
  return plain_name(arn.substr(4, arn.find(':', 4) - 4));
}

std::optional<rotation::Refused> bad_name(const UserName& user) {
  if (is_user_name(user.text())) return std::nullopt;
  return rotation::Refused{rotation::Refusal::invalid, "", "this is not the name of an IAM user", ""};
}

std::optional<rotation::Refused> bad_key(const AccessKeyId& key) {
  if (is_access_key_id(key.text())) return std::nullopt;
  return rotation::Refused{rotation::Refusal::invalid, "", "this is not an access key id", ""};
}

std::optional<rotation::Caller> read_caller(Element result, std::string& what) {
  const auto account = result.child("Account").text();
  const auto arn = result.child("Arn").text();
  const auto id = result.child("UserId").text();
  if (!is_account_id(account)) return wrong(what, "there is no account number in it");
  if (!is_arn(arn)) return wrong(what, "there is no ARN in it");
  if (!is_user_id(id)) return wrong(what, "there is no user id in it");
  return rotation::Caller{rotation::AccountId{std::string{account}}, arn_partition(arn),
                          rotation::Arn{std::string{arn}}, rotation::UserId{std::string{id}}};
}

std::optional<rotation::User> read_user(Element user, std::string& what) {
  const auto name = user.child("UserName").text();
  const auto id = user.child("UserId").text();
  const auto arn = user.child("Arn").text();
  if (!is_user_name(name)) return wrong(what, "there is no user name in it");
  if (!is_user_id(id)) return wrong(what, "there is no user id in it");
  if (!is_arn(arn)) return wrong(what, "there is no ARN in it");
  return rotation::User{UserName{std::string{name}}, rotation::UserId{std::string{id}},
                        rotation::Arn{std::string{arn}}};
}

std::optional<rotation::AccessKey> read_key(Element member, const UserName& asked, std::string& what) {
  if (!echoes(member, asked)) return wrong(what, other_user);
  const auto id = member.child("AccessKeyId").text();
  const auto created = rotation::parse_rfc3339(member.child("CreateDate").text());
  if (!is_access_key_id(id)) return wrong(what, "there is no access key id in it");
  if (!created) return wrong(what, "there is no creation time in it");
  const auto status = member.child("Status").text();
  auto known = rotation::KeyStatus::unusable;
  if (status == "Active") known = rotation::KeyStatus::active;
  if (status == "Inactive") known = rotation::KeyStatus::inactive;
  return rotation::AccessKey{AccessKeyId{std::string{id}}, known, *created};
}

std::optional<rotation::NewKey> read_new_key(Element key, const UserName& asked, rotation::Time now,
                                             std::string& what) {
  if (!echoes(key, asked)) return wrong(what, other_user);
  const auto id = key.child("AccessKeyId").text();
  const auto secret = key.child("SecretAccessKey").text();
  if (!is_access_key_id(id)) return wrong(what, "there is no access key id in it");
  if (!is_secret(secret)) return wrong(what, "there is no secret in it");
  return rotation::NewKey{AccessKeyId{std::string{id}}, rotation::SecretAccessKey{secret},
                          rotation::parse_rfc3339(key.child("CreateDate").text()).value_or(now)};
}

std::optional<rotation::LastUsed> read_last_used(Element result, const UserName& asked, std::string& what) {
  if (!echoes(result, asked)) return wrong(what, other_user);
  const auto used = result.child("AccessKeyLastUsed");
  if (!used.exists()) return wrong(what, "there is no last use in it");
  const auto date = used.child("LastUsedDate").text();
  rotation::LastUsed last;
  if (!date.empty() && date != "N/A") {
    last.at = rotation::parse_rfc3339(date);
    if (!last.at) return wrong(what, "the time of the last use cannot be read");  // and that is not "never used"
  }
  last.service = plain_name(used.child("ServiceName").text());
  last.region = plain_name(used.child("Region").text());
  return last;
}

std::optional<std::vector<rotation::User>> read_users(Element result, std::string& what) {
  const auto list = result.child("Users");
  if (!list.exists()) return wrong(what, no_list);
  std::vector<rotation::User> users;
  for (const auto member : list.children("member")) {
    auto user = read_user(member, what);
    if (!user) return std::nullopt;
    users.push_back(std::move(*user));
  }
  return users;
}

std::optional<std::vector<rotation::AccessKey>> read_keys(Element result, const UserName& asked, std::string& what) {
  const auto list = result.child("AccessKeyMetadata");
  if (!list.exists()) return wrong(what, no_list);
  std::vector<rotation::AccessKey> keys;
  for (const auto member : list.children("member")) {
    auto key = read_key(member, asked, what);
    if (!key) return std::nullopt;
    const bool seen = std::any_of(keys.begin(), keys.end(), [&](const auto& one) { return one.id == key->id; });
    if (!seen) keys.push_back(std::move(*key));
  }
  return keys;
}

std::optional<std::string> read_next(Element result, std::string& what) {
  const auto cut_off = result.child("IsTruncated");
  if (!cut_off.exists() || cut_off.text() == "false") return std::string{};
  if (cut_off.text() != "true") return wrong(what, "it does not say whether the list is whole");
  std::string marker{result.child("Marker").text()};
  if (marker.empty()) return wrong(what, "it is cut off and does not say where it goes on");
  return marker;
}

std::optional<Credentials> read_session(Element credentials, std::string& what) {
  const auto id = credentials.child("AccessKeyId").text();
  const auto secret = credentials.child("SecretAccessKey").text();
  const auto token = credentials.child("SessionToken").text();
  const auto expires = rotation::parse_rfc3339(credentials.child("Expiration").text());
  if (!is_access_key_id(id) || !is_secret(secret) || token.empty() || !is_visible(token) || !expires) {
    return wrong(what, "there are no whole session credentials in it");
  }
  return Credentials{AccessKeyId{std::string{id}}, rotation::Secret{secret}, rotation::Secret{token}, expires};
}

}  // namespace aws_iam

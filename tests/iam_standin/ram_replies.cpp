// RAM and STS of Alibaba Cloud: JSON. Nothing in it needs an escape.
#include "replies.hpp"

namespace iam_standin {
namespace {

constexpr Cloud alibaba = Cloud::alibaba;

std::string quoted(std::string_view name, std::string_view content) {
  return '"' + std::string(name) + "\":\"" + std::string(content) + '"';
}

Reply json(std::string_view content) {
  return {.status = 200,
          .body = "{" + quoted("RequestId", "7B7A4F04-0000-0000-0000-000000000000") + "," + std::string(content) + "}",
          .type = "application/json"};
}

Reply caller_identity() {
  const std::string number(account_number(alibaba));
  return json(quoted("AccountId", number) + "," + quoted("Arn", "acs:ram::" + number + ":user/scanner") + "," +
              quoted("IdentityType", "RAMUser") + "," + quoted("PrincipalId", "299999999999999999") + "," +
              quoted("UserId", "299999999999999999"));
}

Reply list_users(const Account& account, const Form& form) {
  const Page page = page_of(account, form, alibaba);
  std::string users;
  for (std::size_t user = page.first; user < page.end; ++user) {
    const std::string created = time_text(account.created(user)), name = user_name(user);
    users += (users.empty() ? "{" : ",{") + quoted("UserId", user_id(user, alibaba)) + "," + quoted("UserName", name) +
             "," + quoted("DisplayName", name) + "," + quoted("Comments", "") + "," + quoted("CreateDate", created) +
             "," + quoted("UpdateDate", created) + "}";
  }
  const bool more = page.end < account.users();
  return json("\"IsTruncated\":" + std::string(more ? "true," + quoted("Marker", marker_at(page.end)) : "false") +
              ",\"Users\":{\"User\":[" + users + "]}");
}

Reply list_access_keys(const Account& account, const Form& form, Asked& asked) {
  const auto user = account.user_called(value(form, "UserName"));
  if (user) note_user(asked, *user);
  if (!user || account.vanished(*user)) {
    throw refusal(alibaba, 404, "EntityNotExist.User", "The user does not exist.");
  }
  std::string keys;
  for (std::size_t number = 0; number < account.keys_of(*user); ++number) {
    const Slot slot{.user = *user, .number = number};
    const Key key = account.key(slot);
    keys += (keys.empty() ? "{" : ",{") + quoted("AccessKeyId", key_id(slot, alibaba)) + "," +
            quoted("Status", key.active ? "Active" : "Inactive") + "," + quoted("CreateDate", time_text(key.created)) +
            "}";
  }
  return json("\"AccessKeys\":{\"AccessKey\":[" + keys + "]}");
}

Reply last_used(const Account& account, const Form& form, Asked& asked) {
  const auto slot = account.key_called(value(form, "UserAccessKeyId"), alibaba);
  if (!slot || account.vanished(slot->user) || user_name(slot->user) != value(form, "UserName")) {
    throw refusal(alibaba, 404, "EntityNotExist.User.AccessKey", "The access key does not exist.");
  }
  note_key(asked, *slot);
  const Key key = account.key(*slot);
  return json("\"AccessKeyLastUsed\":{" + quoted("LastUsedDate", key.used ? time_text(*key.used) : "") + "}");
}

}  // namespace

Reply ram_reply(const Account& account, std::string_view action, const Form& form, Asked& asked) {
  if (action == "GetAccessKeyLastUsed") return last_used(account, form, asked);
  if (action == "ListAccessKeys") return list_access_keys(account, form, asked);
  if (action == "ListUsers") return list_users(account, form);
  if (action == "GetCallerIdentity") return caller_identity();
  return refusal(alibaba, 404, "InvalidAction.NotFound", "Specified api is not found.");
}

}  // namespace iam_standin

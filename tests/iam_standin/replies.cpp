#include "replies.hpp"

#include <algorithm>
#include <charconv>

namespace iam_standin {
namespace {

// Characters that a client must escape on the way back.
constexpr std::string_view marker_head = "standin/+", marker_tail = "==";

std::size_t number_or_refuse(std::string_view text, Cloud cloud, std::string_view what) {
  std::size_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec == std::errc{} && read.ptr == text.data() + text.size()) return number;
  throw refusal(cloud, 400, cloud == Cloud::aws ? "ValidationError" : "InvalidParameter", "not a " + std::string(what));
}

}  // namespace

Reply refusal(Cloud cloud, int status, std::string_view code, std::string_view message, Sort sort) {
  Reply reply{.status = status, .body = {}};
  if (cloud == Cloud::alibaba) {
    reply.type = "application/json";
    reply.body.append(R"({"RequestId":"7B7A4F04-0000-0000-0000-0000000000FF","HostId":"ram.aliyuncs.com","Code":")")
        .append(code)
        .append(R"(","Message":")")
        .append(message)
        .append("\"}");
    return reply;
  }
  reply.body.append(R"(<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>)")
      .append(sort == Sort::sender ? "Sender" : "Receiver")
      .append("</Type><Code>")
      .append(code)
      .append("</Code><Message>")
      .append(message)
      .append("</Message></Error><RequestId>7b7a4f04-0000-0000-0000-0000000000ff</RequestId></ErrorResponse>");
  return reply;
}

std::string marker_at(std::size_t user) {
  return std::string(marker_head) + std::to_string(user) + std::string(marker_tail);
}

Page page_of(const Account& account, const Form& form, Cloud cloud) {
  Page page;
  if (std::string_view marker = value(form, "Marker"); !marker.empty()) {
    if (!marker.starts_with(marker_head) || !marker.ends_with(marker_tail)) {
      throw refusal(cloud, 400, cloud == Cloud::aws ? "ValidationError" : "InvalidParameter.Marker", "Invalid Marker.");
    }
    marker.remove_prefix(marker_head.size());
    marker.remove_suffix(marker_tail.size());
    page.first = std::min(number_or_refuse(marker, cloud, "marker"), account.users());
  }
  std::size_t most = 100;
  if (const std::string_view items = value(form, "MaxItems"); !items.empty()) {
    most = number_or_refuse(items, cloud, "number of items");
    if (most < 1 || most > 1000) number_or_refuse("out of range", cloud, "number from 1 to 1000");
  }
  page.end = std::min(page.first + most, account.users());
  return page;
}

void note_user(Asked& asked, std::size_t user) {
  if (!asked.user[user]) ++asked.users;
  asked.user[user] = true;
}

void note_key(Asked& asked, Slot slot) {
  const std::size_t at = 2 * slot.user + slot.number;
  if (!asked.key[at]) ++asked.keys;
  asked.key[at] = true;
}

std::string every_key(const Account& account, Cloud cloud) {
  std::string all;
  for (std::size_t user = 0; user < account.users(); ++user) {
    if (account.vanished(user)) continue;
    for (std::size_t number = 0; number < account.keys_of(user); ++number) {
      const Slot slot{.user = user, .number = number};
      const Key key = account.key(slot);
      all.append(user_name(user)).append("\t").append(key_id(slot, cloud));
      all.append(key.active ? "\tActive\t" : "\tInactive\t").append(time_text(key.created)).append("\t");
      all.append(key.used ? time_text(*key.used) : "-").append("\n");
    }
  }
  return all;
}

}  // namespace iam_standin

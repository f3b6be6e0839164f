#include "bench/cast.hpp"

#include <algorithm>

namespace bench {
namespace {

// Sixteen characters after the prefix, as key ids have.
std::string key_id(const std::string& prefix, int number) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  std::string text(16, 'A');
  auto left = static_cast<unsigned>(number);
  for (std::size_t at = text.size(); at-- > 0 && left > 0; left /= 32) text[at] = digits[left % 32];
  return prefix + text;
}

}  // namespace

Cast cast(int number) {
  const std::string account_id = std::to_string(210000000000 + number % 25);
  const std::string person = "operator" + std::to_string(number % 40);
  return {.account = "account" + std::to_string(number % 25),
          .account_id = account_id,
          .user = "service-" + std::to_string(number),
          .user_id = key_id("AIDA", number),
          .old_key = key_id("AKIA", number * 2),
          .new_key = key_id("AKIA", number * 2 + 1),
          .person = person + "@ops" + std::to_string(number % 3),
          .caller = "arn:aws:iam::" + account_id + ":user/" + person};
}

rotation::Start start_of(const Cast& cast) {
  rotation::Start start;
  start.target = {.account = rotation::AccountName{cast.account},
                  .provider = "aws",
                  .partition = "aws",
                  .account_id = rotation::AccountId{cast.account_id},
                  .user = rotation::UserName{cast.user},
                  .user_id = rotation::UserId{cast.user_id}};
  start.connection = {{"profile", cast.account}, {"provider", "aws"}, {"region", "eu-central-1"}};
  start.provider = {.provider = "aws", .granularity = std::chrono::minutes{15}, .lag = std::chrono::hours{4}};
  start.old_key = rotation::AccessKeyId{cast.old_key};
  start.locations.push_back(
      {.name = rotation::LocationName{"service"},
       .type = "env-file",
       .settings = {
           {"path", "/etc/service/app.env"}, {"id", "AWS_ACCESS_KEY_ID"}, {"value", "AWS_SECRET_ACCESS_KEY"}}});
  return start;
}

}  // namespace bench

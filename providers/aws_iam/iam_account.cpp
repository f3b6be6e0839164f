// What other commands ask of an account beyond the port of the core: its users, tags, policies and report.
#include <openssl/evp.h>

#include <algorithm>
#include <array>

#include "providers/aws_iam/iam_cloud.hpp"
#include "providers/aws_iam/iam_questions.hpp"
#include "providers/aws_iam/replies.hpp"
#include "providers/aws_iam/report_csv.hpp"

namespace aws_iam {

using rotation::Answer;
using rotation::Done;
using rotation::Nothing;
using rotation::Unknown;
using rotation::UserName;

namespace {

std::optional<std::string> decode_base64(std::string_view text) {
  std::string clean;
  std::copy_if(text.begin(), text.end(), std::back_inserter(clean), [](char c) { return c > ' '; });
  if (clean.size() % 4 != 0) return std::nullopt;
  std::string out(clean.size() / 4 * 3, '\0');
  const int size =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                      reinterpret_cast<const unsigned char*>(clean.data()), static_cast<int>(clean.size()));
  if (size < 0) return std::nullopt;
  const auto padding = static_cast<std::size_t>(
      std::count(clean.end() - std::min<std::ptrdiff_t>(2, std::ssize(clean)), clean.end(), '='));
  out.resize(static_cast<std::size_t>(size) - padding);
  return out;
}

}  // namespace

Answer<Nothing> IamCloud::list_users(const std::function<More(const rotation::User&)>& each) {
  const auto take = [&](Element result, More& more) {
    std::string what;
    const auto page = read_users(result, what);
    if (!page) return what;
    for (const auto& user : *page) {
      more = each(user);
      if (more == More::stop) break;
    }
    return std::string{};
  };
  return all_pages(aws_iam::list_users(), take);
}

Answer<UserName> IamCloud::user_with(const rotation::AccessKeyId& key) {
  if (auto bad = bad_key(key)) return std::move(*bad);
  const auto answer = api_.call(get_last_used(key), signer_.get());
  const auto* reply = rotation::done(answer);
  if (!reply) return rotation::pass_on<UserName>(answer);
  const auto name = reply->result().child("UserName").text();
  if (!is_user_name(name)) return unreadable("GetAccessKeyLastUsed", "there is no user name in it");
  return Done<UserName>{UserName{std::string{name}}};
}

Answer<std::vector<Tag>> IamCloud::user_tags(const UserName& user) {
  if (auto bad = bad_name(user)) return std::move(*bad);
  std::vector<Tag> tags;
  const auto take = [&](Element result, More&) {
    for (const auto member : result.child("Tags").children("member")) {
      tags.push_back({std::string{member.child("Key").text()}, std::string{member.child("Value").text()}});
    }
    return std::string{};
  };
  auto answer = all_pages({.action = "ListUserTags", .params = {{"UserName", user.text()}}}, take);
  if (!rotation::done(answer)) return rotation::pass_on<std::vector<Tag>>(answer);
  return Done<std::vector<Tag>>{std::move(tags)};
}

Answer<std::vector<Simulated>> IamCloud::simulate(const rotation::Arn& principal,
                                                  const std::vector<std::string>& actions,
                                                  const std::string& resource) {
  http::Params params{{"PolicySourceArn", principal.text()}};
  for (std::size_t i = 0; i < actions.size(); ++i) {
    params.emplace_back("ActionNames.member." + std::to_string(i + 1), actions[i]);
  }
  params.emplace_back("ResourceArns.member.1", resource);
  std::vector<Simulated> all;
  const auto take = [&](Element result, More&) {
    for (const auto member : result.child("EvaluationResults").children("member")) {
      all.push_back({std::string{member.child("EvalActionName").text()},
                     std::string{member.child("EvalResourceName").text()},
                     std::string{member.child("EvalDecision").text()}});
    }
    return std::string{};
  };
  auto answer = all_pages({.action = "SimulatePrincipalPolicy", .params = std::move(params)}, take);
  if (!rotation::done(answer)) return rotation::pass_on<std::vector<Simulated>>(answer);
  return Done<std::vector<Simulated>>{std::move(all)};
}

Answer<bool> IamCloud::generate_credential_report() {
  const auto answer = api_.call({.action = "GenerateCredentialReport"}, signer_.get());
  const auto* reply = rotation::done(answer);
  if (!reply) return rotation::pass_on<bool>(answer);
  const auto state = reply->result().child("State").text();
  if (state.empty()) return unreadable("GenerateCredentialReport", "there is no state in it");
  return Done<bool>{state == "COMPLETE"};
}

Answer<IamCloud::CredentialReport> IamCloud::credential_report() {
  // About 400 bytes a user in base64: 64 MiB hold the report of any account.
  const auto answer = api_.call({.action = "GetCredentialReport", .reply_cap = 64 << 20}, signer_.get());
  const auto* reply = rotation::done(answer);
  if (!reply) return rotation::pass_on<CredentialReport>(answer);
  auto csv = decode_base64(reply->result().child("Content").text());
  const auto made = rotation::parse_rfc3339(reply->result().child("GeneratedTime").text());
  if (!csv || !made) return unreadable("GetCredentialReport", "there is no report in it");
  return Done<CredentialReport>{{std::move(*csv), *made}};
}

// What is there already is taken if it is fresh; else one is ordered. The first looks come soon: a small account's
// report is made in no time, and IAM throttles who looks too often.
Answer<rotation::CredentialReport> IamCloud::report() {
  constexpr std::array pauses{100, 250, 500, 1000, 2000, 2000, 4000, 4000, 8000, 8000};  // ms
  for (const int pause : pauses) {
    const auto ordered = generate_credential_report();
    const auto* complete = rotation::done(ordered);
    const auto* no = rotation::refused(ordered);
    // LimitExceeded is how IAM says that it was asked too often here.
    if (complete == nullptr && (no == nullptr || no->why != rotation::Refusal::limit_exceeded)) {
      return rotation::pass_on<rotation::CredentialReport>(ordered);
    }
    if (complete != nullptr && *complete) break;
    if (!world_.sleep(http::Millis{pause})) return Unknown{"interrupted while the credential report was made"};
  }
  const auto answer = credential_report();
  const auto* text = rotation::done(answer);
  if (!text) return rotation::pass_on<rotation::CredentialReport>(answer);
  std::string what;
  auto users = read_report(text->csv, what);
  if (!users) return unreadable("GetCredentialReport", what);
  return Done<rotation::CredentialReport>{{.made_at = text->generated_at, .users = std::move(*users)}};
}

}  // namespace aws_iam

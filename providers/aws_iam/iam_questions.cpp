#include "providers/aws_iam/iam_questions.hpp"

#include "providers/aws_iam/replies.hpp"

namespace aws_iam {

using rotation::Inquiry;
using rotation::Told;

namespace {

Call call_of(const Inquiry& ask) {
  switch (ask.what) {
    case Inquiry::What::caller: return get_caller();
    case Inquiry::What::users: return list_users();
    case Inquiry::What::keys: return list_keys(ask.user);
    case Inquiry::What::last_used: break;
  }
  return get_last_used(ask.key);
}

Told told(const Inquiry& ask, const QueryReply& reply) {
  const auto result = reply.result();
  std::string what;
  switch (ask.what) {
    case Inquiry::What::caller:
      if (auto caller = read_caller(result, what)) return std::move(*caller);
      break;
    case Inquiry::What::users: {
      auto users = read_users(result, what);
      auto next = users ? read_next(result, what) : std::nullopt;
      if (next) return rotation::UsersPage{.users = std::move(*users), .next = std::move(*next)};
      break;
    }
    case Inquiry::What::keys: {
      auto keys = read_keys(result, ask.user, what);
      auto next = keys ? read_next(result, what) : std::nullopt;
      if (next) return rotation::KeysPage{.keys = std::move(*keys), .next = std::move(*next)};
      break;
    }
    case Inquiry::What::last_used:
      if (auto used = read_last_used(result, ask.user, what)) return std::move(*used);
      break;
  }
  return unreadable(reply.action, what);
}

}  // namespace

Call get_caller() { return {.service = Service::sts, .action = "GetCallerIdentity"}; }

Call list_users() {
  // A thousand users with the longest of paths are more than a usual reply's cap.
  return {.action = "ListUsers", .params = {{"MaxItems", "1000"}}, .reply_cap = 4 << 20};
}

Call list_keys(const rotation::UserName& user) {
  return {.action = "ListAccessKeys", .params = {{"UserName", user.text()}, {"MaxItems", "1000"}}};
}

Call get_last_used(const rotation::AccessKeyId& key) {
  return {.action = "GetAccessKeyLastUsed", .params = {{"AccessKeyId", key.text()}}};
}

rotation::Answer<std::optional<rotation::Caller>> IamQuestions::prepare() {
  const auto credentials = signer_.credentials();
  if (rotation::done(credentials) == nullptr) return rotation::pass_on<std::optional<rotation::Caller>>(credentials);
  return rotation::Done<std::optional<rotation::Caller>>{};
}

rotation::Answer<http::Request> IamQuestions::request(const Inquiry& ask) {
  if (!ask.user.empty()) {
    if (auto bad = bad_name(ask.user)) return std::move(*bad);
  }
  const auto credentials = signer_.credentials();
  const auto* held = rotation::done(credentials);
  if (held == nullptr) return rotation::pass_on<http::Request>(credentials);
  Call call = call_of(ask);
  if (!ask.marker.empty()) call.params.emplace_back("Marker", ask.marker);
  return rotation::Done<http::Request>{api_.request(call, *held, key_)};
}

Told IamQuestions::read(const Inquiry& ask, http::Reply reply, http::Millis took) {
  auto tried = api_.read(call_of(ask), std::move(reply), took);
  if (auto* setback = std::get_if<calling::Setback>(&tried)) return calling::told_of(std::move(*setback), signer_);
  return told(ask, std::get<QueryReply>(tried));
}

}  // namespace aws_iam

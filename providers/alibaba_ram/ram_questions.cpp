#include "providers/alibaba_ram/ram_questions.hpp"

#include "providers/alibaba_ram/replies.hpp"

namespace alibaba_ram {

using rotation::Inquiry;
using rotation::Told;

namespace {

Call call_of(const Inquiry& ask) {
  switch (ask.what) {
    case Inquiry::What::caller: break;  // known since `prepare`
    case Inquiry::What::users: return list_users();
    case Inquiry::What::keys: return list_keys(ask.user);
    case Inquiry::What::last_used: break;
  }
  return get_last_used(ask.user, ask.key);
}

}  // namespace

Call list_users() {
  // 1000 users a page with long names and comments could be more than a reply's cap of 1 MiB.
  return {.action = "ListUsers", .params = {{"MaxItems", "500"}}};
}

Call list_keys(const rotation::UserName& user) {
  return {.action = "ListAccessKeys", .params = {{"UserName", user.text()}}};
}

Call get_last_used(const rotation::UserName& user, const rotation::AccessKeyId& key) {
  return {.action = "GetAccessKeyLastUsed", .params = {{"UserName", user.text()}, {"UserAccessKeyId", key.text()}}};
}

rotation::Answer<std::optional<rotation::Caller>> RamQuestions::prepare() {
  const auto answer = caller_();
  const auto* caller = rotation::done(answer);
  if (caller == nullptr) return rotation::pass_on<std::optional<rotation::Caller>>(answer);
  account_ = caller->account_id;
  return rotation::Done<std::optional<rotation::Caller>>{*caller};
}

rotation::Answer<http::Request> RamQuestions::request(const Inquiry& ask) {
  if (!ask.user.empty()) {
    if (auto bad = bad_name(ask.user)) return std::move(*bad);
  }
  const auto credentials = signer_.credentials();
  const auto* held = rotation::done(credentials);
  if (held == nullptr) return rotation::pass_on<http::Request>(credentials);
  Call call = call_of(ask);
  if (!ask.marker.empty()) call.params.emplace_back("Marker", ask.marker);
  return rotation::Done<http::Request>{api_.request(call, *held)};
}

Told RamQuestions::read(const Inquiry& ask, http::Reply reply, http::Millis took) {
  const Call call = call_of(ask);
  auto tried = api_.read(call, std::move(reply), took);
  if (auto* setback = std::get_if<calling::Setback>(&tried)) return calling::told_of(std::move(*setback), signer_);
  const Value root = std::get<RpcReply>(tried).root();
  std::string what;
  switch (ask.what) {
    case Inquiry::What::caller: break;
    case Inquiry::What::users:
      if (auto page = read_users(root, account_, what)) return std::move(*page);
      break;
    case Inquiry::What::keys:
      if (auto keys = read_keys(root, ask.user, what)) return rotation::KeysPage{.keys = std::move(*keys), .next = {}};
      break;
    case Inquiry::What::last_used:
      if (auto used = read_last_used(root, ask.user, what)) return std::move(*used);
      break;
  }
  return unreadable(call.action, what);
}

}  // namespace alibaba_ram

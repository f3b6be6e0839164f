// Whose policies a caller holds, and their texts.
#include <set>
#include <utility>

#include "providers/alibaba_ram/policies.hpp"
#include "providers/alibaba_ram/replies.hpp"

namespace alibaba_ram {
namespace {

using rotation::Answer;
using rotation::Done;
using rotation::Refusal;
using rotation::Refused;

// "acs:ram::ACCOUNT:user/NAME", ":assumed-role/ROLE/SESSION", ":root"
struct Principal {
  enum class Kind { user, role, root } kind = Kind::user;
  std::string name;
};

std::optional<Principal> principal_of(const rotation::Arn& arn) {
  const std::string_view text = arn.text();
  const std::string_view own = text.substr(text.rfind(':') + 1);
  if (own == "root") return Principal{Principal::Kind::root, {}};
  const std::size_t slash = own.find('/');
  if (slash == own.npos) return std::nullopt;
  const std::string_view kind = own.substr(0, slash), rest = own.substr(slash + 1);
  if (kind == "user" && is_user_name(rest)) return Principal{Principal::Kind::user, std::string{rest}};
  const std::string_view role = rest.substr(0, rest.find('/'));
  if ((kind == "assumed-role" || kind == "role") && is_user_name(role)) {
    return Principal{Principal::Kind::role, std::string{role}};
  }
  return std::nullopt;
}

struct PolicyName {
  std::string name, type;
  auto operator<=>(const PolicyName&) const = default;
};

// Collects what can be read, and notes what can't.
class Reader {
 public:
  explicit Reader(RamCloud& cloud) : cloud_(cloud) {}

  [[nodiscard]] std::optional<Answer<Policies>> own(const Call& call) {
    const auto answer = cloud_.call(call);
    if (list(answer)) return std::nullopt;
    if (const auto* no = rotation::refused(answer); no != nullptr && no->why == Refusal::denied) {
      Refused refused = *no;
      refused.message = "reading the caller's own policies needs ram:" + call.action;
      return refused;
    }
    if (rotation::done(answer) == nullptr) return rotation::pass_on<Policies>(answer);
    return Answer<Policies>{unreadable(call.action, "there is no list in it")};
  }
  void groups_of(const std::string& user) {
    const auto answer = cloud_.call({.action = "ListGroupsForUser", .params = {{"UserName", user}}});
    const auto* reply = rotation::done(answer);
    const Value groups = reply != nullptr ? reply->root().member("Groups").member("Group") : Value{};
    if (!groups.is_list()) return unread("the groups of " + user, "ListGroupsForUser");
    for (const Value each : groups.items()) {
      const auto name = calling::plain(each.member("GroupName").text(), "-_.@", 128);
      const Call call{.action = "ListPoliciesForGroup", .params = {{"GroupName", name}}};
      if (name.empty() || !list(cloud_.call(call))) unread("group " + name, call.action);
    }
  }
  Policies texts() {
    for (const PolicyName& each : names_) {
      auto statements = statements_of(each);
      if (!statements) {
        unread("policy " + each.name, "GetPolicy");
        continue;
      }
      std::ranges::move(*statements, std::back_inserter(found_.statements));
    }
    return std::move(found_);
  }

 private:
  void unread(const std::string& what, const std::string& action) {
    found_.unread.push_back(what + " (ram:" + action + ")");
  }
  bool list(const Answer<RpcReply>& answer) {
    const auto* reply = rotation::done(answer);
    if (reply == nullptr) return false;
    const Value policies = reply->root().member("Policies").member("Policy");
    if (!policies.is_list()) return false;
    for (const Value each : policies.items()) {
      PolicyName one{calling::plain(each.member("PolicyName").text(), "-_.", 128),
                     calling::plain(each.member("PolicyType").text(), "", 16)};
      if (one.name.empty() || one.type.empty()) return false;
      names_.insert(std::move(one));
    }
    return true;
  }
  std::optional<std::vector<Statement>> statements_of(const PolicyName& policy) {
    const http::Params named{{"PolicyName", policy.name}, {"PolicyType", policy.type}};
    const auto answer = cloud_.call({.action = "GetPolicy", .params = named});
    const auto* reply = rotation::done(answer);
    if (reply == nullptr) return std::nullopt;
    const auto document = reply->root().member("DefaultPolicyVersion").member("PolicyDocument");
    if (document.is_text()) return read_statements(document.text());
    auto params = named;
    params.emplace_back("VersionId",
                        calling::plain(reply->root().member("Policy").member("DefaultVersion").text(), "", 16));
    const auto version = cloud_.call({.action = "GetPolicyVersion", .params = std::move(params)});
    const auto* second = rotation::done(version);
    if (second == nullptr) return std::nullopt;
    return read_statements(second->root().member("PolicyVersion").member("PolicyDocument").text());
  }

  RamCloud& cloud_;
  std::set<PolicyName> names_;  // each once, however many groups have it
  Policies found_;
};

}  // namespace

Answer<Policies> read_policies(RamCloud& cloud, const rotation::Arn& principal) {
  const auto found = principal_of(principal);
  if (!found) return Refused{Refusal::unsupported, "", "nobody's policies are known under this ARN", ""};
  Reader reader{cloud};
  switch (found->kind) {
    case Principal::Kind::root: return Done<Policies>{{.all = true, .statements = {}, .unread = {}}};
    case Principal::Kind::role:
      if (auto no = reader.own({.action = "ListPoliciesForRole", .params = {{"RoleName", found->name}}})) return *no;
      break;
    case Principal::Kind::user:
      if (auto no = reader.own({.action = "ListPoliciesForUser", .params = {{"UserName", found->name}}})) return *no;
      reader.groups_of(found->name);
      break;
  }
  return Done<Policies>{reader.texts()};
}

}  // namespace alibaba_ram

// One request on its way through the cloud (of cloud.cpp and exchange.cpp only): what it says, who signed it, which
// faults strike it, what it gets. The two clouds differ here and in nothing after it.
#pragma once

#include <algorithm>

#include "acs_api.hpp"
#include "cloud.hpp"

namespace simulated_cloud {

struct Cloud::Exchange {
  const Request& request;
  LogEntry entry{};
  Parameters parameters{};
  Dialect dialect{};
  std::string request_id{};
  Verdict claimed = Verdict::missing;
  std::optional<Claim> claim{};
  std::optional<AcsMessage> acs{};  // of a request to Alibaba's cloud; then `claim` is empty
  std::optional<Identity> identity{};
  std::vector<FaultRule> struck{};
  std::optional<ApiError> forced{};  // by a fault, instead of the work
  bool dropped = false;              // by a fault, before the work
  std::uint64_t epoch = 0;           // of the world that it arrived in
  Reply reply{};

  // What the request says, before anybody believes it (exchange.cpp).
  void read();
  [[nodiscard]] bool is_signed() const;
  // The call that nobody signs: a role for a web identity's token.
  [[nodiscard]] bool is_web_identity() const;
  [[nodiscard]] Identity who(World& world) const;
  [[nodiscard]] Verdict check(Time now) const;
  [[noreturn]] void refuse_signature(Verdict verdict, Time now) const;
  // A user named by id only gets its name into the log.
  void name_user(World& world);
  [[nodiscard]] KeyUse use(Time at) const;
  // Carry the action out; throw ApiError.
  [[nodiscard]] Reply result(World& world);
  [[nodiscard]] Reply web_identity_result(World& world);

  [[nodiscard]] std::string parameter(std::string_view name) const {
    const auto found = parameters.find(name);
    return found == parameters.end() ? std::string{} : found->second;
  }
  [[nodiscard]] bool has(FaultKind kind) const {
    return std::any_of(struck.begin(), struck.end(), [&](const FaultRule& rule) { return rule.kind == kind; });
  }
  [[nodiscard]] Millis wait(FaultKind kind) const {
    Millis sum{0};
    for (const FaultRule& rule : struck) sum += rule.kind == kind ? rule.wait : Millis{0};
    return sum;
  }
  void fail(const ApiError& error) {
    entry.code = error.code.empty() ? "HTML" : in_the_words_of(dialect, error).code;
    reply = error_reply(dialect, error, request_id);
  }
  // What the faults do to a reply that the work has made.
  void spoil() {
    if (has(FaultKind::error_500_after)) {
      fail(*forced_error(FaultKind::error_500_after));
    } else if (has(FaultKind::leak)) {
      fail(ApiError(500, "ServiceFailure", "Internal error near: " + reply.body));
    } else if (has(FaultKind::garbage)) {
      reply.body = "\x01\x02{not xml<<<" + std::string(64, '\xff');
    }
  }
  [[nodiscard]] Delivery delivery() const {
    Delivery out;
    for (const FaultRule& rule : struck) {
      if (rule.kind == FaultKind::drop_request || rule.kind == FaultKind::drop_reply) {
        out.how = Delivery::How::nothing;
      } else if (rule.kind == FaultKind::cut_reply && out.how == Delivery::How::whole) {
        out.how = Delivery::How::cut;
        out.at_byte = rule.at_byte;
        out.whole_reply = rule.whole_reply;
      }
      out.close_after = out.close_after || rule.kind == FaultKind::close_after;
      out.reset = out.reset || rule.reset;
    }
    return out;
  }
};

}  // namespace simulated_cloud

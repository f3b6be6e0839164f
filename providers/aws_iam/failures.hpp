// What an error reply of IAM or STS means: the classes of the service models and of AWS's common errors, as data.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "providers/http/message.hpp"
#include "rotation/answer.hpp"

namespace aws_iam {

enum class Effect { read, write, create };  // `write`: may be repeated; `create`: must never be

// What could make another try succeed.
enum class Remedy {
  none,
  wait,         // throttled, or a passing fault
  clock,        // sign with the server's time
  new_session,  // renew temporary credentials
};

// One try that gave no usable result.
struct Setback {
  bool sure = false;     // surely nothing was done
  bool said_no = false;  // the service itself refused; otherwise nobody knows
  Remedy remedy = Remedy::none;
  rotation::Refused refused;
  std::optional<http::Millis> retry_after;
};

// Reads a reply whose status is not 2xx. The provider's message is looked at, never kept.
[[nodiscard]] Setback read_failure(http::Response response, std::string_view action, http::SysMillis now);

// A request that did not get as far as a reply.
[[nodiscard]] Setback read_failure(const http::NotSent& reply, std::string_view action);
[[nodiscard]] Setback read_failure(const http::Lost& reply, std::string_view action);

// A reply that says yes and cannot be understood.
[[nodiscard]] Setback malformed_reply(std::string_view action, std::string_view what);

// A read whenever a remedy exists; a write only if nothing was done; a create never.
[[nodiscard]] bool may_try_again(Effect effect, const Setback& setback);

// How the call ends when nothing more is tried: refused if that is certain, otherwise unknown.
[[nodiscard]] bool ends_refused(Effect effect, const Setback& setback);

}  // namespace aws_iam

// Scripted trouble: which request goes wrong, and how.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "world.hpp"

namespace simulated_cloud {

enum class FaultKind {
  drop_request,      // read it whole, do nothing, close without a byte
  drop_reply,        // do the work, close without a byte
  cut_reply,         // do the work, send that many bytes of the reply (of its body unless `whole_reply`), close
  close_after,       // answer, then close the connection although it was to be kept alive
  error_500_after,   // do the work, answer 500 ServiceFailure
  error_500_before,  // do nothing, answer 500 ServiceFailure
  error_503_before,  // do nothing, answer 503 ServiceUnavailable
  html_502_before,   // do nothing, answer as a proxy would: 502 with HTML
  garbage,           // do the work, answer 200 with a body that is not XML
  leak,              // do the work, answer 500 with an error text that echoes the reply (secrets included)
  throttle,          // do nothing, answer 400 Throttling
  expired_token,     // do nothing, answer 403 ExpiredToken
  access_denied,     // do nothing, answer 403 AccessDenied
  no_such_entity,    // do nothing, answer 404 NoSuchEntity, as a front end that lags behind would
  slow_before,       // wait `wait` of real time, then do the work
  slow_after,        // do the work, wait `wait`, then answer
  act_before,        // run `act` just before the work: a foreign actor slips in between two requests
  act_after,         // run `act` just after the work, before the reply leaves
};
[[nodiscard]] std::string_view fault_text(FaultKind kind);
// Throws std::invalid_argument naming the unknown word.
[[nodiscard]] FaultKind parse_fault(std::string_view text);

struct FaultRule {
  FaultKind kind = FaultKind::drop_reply;
  std::string action = "*";  // "CreateAccessKey", or "*"; the data plane's are "service:METHOD"
  std::string user;          // only requests with this UserName; empty: any
  std::string signed_with;   // only requests signed with this access key; empty: any
  unsigned skip = 0;         // let that many matching requests pass first
  unsigned count = 1;        // then strike that many; 0: for ever
  std::size_t at_byte = 0;   // of cut_reply
  bool whole_reply = false;  // at_byte counts from the status line, not from the body
  bool reset = false;        // close with RST instead of FIN
  Millis wait{0};            // of slow_before, slow_after
  std::function<void(World&)> act = {};
  unsigned seen = 0, struck = 0;  // so far

  // Counts the request, and says whether it is struck.
  [[nodiscard]] bool strikes(std::string_view request_action, std::string_view request_user,
                             std::string_view request_key);
};

}  // namespace simulated_cloud

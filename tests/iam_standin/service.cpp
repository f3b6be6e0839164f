#include "service.hpp"

namespace iam_standin {

Service::Service(const ServiceOptions& options)
    : options_(options),
      account_(options.account),
      bucket_(options.rate, options.burst),
      asked_(options.account.users),
      report_{.polls_left = options.report_polls, .content = {}} {}

std::optional<Reply> Service::answer(const Request& request, Clock::time_point now) {
  if (counts_.requests == 0) counts_.first = now;
  ++counts_.requests;
  if (request.path.ends_with("/report")) return Reply{.status = 202, .body = {}, .type = "text/plain"};
  const Form form = form_of(request);
  const bool rpc = !request.rpc_action.empty() || form.contains("SignatureNonce");
  const Cloud cloud = rpc ? Cloud::alibaba : Cloud::aws;
  const std::string_view action = request.rpc_action.empty() ? value(form, "Action") : request.rpc_action;
  const auto known = counts_.actions.find(action);
  ++(known == counts_.actions.end() ? counts_.actions[std::string(action)] : known->second);
  if (!bucket_.take(now)) {
    ++counts_.refused;
    return cloud == Cloud::aws ? refusal(cloud, 400, "Throttling", "Rate exceeded")
                               : refusal(cloud, 400, "Throttling.User", "Request was denied due to user flow control.");
  }
  const auto turn = [&](std::size_t every) { return every > 0 && counts_.requests % every == 0; };
  if (turn(options_.drop_every)) {
    ++counts_.dropped;
    return std::nullopt;
  }
  if (turn(options_.error_every)) {
    ++counts_.errors;
    if (counts_.errors % 2 == 0) return Reply{.status = 503, .body = "<html>upstream</html>", .type = "text/html"};
    return refusal(cloud, 500, cloud == Cloud::aws ? "ServiceFailure" : "InternalError",
                   "The request processing has failed because of an unknown error.", Sort::receiver);
  }
  return proper_answer(request, form, action, cloud);
}

Reply Service::proper_answer(const Request& request, const Form& form, std::string_view action, Cloud cloud) {
  try {
    if (cloud == Cloud::alibaba) return ram_reply(account_, action, form, asked_);
    if (request.method != "POST") return refusal(cloud, 400, "InvalidAction", "POST is spoken here.");
    return aws_reply(account_, form, asked_, report_);
  } catch (const Reply& refused) {
    return refused;
  }
}

Reply Service::about(std::string_view path) const {
  if (path == "/stats") return {.status = 200, .body = stats() + "\n", .type = "application/json"};
  if (path == "/keys") return {.status = 200, .body = every_key(account_, Cloud::aws), .type = "text/plain"};
  if (path == "/keys/alibaba")
    return {.status = 200, .body = every_key(account_, Cloud::alibaba), .type = "text/plain"};
  return {.status = 404, .body = "GET /stats, /keys, /keys/alibaba\n", .type = "text/plain"};
}

std::string Service::stats() const {
  std::string text = "{";
  const auto put = [&text](std::string_view name, std::size_t number) {
    text.append(text.back() == '{' ? "\"" : ", \"").append(name).append("\": ").append(std::to_string(number));
  };
  put("requests", counts_.requests);
  put("refused", counts_.refused);
  put("dropped", counts_.dropped);
  put("errors", counts_.errors);
  put("in_flight", counts_.in_flight);
  put("max_in_flight", counts_.max_in_flight);
  put("connections", counts_.accepted);
  put("max_connections", counts_.max_connections);
  put("users_asked", asked_.users);
  put("keys_asked", asked_.keys);
  put("milliseconds",
      static_cast<std::size_t>(std::max<std::int64_t>(
          0, std::chrono::duration_cast<std::chrono::milliseconds>(counts_.last - counts_.first).count())));
  text.append(", \"actions\": {");
  for (const auto& [action, times] : counts_.actions) put(action, times);
  return text + "}}";
}

}  // namespace iam_standin

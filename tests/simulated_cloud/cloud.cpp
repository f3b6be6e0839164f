#include "cloud.hpp"

#include <algorithm>

#include "api.hpp"

namespace simulated_cloud {
namespace {

constexpr std::size_t log_cap = 400'000;

struct Service {
  std::string_view name, version, xml_namespace;
};
constexpr Service iam{"iam", "2010-05-08", "https://iam.amazonaws.com/doc/2010-05-08/"};
constexpr Service sts{"sts", "2011-06-15", "https://sts.amazonaws.com/doc/2011-06-15/"};

// Which service the caller means: the scope says it; without one, the version does.
const Service* query_service(std::string_view scope_service, std::string_view version) {
  if (scope_service == iam.name) return &iam;
  if (scope_service == sts.name) return &sts;
  if (!scope_service.empty()) return nullptr;
  return version == sts.version ? &sts : &iam;
}

// The code that other services use for a key they don't know.
ApiError in_the_words_of(std::string_view service, bool json, const ApiError& error) {
  if (error.code != "InvalidClientTokenId") return error;
  if (service == "s3")
    return {403, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records."};
  if (service == "ec2") return {401, "AuthFailure", "AWS was not able to validate the provided access credentials"};
  if (json) return {400, "UnrecognizedClientException", "The security token included in the request is invalid."};
  return error;
}

}  // namespace

struct Cloud::Exchange {
  const Request& request;
  Delivery& delivery;
  LogEntry entry{};
  Parameters parameters{};
  const Service* service = nullptr;  // of a Query call, else nullptr
  bool json = false;
  std::string request_id{};
  Verdict claimed = Verdict::missing;
  std::optional<Claim> claim{};
  std::optional<Identity> identity{};
  std::vector<FaultRule> struck{};
  std::optional<ApiError> forced{};  // by a fault, instead of the work
  bool dropped = false;              // by a fault, before the work
  Reply reply{};

  [[nodiscard]] bool has(FaultKind kind) const {
    return std::any_of(struck.begin(), struck.end(), [&](const FaultRule& rule) { return rule.kind == kind; });
  }
  [[nodiscard]] Millis wait(FaultKind kind) const {
    Millis sum{0};
    for (const FaultRule& rule : struck) sum += rule.kind == kind ? rule.wait : Millis{0};
    return sum;
  }
};

namespace {

std::optional<ApiError> forced_error(FaultKind kind) {
  switch (kind) {
    case FaultKind::error_500_before:
      return ApiError(500, "ServiceFailure", "The request processing has failed because of an unknown error.");
    case FaultKind::error_503_before:
      return ApiError(503, "ServiceUnavailable", "Service is unavailable. Please try again later.");
    case FaultKind::throttle:
      return ApiError(400, "Throttling", "Rate exceeded");
    case FaultKind::expired_token:
      return ApiError(403, "ExpiredToken", "The security token included in the request is expired");
    case FaultKind::access_denied:
      return ApiError(403, "AccessDenied", "User is not authorized to perform this action");
    case FaultKind::no_such_entity:
      return ApiError(404, "NoSuchEntity", "The entity cannot be found.");
    case FaultKind::html_502_before:
      return ApiError(502, "", "<html><body><h1>502 Bad Gateway</h1></body></html>\n");
    case FaultKind::drop_request:
    case FaultKind::drop_reply:
    case FaultKind::cut_reply:
    case FaultKind::close_after:
    case FaultKind::error_500_after:
    case FaultKind::garbage:
    case FaultKind::leak:
    case FaultKind::slow_before:
    case FaultKind::slow_after:
    case FaultKind::act_before:
    case FaultKind::act_after:
      break;
  }
  return std::nullopt;
}

std::string query_error(const Service& service, const ApiError& error, const std::string& request_id) {
  return "<ErrorResponse xmlns=\"" + std::string{service.xml_namespace} + "\">\n  <Error>\n    " +
         element("Type", error.status < 500 ? "Sender" : "Receiver") + "\n    " + element("Code", error.code) +
         "\n    " + element("Message", error.what()) + "\n  </Error>\n  " + element("RequestId", request_id) +
         "\n</ErrorResponse>\n";
}

}  // namespace

void Cloud::fail(Exchange& exchange, const ApiError& plain) {
  const ApiError error = in_the_words_of(exchange.entry.service, exchange.json, plain);
  exchange.entry.code = error.code.empty() ? "HTML" : error.code;
  exchange.reply.status = error.status;
  auto& headers = exchange.reply.headers;
  headers.clear();
  if (error.code.empty()) {
    headers.emplace_back("Content-Type", "text/html");
    exchange.reply.body = error.what();
  } else if (exchange.json) {
    headers.emplace_back("Content-Type", "application/x-amz-json-1.1");
    exchange.reply.body = R"({"__type":")" + error.code + R"(","message":")" + error.what() + "\"}";
  } else if (exchange.service) {
    headers.emplace_back("Content-Type", "text/xml");
    exchange.reply.body = query_error(*exchange.service, error, exchange.request_id);
  } else {
    headers.emplace_back("Content-Type", "application/xml");
    exchange.reply.body = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" +
                          nested("Error", element("Code", error.code) + element("Message", error.what()) +
                                              element("RequestId", exchange.request_id));
  }
}

void Cloud::prepare(Exchange& exchange) {
  const Request& request = exchange.request;
  LogEntry& entry = exchange.entry;
  exchange.parameters = parse_form(request.body);
  if (const std::size_t mark = request.target.find('?'); mark != std::string::npos) {
    exchange.parameters.merge(parse_form(std::string_view{request.target}.substr(mark + 1)));
  }
  const auto get = [&](std::string_view name) {
    const auto found = exchange.parameters.find(name);
    return found == exchange.parameters.end() ? std::string{} : found->second;
  };
  exchange.claim = read_claim(request, exchange.claimed);
  if (exchange.claim) {
    entry.service = exchange.claim->scope.service;
    entry.region = exchange.claim->scope.region;
    entry.access_key = exchange.claim->scope.access_key;
  }
  exchange.service = query_service(entry.service, get("Version"));
  exchange.json =
      !exchange.service && request.header("content-type").value_or("").starts_with("application/x-amz-json");
  entry.action = exchange.service ? get("Action") : entry.service + ":" + request.method;
  entry.user = get("UserName");
  entry.target_key = get("AccessKeyId");
  entry.asked_status = get("Status");
  entry.agent = request.header("user-agent").value_or("");

  const std::lock_guard lock(mutex_);
  entry.number = ++numbered_;
  entry.at = world_.now();
  if (keep_bodies_) {
    entry.target = request.target;
    entry.body = request.body;
  }
  exchange.request_id = world_.make_request_id();
  for (FaultRule& rule : faults_) {
    if (!rule.strikes(entry.action, entry.user, entry.access_key)) continue;
    exchange.struck.push_back(rule);
    entry.fault += (entry.fault.empty() ? "" : ",") + std::string{fault_text(rule.kind)};
    if (!exchange.forced) exchange.forced = forced_error(rule.kind);
    exchange.dropped = exchange.dropped || rule.kind == FaultKind::drop_request;
  }
}

void Cloud::answer_locked(Exchange& exchange) {
  LogEntry& entry = exchange.entry;
  const Identity& identity = *exchange.identity;
  AccessKey* key = identity.long_term ? world_.find_key(identity.caller.access_key) : nullptr;
  if (key && (identity.usable || world_.options.refused_counts_as_use)) {
    world_.record_use(*key, entry.service, entry.region);
  }
  if (!identity.usable) {
    throw ApiError(403, identity.refusal,
                   identity.refusal == "ExpiredToken" ? "The security token included in the request is expired"
                                                      : "The security token included in the request is invalid.");
  }
  check_region(world_, identity.caller, exchange.claim->scope);
  if (!world_.take_token(identity.caller.account_id, entry.action)) throw ApiError(400, "Throttling", "Rate exceeded");
  if (exchange.forced) throw *exchange.forced;
  if (!exchange.service) {
    entry.worked = true;
    exchange.reply.headers.emplace_back("Content-Type",
                                        exchange.json ? "application/x-amz-json-1.1" : "application/xml");
    exchange.reply.body = exchange.json ? "{}"
                                        : "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListAllMyBucketsResult>" +
                                              nested("Owner", element("ID", identity.caller.account_id)) +
                                              "<Buckets></Buckets></ListAllMyBucketsResult>";
    return;
  }
  const Service& service = *exchange.service;
  const Call call{world_, identity.caller, entry.action, exchange.parameters, &entry.created_key};
  if (entry.action.empty()) throw ApiError(400, "MissingAction", "The request is missing an action.");
  if (call.get("Version") != service.version) {
    throw ApiError(400, "InvalidAction",
                   "Could not find operation " + entry.action + " for version " + call.get("Version"));
  }
  const std::string result = service.name == "iam" ? answer_iam(call) : answer_sts(call);
  entry.worked = true;
  exchange.reply.headers.emplace_back("Content-Type", "text/xml");
  exchange.reply.body = "<" + entry.action + "Response xmlns=\"" + std::string{service.xml_namespace} + "\">\n  " +
                        result + "\n  " + nested("ResponseMetadata", element("RequestId", exchange.request_id)) +
                        "\n</" + entry.action + "Response>\n";
}

void Cloud::work(Exchange& exchange) {
  try {
    if (exchange.forced && exchange.forced->status >= 500) throw *exchange.forced;  // no front end got to look
    if (!exchange.claim) refuse(exchange.claimed, exchange.request, Time{});
    Time now;
    {
      const std::lock_guard lock(mutex_);
      now = world_.server_now();
      exchange.identity = identify(world_, exchange.request, *exchange.claim);
    }
    // The costly part, outside the lock.
    const Verdict verdict = verify(exchange.request, *exchange.claim, exchange.identity->secret, now);
    const std::lock_guard lock(mutex_);
    if (verdict != Verdict::ok) {
      AccessKey* key = world_.find_key(exchange.entry.access_key);
      if (key && world_.options.bad_signature_counts_as_use) {
        world_.record_use(*key, exchange.entry.service, exchange.entry.region);
      }
      refuse(verdict, exchange.request, now);
    }
    for (const FaultRule& rule : exchange.struck) {
      if (rule.kind == FaultKind::act_before && rule.act) rule.act(world_);
    }
    answer_locked(exchange);
    for (const FaultRule& rule : exchange.struck) {
      if (rule.kind == FaultKind::act_after && rule.act) rule.act(world_);
    }
  } catch (const ApiError& error) {
    fail(exchange, error);
  }
}

void Cloud::count(const Exchange& exchange) {
  AccessKey* key = world_.find_key(exchange.entry.access_key);
  if (!key || exchange.dropped) return;
  if (exchange.entry.code.empty()) {
    ++key->accepted;
  } else {
    ++key->refused[exchange.entry.code];
  }
}

Reply Cloud::answer(const Request& request, std::uint64_t connection, Delivery& delivery) {
  Exchange exchange{.request = request, .delivery = delivery};
  exchange.entry.connection = connection;
  prepare(exchange);
  Millis latency{0};
  with([&](const World& world) { latency = world.options.latency; });
  pause(exchange.wait(FaultKind::slow_before) + latency);
  if (!exchange.dropped) work(exchange);

  exchange.entry.status = exchange.reply.status;
  if (exchange.has(FaultKind::error_500_after)) {
    fail(exchange, *forced_error(FaultKind::error_500_before));
  } else if (exchange.has(FaultKind::leak)) {
    fail(exchange, ApiError(500, "ServiceFailure", "Internal error near: " + std::string{exchange.reply.body}));
  } else if (exchange.has(FaultKind::garbage)) {
    exchange.reply.body = std::string{"\x01\x02{not xml<<<"} + std::string(64, '\xff');
  }
  for (const FaultRule& rule : exchange.struck) {
    if (rule.kind == FaultKind::drop_request || rule.kind == FaultKind::drop_reply) {
      delivery.how = Delivery::How::nothing;
    } else if (rule.kind == FaultKind::cut_reply && delivery.how == Delivery::How::whole) {
      delivery.how = Delivery::How::cut;
      delivery.at_byte = rule.at_byte;
      delivery.whole_reply = rule.whole_reply;
    }
    delivery.close_after = delivery.close_after || rule.kind == FaultKind::close_after;
    delivery.reset = delivery.reset || rule.reset;
  }
  exchange.reply.headers.emplace_back("x-amzn-RequestId", exchange.request_id);
  exchange.entry.status = exchange.dropped ? 0 : exchange.reply.status;
  exchange.entry.delivered = delivery.how == Delivery::How::whole;
  {
    const std::lock_guard lock(mutex_);
    exchange.reply.headers.emplace_back("Date", http_date(world_.server_now()));
    count(exchange);
    log_.push_back(exchange.entry);
    if (log_.size() > log_cap) log_.pop_front();
  }
  pause(exchange.wait(FaultKind::slow_after));
  return std::move(exchange.reply);
}

void Cloud::pause(Millis span) {
  if (span.count() <= 0) return;
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, span, [this] { return hurried_; });
}

void Cloud::hurry() {
  const std::lock_guard lock(mutex_);
  hurried_ = true;
  wake_.notify_all();
}

void Cloud::add_fault(FaultRule rule) {
  const std::lock_guard lock(mutex_);
  faults_.push_back(std::move(rule));
}

void Cloud::clear_faults() {
  const std::lock_guard lock(mutex_);
  faults_.clear();
}

std::vector<FaultRule> Cloud::faults() {
  const std::lock_guard lock(mutex_);
  return faults_;
}

std::vector<LogEntry> Cloud::log(std::uint64_t after) {
  const std::lock_guard lock(mutex_);
  std::vector<LogEntry> out;
  std::copy_if(log_.begin(), log_.end(), std::back_inserter(out),
               [&](const LogEntry& entry) { return entry.number > after; });
  return out;
}

void Cloud::clear_log() {
  const std::lock_guard lock(mutex_);
  log_.clear();
}

void Cloud::keep_bodies(bool on) {
  const std::lock_guard lock(mutex_);
  keep_bodies_ = on;
}

void Cloud::reset() {
  const std::lock_guard lock(mutex_);
  world_.reset();
  faults_.clear();
  log_.clear();
}

}  // namespace simulated_cloud

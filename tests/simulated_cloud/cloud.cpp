#include "cloud.hpp"

#include <algorithm>

#include "api.hpp"
#include "dialect.hpp"

namespace simulated_cloud {
namespace {

constexpr std::size_t log_cap = 400'000;

ApiError unusable(const Identity& identity) {
  return {403, identity.refusal,
          identity.refusal == "ExpiredToken" ? "The security token included in the request is expired"
                                             : "The security token included in the request is invalid."};
}

}  // namespace

struct Cloud::Exchange {
  const Request& request;
  LogEntry entry{};
  Parameters parameters{};
  Dialect dialect{};
  std::string request_id{};
  Verdict claimed = Verdict::missing;
  std::optional<Claim> claim{};
  std::optional<Identity> identity{};
  std::vector<FaultRule> struck{};
  std::optional<ApiError> forced{};  // by a fault, instead of the work
  bool dropped = false;              // by a fault, before the work
  std::uint64_t epoch = 0;           // of the world that it arrived in
  Reply reply{};

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

void Cloud::read(Exchange& exchange) {
  const Request& request = exchange.request;
  LogEntry& entry = exchange.entry;
  exchange.parameters = parse_form(request.body);
  if (const std::size_t mark = request.target.find('?'); mark != std::string::npos) {
    exchange.parameters.merge(parse_form(std::string_view{request.target}.substr(mark + 1)));
  }
  exchange.claim = read_claim(request, exchange.claimed);
  if (exchange.claim) {
    entry.service = exchange.claim->scope.service;
    entry.region = exchange.claim->scope.region;
    entry.access_key = exchange.claim->scope.access_key;
  }
  exchange.dialect = dialect_of(request, entry.service, exchange.parameter("Version"));
  entry.action = exchange.dialect.query ? exchange.parameter("Action") : entry.service + ":" + request.method;
  entry.user = exchange.parameter("UserName");
  entry.target_key = exchange.parameter("AccessKeyId");
  entry.asked_status = exchange.parameter("Status");
  entry.agent = request.header("user-agent").value_or("");
}

void Cloud::arrive(Exchange& exchange) {
  LogEntry& entry = exchange.entry;
  const std::lock_guard lock(mutex_);
  entry.number = ++numbered_;
  exchange.epoch = epoch_;
  entry.at = world_.now();
  if (keep_bodies_) {
    entry.target = exchange.request.target;
    entry.body = exchange.request.body;
  }
  exchange.request_id = world_.make_request_id();
  for (FaultRule& rule : faults_) {
    if (!rule.strikes(entry.action, entry.user, entry.access_key)) continue;
    exchange.struck.push_back(rule);
    entry.fault += (entry.fault.empty() ? "" : ",") + std::string{fault_text(rule.kind)};
    const bool instead = rule.kind != FaultKind::error_500_after;
    if (!exchange.forced && instead) exchange.forced = forced_error(rule.kind);
    exchange.dropped = exchange.dropped || rule.kind == FaultKind::drop_request;
  }
  log_.push_back(entry);
  if (log_.size() > log_cap) log_.pop_front();
}

// The part that needs the world to stand still: uses, throttle, permission, the action itself.
void Cloud::perform(Exchange& exchange) {
  LogEntry& entry = exchange.entry;
  const Identity& identity = *exchange.identity;
  AccessKey* key = identity.long_term ? world_.find_key(identity.caller.access_key) : nullptr;
  if (key && (identity.usable || world_.options.refused_counts_as_use)) {
    world_.record_use(*key, entry.service, entry.region);
  }
  if (!identity.usable) throw unusable(identity);
  check_region(world_, identity.caller, exchange.claim->scope);
  if (!world_.take_token(identity.caller.account_id, entry.action)) throw ApiError(400, "Throttling", "Rate exceeded");
  if (exchange.forced) throw *exchange.forced;
  if (!exchange.dialect.query) {
    exchange.reply = data_plane_reply(exchange.dialect, identity.caller.account_id);
  } else {
    const Call call{world_, identity.caller, entry.action, exchange.parameters, &entry.created_key};
    if (entry.action.empty()) throw ApiError(400, "MissingAction", "The request is missing an action.");
    if (exchange.parameter("Version") != exchange.dialect.query->version) {
      throw ApiError(400, "InvalidAction",
                     "Could not find operation " + entry.action + " for version " + exchange.parameter("Version"));
    }
    const std::string result = exchange.dialect.query->name == "iam" ? answer_iam(call) : answer_sts(call);
    exchange.reply = success_reply(exchange.dialect, entry.action, result, exchange.request_id);
  }
  entry.worked = true;
}

void Cloud::assume_unsigned(Exchange& exchange) {
  if (exchange.forced) throw *exchange.forced;
  const Caller nobody{};
  const std::lock_guard lock(mutex_);
  const Call call{world_, nobody, exchange.entry.action, exchange.parameters, nullptr};
  exchange.reply =
      success_reply(exchange.dialect, exchange.entry.action, answer_web_identity(call), exchange.request_id);
  exchange.entry.worked = true;
}

void Cloud::work(Exchange& exchange) {
  try {
    if (exchange.forced && exchange.forced->status >= 500) throw *exchange.forced;  // it never got past the front end
    if (!exchange.claim && exchange.entry.action == "AssumeRoleWithWebIdentity") return assume_unsigned(exchange);
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
      // The key is looked up first: who signs badly with an Inactive one learns nothing about the signature.
      if (!exchange.identity->usable) throw unusable(*exchange.identity);
      refuse(verdict, exchange.request, now);
    }
    run_acts(exchange, FaultKind::act_before);
    perform(exchange);
    run_acts(exchange, FaultKind::act_after);
  } catch (const ApiError& error) {
    exchange.fail(error);
  }
}

void Cloud::run_acts(const Exchange& exchange, FaultKind when) {
  for (const FaultRule& rule : exchange.struck) {
    if (rule.kind == when && rule.act) rule.act(world_);
  }
}

void Cloud::finish(Exchange& exchange, const Delivery& delivery) {
  LogEntry& entry = exchange.entry;
  entry.status = exchange.dropped ? 0 : exchange.reply.status;
  entry.delivered = delivery.how == Delivery::How::whole;
  exchange.reply.headers.emplace_back("x-amzn-RequestId", exchange.request_id);
  const std::lock_guard lock(mutex_);
  exchange.reply.headers.emplace_back("Date", http_date(world_.server_now()));
  if (AccessKey* key = world_.find_key(entry.access_key); key && !exchange.dropped) {
    ++(entry.code.empty() ? key->accepted : key->refused[entry.code]);
  }
  // Its place in the log, unless that has been cleared meanwhile.
  const auto at = std::lower_bound(log_.begin(), log_.end(), entry.number,
                                   [](const LogEntry& logged, std::uint64_t number) { return logged.number < number; });
  if (at != log_.end() && at->number == entry.number) *at = entry;
}

Reply Cloud::answer(const Request& request, std::uint64_t connection, Delivery& delivery) {
  Exchange exchange{.request = request};
  exchange.entry.connection = connection;
  read(exchange);
  arrive(exchange);
  const Millis latency = with([](const World& world) { return world.options.latency; });
  if (!pause(exchange.wait(FaultKind::slow_before) + latency, exchange.epoch)) {
    delivery.how = Delivery::How::nothing;
    return {};
  }
  if (!exchange.dropped) work(exchange);
  exchange.spoil();
  delivery = exchange.delivery();
  finish(exchange, delivery);
  static_cast<void>(pause(exchange.wait(FaultKind::slow_after), exchange.epoch));
  return std::move(exchange.reply);
}

bool Cloud::pause(Millis span, std::uint64_t epoch) {
  if (span.count() <= 0) return true;
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, span, [&] { return hurried_ || epoch != epoch_; });
  return epoch == epoch_;
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
  ++epoch_;
  wake_.notify_all();
}

}  // namespace simulated_cloud

#include "cloud.hpp"

#include <algorithm>

#include "exchange.hpp"

namespace simulated_cloud {
namespace {

constexpr std::size_t log_cap = 400'000;

}  // namespace

void Cloud::arrive(Exchange& exchange) {
  LogEntry& entry = exchange.entry;
  const std::lock_guard lock(mutex_);
  entry.number = ++numbered_;
  exchange.epoch = epoch_;
  entry.at = world_.now();
  exchange.name_user(world_);
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
  if (key && (!identity.refusal || world_.options.refused_counts_as_use)) {
    world_.record_use(*key, exchange.use(world_.now()));
  }
  if (identity.refusal) throw *identity.refusal;
  if (!exchange.acs) {
    check_region(world_, identity.caller, exchange.claim->scope);
  } else if (!world_.use_nonce(exchange.acs->access_key, exchange.acs->nonce)) {
    throw ApiError(400, "SignatureNonceUsed", "Specified signature nonce was used already.");
  }
  if (!world_.take_token(identity.caller.account_id, entry.action)) throw ApiError(400, "Throttling", "Rate exceeded");
  if (exchange.forced) throw *exchange.forced;
  exchange.reply = exchange.result(world_);
  entry.worked = true;
}

void Cloud::assume_unsigned(Exchange& exchange) {
  if (exchange.forced) throw *exchange.forced;
  const std::lock_guard lock(mutex_);
  exchange.reply = exchange.web_identity_result(world_);
  exchange.entry.worked = true;
}

void Cloud::judge_signature(Exchange& exchange, Verdict verdict, Time now) {
  if (verdict == Verdict::ok) return;
  AccessKey* key = world_.find_key(exchange.entry.access_key);
  if (key && world_.options.bad_signature_counts_as_use) world_.record_use(*key, exchange.use(world_.now()));
  // The key is looked up first: who signs badly with an Inactive one learns nothing about the signature.
  if (exchange.identity->refusal) throw *exchange.identity->refusal;
  exchange.refuse_signature(verdict, now);
}

void Cloud::work(Exchange& exchange) {
  try {
    if (exchange.forced && exchange.forced->status >= 500) throw *exchange.forced;  // it never got past the front end
    if (exchange.is_web_identity()) return assume_unsigned(exchange);
    if (!exchange.is_signed()) {
      exchange.refuse_signature(exchange.acs ? exchange.acs->verdict : exchange.claimed, Time{});
    }
    Time now;
    {
      const std::lock_guard lock(mutex_);
      now = world_.server_now();
      exchange.identity = exchange.who(world_);
    }
    const Verdict verdict = exchange.check(now);  // the costly part, outside the lock
    const std::lock_guard lock(mutex_);
    judge_signature(exchange, verdict, now);
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
  exchange.reply.headers.emplace_back(exchange.acs ? "x-acs-request-id" : "x-amzn-RequestId", exchange.request_id);
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
  exchange.read();
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

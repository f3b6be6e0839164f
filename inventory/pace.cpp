#include "inventory/pace.hpp"

#include <cmath>

namespace inventory {
namespace {

using rotation::Millis;

// A share of all requests that a dry bucket may refuse at once, and from how many requests on; with fewer, every
// refusal weighs more.
constexpr double at_stake = 0.015;
constexpr double many_requests = 3000;
// What is asked at once all the same: two, and as much as no bucket of interest refuses for long.
constexpr double smallest_window = 2;
constexpr double usual_rate = 50;  // requests a second
// More answers than this in a row, and a dry bucket is no longer expected: the window doubles with every so many more.
constexpr std::size_t large_bucket = 160;
constexpr double doubles_in = 90;
// A measure needs some answers, and more time than the answers under way take, to mean anything.
constexpr std::size_t enough_answers = 6;
constexpr double enough_latencies = 3;
constexpr double first_pause = 250, longest_pause = 1000;  // of a probing, in ms
constexpr double half_full = 0.7;
constexpr double slowest = 0.5, fastest = 3200, first_probe = 20, slowest_probe = 2;  // requests a second
constexpr double tasting = 2;                                                         // times the rate that is known
constexpr double first_cycle = 80, longest_cycle = 480;
// So many cycles, or ms, without a refusal: the measure was too low, or the bucket is another now.
constexpr double overdue = 3, long_ago = 20'000;
// By how much a spacing grows closer with an answer: in a probing, where the measure was too low, and over a cycle.
constexpr double probing = 0.005, hurrying = 0.04, over_a_cycle = 0.03;
constexpr int few_early = 2;
constexpr double few_at_bound = 72;  // answers: more than are under way
constexpr double slowing = 0.7;
// Of a remembered bucket: others may have drunk from it.
constexpr double part_of_size = 0.8;

double ms(Millis span) { return static_cast<double>(span.count()); }
std::size_t whole(double number) { return static_cast<std::size_t>(std::max(0.0, number)); }

}  // namespace

Pace::Pace(Settings settings) : settings_(settings), bucket_(settings.remembered) {
  // What a file says may be anything.
  const bool sane = std::isfinite(bucket_.rate) && std::isfinite(bucket_.size) && bucket_.rate >= slowest;
  bucket_ = sane ? Bucket{.rate = std::min(bucket_.rate, fastest), .size = std::max(0.0, bucket_.size)} : Bucket{};
  spacing_rate_ = tasting * bucket_.rate;
}

Bucket Pace::bucket() const {
  if (bucket_.rate <= 0 || phase_ != Phase::open) return bucket_;
  // It served more than was remembered, and refused nothing. Within a second that may be its size.
  const double gained = 1000 * (static_cast<double>(answered_) - bucket_.size) / std::max(1000.0, latest_ - began_);
  return {.rate = std::max(bucket_.rate, gained), .size = bucket_.size};
}

std::size_t Pace::window() const {
  if (phase_ != Phase::open) return settings_.most;
  const auto all = static_cast<double>(expected_);
  const double stake = at_stake * all * std::min(1.0, all / many_requests);
  double bearable = std::max(smallest_window, stake) + usual_rate * latency_ / 1000;
  if (answered_ > large_bucket) bearable *= std::exp2(static_cast<double>(answered_ - large_bucket) / doubles_in);
  const auto opened = static_cast<double>(settings_.start + answered_ / 2);
  return std::clamp<std::size_t>(whole(std::min(opened, bearable)), 1, settings_.most);
}

bool Pace::spaced() const {
  if (phase_ != Phase::open) return true;
  return bucket_.rate > 0 && static_cast<double>(sent_) >= part_of_size * bucket_.size;
}

std::optional<Millis> Pace::next_at(std::size_t in_flight) const {
  if (in_flight >= window()) return std::nullopt;
  const double at = std::max(pause_until_, spaced() ? next_ : 0.0);
  return Millis{static_cast<Millis::rep>(std::floor(at))};
}

void Pace::sent(Millis now) {
  if (began_ < 0) began_ = ms(now);
  ++sent_;
  if (spaced()) next_ = std::max(next_, ms(now) - 1000 / spacing_rate_) + 1000 / spacing_rate_;
}

void Pace::answered(Millis asked_at, Millis now) {
  const double took = ms(now - asked_at);
  latency_ = answered_ == 0 ? took : latency_ + (took - latency_) / 8;
  ++answered_;
  latest_ = ms(now);
  faults_ = 0;
  if (ms(asked_at) > empty_at_) {
    ++answered_since_;
    ++answered_agreed_;
  }
  // Where the spacing holds nothing back there is nothing to learn from a closer one.
  if (spaced() && next_ + 1000 / spacing_rate_ > ms(now)) come_closer(ms(now));
}

void Pace::come_closer(double now) {
  const auto since = static_cast<double>(answered_since_);
  if (phase_ != Phase::paced) {
    spacing_rate_ = std::min(fastest, spacing_rate_ * (1 + probing));
    return;
  }
  const bool too_low = may_be_low_ || since > overdue * cycle_ || now - empty_at_ > long_ago;
  spacing_rate_ *= 1 + (too_low ? hurrying : 2 * over_a_cycle * since / (cycle_ * cycle_));
  const double bound = tasting * bucket_.rate;
  if (spacing_rate_ < bound) return;
  spacing_rate_ = bound;
  // A full bucket bears twice its rate until it is dry: what is still not refused then comes from a faster one.
  if (++at_bound_ < (outgrown_ ? few_at_bound : tasting * bucket_.size + few_at_bound)) return;
  bucket_.rate = std::min(bound, fastest);
  outgrown_ = true;
  at_bound_ = 0;
}

void Pace::space_from(double at, double rate) {
  spacing_rate_ = rate;
  next_ = at + 1000 / rate;
}

void Pace::first_refusal(double asked_at, double now) {
  const auto answered = static_cast<double>(answered_);
  bucket_ = bucket();
  if (bucket_.rate > 0) {
    phase_ = Phase::paced;
    cycle_ = first_cycle;
    space_from(now, bucket_.rate);
  } else {
    // What it held and what it gained since are all answered: it cannot gain faster than that.
    const double at_most = 1000 * answered / std::max(1.0, now - began_);
    phase_ = Phase::probing;
    pause_ = first_pause;
    pause_until_ = std::max(pause_until_, now + pause_);
    rested_ = pause_until_ - now;
    space_from(pause_until_, std::clamp(std::min(tasting * answered, at_most), first_probe, fastest));
  }
  bucket_.size = answered;  // less what it gained meanwhile, which is known later
  empty_at_ = agreed_from_ = asked_at;
  answered_since_ = answered_agreed_ = 0;
}

void Pace::measure(double asked_at, double now) {
  // From one request that was refused to the next; the second was between nothing and a whole token short.
  const auto rate_since = [&](double since, std::size_t answers) {
    return (static_cast<double>(answers) + 0.5) * 1000 / std::max(asked_at - since, 1.0);
  };
  const double latest = rate_since(empty_at_, answered_since_), in_all = rate_since(agreed_from_, answered_agreed_);
  const double blur = 0.03 + 1.5 / static_cast<double>(answered_since_);
  if (std::abs(latest / in_all - 1) > blur) {  // the bucket is another now
    agreed_from_ = empty_at_;
    answered_agreed_ = answered_since_;
  }
  const double found = std::max(slowest, rate_since(agreed_from_, answered_agreed_));
  const auto answers = static_cast<double>(answered_agreed_);
  may_be_low_ = false;
  if (phase_ == Phase::probing) {
    if (bucket_.rate <= 0) bucket_.size = std::max(1.0, bucket_.size - found * (empty_at_ - began_) / 1000);
    may_be_low_ = found * rested_ / 1000 > half_full * bucket_.size;
  }
  bucket_.rate = found;
  phase_ = Phase::paced;
  const double left = static_cast<double>(expected_) - static_cast<double>(answered_);
  cycle_ = std::clamp(std::max(2 * answers, std::min(3 * answers, left / 2)), first_cycle, longest_cycle);
  space_from(now, found * (1 - std::clamp(0.3 / answers, 0.005, 0.03)));
  empty_at_ = asked_at;
  answered_since_ = 0;
  early_ = 0;
  at_bound_ = 0;
}

void Pace::refused_early(double now) {
  if (phase_ == Phase::probing) {
    pause_ = std::min(longest_pause, pause_ * 2);
    pause_until_ = std::max(pause_until_, now + pause_);
    rested_ = std::max(rested_, pause_until_ - now);
    space_from(pause_until_, std::max(slowest_probe, spacing_rate_ / 2));
    return;
  }
  // Some are: replies arrive in other turns than they were asked in. Only many of them mean another rate.
  if (++early_ > few_early) spacing_rate_ = std::max(slowest, spacing_rate_ * slowing);
  space_from(now + 1000 / spacing_rate_, spacing_rate_);
}

void Pace::refused(Millis asked_at, Millis now, std::optional<Millis> at_least) {
  const bool first = heard_at_ < 0;
  if (at_least) pause_until_ = std::max(pause_until_, ms(now + *at_least));
  if (!first && ms(asked_at) <= heard_at_) return;  // sent before we knew, or within the same millisecond
  heard_at_ = ms(now);
  if (first) {
    first_refusal(ms(asked_at), ms(now));
  } else if (outgrown_) {
    // It was full meanwhile: the time since it was last empty tells nothing, and the next refusal, soon, will.
    outgrown_ = false;
    may_be_low_ = true;
    space_from(ms(now), spacing_rate_ / tasting);
    empty_at_ = agreed_from_ = ms(asked_at);
    answered_since_ = answered_agreed_ = 0;
    at_bound_ = 0;
  } else if (answered_since_ >= enough_answers && ms(asked_at) - empty_at_ > enough_latencies * latency_) {
    measure(ms(asked_at), ms(now));
  } else {
    refused_early(ms(now));
  }
}

void Pace::failed(Millis asked_at, Millis now) {
  constexpr int few = 4;
  if (ms(asked_at) < failed_at_) return;  // of the same moment as one before
  failed_at_ = ms(now);
  if (++faults_ < few) return;
  const double pause = std::min(5000.0, 50 * std::exp2(std::min(faults_ - few, 10)));
  pause_until_ = std::max(pause_until_, ms(now) + pause);
}

}  // namespace inventory

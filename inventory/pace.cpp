#include "inventory/pace.hpp"

#include <cmath>

namespace inventory {
namespace {

using rotation::Millis;

// A share of all requests that a dry bucket may refuse at once, and the fewest that are asked at once all the same.
constexpr double at_stake = 0.015;
constexpr double smallest_window = 3;
// More answers than this in a row, and a dry bucket is no longer expected.
constexpr std::size_t large_bucket = 160;
// A measure needs some answers to mean anything.
constexpr std::size_t enough_answers = 6;
constexpr double first_pause = 100, longest_pause = 800;  // of a probing, in ms
constexpr double cautious = 0.97;
constexpr double first_cycle = 80, longest_cycle = 480;  // answers from one refusal to the next, about
constexpr double overdue = 3;                            // so many cycles without a refusal: the measure was too low
constexpr double hurrying = 0.04;
constexpr double slowest = 0.2;  // requests a second
// Of a remembered bucket: others may have drunk from it.
constexpr double part_of_size = 0.8;

double ms(Millis span) { return static_cast<double>(span.count()); }
std::size_t whole(double number) { return static_cast<std::size_t>(std::max(0.0, number)); }

}  // namespace

Pace::Pace(Settings settings) : settings_(settings), bucket_(settings.remembered) {
  if (bucket_.rate <= 0) return;
  phase_ = Phase::paced;
  spacing_rate_ = bucket_.rate * cautious;
  cycle_ = first_cycle;
}

Bucket Pace::bucket() const { return bucket_; }

std::size_t Pace::window() const {
  if (phase_ == Phase::paced) return settings_.most;
  if (phase_ == Phase::probing) return std::clamp<std::size_t>(whole(window_), 1, settings_.most);
  const auto all = static_cast<double>(expected_);
  double bearable = std::max(smallest_window, at_stake * all);
  // The more there is to do, the sooner it pays to believe in a large bucket.
  if (answered_ > large_bucket) bearable += static_cast<double>(answered_ - large_bucket) * all / 12000;
  const auto opened = static_cast<double>(settings_.start + answered_ / 2);
  return std::clamp<std::size_t>(whole(std::min(opened, bearable)), 1, settings_.most);
}

std::optional<Millis> Pace::next_at(std::size_t in_flight) const {
  if (in_flight >= window()) return std::nullopt;
  const bool spaced = phase_ == Phase::paced && static_cast<double>(sent_) >= part_of_size * bucket_.size;
  const double at = std::max(pause_until_, spaced ? next_ : 0.0);
  return Millis{static_cast<Millis::rep>(std::floor(at))};
}

void Pace::sent(Millis now) {
  if (began_ < 0) began_ = ms(now);
  ++sent_;
  if (phase_ == Phase::paced) next_ = std::max(next_, ms(now) - 1000 / spacing_rate_) + 1000 / spacing_rate_;
}

void Pace::answered(Millis now) {
  ++answered_;
  ++answered_since_;
  faults_ = 0;
  if (phase_ == Phase::probing) window_ += 0.5;
  // Where the spacing holds nothing back there is nothing to learn from a closer one.
  const bool held_back = next_ + 1000 / std::max(spacing_rate_, slowest) > ms(now);
  if (phase_ != Phase::paced || !held_back) return;
  const bool too_low = probed_ || static_cast<double>(answered_since_) > overdue * cycle_;
  spacing_rate_ *= 1 + (too_low ? hurrying : 2 * (1 - cautious) / cycle_);
}

void Pace::first_refusal(double now) {
  if (phase_ == Phase::paced) {  // by what was remembered: the bucket was not known to be empty before
    spacing_rate_ = bucket_.rate * cautious;
    next_ = now + 1000 / spacing_rate_;
  } else {
    phase_ = Phase::probing;
    pause_ = first_pause;
    pause_until_ = std::max(pause_until_, now + pause_);
    window_ = 2;
  }
  bucket_.size = static_cast<double>(answered_);  // less what it gained meanwhile, which is known later
  empty_at_ = now;
  answered_since_ = 0;
}

void Pace::measure(double now) {
  const double seconds = std::max(now - empty_at_, 1.0) / 1000;
  const double found = std::max(static_cast<double>(answered_since_) / seconds, slowest);
  const bool agrees = phase_ == Phase::paced && std::abs(found / bucket_.rate - 1) < 0.1;
  cycle_ = agrees ? std::min(longest_cycle, cycle_ * 2) : first_cycle;
  probed_ = phase_ == Phase::probing;
  if (probed_) {
    bucket_.size = std::max(1.0, bucket_.size - found * (empty_at_ - std::max(began_, 0.0)) / 1000);
  }
  bucket_.rate = found;
  phase_ = Phase::paced;
  spacing_rate_ = found * cautious;
  next_ = now + 1000 / spacing_rate_;
  empty_at_ = now;
  answered_since_ = 0;
}

void Pace::refused(Millis asked_at, Millis now, std::optional<Millis> at_least) {
  const bool first = heard_at_ == 0;
  if (at_least) pause_until_ = std::max(pause_until_, ms(now + *at_least));
  if (!first && ms(asked_at) < heard_at_) return;  // sent before we knew
  heard_at_ = ms(now);
  if (first) {
    first_refusal(ms(now));
  } else if (answered_since_ >= enough_answers) {
    measure(ms(now));
  } else if (phase_ == Phase::probing) {
    pause_ = std::min(longest_pause, pause_ * 2);
    pause_until_ = std::max(pause_until_, ms(now) + pause_);
    window_ = std::max(1.0, window_ / 2);
  } else {
    spacing_rate_ = std::max(slowest, spacing_rate_ * 0.8);
    next_ = ms(now) + 1000 / spacing_rate_;
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

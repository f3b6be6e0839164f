// How fast one account may be asked. The clouds throttle by token buckets whose size they do not publish (AWS: per API
// and account), so it is found, and remembered.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>

#include "rotation/time.hpp"

namespace inventory {

// What is known of an account's token bucket; zeros: nothing.
struct Bucket {
  double rate = 0;  // requests a second that it gains
  double size = 0;  // requests that it holds when full
};

// Pure: times are arguments, by a clock that never goes back.
//
// Open: until the first refusal only the window limits; it grows with every answer. Nothing that is under way when the
// bucket runs dry can be called back, so the window stays small against the work that is expected, until more has been
// answered than most buckets hold.
//
// Probing: after the first refusal it lets the bucket gain a little, and drinks that at a spacing that is surely faster
// than the bucket fills: between two refusals it went from empty to empty, so what was answered in between, over the
// time in between, is its rate.
//
// Paced: requests are spaced by the measure, a little closer with every answer, so that the next refusal comes late,
// costs one request, and measures anew. Measures that agree are taken together: each makes the rate surer and the next
// refusal later.
//
// A bucket that is remembered is drunk at once, tasted where it should end, and paced from its first refusal on.
class Pace {
 public:
  struct Settings {
    std::size_t start = 40;  // requests at once, to begin with
    std::size_t most = 64;
    Bucket remembered = {};  // of an earlier scan
  };
  explicit Pace(Settings settings);

  // So many requests are to be expected in all; may grow.
  void expect(std::size_t requests) { expected_ = std::max(expected_, requests); }

  // When the next request may go (perhaps in the past); nullopt: not before something is answered.
  [[nodiscard]] std::optional<rotation::Millis> next_at(std::size_t in_flight) const;

  void sent(rotation::Millis now);
  void answered(rotation::Millis asked_at, rotation::Millis now);
  // `asked_at`: when the refused request was sent. `at_least`: the pause that the cloud asked for.
  void refused(rotation::Millis asked_at, rotation::Millis now, std::optional<rotation::Millis> at_least = {});
  // A passing fault: the connection, a 5xx. One alone slows nothing down.
  void failed(rotation::Millis asked_at, rotation::Millis now);

  // What was found; zeros as long as nothing was refused.
  [[nodiscard]] Bucket bucket() const;

 private:
  enum class Phase { open, probing, paced };
  [[nodiscard]] std::size_t window() const;
  [[nodiscard]] bool spaced() const;
  void space_from(double at, double rate);
  void come_closer(double now);
  void first_refusal(double asked_at, double now);
  void measure(double asked_at, double now);
  void refused_early(double now);

  Settings settings_;
  Phase phase_ = Phase::open;
  std::size_t expected_ = 0;
  std::size_t sent_ = 0, answered_ = 0;  // in all
  Bucket bucket_;
  double latency_ = 0;              // of late, in ms
  double began_ = -1;               // when the first request went, in ms
  double latest_ = 0;               // of the answers
  double heard_at_ = -1;            // of the latest refusal: what was sent before it says nothing new
  double empty_at_ = 0;             // when the latest request went that found the bucket empty
  std::size_t answered_since_ = 0;  // of what was sent since then
  double agreed_from_ = 0;          // the earliest such time from which on all measures agree
  std::size_t answered_agreed_ = 0;
  double next_ = 0;
  double pause_until_ = 0;
  double pause_ = 0;         // the latest of a probing
  double spacing_rate_ = 0;  // requests a second
  double cycle_ = 0;         // about so many answers until the next refusal
  double rested_ = 0;        // the longest of its pauses, with what the cloud asked for
  double at_bound_ = 0;      // answers at the closest spacing that a measure allows
  int early_ = 0;            // refusals since the latest measure, too soon for another
  bool outgrown_ = false;    // the measure: more was gained since than it says
  bool may_be_low_ = false;  // the measure: the bucket may have been full in the pause before it
  double failed_at_ = -1;    // of the latest fault that was counted
  int faults_ = 0;           // in a row
};

}  // namespace inventory

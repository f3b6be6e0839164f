// Who used the old key in the last 90 days, as the event history tells it: a roll call, in which each is ticked off
// once the same service, address and program are seen with the new key. It guides people; it proves nothing, for the
// history is late, is read in part only, and does not know every call.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "rotation/ports.hpp"

namespace rotation {

struct Consumer {
  std::string service;        // "ecs"
  std::string address;        // "203.0.113.7"; may be empty
  std::string program;        // the head of the agent, "aws-cli/2.15.30"; may be empty
  std::optional<Time> last;   // its latest use of the old key; empty: none is known, so that it is on no roll (yet)
  std::optional<Time> moved;  // its latest use of the new one

  // It came over, and has not gone back since.
  [[nodiscard]] bool ticked() const { return moved && *moved >= last; }
};
using Consumers = std::vector<Consumer>;

// Takes into a sample's record what the history told of its key; what is older than 90 days is left out.
void put_uses(Detail& detail, const std::vector<KeyUse>& uses, Time now);
// What such a record adds to the roll: the consumers of the old key, and who uses the new one, in whatever order the
// two are told.
void take_uses(View& view, const Record& record);

// "2 of 3 known consumers were seen with the new key; not yet: s3 from 203.0.113.7 (aws-cli/2.15.30)"; of a retire,
// which has no new key, "known consumers: …"; empty where the history told nothing.
[[nodiscard]] std::string roll_words(const View& view);
// Those on the roll.
[[nodiscard]] Consumers roll_call(const View& view);

}  // namespace rotation

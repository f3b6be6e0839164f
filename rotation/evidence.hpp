// Verification is evidence, not a timer: what the samples of last-used prove, and what they do not.
#pragma once

#include <optional>
#include <string>

#include "rotation/view.hpp"

namespace rotation {

// How long after its intent a request could still reach the cloud: the transport's deadline for a write.
inline constexpr Seconds write_deadline{60};

// Minimum distances between looks at the world. On loopback all of them follow policy.propagation.
struct Spacing {
  Millis probe{};          // between two probes of the new key
  Millis probe_budget{};   // for three successes
  Millis contradiction{};  // between two reads that contradict our own mutation
  Millis check{};          // between two samples of one key
  Millis own_check{};      // the same of a key that signs our own calls: these hide what others do for a while
  Millis settle{};         // until a change shows everywhere
  Millis in_flight{};      // how long a request without a reply may still be on its way
};
[[nodiscard]] Spacing spacing(const View& view);

// Evidence older than this is not evidence.
inline constexpr Seconds evidence_life{3600};
// Reads that a mutation relies on are younger than this, and made by this process (invariants 1 and 2).
inline constexpr Seconds read_life{60};

// policy.quiet, raised to the key's cadence: a monthly batch job must not lose its key after one quiet day.
[[nodiscard]] Seconds effective_quiet(const View& view);

enum class Rest : std::uint8_t { quiet, resting, used, unknown };

// Is a key at rest since `since`?
struct KeyRest {
  Rest rest = Rest::unknown;
  Millis left{};             // resting: until the window can be over
  bool needs_sample = true;  // no sample, or none yet far enough from the first
  bool window_over = false;  // the silence is long enough; what is missing is another sample, or trust in these
  bool hopeless = false;     // the samples are enough and still prove nothing: waiting alone changes nothing
};
[[nodiscard]] KeyRest rest_of(const View& view, const AccessKeyId& key, const Instant& since, const Instant& now);

// Has somebody but us used the new key since it was made?
[[nodiscard]] bool new_key_used(const View& view);

// "; use it yourself once: aws s3 ls …" for the tool's own key, which its own calls prove nothing about; else empty.
[[nodiscard]] std::string how_to_use(const View& view);

struct Assessment {
  std::optional<Verdict> verdict;  // empty: nothing speaks against it yet, the window is still running
  bool enough = false;             // section 6 holds (invariant 9)
  bool stuck = false;              // waiting alone will not bring it: somebody has to do something, or say so
  bool hopeless = false;           // nor will anything that the cloud could still show: only a person's word
  Millis left{};                   // until it can be enough, at the earliest
  std::string says;                // one sentence for people
};
// Forward: may the old key go? For rotate needs state deployed or later; for retire the start counts.
[[nodiscard]] Assessment assess(const View& view, const Instant& now);
// Back: may the new key go? At once if it was never deployed.
[[nodiscard]] Assessment assess_new_key_gone(const View& view, const Instant& now);

[[nodiscard]] const Sample* latest_sample(const View& view, const AccessKeyId& key);
[[nodiscard]] bool ever_deployed(const View& view);

}  // namespace rotation

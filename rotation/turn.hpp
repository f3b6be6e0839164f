// One turn of the engine as decide's parts share it. Internal to rotation/.
#pragma once

#include <optional>
#include <string>

#include "rotation/decide.hpp"
#include "rotation/evidence.hpp"
#include "rotation/reconcile.hpp"
#include "rotation/sight.hpp"

namespace rotation {

struct Turn {
  const View& view;
  const Observations& seen;
  const Wishes& wishes;
  const Instant& now;
  Seen old_key = Seen::active;
  Seen new_key = Seen::none;
  Open open = Open::nothing;
  Candidate candidate;
};

using Maybe = std::optional<Action>;

// decide_gate.cpp: who are we, whose key is it, what keys are there.
[[nodiscard]] Maybe check_identity(const Turn& turn);  // the caller is of the pinned account
[[nodiscard]] Maybe check_user(const Turn& turn);      // the user is the pinned one
[[nodiscard]] Maybe check_keys(const Turn& turn);      // a fresh list
[[nodiscard]] Maybe wake_first(const Turn& turn);      // going back, before any other read

// decide_forward.cpp and decide_back.cpp: the next row.
[[nodiscard]] Action go_forward(const Turn& turn);
[[nodiscard]] Action go_back(const Turn& turn);
[[nodiscard]] Action deploy(const Turn& turn);

// decide_settle.cpp: what the table says beside going on.
[[nodiscard]] Action settle(const Turn& turn, const Cell& cell);
[[nodiscard]] Action clean_orphan(const Turn& turn);

// decide_bin.cpp: out of the recycle bin.
[[nodiscard]] Action undelete_old(const Turn& turn);
// The bin said no for a reason that can be mended: nothing is given up for that.
[[nodiscard]] Maybe bin_is_closed(const Turn& turn);

// decide_settle.cpp: to turn a key on again, by the word that says so, or one of `more`.
[[nodiscard]] Action offer_wake(const Turn& turn, AttentionCode code, std::string message,
                                const std::string& accept_word, const AccessKeyId& key,
                                std::vector<std::string> more = {});

// decide_common.cpp
[[nodiscard]] bool accepted(const Turn& turn, const std::string& word);
// Writes the consent down if this command gave it, else stops.
[[nodiscard]] Action stop_unless_accepted(const Turn& turn, Attention attention);
// Nothing is left to do here: on consent the rotation is closed as it stands.
[[nodiscard]] Action close_or_stop(const Turn& turn, AttentionCode code, std::string message,
                                   const std::string& accept_word);
// A look that must be young; what went wrong with it; or nothing, and the caller goes on.
[[nodiscard]] Maybe look_at(const Turn& turn, const LocationView& location);
// The read alone, where none is young enough.
[[nodiscard]] Maybe look_first(const Turn& turn, const LocationView& location);
// A waiver covers what was there when it was given: not a place that has come to hold the key that goes.
[[nodiscard]] bool covered_by_waiver(const Turn& turn, const LocationView& location, const AccessKeyId& going);
// What the last look showed; only after one.
[[nodiscard]] const LocationLook& look_of(const Turn& turn, const LocationView& location);
// The outcome of the open write to this place, by what it shows. A pair of which only one half was written is written
// once more; so is a closed place that was written since: by this very request or by somebody else, and no read can
// tell which.
[[nodiscard]] Action settle_write(const Turn& turn, const LocationView& location);
// A closed place that somebody has written: nobody can say what it holds, and that counts as nothing.
[[nodiscard]] Maybe written_since(const Turn& turn, const LocationView& location);
// The consent of this command to leave the place as it is.
[[nodiscard]] Maybe given_up(const Turn& turn, const LocationView& location);
// A place that only a person can write, in whichever direction this is; and one whose change waits for a review.
[[nodiscard]] Maybe waits_for_a_person(const Turn& turn);
[[nodiscard]] Maybe waits_for_a_review(const Turn& turn);
// Merged later, it would bring in a key that is dead by then.
[[nodiscard]] bool proposes_old(const LocationLook& look, const View& view);
[[nodiscard]] std::optional<AccessKeyId> held_by(const Turn& turn, const LocationView& location);
[[nodiscard]] bool holds_pair(const Turn& turn, const LocationView& location, const AccessKeyId& key);
[[nodiscard]] std::string held_words(const Turn& turn, const LocationView& location);  // "AKIA…", "no key"
[[nodiscard]] bool mandatory(const LocationView& location);
[[nodiscard]] bool waived(const LocationView& location);
// A mandatory location is not known to hold the new key.
[[nodiscard]] bool drifted(const Turn& turn);
// Invariant 2: the last use of a key that is off must be what it `was` then. Stops with `hint` otherwise.
[[nodiscard]] Maybe tried_since_off(const Turn& turn, const AccessKeyId& key, const std::optional<Time>& was,
                                    std::string hint);
// Another sample of the key, unless this burst has taken one or the last is too young.
[[nodiscard]] Maybe sample(const Turn& turn, const AccessKeyId& key, Millis spacing);
[[nodiscard]] Maybe sample_now(const Turn& turn, const AccessKeyId& key);
// Asks where the policy wants it and nobody has consented in this process.
[[nodiscard]] Maybe ask(const Turn& turn, Step step, Direction direction, Op op, const AccessKeyId& key,
                        std::string what, std::vector<std::string> because);
// Writes the command's --override down before anything relies on it.
[[nodiscard]] Maybe override_wish(const Turn& turn);
// Waiting alone will not bring it, and nobody has asked to wait for what could.
[[nodiscard]] bool give_up_waiting(const Turn& turn, const Assessment& found);
[[nodiscard]] Action not_enough(const Turn& turn, const Assessment& found);
// What goes dead with a key: the waived and the optional places that are known to hold it, a line each.
[[nodiscard]] std::vector<std::string> left_with(const View& view, const AccessKeyId& key);
[[nodiscard]] std::string at_line(const Sample* sample);

}  // namespace rotation

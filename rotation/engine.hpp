// The only loop: look, decide, append the intent, perform, append the outcome. Everything that can go on is derived
// from the journal and the world on each turn, so resuming needs no code of its own.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "rotation/errors.hpp"
#include "rotation/pins.hpp"
#include "rotation/ports.hpp"
#include "rotation/view.hpp"

namespace rotation {

// One command's options.
struct Wishes {
  std::optional<Step> through;  // stop after this step
  bool wait = false;            // sit through quiet and grace instead of ending as `waiting`
  std::optional<LocationName> only_location;
  std::optional<std::string> override_reason;
  std::set<std::string> accept;  // --accept words
  bool wake_only = false;        // of a rollback: the old key Active, and no further
};

struct Waiting {
  Step step = Step::verify;
  Time not_before{};
  std::string what;  // "until the old key has been quiet for 24h"
};

// How it ended. The state that it reports is durable (invariant 21); the view in the journal has the rest.
struct Result {
  Ending ending = Ending::ok;
  std::optional<Problem> problem;  // every ending but ok has one
  std::optional<Waiting> waiting;
};

// Goes on with the rotation, in its own direction, as far as it may. Throws Trouble (storage, held).
[[nodiscard]] Result advance(Ports& ports, const Wishes& wishes);

// Turns back: the old key Active before anything else, then the rest of the way up the table. Works with a journal
// that cannot commit, a lease held elsewhere, unreadable locations and no sealing key, as far as the old key goes.
// `reason` may be empty: it can be added later as a note.
[[nodiscard]] Result roll_back(Ports& ports, const std::string& reason, const Wishes& wishes);

// ---- before a rotation exists ----------------------------------------------------------------------------------

struct Request {
  Procedure procedure = Procedure::rotate;
  AccountName account;
  bool by_profile = false;               // the account is just a profile; then `user` is empty
  UserName user;                         // empty: the user whose key signs
  Connection connection;                 // pinned as it is
  std::optional<AccountId> account_pin;  // the config's account_id
  std::optional<AccessKeyId> key;        // retire names its key, and so does who adopts
  std::optional<AccessKeyId> adopted;    // a second key that is there already
  std::optional<Batch> batch;            // one of many
  Policy policy;
  std::vector<LocationSpec> locations;
  std::string words = {};  // that name the target in a command; empty: as its account and user do
};

struct SurveyedLocation {
  LocationSpec spec;
  std::optional<AccessKeyId> holds;
  bool restorable = false;  // its old value can be read, so it can be sealed and put back
};

// All preconditions held at the time of the survey. Nothing was changed, nothing is open yet.
struct Prospect {
  Start start;
  Arn caller;
  std::vector<SurveyedLocation> locations;
  std::vector<std::string> warnings;
  std::optional<SecretAccessKey> adopted_secret;  // as a location showed it; to be sealed with the start
};

// A refusal before anything opened. `attention` where a person has to look (exit 4).
struct Turned {
  Ending ending = Ending::refused;
  Problem problem;
  std::optional<Attention> attention;
};

using Locations = std::map<LocationName, std::unique_ptr<Location>>;

// Reads the world for a new rotation or a plan: identity, user, keys, locations, last-used. Changes nothing.
[[nodiscard]] std::variant<Prospect, Turned> survey(Cloud& cloud, Locations& locations, Clock& clock,
                                                    const Request& request);

}  // namespace rotation

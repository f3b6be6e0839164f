// One operator's desk: every port of the core, scripted. A call does what a healthy cloud would do, unless the test
// has put an answer of its own in its way; all of them are written down in order.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "rotation/engine.hpp"
#include "story.hpp"

namespace desk {

using namespace rotation;
using std::chrono::hours;
using std::chrono::minutes;
using story::laptop;
using story::new_id;
using story::old_id;
using story::other_id;
using story::Setting;
using story::vault;

using Bad = std::variant<Refused, Unknown>;
[[nodiscard]] Refused no(Refusal why, std::string code = {});

// quiet 1 h, lag 10 min, grace 2 h, check_every 15 min, granularity 1 min, propagation 120 s.
[[nodiscard]] Policy quick_policy();

struct Desk {
  explicit Desk(const Setting& setting = {.policy = quick_policy()});

  [[nodiscard]] Result advance(const Wishes& wishes = {});
  [[nodiscard]] Result roll_back(const Wishes& wishes = {}, const std::string& reason = "test");
  [[nodiscard]] std::variant<Prospect, Turned> survey(const Request& request);

  void append(Draft draft);  // as a command beside the engine does
  void adopt_notes();        // as the next holder of the lease does once the journal works again

  [[nodiscard]] int count(const std::string& call) const;             // calls that begin with this
  [[nodiscard]] bool kept(Kind kind, const std::string& what) const;  // a record whose detail `what` or `op` says so

  // the cloud
  std::map<AccessKeyId, AccessKey> keys;
  std::map<AccessKeyId, LastUsed> used;
  Caller caller;
  std::optional<User> user;           // empty: deleted
  std::optional<AccessKeyId> signer;  // empty: other credentials
  AccessKeyId next_key = new_id;
  std::map<std::string, std::deque<Bad>> bad;  // answers by call: "caller" "user" "keys" "create" "Active"
                                               // "Inactive" "delete" "last_used" "probe" "read NAME" "write NAME"
  std::set<std::string> happens_anyway;        // an Unknown of this call arrives after the effect
  std::set<std::string> always;                // the first bad answer of this call is given every time
  std::function<void(const std::string& call)> before;  // somebody else acts
  // locations; each is a consumer, too
  std::map<LocationName, std::optional<AccessKeyId>> places;
  std::set<LocationName> write_only;
  std::set<LocationName> spoilt;                  // the right id, beside another secret
  std::map<LocationName, AccessKeyId> secret_of;  // its secret is that of this key, whatever its id is
  std::map<LocationName, int> closed;             // shows nothing but how often it was written
  std::set<LocationName> by_hand;
  std::map<LocationName, std::optional<Proposal>> reviewed;  // a write is only a proposal
  std::map<LocationName, std::string> forms;                 // keeps the secret with this before it
  std::set<LocationName> unfinished;                         // the next write leaves something to do
  std::map<LocationName, AttemptId> attempts;                // of the latest write
  bool consumers_work = true;
  // this machine
  View view;
  std::vector<Record> records;
  std::map<std::string, SealedSecret> sealed;
  std::optional<std::string> wrapped;
  std::map<std::string, Spill::Kept> spill;
  std::vector<Draft> notes;  // emergency records
  std::function<bool(const Draft&)> journal_refuses;
  bool spill_refuses = false;
  bool sealing_key_gone = false;
  bool lease_held = false;  // by somebody else
  bool leased = true;
  int written_without_lease = 0;
  Time wall;
  Millis boot = hours{1};
  int signals_held = 0;
  bool created_under_hold = false;
  std::optional<int> interrupt_at;  // the how-manieth look at the signal finds one
  int looks_at_signal = 0;
  // people
  Consent answer = Consent::given;
  std::set<std::string> accepts;                                // at a terminal
  std::function<std::vector<Draft>(const View&)> names_places;  // asked when the old key is still used
  std::vector<Question> asked;
  std::vector<std::string> told;
  std::vector<std::string> calls;
};

}  // namespace desk

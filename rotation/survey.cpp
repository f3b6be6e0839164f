#include <algorithm>
#include <utility>

#include "rotation/engine.hpp"
#include "rotation/stops.hpp"

namespace rotation {
namespace {

constexpr const char* watched_type = "searched-path";  // what `retire` searches beside the locations
constexpr const char* untouched = "Nothing was changed and no rotation was opened.";

// Collects the prospect, or the first thing that stands against it.
class Survey {
 public:
  Survey(Cloud& cloud, Locations& locations, Clock& clock, const Request& request)
      : cloud_(cloud), locations_(locations), clock_(clock), request_(request) {}

  std::variant<Prospect, Turned> run() {
    for (const auto step : {&Survey::identify, &Survey::find_user, &Survey::find_keys, &Survey::read_usage,
                            &Survey::read_bin, &Survey::read_locations, &Survey::prove_adopted}) {
      if (!(this->*step)()) return std::move(turned_);
    }
    return std::move(prospect_);
  }

 private:
  bool turn(Ending ending, std::string message, std::string hint, std::optional<Attention> attention = {}) {
    turned_ = {.ending = ending,
               .problem = {.message = std::move(message), .keys = untouched, .hint = std::move(hint)},
               .attention = std::move(attention)};
    return false;
  }

  template <class T>
  bool turn(const std::string& what, const Answer<T>& answer) {
    if (const Refused* no = refused(answer)) {
      return turn(ending_of(*no), refusal_words(what, *no),
                  std::string(remedy(no->why)) + ", then run the same command again");
    }
    return turn(Ending::unknown, what + " did not give a clear answer: " + unknown(answer)->why + ".",
                "run the same command again");
  }

  bool identify() {
    const Answer<Caller> answer = cloud_.caller();
    if (const auto offset = cloud_.clock_offset()) clock_.set_server_offset(*offset);
    const Caller* caller = done(answer);
    if (caller == nullptr) return turn("asking the cloud who these credentials are", answer);
    if (request_.account_pin && *request_.account_pin != caller->account_id) {
      return turn(Ending::wrong_account,
                  "These credentials belong to account " + caller->account_id.text() +
                      ", but the config pins account " + request_.account.text() + " to " +
                      request_.account_pin->text() + ".",
                  "use credentials of account " + request_.account_pin->text());
    }
    caller_ = *caller;
    prospect_.caller = caller->arn;
    return true;
  }

  // "arn:aws:iam::123456789012:user/path/name"; empty for a role.
  [[nodiscard]] UserName name_of_caller() const {
    const std::string& arn = caller_.arn.text();
    const std::size_t user = arn.find(":user/");
    if (user == std::string::npos) return UserName{};
    return UserName{arn.substr(arn.rfind('/') + 1)};
  }

  bool find_user() {
    const UserName name = request_.user.empty() ? name_of_caller() : request_.user;
    if (name.empty()) {
      return turn(Ending::usage,
                  "The credentials of " + request_.account.text() + " are those of " + caller_.arn.text() +
                      ", which is no user: it has no access key of its own to rotate.",
                  "name the user: keybaton rotate ACCOUNT/USER, with the account in the config");
    }
    const Answer<User> answer = cloud_.user(name);
    const User* user = done(answer);
    if (const Refused* no = refused(answer); no != nullptr && no->why == Refusal::no_such_entity) {
      return turn(Ending::usage, "There is no user " + name.text() + " in account " + caller_.account_id.text() + ".",
                  "list the users that have keys: keybaton keys " + request_.account.text());
    }
    if (user == nullptr) return turn("reading user " + name.text(), answer);
    Start& start = prospect_.start;
    start.procedure = request_.procedure;
    start.target = {.account = request_.account,
                    .provider = cloud_.facts().provider,
                    .partition = caller_.partition,
                    .account_id = caller_.account_id,
                    .user = user->name,
                    .user_id = user->id,
                    .by_profile = request_.by_profile};
    start.policy = request_.policy;
    start.connection = request_.connection;
    start.provider = cloud_.facts();
    start.locations = request_.locations;
    start.batch = request_.batch;
    return true;
  }

  [[nodiscard]] std::string words() const {
    return request_.words.empty() ? target_argument(prospect_.start.target) : request_.words;
  }

  bool find_keys() {
    const UserName& user = prospect_.start.target.user;
    const Answer<std::vector<AccessKey>> answer = cloud_.keys(user);
    const auto* keys = done(answer);
    if (keys == nullptr) return turn("listing the access keys of " + user.text(), answer);
    if (request_.adopted) return pin_both_keys(*keys);
    return request_.procedure == Procedure::rotate ? pin_only_key(*keys) : pin_named_key(*keys);
  }

  bool pin_only_key(const std::vector<AccessKey>& keys) {
    const std::string user = target_words(prospect_.start.target);
    const std::string list = "keybaton key list " + words();
    if (keys.empty()) {
      return turn(Ending::needs_operator, user + " has no access key: there is nothing to rotate.", list);
    }
    if (keys.size() > 1) {
      std::string ids;
      for (const AccessKey& key : keys)
        ids += (ids.empty() ? "" : ", ") + key.id.text() + " (" + std::string(word(key.status)) + ")";
      return turn(Ending::needs_operator,
                  user + " has " + std::to_string(keys.size()) + " access keys: " + ids +
                      ". A rotation starts from exactly one, and keybaton never chooses which one goes.",
                  (request_.by_profile
                       ? "find the unused one with: " + list
                       : "see which of them is used where with: keybaton plan " + quoted(request_.account.text())) +
                      "; then: keybaton retire " + words() +
                      " --key KEY_ID; or go on with a rotation that somebody began: keybaton adopt " + words() +
                      " --old KEY_ID --new KEY_ID");
    }
    if (keys.front().status != KeyStatus::active) {
      return turn(Ending::needs_operator,
                  "The only key of " + user + ", " + keys.front().id.text() + ", is not Active.",
                  "keybaton key activate " + words() + " --key " + keys.front().id.text());
    }
    return pin(keys.front());
  }

  bool pin_named_key(const std::vector<AccessKey>& keys) {
    const AccessKeyId wanted = request_.key.value_or(AccessKeyId{});
    const auto found = std::ranges::find(keys, wanted, &AccessKey::id);
    const std::string user = target_words(prospect_.start.target);
    if (found == keys.end()) {
      return turn(Ending::usage, user + " has no access key " + wanted.text() + ".", "keybaton key list " + words());
    }
    if (cloud_.signing_key() == wanted) {
      return turn(Ending::needs_operator, wanted.text() + " is the very key that signs these calls: it is in use.",
                  "retire it with other credentials");
    }
    return pin(*found);
  }

  // Exactly the two that somebody names: which of them goes is his word, and stands in the journal.
  bool pin_both_keys(const std::vector<AccessKey>& keys) {
    const std::string user = target_words(prospect_.start.target);
    const std::string list = "keybaton key list " + words();
    const auto old_one = std::ranges::find(keys, request_.key.value_or(AccessKeyId{}), &AccessKey::id);
    const auto new_one = std::ranges::find(keys, *request_.adopted, &AccessKey::id);
    if (old_one == keys.end() || new_one == keys.end() || old_one == new_one) {
      return turn(Ending::usage, "The two keys named are not two keys of " + user + ".", list);
    }
    if (keys.size() > 2) return turn(Ending::needs_operator, user + " has more keys than these two.", list);
    for (const AccessKey* key : {&*old_one, &*new_one}) {
      if (key->status == KeyStatus::active) continue;
      return turn(Ending::needs_operator,
                  key->id.text() + " is not Active: there is no half-done rotation to go on with.",
                  "keybaton key activate " + words() + " --key " + key->id.text());
    }
    prospect_.start.adopted = new_one->id;
    if (!pin(*old_one)) return false;
    prospect_.start.self = prospect_.start.self || cloud_.signing_key() == new_one->id;
    return true;
  }

  // Its secret comes from a place that holds it, and is proven by a call.
  bool prove_adopted() {
    if (!request_.adopted) return true;
    const std::string key = request_.adopted->text();
    if (!adopted_.secret) {
      return turn(Ending::needs_operator, "No location holds the new key " + key + ", so nobody here has its secret.",
                  "put that pair into one of the locations first; or, if nobody needs it: keybaton retire " + words() +
                      " --key " + key);
    }
    const Answer<Caller> answer = cloud_.probe(*request_.adopted, *adopted_.secret);
    const Caller* caller = done(answer);
    if (caller == nullptr) return unproven(key, answer);
    if (caller->user_id == prospect_.start.target.user_id) {
      prospect_.adopted_secret = std::move(adopted_.secret);
      return true;
    }
    return turn(Ending::needs_operator,
                "The secret that stands beside " + key + " in location " + adopted_.from.text() + " is another user's.",
                "put the right pair there");
  }

  // The key is there and Active: what a cloud refuses of a call that needs no permission is its signature.
  bool unproven(const std::string& key, const Answer<Caller>& answer) {
    const std::string what =
        "signing a call with the new key " + key + " and the secret in location " + adopted_.from.text();
    const Refused* no = refused(answer);
    if (no == nullptr || (no->why != Refusal::denied && no->why != Refusal::invalid_credentials)) {
      return turn(what, answer);
    }
    return turn(
        Ending::refused,
        what + " was refused" + (no->code.empty() ? "" : " (" + no->code + ")") +
            ": most likely that secret is not the one of this key.",
        "put the secret of " + key + " into location " + adopted_.from.text() + ", then run the same command again");
  }

  bool pin(const AccessKey& key) {
    prospect_.start.old_key = key.id;
    prospect_.start.old_created = key.created_at;
    prospect_.start.self = cloud_.signing_key() == key.id;
    return true;
  }

  bool read_usage() {
    Start& start = prospect_.start;
    const Answer<LastUsed> answer = cloud_.last_used(start.target.user, start.old_key);
    const LastUsed* used = done(answer);
    if (used == nullptr) return turn("reading when the old key was last used", answer);
    const Time now = clock_.now().wall;
    if (used->at && start.procedure == Procedure::rotate) {
      start.idle_at_start = std::max(now - *used->at, Seconds{0});
      if (!start.policy.cadence && *start.idle_at_start > start.policy.quiet) {
        prospect_.warnings.push_back("the old key was last used " + about(*start.idle_at_start) +
                                     " ago, so quiet is raised to that; set the target's cadence to say otherwise");
      }
    }
    if (!used->at && start.procedure == Procedure::rotate) {
      prospect_.warnings.emplace_back(
          "the old key was never used as far as the cloud knows: verify will want an --override, and if nobody needs "
          "it, `keybaton retire` is the shorter way");
    }
    return true;
  }

  // Where the delete can be undone for a while, and what it would cost another deleted key.
  bool read_bin() {
    const Start& start = prospect_.start;
    if (!start.provider.undeletes()) {
      if (start.policy.late_undo > Seconds{0}) {
        prospect_.warnings.emplace_back("late_undo does nothing here: this cloud keeps no deleted keys");
      }
      return true;
    }
    const Answer<std::vector<BinnedKey>> answer = cloud_.deleted_keys(start.target.user_id);
    const auto* bin = done(answer);
    if (bin == nullptr) {
      const Refused* no = refused(answer);
      prospect_.warnings.push_back(
          "the recycle bin cannot be read, so nobody knows whether the delete could be undone" +
          (no != nullptr && !no->message.empty() ? ": " + no->message : std::string()));
      return true;
    }
    if (bin->empty() || bin->size() < start.provider.bin_slots) return true;
    const auto oldest = std::ranges::min_element(*bin, {}, &BinnedKey::deleted_at);
    prospect_.warnings.push_back("the recycle bin of " + start.target.user.text() + " is full (" +
                                 std::to_string(bin->size()) + " keys): the delete at the end purges " +
                                 oldest->id.text() + ", deleted on " + rfc3339(oldest->deleted_at) + ", for good");
    return true;
  }

  bool read_locations() {
    for (const LocationSpec& spec : request_.locations) {
      const auto found = locations_.find(spec.name);
      if (found == locations_.end()) {
        return turn(Ending::usage, "Location " + spec.name.text() + " has no adapter.", "check the config");
      }
      const Answer<Holding> answer = found->second->read();
      if (!take(spec, answer)) return false;
      if (request_.procedure == Procedure::rotate && !writable(spec, *found->second, answer)) return false;
    }
    what_others_can_restore();
    if (request_.procedure == Procedure::rotate && request_.locations.empty()) {
      prospect_.warnings.emplace_back("no location is configured: nobody will be given the new key");
    }
    return true;
  }

  bool take(const LocationSpec& spec, const Answer<Holding>& answer) {
    const Holding* holding = done(answer);
    const std::string name = "location " + spec.name.text();
    if (holding == nullptr) {
      // For a retire even an optional place matters: not knowing is no proof that nobody holds the key.
      if (!spec.optional || request_.procedure == Procedure::retire) return unreadable(name, answer);
      prospect_.warnings.push_back(name + " cannot be read; it is optional");
      prospect_.locations.push_back({.spec = spec, .holds = {}, .restorable = false});
      return true;
    }
    prospect_.start.told[spec.name] = {.custody = holding->custody, .mark = holding->mark, .holds = {}};
    const bool closed = holding->custody == Custody::closed && !holding->mark.empty();
    if (closed || holding->custody == Custody::by_hand) return take_unseen(spec, *holding);
    prospect_.locations.push_back({.spec = spec, .holds = holding->id, .restorable = holding->secret.has_value()});
    const bool holds_old = holding->id == prospect_.start.old_key;
    if (request_.procedure == Procedure::retire) {
      // A mount that is away looks the same as an entry that was taken out.
      if (!holding->id && spec.type != watched_type) {
        prospect_.warnings.push_back(name + " holds no key: if it only is away, look there before the key goes");
      }
      return !holds_old || still_needed(name);
    }
    if (holds_old) {
      return is_derived(spec) || !holding->secret || agrees(old_, *holding->id, spec.name, *holding->secret);
    }
    if (request_.adopted && holding->id == *request_.adopted) {
      prospect_.start.told[spec.name].holds = holding->id;
      return is_derived(spec) || !holding->secret || agrees(adopted_, *holding->id, spec.name, *holding->secret);
    }
    if (spec.optional) {
      prospect_.start.told[spec.name].holds = holding->id;
      prospect_.start.told[spec.name].empty = !holding->id;
      prospect_.warnings.push_back(name + " does not hold the old key; it is optional");
      return true;
    }
    const std::string what =
        holding->id ? "holds " + holding->id->text() : "holds no key: it, or its entry, is not there";
    return turn(Ending::needs_operator,
                "Location " + spec.name.text() + " " + what + ". It should hold the key to rotate, " +
                    prospect_.start.old_key.text() + ".",
                "put the right key there or take the location out of the config, then run the same command again");
  }

  // The secret of one key, and the place that showed it.
  struct Shown {
    std::optional<SecretAccessKey> secret;
    LocationName from;
  };

  // Nobody here can tell which of two secrets is the right one: going on would spread the wrong one, or lose the other.
  bool agrees(Shown& shown, const AccessKeyId& key, const LocationName& name, const SecretAccessKey& secret) {
    if (shown.secret && !shown.secret->same_as(secret)) {
      return turn(Ending::needs_operator,
                  "Locations " + shown.from.text() + " and " + name.text() + " have different secrets beside " +
                      key.text() + ".",
                  "put the right pair into both, then run the same command again");
    }
    shown = {.secret = secret.clone(), .from = name};
    return true;
  }

  // A place that does not show what it holds: that it is the old key is the config's word alone.
  bool take_unseen(const LocationSpec& spec, const Holding& holding) {
    const std::string name = "location " + spec.name.text();
    const bool retires = request_.procedure == Procedure::retire;
    const AccessKeyId& old_key = prospect_.start.old_key;
    if (retires) {  // the command looks at more than these places, and warns of all that show nothing
      prospect_.locations.push_back({.spec = spec, .holds = {}, .restorable = false});
      return true;
    }
    prospect_.warnings.push_back(name +
                                 (holding.custody == Custody::by_hand
                                      ? " is written by hand: a person has to confirm it, and to put it back"
                                      : " does not show what it holds: that it is the old key is the config's word"));
    prospect_.locations.push_back({.spec = spec, .holds = old_key, .restorable = false});
    return true;
  }

  // What is put back into a place that does not show its secret can be read from another one.
  void what_others_can_restore() {
    if (request_.procedure != Procedure::rotate) return;
    const AccessKeyId& old_key = prospect_.start.old_key;
    const auto shows = [&](const SurveyedLocation& each) {
      return each.restorable && each.holds == old_key && !is_derived(each.spec);
    };
    const auto from = std::ranges::find_if(prospect_.locations, shows);
    const bool shown = from != prospect_.locations.end();
    for (SurveyedLocation& each : prospect_.locations) {
      const bool has_a_key = each.holds.has_value();
      if (!has_a_key || (each.restorable && each.holds == old_key)) continue;
      const auto told = prospect_.start.told.find(each.spec.name);
      const Custody custody = told == prospect_.start.told.end() ? Custody::open : told->second.custody;
      const bool by_hand = custody == Custody::by_hand;
      each.restorable = shown && !by_hand;
      if (each.restorable && custody == Custody::closed) {  // nobody can compare the two
        prospect_.warnings.push_back("location " + each.spec.name.text() +
                                     " shows no secret: a rollback puts there what location " + from->spec.name.text() +
                                     " holds now");
      }
      if (each.restorable || by_hand) continue;
      prospect_.warnings.push_back("location " + each.spec.name.text() +
                                   " cannot be read back: rollback there is reactivate only");
    }
  }

  // Before a key is made, not after it: a place that cannot be written now will not take the new one either.
  bool writable(const LocationSpec& spec, const Location& location, const Answer<Holding>& held) {
    if (done(held) == nullptr) return true;  // said already
    const Answer<Nothing> ready = location.ready();
    if (done(ready) != nullptr) return true;
    const std::string name = "location " + spec.name.text();
    if (!spec.optional) return place_turn("writing " + name, ready);
    prospect_.warnings.push_back(name + " cannot be written; it is optional");
    return true;
  }

  // A malformed file is an input file that is wrong (exit 2); a place that refuses us is a refusal.
  bool unreadable(const std::string& name, const Answer<Holding>& answer) {
    const Refused* no = refused(answer);
    if (no != nullptr && no->why == Refusal::invalid) {
      return turn(Ending::usage, place_refusal_words("reading " + name, *no),
                  (no->remedy.empty() ? "mend it" : no->remedy) + ", then run the same command again");
    }
    return place_turn("reading " + name, answer);
  }

  template <class T>
  bool place_turn(const std::string& what, const Answer<T>& answer) {
    const Refused* no = refused(answer);
    if (no == nullptr) return turn(what, answer);
    return turn(ending_of(*no), place_refusal_words(what, *no),
                place_remedy(*no) + ", then run the same command again");
  }

  bool still_needed(const std::string& name) {
    return turn(Ending::needs_operator,
                "Key " + prospect_.start.old_key.text() + " is still held by " + name + ": somebody needs it.",
                "rotate it instead: keybaton rotate " + words());
  }

  Cloud& cloud_;
  Locations& locations_;
  Clock& clock_;
  const Request& request_;
  Caller caller_;
  Prospect prospect_;
  Shown old_, adopted_;
  Turned turned_;
};

}  // namespace

std::variant<Prospect, Turned> survey(Cloud& cloud, Locations& locations, Clock& clock, const Request& request) {
  return Survey{cloud, locations, clock, request}.run();
}

}  // namespace rotation

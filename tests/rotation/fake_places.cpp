// The places of the fake world: how each kind shows what it holds, and what may never be written to any.
#include <algorithm>
#include <utility>

#include "fake_process.hpp"

namespace fake {
namespace {

Answer<Written> conflict() { return Refused{.why = Refusal::conflict, .code = {}, .message = {}, .request_id = {}}; }
Answer<Written> no_reply() { return Unknown{"no reply"}; }

bool in_parts(Nature nature) { return nature == Nature::two_part || nature == Nature::derived_part; }

class FakeLocation : public Location {
 public:
  FakeLocation(Process& process, LocationName name) : process_(process), name_(std::move(name)) {}

  Answer<Holding> read() override {
    if (place().nature == Nature::by_hand) return seen(Holding{.id = {}, .custody = Custody::by_hand});
    const bool reviewed = place().nature == Nature::reviewed;
    const Fault fault = process_.next(reviewed ? CallKind::review_read : CallKind::location_read);
    if (fault == Fault::lost_before) return Unknown{"no reply"};
    if (fault == Fault::denied) return Refused{.why = Refusal::denied, .code = {}, .message = {}, .request_id = {}};
    edit(fault);
    return seen(shown());
  }

  Answer<Written> write(const Change& change) override {
    check_write(change);
    const Fault fault = process_.next(write_kind());
    if (fault == Fault::lost_before) return no_reply();
    if (fault == Fault::refused) return Refused{.why = Refusal::denied, .code = {}, .message = {}, .request_id = {}};
    edit(fault);
    if (place().nature == Nature::reviewed) return proposed(change, fault);
    const Holding now = shown();
    const bool same = now.id == change.expected.id && now.mark == change.expected.mark &&
                      (!now.secret || !change.expected.secret || now.secret->same_as(*change.expected.secret));
    if (!same || (now.custody == Custody::closed && now.mark.empty())) return conflict();
    return written(change, fault);
  }

  [[nodiscard]] SecretAccessKey form(const SecretAccessKey& secret) const override {
    return secret.expose([&](std::string_view text) { return Secret{derivation() + std::string(text)}; });
  }

 private:
  [[nodiscard]] Place& place() const { return process_.world().places.at(name_); }
  [[nodiscard]] const LocationView& known() const { return *process_.world().view.find(name_); }
  [[nodiscard]] std::string derivation() const { return place().nature == Nature::derived_part ? "derived:" : ""; }

  [[nodiscard]] CallKind write_kind() const {
    switch (place().nature) {
      case Nature::open:
      case Nature::by_hand: return CallKind::location_write;
      case Nature::reviewed: return CallKind::review_write;
      case Nature::closed:
      case Nature::two_step:
      case Nature::two_part:
      case Nature::derived_part: return CallKind::parts_write;
    }
    return CallKind::location_write;
  }

  [[nodiscard]] Holding shown() const {
    const Place& now = place();
    if (now.nature == Nature::closed) {
      return {.id = {}, .custody = Custody::closed, .mark = now.id ? std::to_string(now.writes) : ""};
    }
    Holding holding{.id = now.id, .secret = {}};
    if (now.id) holding.secret = Secret{derivation() + "secret-of-" + now.secret_of.value_or(*now.id).text()};
    if (now.proposed) holding.proposed = Proposal{.id = *now.proposed, .where = "a branch"};
    if (now.unfinished) holding.unfinished = "a restart";
    return holding;
  }

  // What the core may take the place to hold by such a read.
  Answer<Holding> seen(Holding holding) {
    process_.places_read[name_] = process_.world().wall;
    const bool told = holding.custody == Custody::by_hand ||
                      (holding.custody == Custody::closed && !holding.mark.empty() && holding.mark == known().mark);
    process_.places_saw[name_] = told ? known().holds : holding.id;
    return Done<Holding>{std::move(holding)};
  }

  // Everything that must be so before a pair leaves for a place, whatever becomes of it.
  void check_write(const Change& change) {
    const World& world = process_.world();
    const View& view = world.view;
    if (!view.pending || view.pending->location != name_) process_.breaks("invariant 3: a write without its intent");
    const std::string whole = derivation() + "secret-of-" + change.id.text();
    if (!change.secret.expose([&](std::string_view text) { return text == whole; })) {
      process_.breaks("a wrong secret was written to " + name_.text());
    }
    const auto old_one = world.sealed.lower_bound("old:");  // its own, or what another place showed
    const bool old_sealed = old_one != world.sealed.end() && old_one->first.starts_with("old:");
    const bool stored = change.id == old_id ? old_sealed : world.sealed.contains("new");
    if (!stored) process_.breaks("invariant 4: a secret left before its sealed form was durable");
    if (place().nature == Nature::by_hand) process_.breaks("a place of a person was written");
    const auto& there = change.expected.id;
    const bool shows = change.expected.custody == Custody::open;
    if (shows && (!there || (there != old_id && there != view.new_key))) {
      process_.breaks("invariant 13: a third value was written over in " + name_.text());
    }
    if (!shows && (change.expected.mark.empty() || change.expected.mark != known().mark)) {
      process_.breaks("invariant 13: what nobody knows was written over in " + name_.text());
    }
    if (change.id == view.new_key && !known().spec.canary) check_canaries();
  }

  void check_canaries() {
    for (const LocationView& each : process_.world().view.locations) {
      const bool out = each.state != LocationState::written && each.state != LocationState::confirmed;
      if (each.spec.canary && out && each.state != LocationState::waived) {
        process_.breaks(name_.text() + " was written before the canary had taken the new key");
      }
    }
  }

  Answer<Written> written(const Change& change, Fault fault) {
    Place& now = place();
    const bool between = fault == Fault::crash_between || fault == Fault::lost_between;
    const bool cut_short = between && !in_parts(now.nature);  // the secret is there, the id is not
    ++now.writes;
    if (cut_short) {
      now.secret_of = change.id;
    } else {
      now.id = change.id;
      now.secret_of.reset();
      ++now.writes;
      process_.world().edited.erase(name_);
    }
    if (now.secret_of == now.id) now.secret_of.reset();
    now.unfinished = between && in_parts(now.nature);
    nobody_is_cut_off(process_.world());
    if (fault == Fault::crash_after || fault == Fault::crash_between) throw Crash{};
    if (fault == Fault::lost_after || fault == Fault::lost_between) return no_reply();
    return Done<Written>{{.mark = now.nature == Nature::closed ? std::to_string(now.writes) : ""}};
  }

  // What the branch holds is what it is to hold; what it proposes else is withdrawn.
  Answer<Written> proposed(const Change& change, Fault fault) {
    Place& now = place();
    const bool merged_already = now.id == change.id;
    if (!merged_already && now.id != change.expected.id) return conflict();
    now.proposed = merged_already ? std::nullopt : std::optional{change.id};
    if (fault == Fault::crash_after) throw Crash{};
    if (fault == Fault::lost_after) return no_reply();
    if (merged_already) return Done<Written>{};
    return Done<Written>{{.proposed = Proposal{.id = change.id, .where = "a branch"}}};
  }

  void edit(Fault fault) {
    World& world = process_.world();
    const auto put = [&](const std::optional<AccessKeyId>& key) {
      place_holds(place(), key);
      world.edited.insert(name_);
    };
    if (fault == Fault::place_gets_old) put(old_id);
    if (fault == Fault::place_gets_new && world.view.new_key) put(world.view.new_key);
    if (fault == Fault::place_gets_other) put(AccessKeyId{"AKIAFOREIGN000000009"});
    if (fault == Fault::place_emptied) put(std::nullopt);
    if (fault == Fault::merged) merge(world, place());
    if (fault == Fault::rejected) place().proposed.reset();
  }

  Process& process_;
  LocationName name_;
};

}  // namespace

void place_holds(Place& place, const std::optional<AccessKeyId>& key) {
  place.id = key;
  place.secret_of.reset();
  place.unfinished = false;
  ++place.writes;
}

void merge(World& world, Place& place) {
  if (!place.proposed) return;
  place_holds(place, std::exchange(place.proposed, std::nullopt));
  nobody_is_cut_off(world);
}

bool works(const World& world, const std::optional<AccessKeyId>& key) {
  const auto found = key ? world.keys.find(*key) : world.keys.end();
  return found != world.keys.end() && found->second.status == KeyStatus::active;
}

// Of half a pair no consumer can make use; that the next write ends it is for the end to show.
void nobody_is_cut_off(World& world) {
  if (world.meddled) return;
  for (const auto& [name, place] : world.places) {
    const LocationView* location = world.view.find(name);
    if (location != nullptr && location->state == LocationState::waived) continue;  // a person took that on
    if (world.edited.contains(name) || (!place.id && world.view.procedure == Procedure::retire)) continue;
    if (!works(world, place.id)) {
      world.broken.push_back("invariant 1: " + name.text() + " holds a key that does not work");
    }
  }
}

std::unique_ptr<Location> fake_place(Process& process, const LocationName& name) {
  return std::make_unique<FakeLocation>(process, name);
}

}  // namespace fake

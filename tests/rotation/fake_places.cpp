// The places of the fake world.
#include <utility>

#include "fake_process.hpp"

namespace fake {
namespace {

class FakeLocation : public Location {
 public:
  FakeLocation(Process& process, LocationName name) : process_(process), name_(std::move(name)) {}

  Answer<Holding> read() override {
    const Fault fault = process_.next(CallKind::location_read);
    if (fault == Fault::lost_before) return Unknown{"no reply"};
    if (fault == Fault::denied) return Refused{.why = Refusal::denied, .code = {}, .message = {}, .request_id = {}};
    if (fault == Fault::crash_after) throw Crash{};
    edit(fault);
    process_.places_read[name_] = process_.world().wall;
    const auto& held = process_.world().places.at(name_);
    process_.places_saw[name_] = held;
    Holding holding{.id = held, .secret = {}};
    if (held) holding.secret = Secret{"secret-of-" + held->text()};
    return Done<Holding>{std::move(holding)};
  }

  Answer<Written> write(const Change& change) override {
    World& world = process_.world();
    if (!world.view.pending || world.view.pending->location != name_)
      process_.breaks("invariant 3: a write without its intent");
    const bool right =
        change.secret.expose([&](std::string_view text) { return text == "secret-of-" + change.id.text(); });
    if (!right) process_.breaks("a wrong secret was written to " + name_.text());
    const auto old_one = world.sealed.lower_bound("old:");  // its own, or what another place showed
    const bool old_sealed = old_one != world.sealed.end() && old_one->first.starts_with("old:");
    const bool stored = change.id == old_id ? old_sealed : world.sealed.contains("new");
    if (!stored) process_.breaks("invariant 4: a secret left before its sealed form was durable");
    const Fault fault = process_.next(CallKind::location_write);
    if (fault == Fault::lost_before) return Unknown{"no reply"};
    if (fault == Fault::refused) return Refused{.why = Refusal::denied, .code = {}, .message = {}, .request_id = {}};
    auto& held = world.places.at(name_);
    if (held != change.expected.id)
      return Refused{.why = Refusal::conflict, .code = {}, .message = {}, .request_id = {}};
    held = change.id;
    process_.nobody_is_cut_off();
    if (fault == Fault::crash_after) throw Crash{};
    if (fault == Fault::lost_after) return Unknown{"no reply"};
    return Done<Written>{};
  }

 private:
  void edit(Fault fault) {
    World& world = process_.world();
    const auto put = [&](const std::optional<AccessKeyId>& key) {
      world.places.at(name_) = key;
      world.edited.insert(name_);
    };
    if (fault == Fault::place_gets_old) put(old_id);
    if (fault == Fault::place_gets_new && world.view.new_key) put(world.view.new_key);
    if (fault == Fault::place_emptied) put(std::nullopt);
  }

  Process& process_;
  LocationName name_;
};

}  // namespace

std::unique_ptr<Location> fake_place(Process& process, const LocationName& name) {
  return std::make_unique<FakeLocation>(process, name);
}

}  // namespace fake

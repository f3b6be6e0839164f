// One process in the fake world: counts its calls, injects its faults, remembers what it has read.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "fake_world.hpp"

namespace fake {

inline const AccessKeyId old_id{"AKIAOLD0000000000001"};
inline const UserName user_name{"support-api"};

class Process {
 public:
  Process(World& world, const Command& command) : world_(world), command_(command) {}

  World& world() { return world_; }
  Ran ran;
  bool interrupted = false;
  bool noted = false;  // the spill has the intent of a reactivation
  std::optional<Time> caller_ok, user_ok, keys_read;
  std::map<LocationName, Time> places_read;
  std::map<LocationName, std::optional<AccessKeyId>> places_saw;  // what the last of these reads showed

  // Every effect passes here first. The fault it returns is the caller's to play; crashes are played here.
  Fault next(CallKind kind);
  // A key changes: asked for now, or by a request that was given up for lost and arrives after all.
  void change(const std::string& what, const AccessKeyId& key, Time at);
  void breaks(const std::string& what) { world_.broken.push_back(what); }

 private:
  void remember(Time at);
  void meddle(Fault fault);
  void arrive_late();
  bool remove(const AccessKeyId& id);
  bool restore(const AccessKeyId& id);

  World& world_;
  const Command& command_;
};

[[nodiscard]] bool works(const World& world, const std::optional<AccessKeyId>& key);
// Invariant 1 and 13 from outside: no consumer may ever sit on a key that is not Active, unless somebody meddled.
void nobody_is_cut_off(World& world);
// Somebody writes it by other ways than ours.
void place_holds(Place& place, const std::optional<AccessKeyId>& key);
// Its proposal, if it has one, comes to count.
void merge(World& world, Place& place);

[[nodiscard]] std::unique_ptr<Cloud> fake_cloud(Process& process);
[[nodiscard]] std::unique_ptr<Location> fake_place(Process& process, const LocationName& name);
[[nodiscard]] std::unique_ptr<Journal> fake_journal(Process& process);
[[nodiscard]] std::unique_ptr<Sealer> fake_sealer();
[[nodiscard]] std::unique_ptr<Spill> fake_spill(Process& process);

}  // namespace fake

#include "fake_process.hpp"

#include <utility>

namespace fake {

Fault Process::next(CallKind kind) {
  const int number = static_cast<int>(ran.calls.size());
  ran.calls.push_back(kind);
  arrive_late();
  const auto found = command_.faults.find(number);
  const Fault fault = found == command_.faults.end() ? Fault::none : found->second;
  if (fault == Fault::interrupt) interrupted = true;
  meddle(fault);
  if (fault == Fault::crash_before) throw Crash{};
  return fault;
}

void Process::remember(Time at) {
  world_.keys_before = world_.keys;
  world_.changed_at = at;
}

// What a foreign actor does to a key that is there.
void Process::meddle(Fault fault) {
  const auto set = [&](const AccessKeyId& id, KeyStatus status) {
    if (!world_.keys.contains(id)) return;
    remember(world_.wall);
    world_.keys[id].status = status;
    world_.meddled = true;
  };
  const auto erase = [&](const AccessKeyId& id) {
    remember(world_.wall);
    if (remove(id)) world_.meddled = true;
  };
  const AccessKeyId new_key = world_.view.new_key.value_or(AccessKeyId{});
  switch (fault) {
    case Fault::foreign_create:
      world_.meddled = true;
      remember(world_.wall);
      world_.keys[AccessKeyId{"AKIAFOREIGN000000001"}] = {.created_at = world_.wall, .foreign = true};
      break;
    case Fault::foreign_deactivate_old: set(old_id, KeyStatus::inactive); break;
    case Fault::foreign_activate_old: set(old_id, KeyStatus::active); break;
    case Fault::foreign_delete_old: erase(old_id); break;
    case Fault::foreign_deactivate_new: set(new_key, KeyStatus::inactive); break;
    case Fault::foreign_delete_new: erase(new_key); break;
    case Fault::foreign_purge_old:
      if (world_.bin.erase(old_id) > 0) world_.meddled = true;
      break;
    case Fault::foreign_restore_old:
      remember(world_.wall);
      if (restore(old_id)) world_.meddled = true;
      break;
    default: break;
  }
}

// Requests that were given up for lost and arrive after all.
void Process::arrive_late() {
  auto late = std::exchange(world_.late, {});
  for (const LateEffect& effect : late) {
    if (effect.at > world_.wall) {
      world_.late.push_back(effect);
    } else {
      change(effect.what, effect.key, effect.at);
    }
  }
}

bool Process::remove(const AccessKeyId& id) {
  auto found = world_.keys.extract(id);
  if (found.empty()) return false;
  found.mapped().status = KeyStatus::inactive;
  if (world_.recycles()) world_.bin.insert(std::move(found));
  return true;
}
bool Process::restore(const AccessKeyId& id) {
  auto found = world_.bin.extract(id);
  return !found.empty() && world_.keys.insert(std::move(found)).inserted;
}

void Process::change(const std::string& what, const AccessKeyId& key, Time at) {
  remember(at);
  if (what == "delete") {
    if (remove(key) && key == old_id) world_.old_deleted_by_us = true;
  } else if (what == "undelete") {
    (void)restore(key);
  } else if (what == "create") {
    world_.keys[key] = {.created_at = at};
    world_.made_by_us.insert(key);
  } else if (world_.keys.contains(key)) {
    world_.keys[key].status = what == "Active" ? KeyStatus::active : KeyStatus::inactive;
  }
  nobody_is_cut_off(world_);
}

}  // namespace fake

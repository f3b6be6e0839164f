// What can go wrong where in the fake world.
#include "fake_world.hpp"

namespace fake {
namespace {

const std::vector<Fault>& plain_faults_at(CallKind kind) {
  static const std::vector<Fault> foreign{Fault::foreign_create,     Fault::foreign_deactivate_old,
                                          Fault::foreign_delete_old, Fault::foreign_deactivate_new,
                                          Fault::foreign_delete_new, Fault::foreign_activate_old,
                                          Fault::interrupt};
  const auto with_foreign = [](std::vector<Fault> own) {
    own.insert(own.end(), foreign.begin(), foreign.end());
    return own;
  };
  static const std::vector<Fault> list =
      with_foreign({Fault::crash_before, Fault::lost_before, Fault::denied, Fault::stale});
  static const std::vector<Fault> read{Fault::crash_before, Fault::lost_before, Fault::denied};
  static const std::vector<Fault> mutation{Fault::crash_before, Fault::crash_after, Fault::lost_before,
                                           Fault::lost_after,   Fault::late,        Fault::refused,
                                           Fault::interrupt};
  static const std::vector<Fault> location_read{Fault::crash_before,    Fault::lost_before,    Fault::denied,
                                                Fault::place_gets_old,  Fault::place_gets_new, Fault::place_emptied,
                                                Fault::place_gets_other};
  static const std::vector<Fault> location_write{Fault::crash_before, Fault::crash_after, Fault::lost_before,
                                                 Fault::lost_after,   Fault::refused,     Fault::place_gets_other};
  static const std::vector<Fault> parts_write{Fault::crash_before, Fault::crash_between,   Fault::crash_after,
                                              Fault::lost_before,  Fault::lost_between,    Fault::lost_after,
                                              Fault::refused,      Fault::place_gets_other};
  static const std::vector<Fault> review_read{Fault::crash_before,   Fault::lost_before,   Fault::denied,
                                              Fault::place_gets_old, Fault::place_emptied, Fault::merged,
                                              Fault::rejected};
  static const std::vector<Fault> review_write{Fault::crash_before, Fault::crash_after, Fault::lost_before,
                                               Fault::lost_after,   Fault::refused,     Fault::merged};
  static const std::vector<Fault> commit{Fault::crash_before, Fault::crash_after, Fault::storage};
  switch (kind) {
    case CallKind::list: return list;
    case CallKind::read: return read;
    case CallKind::mutation: return mutation;
    case CallKind::location_read: return location_read;
    case CallKind::location_write: return location_write;
    case CallKind::parts_write: return parts_write;
    case CallKind::review_read: return review_read;
    case CallKind::review_write: return review_write;
    case CallKind::commit:
    case CallKind::spill: return commit;
  }
  return commit;
}

}  // namespace

std::vector<Fault> faults_at(CallKind kind, Habits cloud) {
  std::vector<Fault> faults = plain_faults_at(kind);
  if (cloud == Habits::recycles && kind == CallKind::list) {
    faults.insert(faults.end(), {Fault::foreign_purge_old, Fault::foreign_restore_old});
  }
  return faults;
}

}  // namespace fake

#include "rotation/drift.hpp"

namespace rotation {
namespace {

bool old_is_off(const View& view) {
  if (view.old_deleted || view.state == State::completed) return true;
  return view.state == State::deactivated || view.old_said == KeyStatus::inactive;
}

}  // namespace

Drift drift_of(const View& view, const LocationView& location) {
  if (!location.holds || location.in_doubt) return Drift::none;
  if (location.holds == view.old_key) return old_is_off(view) ? Drift::retired : Drift::none;
  if (location.holds != view.new_key) return Drift::unknown;
  return view.new_deleted || view.new_said == KeyStatus::inactive ? Drift::retired : Drift::none;
}

}  // namespace rotation

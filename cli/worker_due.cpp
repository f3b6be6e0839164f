#include "cli/worker_due.hpp"

#include <algorithm>

#include "rotation/evidence.hpp"

namespace cli {

using rotation::Need;

void News::watch(const rotation::Summary& open) {
  keys_.try_emplace(open.old_key.text());
  if (open.new_key) keys_.try_emplace(open.new_key->text());
}

void News::see(const inventory::KeyRow& row) {
  const auto watched = keys_.find(row.key.id.text());
  if (watched == keys_.end()) return;
  watched->second = {.seen = true, .status = row.key.status, .used = row.used.value_or(rotation::LastUsed{})};
}

bool News::saw(const rotation::AccessKeyId& key) const {
  const auto found = keys_.find(key.text());
  return found != keys_.end() && found->second.seen;
}

bool News::of(const rotation::View& view, const rotation::AccessKeyId& key) const {
  const auto found = keys_.find(key.text());
  if (found == keys_.end() || !found->second.seen) return false;
  const Seen& seen = found->second;
  const auto& said = key == view.old_key ? view.old_said : view.new_said;
  if (said && *said != seen.status) return true;
  if (!seen.used.at) return false;
  const rotation::Sample* known = rotation::latest_sample(view, key);
  return known == nullptr || !known->used.at || *known->used.at < *seen.used.at ||
         known->used.service != seen.used.service;
}

Turn turn_of(const rotation::View& view, const rotation::Next& next, const News& news) {
  // Whatever a person had to mend may be mended by now: only a look tells.
  if (view.attention) return Turn::due;
  const auto needs = [&](Need need) { return std::ranges::find(next.needs, need) != next.needs.end(); };
  // In its grace the old key is off: whoever tries it, or turned it on, is told of at once.
  const bool off = view.state == rotation::State::deactivated && view.direction == rotation::Direction::forward;
  if (off && news.of(view, view.old_key)) return Turn::due;
  if (next.not_before) return Turn::waits;
  if (needs(Need::operator_)) {
    // A use that is missing, or one that goes on: where the scan saw the keys, it has seen whether that changed.
    const auto may_have_changed = [&](const rotation::AccessKeyId& key) {
      return !news.saw(key) || news.of(view, key);
    };
    return may_have_changed(view.old_key) || (view.new_key && may_have_changed(*view.new_key)) ? Turn::due : Turn::asks;
  }
  return next.needs.empty() ? Turn::due : Turn::asks;
}

}  // namespace cli

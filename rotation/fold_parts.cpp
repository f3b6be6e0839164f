#include "rotation/fold_parts.hpp"

#include <algorithm>
#include <utility>

namespace rotation {

void end_standing(View& view, std::string why) {
  if (!view.standing) return;
  view.standing.reset();
  view.consent_over = std::move(why);
}

void stand(View& view, const Record& record) {
  Standing standing{.steps = {},
                    .by = record.actor,
                    .at = record.at,
                    .use = get_time(record.what.detail, "last_used"),
                    .by_config = get(record.what.detail, "given") == "config"};
  for (const std::string& name : get_list(record.what.detail, "steps")) {
    const auto step = parse_word<Step>(name);
    if (!step) impossible(record, "it consents to an unknown step");
    standing.steps.insert(*step);
  }
  view.standing = std::move(standing);
  view.consent_over.clear();
}

void take_word(View& view, const std::string& word) {
  view.accepted.insert(word);
  end_standing(view, "somebody accepted what no plan foresees: " + word);
  if (word.starts_with("reactivated_outside")) not_off(view, view.old_key);
}

bool take_of_batch(View& view, const std::string& what, const Detail& detail) {
  if (what == "warned") {
    if (!view.warned_at) view.warned_at = get_instant(detail);
    view.warned_left = parse_duration(get(detail, "left").value_or(""));
  } else if (what == "consent_withdrawn" || what == "consent_renewed") {
    if (view.standing) view.standing->withdrawn = what == "consent_withdrawn";
  } else {
    return false;
  }
  return true;
}

void not_off(View& view, const AccessKeyId& key) {
  if (!view.batch || key != view.old_key) return;
  view.batch->was_off = false;
  view.batch->off_since.reset();
  view.batch->off_by.clear();
}

bool stays_off(const View& view) { return view.batch && view.batch->was_off && view.waking() == nullptr; }

bool stands(const View& view, Step step) {
  if (!view.standing || view.standing->withdrawn || !view.standing->steps.contains(step)) return false;
  // Where it was off when that was agreed to, nobody agreed to switch it off: somebody has turned it on since.
  return step != Step::deactivate || !view.batch || !view.batch->was_off;
}

void used_again(View& view, const Sample& sample) {
  if (!view.standing || sample.key != view.old_key || !sample.known || !sample.used.at) return;
  if (view.standing->use && *sample.used.at <= *view.standing->use) return;
  end_standing(view, "the key was used at " + rfc3339(*sample.used.at) + ", after that consent");
}

void note_gap(View& view, const Sample& sample) {
  if (!sample.known || sample.key != view.old_key || !sample.used.at) return;
  const Time used = *sample.used.at;
  if (view.old_use_seen && used > *view.old_use_seen) {
    view.longest_gap = std::max(view.longest_gap.value_or(Seconds{0}), Seconds{used - *view.old_use_seen});
  }
  view.old_use_seen = std::max(view.old_use_seen.value_or(used), used);
}

}  // namespace rotation

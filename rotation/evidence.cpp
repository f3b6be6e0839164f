#include "rotation/evidence.hpp"

#include <algorithm>

namespace rotation {
namespace {

// A use of the key after `since`, or a series that goes back or ends in "never": what the samples alone say.
Rest series(const View& view, const AccessKeyId& key, const Instant& since) {
  std::optional<Time> last;
  Rest rest = Rest::unknown;
  for (const Sample& sample : view.samples) {
    if (sample.key != key) continue;
    if (!sample.known || (last && (!sample.used.at || *sample.used.at < *last))) {
      rest = Rest::unknown;  // a failed read, or one that goes back in time
      continue;
    }
    last = sample.used.at;
    rest = last && *last > since.wall ? Rest::used : Rest::resting;
  }
  return rest;
}

// retire alone may take "never used" for quiet, once the key is older than the whole window.
bool old_enough_to_be_unused(const View& view, Seconds window, const Instant& now) {
  return view.procedure == Procedure::retire && view.old_created && now.wall - *view.old_created >= window;
}

Millis idle_time(const Sample& sample, const View& view, const Instant& since) {
  const Millis since_start = elapsed(since, sample.seen);
  if (!sample.used.at) return since_start;
  const Millis since_use = sample.seen.wall - (*sample.used.at + view.policy.granularity);
  return std::min(since_start, since_use);
}

// The first of the unbroken run of samples that show the same last use as the latest.
const Sample* first_alike(const View& view, const Sample& latest) {
  const Sample* first = &latest;
  for (auto sample = view.samples.rbegin(); sample != view.samples.rend(); ++sample) {
    if (sample->key != latest.key) continue;
    if (!sample->known || sample->used.at != latest.used.at) break;
    first = &*sample;
  }
  return first;
}

bool used_after(const Sample* sample, const Instant& since) {
  return sample != nullptr && sample->known && sample->used.at && *sample->used.at > since.wall;
}

// Different uses in more than one sample since then: it is no straggler, somebody lives on this key.
bool keeps_being_used(const View& view, const AccessKeyId& key, const Instant& since) {
  std::optional<Time> first;
  for (const Sample& sample : view.samples) {
    if (sample.key != key || !used_after(&sample, since)) continue;
    if (first && *sample.used.at != *first) return true;
    first = sample.used.at;
  }
  return false;
}

// Neither key had been used for a whole window before the deploy: nobody may be using it at all.
bool idle_before(const View& view, const Instant& since) {
  const Sample* sample = latest_sample(view, view.old_key);
  return sample != nullptr && (!sample->used.at || since.wall - *sample->used.at >= view.policy.quiet);
}

Instant origin(const View& view) {
  if (view.procedure == Procedure::rotate && view.deployed_at) return *view.deployed_at;
  return {};
}

// "last used at …", for a sentence.
std::string used_where(const Sample& sample) {
  if (!sample.used.at) return "never used, as far as the cloud knows";
  std::string text = "last used at " + rfc3339(*sample.used.at);
  if (!sample.used.service.empty()) text += " by " + sample.used.service;
  if (!sample.used.region.empty()) text += " in " + sample.used.region;
  if (!sample.used_by.empty()) text += " (" + sample.used_by + ")";
  return text;
}

std::string window_text(const View& view) {
  return about(effective_quiet(view)) + " of quiet and " + about(view.policy.lag) + " of reporting lag";
}

Assessment judge_rotation(const View& view, const KeyRest& old_key, const Instant& since) {
  const bool used = new_key_used(view);
  const Sample* sample = latest_sample(view, view.old_key);
  switch (old_key.rest) {
    case Rest::used:
      return {.verdict = Verdict::old_still_used,
              .stuck = keeps_being_used(view, view.old_key, since),
              .left = old_key.left,
              .says = "the old key is still used: " + used_where(*sample)};
    case Rest::unknown:
      if (old_key.hopeless) {
        return {.verdict = Verdict::unknown,
                .stuck = true,
                .hopeless = true,
                .left = old_key.left,
                .says = "the cloud gives no trustworthy last use of the old key, so its silence proves nothing"};
      }
      return {.verdict = Verdict::unknown, .left = old_key.left, .says = "the old key's last use is not known"};
    case Rest::resting:
      if (!used) {
        return {.verdict = Verdict::new_idle,
                .left = old_key.left,
                .says = "the new key is not used yet; the old one is resting" + how_to_use(view)};
      }
      return {.left = old_key.left, .says = "the new key is used; the old one needs " + window_text(view)};
    case Rest::quiet:
      if (used) {
        return {.verdict = Verdict::moved,
                .enough = true,
                .says = "the new key is used, the old one was " + used_where(*sample)};
      }
      return {.verdict = idle_before(view, since) ? Verdict::both_idle : Verdict::new_idle,
              .stuck = true,
              .says = "the old key is quiet, but nobody has used the new one yet" + how_to_use(view)};
  }
  return {};
}

Assessment judge_retirement(const View& view, const KeyRest& rest) {
  const Sample* sample = latest_sample(view, view.old_key);
  switch (rest.rest) {
    case Rest::quiet: return {.verdict = Verdict::quiet, .enough = true, .says = "the key was " + used_where(*sample)};
    case Rest::used:
    case Rest::resting:
      // Nobody was to need it any more, and somebody uses it again and again.
      if (keeps_being_used(view, view.old_key, {})) {
        return {.verdict = Verdict::old_still_used,
                .stuck = true,
                .left = rest.left,
                .says = "the key is still used: " + used_where(*sample)};
      }
      return {.verdict = rest.window_over ? std::nullopt : std::optional{Verdict::old_still_used},
              .left = rest.left,
              .says = "the key was " + used_where(*sample) + "; it needs " + window_text(view)};
    case Rest::unknown:
      return {.verdict = Verdict::unknown,
              .stuck = rest.hopeless,
              .hopeless = rest.hopeless,
              .left = rest.left,
              .says = "the key's last use is not known"};
  }
  return {};
}

}  // namespace

std::string how_to_use(const View& view) {
  if (!view.self || view.provider.proof_of_use.empty()) return "";
  return "; use it yourself once: " + view.provider.proof_of_use;
}

Spacing spacing(const View& view) {
  const Millis propagation = view.policy.propagation;
  const auto at_most = [&](Millis usual) { return view.provider.loopback ? std::min(usual, propagation) : usual; };
  return {.probe = at_most(Seconds{2}),
          .probe_budget = view.provider.loopback ? std::max<Millis>(propagation, Seconds{10})
                                                 : std::max<Millis>(propagation, Seconds{120}),
          .contradiction = at_most(Seconds{10}),
          .check = at_most(view.policy.check_every),
          // Never shorter: a use is recorded only where no call of ours came first in its span, on loopback too.
          .own_check = std::max<Millis>(at_most(view.policy.check_every), 2 * view.policy.granularity),
          .settle = propagation,
          .in_flight = at_most(write_deadline)};
}

Seconds effective_quiet(const View& view) {
  if (view.policy.cadence) return std::max(view.policy.quiet, *view.policy.cadence);
  return std::max({view.policy.quiet, view.longest_gap.value_or(Seconds{0}), view.idle_at_start.value_or(Seconds{0})});
}

const Sample* latest_sample(const View& view, const AccessKeyId& key) {
  for (auto sample = view.samples.rbegin(); sample != view.samples.rend(); ++sample) {
    if (sample->key == key) return &*sample;
  }
  return nullptr;
}

bool ever_deployed(const View& view) {
  return std::ranges::any_of(view.locations, [](const LocationView& each) { return each.ever_written; });
}

KeyRest rest_of(const View& view, const AccessKeyId& key, const Instant& since, const Instant& now) {
  const Sample* latest = latest_sample(view, key);
  const Seconds window = effective_quiet(view) + view.policy.lag;
  if (latest == nullptr) return {.rest = Rest::unknown, .left = {}, .needs_sample = true};
  const Rest by_samples = series(view, key, since);
  Rest rest = by_samples;
  const bool never = !latest->used.at && latest->known;
  if (never && rest == Rest::resting && !old_enough_to_be_unused(view, window, now)) rest = Rest::unknown;

  // What has passed since the latest sample counts towards the next one, never towards this one.
  const Millis idle = idle_time(*latest, view, since);
  const Millis spaced = elapsed(first_alike(view, *latest)->seen, latest->seen);
  const Millis need = spacing(view).check;
  if (rest != Rest::unknown && (never || idle >= window) && spaced >= need) {
    return {.rest = Rest::quiet, .left = {}, .needs_sample = false};
  }
  const Millis passed = elapsed(latest->seen, now);
  const Millis window_left = never && rest != Rest::unknown ? Millis{0} : Millis{window} - idle;
  // Never before the next sample may be taken, however soon the window itself is over.
  const Millis left = std::max({window_left, need - spaced, need}) - passed;
  const bool window_over = window_left <= Millis{0};
  // A young key that a retire finds never used only has to grow older.
  const bool grows_older = by_samples == Rest::resting && view.procedure == Procedure::retire;
  return {.rest = rest,
          .left = std::max(left, Millis{0}),
          .needs_sample = left <= Millis{0},
          .window_over = window_over,
          .hopeless = rest == Rest::unknown && latest->known && window_over && spaced >= need && !grows_older};
}

bool new_key_used(const View& view) {
  if (!view.new_key) return false;
  Time own_until = view.probed_at ? view.probed_at->wall : Time::min();  // our own calls, as far as they are known
  for (const Sample& sample : view.samples) {
    if (sample.key != *view.new_key) continue;
    if (sample.known && sample.used.at) {
      const std::string& service = sample.used.service;
      if (sample.foreign_use) return true;
      const bool ours = view.provider.own_services.contains(service);
      if (!service.empty() && !ours && service != "N/A") return true;
      const bool after_ours = *sample.used.at > own_until + view.policy.granularity;
      const bool before_this_burst = !sample.own_since || *sample.used.at < *sample.own_since;
      if (after_ours && before_this_burst) return true;
    }
    if (view.self) own_until = sample.seen.wall;
  }
  return false;
}

Assessment assess(const View& view, const Instant& now) {
  const Instant since = origin(view);
  const KeyRest old_key = rest_of(view, view.old_key, since, now);
  return view.procedure == Procedure::rotate ? judge_rotation(view, old_key, since) : judge_retirement(view, old_key);
}

Assessment assess_new_key_gone(const View& view, const Instant& now) {
  if (!ever_deployed(view)) return {.enough = true, .left = {}, .says = "the new key was never deployed"};
  const Instant since = view.restored_at.value_or(now);
  const Sample* sample = latest_sample(view, *view.new_key);
  const KeyRest rest = rest_of(view, *view.new_key, since, now);
  if (rest.rest == Rest::quiet)
    return {.verdict = Verdict::quiet, .enough = true, .left = {}, .says = "the new key is quiet"};
  if (used_after(sample, since)) {
    return {.verdict = std::nullopt,
            .stuck = keeps_being_used(view, *view.new_key, since),
            .left = rest.left,
            .says = "the new key is still used: " + used_where(*sample)};
  }
  const bool hopeless = rest.rest == Rest::unknown && rest.hopeless;
  return {.stuck = hopeless,
          .hopeless = hopeless,
          .left = rest.left,
          .says = "the new key needs " + window_text(view) + " before it can go"};
}

}  // namespace rotation

#include "rotation/drafts.hpp"

#include <utility>

#include "rotation/evidence.hpp"

namespace rotation {

Draft intent(const Perform& perform, const AttemptId& attempt, const Instant& now) {
  Draft draft{.kind = Kind::intent, .step = perform.step, .direction = perform.direction, .attempt = attempt};
  if (!perform.key.empty()) draft.key = perform.key;
  if (!perform.location.empty()) draft.location = perform.location;
  draft.detail["op"] = word(perform.op);
  put(draft.detail, now);
  return draft;
}

Draft outcome(const Pending& pending, Outcome outcome, const Instant& now) {
  Draft draft{.kind = Kind::outcome,
              .step = pending.step,
              .direction = pending.direction,
              .attempt = pending.attempt,
              .outcome = outcome,
              .key = pending.key,
              .location = pending.location};
  draft.detail["op"] = word(pending.op);
  put(draft.detail, now);
  return draft;
}

Draft row_done(Step step, Direction direction, const Instant& now) {
  Draft draft{.kind = Kind::outcome, .step = step, .direction = direction, .outcome = Outcome::done};
  put(draft.detail, now);
  return draft;
}

Draft moving(Draft draft, State to) {
  draft.detail["state"] = word(to);
  return draft;
}

void put_last_use(Draft& draft, const View& view, const AccessKeyId& key) {
  const Sample* latest = latest_sample(view, key);
  if (latest == nullptr || !latest->used.at) return;
  draft.detail[key == view.old_key ? "old_last_used" : "new_last_used"] = rfc3339(*latest->used.at);
}

Draft observation(std::string what, const Instant& now) {
  Draft draft{.kind = Kind::observation};
  draft.detail["what"] = std::move(what);
  put(draft.detail, now);
  return draft;
}

Draft decision(std::string what, const Instant& now) {
  Draft draft{.kind = Kind::decision};
  draft.detail["what"] = std::move(what);
  put(draft.detail, now);
  return draft;
}

Draft attention_draft(const Attention& attention, const Instant& now) {
  Draft draft = observation("attention", now);
  draft.detail["code"] = word(attention.code);
  draft.detail["message"] = attention.message;
  draft.detail["hint"] = attention.hint;
  put_list(draft.detail, "accept", attention.accept);
  return draft;
}

Draft sample_draft(const AccessKeyId& key, const Answer<LastUsed>& answer, const Instant& now) {
  Draft draft = observation("last_used", now);
  draft.key = key;
  if (const LastUsed* used = done(answer)) {
    if (used->at) draft.detail["last_used"] = rfc3339(*used->at);
    if (!used->service.empty()) draft.detail["service"] = used->service;
    if (!used->region.empty()) draft.detail["region"] = used->region;
  } else {
    draft.detail["known"] = "no";
  }
  return draft;
}

Draft location_seen(const LocationView& location, const std::optional<AccessKeyId>& holds, LocationState state,
                    const Instant& now) {
  Draft draft = observation("location", now);
  draft.location = location.spec.name;
  draft.key = holds;
  draft.detail["location_state"] = word(state);
  return draft;
}

}  // namespace rotation

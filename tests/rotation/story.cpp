#include "story.hpp"

#include <utility>

namespace story {

Start start_of(const Setting& setting) {
  return {.procedure = setting.procedure,
          .target = {.account = AccountName{"prod"},
                     .provider = "aws",
                     .partition = "aws",
                     .account_id = AccountId{"123456789012"},
                     .user = UserName{"support-api"},
                     .user_id = UserId{"AIDAEXAMPLE"}},
          .policy = setting.policy,
          .connection = {{"profile", "prod"}, {"region", "eu-west-1"}},
          .provider = {.provider = "aws",
                       .granularity = setting.policy.granularity,
                       .lag = setting.policy.lag,
                       .loopback = setting.loopback,
                       .proof_of_use = "aws s3 ls --profile dev",
                       .own_services = {"sts", "iam"}},
          .self = setting.self,
          .old_key = old_id,
          .old_created = noon() - hours{24 * 100},
          .idle_at_start = setting.idle_at_start,
          .locations = setting.locations,
          .told = setting.told};
}

Story::Story(const Setting& setting) { tell(started(start_of(setting))); }

Story Story::of(const Start& start) {
  Story story{Untold{}};
  story.tell(started(start));
  return story;
}

Story& Story::pass(Seconds span) {
  wall += span;
  boot += span;
  return *this;
}

Record Story::record(Draft draft) const {
  return {.id = view.seq + 1,
          .rotation = RotationId{"r-1"},
          .seq = view.seq + 1,
          .at = wall,
          .actor = "ann@ops1",
          .claim = {},
          .caller = {},
          .account = AccountName{"prod"},
          .user = UserName{"support-api"},
          .what = std::move(draft),
          .hash = {}};
}

Story& Story::tell(Draft draft) {
  records.push_back(record(std::move(draft)));
  apply(view, records.back());
  return *this;
}

Story& Story::intend(Op op, Step step, Direction direction, const AccessKeyId& key, const LocationName& location) {
  Draft draft = intent({.op = op, .step = step, .direction = direction, .key = key, .location = location},
                       AttemptId{"attempt-" + std::to_string(view.seq)}, now());
  if (op == Op::create_key) draft.detail["keys_before"] = old_id.text();
  if (op == Op::write_location) draft.detail["old_sealed"] = "yes";
  return tell(std::move(draft));
}

Story& Story::settle(Outcome how, std::optional<State> to, const std::optional<AccessKeyId>& key) {
  Draft draft = outcome(view.waking() != nullptr ? *view.waking() : *view.pending, how, now());
  if (key) draft.key = key;
  return tell(to ? moving(std::move(draft), *to) : std::move(draft));
}

Story& Story::create() {
  return intend(Op::create_key, Step::create, Direction::forward).settle(Outcome::done, State::created, new_id);
}

Story& Story::probe() {
  Draft draft = observation("probe", now());
  draft.key = new_id;
  return tell(std::move(draft));
}

Story& Story::write(const LocationName& location) {
  return intend(Op::write_location, Step::deploy, Direction::forward, new_id, location).settle(Outcome::done);
}

Story& Story::deploy() {
  probe();
  for (const LocationView& each : std::vector<LocationView>{view.locations}) write(each.spec.name);
  return tell(moving(row_done(Step::deploy, Direction::forward, now()), State::deployed));
}

Story& Story::verify() { return tell(moving(row_done(Step::verify, Direction::forward, now()), State::verified)); }

Story& Story::deactivate() {
  return intend(Op::deactivate_key, Step::deactivate, Direction::forward, old_id)
      .settle(Outcome::done, State::deactivated);
}

Story& Story::remove() {
  return intend(Op::delete_key, Step::delete_key, Direction::forward, old_id).settle(Outcome::done, State::completed);
}

Story& Story::turn_back() {
  Draft draft = decision("rollback", now());
  draft.direction = Direction::back;
  return tell(std::move(draft));
}

Story& Story::sample(const AccessKeyId& key, std::optional<Time> used, const std::string& service) {
  return tell(sample_draft(key, Done<LastUsed>{{.at = used, .service = used ? service : "", .region = {}}}, now()));
}

Story& Story::failed_sample(const AccessKeyId& key) { return tell(sample_draft(key, Unknown{"no reply"}, now())); }

}  // namespace story

#include "samples.hpp"

namespace cli_parts_test {

using namespace rotation;

Time at(const char* text) { return parse_rfc3339(text).value(); }
Time noon() { return at("2026-01-02T12:00:00Z"); }

Target target() {
  return {.account = AccountName("prod"),
          .provider = "aws",
          .partition = "aws",
          .account_id = AccountId("123456789012"),
          .user = UserName("support-api"),
          .user_id = UserId("AIDACKCEVSQ6C2EXAMPLE")};
}

namespace {

LocationSpec laptop() {
  return {.name = LocationName("laptop"),
          .type = "aws-credentials-file",
          .optional = false,
          .settings = {{"path", "/home/ann/.aws/credentials"}, {"profile", "support-api"}}};
}

LocationSpec service() {
  return {.name = LocationName("service"),
          .type = "env-file",
          .optional = true,
          .settings = {{"path", "/etc/support.env"}, {"id", "AWS_ACCESS_KEY_ID"}, {"value", "AWS_SECRET_ACCESS_KEY"}}};
}

Instant instant(const char* text) { return {.wall = at(text), .boot = Millis{1000}, .boot_id = "boot"}; }

}  // namespace

View planned() {
  View view;
  view.id = RotationId("r-01JGEXAMPLE0000000000000000");
  view.target = target();
  view.old_key = AccessKeyId(old_id);
  view.started_by = "ann@ops1";
  view.started_at = at("2026-01-02T03:04:05Z");
  view.updated_at = at("2026-01-02T03:04:06Z");
  view.locations = {{.spec = laptop(), .state = LocationState::pending, .holds = AccessKeyId(old_id)},
                    {.spec = service(), .state = LocationState::pending, .holds = std::nullopt}};
  return view;
}

View deployed() {
  View view = planned();
  view.state = State::deployed;
  view.new_key = AccessKeyId(new_id);
  view.new_said = KeyStatus::active;
  view.updated_at = at("2026-01-02T11:30:00Z");
  for (LocationView& location : view.locations) {
    location.state = LocationState::written;
    location.holds = view.new_key;
    location.ever_written = true;
    location.old_sealed = true;
  }
  view.verdict = Verdict::new_idle;
  view.samples = {{.key = view.old_key,
                   .used = {.at = at("2026-01-02T09:00:00Z"), .service = "s3", .region = "eu-west-1"},
                   .seen = instant("2026-01-02T11:30:00Z")},
                  {.key = *view.new_key, .used = {}, .seen = instant("2026-01-02T11:30:01Z")}};
  return view;
}

View in_trouble() {
  View view = planned();
  view.state = State::created;
  view.new_key = AccessKeyId(new_id);
  view.locations[0].state = LocationState::failed;
  view.pending = Pending{.op = Op::write_location,
                         .step = Step::deploy,
                         .direction = Direction::forward,
                         .attempt = AttemptId("a-0001"),
                         .location = LocationName("service"),
                         .key = std::nullopt,
                         .since = instant("2026-01-02T11:00:00Z"),
                         .keys_before = {}};
  view.attention = Attention{.code = AttentionCode::conflict,
                             .message = "laptop holds AKIASOMEBODYELSE0001, neither the old key nor the new one.",
                             .hint = "keybaton resume prod/support-api --accept waive_location:laptop",
                             .accept = {"waive_location:laptop"}};
  return view;
}

View going_back() {
  View view = deployed();
  view.direction = Direction::back;
  view.old_said = KeyStatus::active;
  view.verdict.reset();
  view.samples.clear();
  view.locations[0].state = LocationState::restored;
  view.locations[0].holds = view.old_key;
  return view;
}

View completed() {
  View view = deployed();
  view.state = State::completed;
  view.old_said = KeyStatus::inactive;
  view.old_deleted = true;
  view.verdict = Verdict::moved;
  return view;
}

View retiring() {
  View view = planned();
  view.procedure = Procedure::retire;
  view.locations.clear();
  view.verdict = Verdict::quiet;
  return view;
}

Next next_of_deployed() {
  return {.step = Step::verify,
          .needs = {Need::wait},
          .not_before = at("2026-01-03T15:00:00Z"),
          .command = "keybaton resume prod/support-api",
          .why = "the old key has to be unused for 1d 4h"};
}

cli::Failure waiting() {
  return {Ending::waiting,
          {.message = "The old key has not been quiet for long enough.",
           .keys = "Both keys are Active; nothing was lost.",
           .hint = "keybaton resume prod/support-api"}};
}

Prospect prospect() {
  Prospect result;
  result.start.target = target();
  result.start.old_key = AccessKeyId(old_id);
  result.start.idle_at_start = Seconds{3 * 3600};
  result.caller = Arn("arn:aws:iam::123456789012:user/admin");
  result.locations = {{.spec = laptop(), .holds = AccessKeyId(old_id), .restorable = true},
                      {.spec = service(), .holds = std::nullopt, .restorable = false}};
  result.warnings = {"service is optional and holds nothing."};
  return result;
}

Turned turned() {
  return {.ending = Ending::needs_operator,
          .problem = {.message = "support-api has two access keys.",
                      .keys = "Nothing was done; both keys are as they were.",
                      .hint = "keybaton keys prod"},
          .attention = Attention{.code = AttentionCode::stranger,
                                 .message = "AKIASOMEBODYELSE0001 is no key of this rotation.",
                                 .hint = "keybaton keys prod",
                                 .accept = {"stranger:AKIASOMEBODYELSE0001"}}};
}

Record intent() {
  Record record;
  record.id = 7;
  record.rotation = RotationId("r-01JGEXAMPLE0000000000000000");
  record.seq = 3;
  record.at = at("2026-01-02T03:04:07Z");
  record.actor = "ann@ops1";
  record.caller = "arn:aws:iam::123456789012:user/admin";
  record.account = AccountName("prod");
  record.user = UserName("support-api");
  record.what.kind = Kind::intent;
  record.what.step = Step::deploy;
  record.what.attempt = AttemptId("a-0001");
  record.what.location = LocationName("laptop");
  record.what.detail = {{"boot_id", "boot"}, {"op", "write_location"}, {"why", "a \"quoted\"\nword"}};
  record.hash = "00ff";
  return record;
}

Record single_call() {
  Record record;
  record.id = 8;
  record.at = at("2026-01-02T03:05:00Z");
  record.actor = "ann@ops1";
  record.claim = "bob";
  record.account = AccountName("prod");
  record.user = UserName("support-api");
  record.what.kind = Kind::outcome;
  record.what.step = Step::deactivate;
  record.what.outcome = Outcome::refused;
  record.what.key = AccessKeyId(old_id);
  record.hash = "0100";
  return record;
}

cli::KeysReport keys() {
  const auto row = [](const char* user, const char* key, KeyStatus status, const char* created,
                      std::optional<LastUsed> used) {
    return cli::KeyRow{.account = AccountName("prod"),
                       .provider = "aws",
                       .account_id = AccountId("123456789012"),
                       .user = UserName(user),
                       .user_id = UserId("AIDACKCEVSQ6C2EXAMPLE"),
                       .key = {.id = AccessKeyId(key), .status = status, .created_at = at(created)},
                       .used = std::move(used),
                       .seen_at = noon()};
  };
  return {
      .keys = {row("support-api", old_id, KeyStatus::active, "2025-09-04T12:00:00Z",
                   LastUsed{.at = at("2026-01-02T09:00:00Z"), .service = "s3", .region = "eu-west-1"}),
               row("support-api", new_id, KeyStatus::inactive, "2026-01-02T11:00:00Z", LastUsed{}),
               row("batch\x1b[31m", "AKIAUNREADABLE000001", KeyStatus::unusable, "2025-01-01T00:00:00Z", std::nullopt)},
      .incomplete = {"staging"}};
}

}  // namespace cli_parts_test

#include "cli/survey.hpp"

#include "cli/holders.hpp"
#include "cli/output.hpp"
#include "cli/unsearched.hpp"
#include "rotation/stops.hpp"

namespace cli {
namespace {

PolicyOptions policy_options(const StartWords& start, const Consents& consents) {
  PolicyOptions options;
  if (start.quiet) options.quiet = duration_of("--quiet", *start.quiet);
  if (start.grace) options.grace = duration_of("--grace", *start.grace);
  options.override_reason = override_reason(consents);
  return options;
}

rotation::Request request_for(const Aim& aim, rotation::Procedure procedure, const rotation::Policy& policy) {
  return {.procedure = procedure,
          .account = aim.account,
          .by_profile = aim.by_profile,
          .user = aim.user,
          .connection = aim.connection,
          .account_pin = aim.account_pin,
          .key = {},
          .policy = policy,
          .locations = aim.locations,
          .words = aim.words};
}

Surveyed look(House& house, const Aim& aim, rotation::Request request, const PolicyOptions& options,
              const Config& config) {
  Surveyed surveyed;
  // Nothing is sealed before the journal is open; the journal is asked then.
  const auto holds_wrapped_key = [&house] {
    const auto reader = house.reader();
    return reader && reader->holds_wrapped_key();
  };
  surveyed.bench =
      std::make_unique<Bench>(house, aim.connection, aim.locations, holds_wrapped_key, reach_of(request.procedure));
  const rotation::ProviderFacts facts = surveyed.bench->cloud().facts();
  const Loopback loopback = facts.loopback ? Loopback::yes : Loopback::no;
  EffectivePolicy effective = effective_policy(config, aim.account, aim.user, options, loopback, facts.granularity);
  request.policy = effective.policy;
  request.connection = surveyed.bench->pins();
  surveyed.warnings = std::move(effective.warnings);
  surveyed.found = rotation::survey(surveyed.bench->cloud(), surveyed.bench->locations(), house.clock(), request);
  return surveyed;
}

}  // namespace

Describer& describe_start(Describer& command, StartWords& into) {
  command.text("--quiet", into.quiet, "how long the old key must have been unused (floor 1h off loopback)", "D");
  return command.text("--grace", into.grace, "from deactivate to delete (floor 24h off loopback)", "D");
}

void warn_of_new_policy(const StartWords& words, const rotation::View& open) {
  const auto differs = [](const std::string& option, const std::optional<std::string>& text, rotation::Seconds pinned) {
    return text && duration_of(option, *text) != pinned;
  };
  if (!differs("--quiet", words.quiet, open.policy.quiet) && !differs("--grace", words.grace, open.policy.grace))
    return;
  warn("Warning: " + rotation::target_words(open.target) + " keeps the windows of its start: quiet " +
       rotation::duration_text(open.policy.quiet) + ", grace " + rotation::duration_text(open.policy.grace) + ".\n");
}

Surveyed survey_target(House& house, const TargetWords& target, const StartWords& start, const Consents& consents) {
  const PolicyOptions options = policy_options(start, consents);
  const Config config = house.config();
  const Aim aim = aim_at(target, config, Locations::needed);
  return look(house, aim, request_for(aim, rotation::Procedure::rotate, {}), options, config);
}

Surveyed survey_adoption(House& house, const TargetWords& target, const rotation::AccessKeyId& old_key,
                         const rotation::AccessKeyId& new_key, const StartWords& start, const Consents& consents) {
  const PolicyOptions options = policy_options(start, consents);
  const Config config = house.config();
  const Aim aim = aim_at(target, config, Locations::needed);
  rotation::Request request = request_for(aim, rotation::Procedure::rotate, {});
  request.key = old_key;
  request.adopted = new_key;
  return look(house, aim, std::move(request), options, config);
}

Surveyed survey_key(House& house, const TargetWords& target, const rotation::AccessKeyId& key, const StartWords& start,
                    const Consents& consents) {
  const PolicyOptions options = policy_options(start, consents);
  const Config config = house.config();
  Aim aim = aim_at(target, config, Locations::not_needed);
  aim.locations = places_to_watch(config, aim, key, paths_to_leave(consents.accept));
  rotation::Request request = request_for(aim, rotation::Procedure::retire, {});
  request.key = key;
  return look(house, aim, std::move(request), options, config);
}

Surveyed survey_of_batch(House& house, const Config& config, const KeyRow& row, const rotation::Batch& batch,
                         const Consents& consents) {
  const TargetWords target{.target = row.account.text() + "/" + row.user.text(), .profile = {}};
  Aim aim = aim_at(target, config, Locations::not_needed);
  aim.locations = places_to_watch(config, aim, row.key.id, paths_to_leave(consents.accept));
  rotation::Request request = request_for(aim, rotation::Procedure::retire, {});
  request.key = row.key.id;
  request.batch = batch;
  Surveyed surveyed = look(house, aim, std::move(request), {}, config);
  if (auto* prospect = std::get_if<rotation::Prospect>(&surveyed.found)) {
    prospect->start.policy.confirm.insert({rotation::Step::deactivate, rotation::Step::delete_key});
  }
  return surveyed;
}

}  // namespace cli

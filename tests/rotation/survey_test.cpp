// Before a rotation exists: what opens, what is turned away, and how each refusal ends.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "desk.hpp"

namespace desk {
namespace {

Request request_for(Procedure procedure) {
  Request request{
      .procedure = procedure,
      .account = AccountName{"prod"},
      .user = UserName{"support-api"},
      .connection = {{"profile", "prod"}},
      .account_pin = AccountId{"123456789012"},
      .policy = quick_policy(),
      .locations = {{.name = laptop, .type = "fake", .settings = {}}, {.name = vault, .type = "fake", .settings = {}}}};
  if (procedure == Procedure::retire) request.key = old_id;
  return request;
}

AccessKey key_of(const AccessKeyId& id, KeyStatus status = KeyStatus::active) {
  return {.id = id, .status = status, .created_at = story::noon() - hours{24}};
}

void nothing_changed(const Desk& desk) {
  for (const char* change : {"create", "Active", "Inactive", "delete", "write"})
    EXPECT_EQ(desk.count(change), 0) << change;
  EXPECT_EQ(desk.records.size(), 1U) << "only the record that the desk began with";
}

Prospect opened(Desk& desk, const Request& request) {
  auto found = desk.survey(request);
  nothing_changed(desk);
  if (const auto* turned = std::get_if<Turned>(&found)) {
    ADD_FAILURE() << turned->problem.message;
    return {};
  }
  return std::get<Prospect>(std::move(found));
}

Turned turned(Desk& desk, const Request& request) {
  auto found = desk.survey(request);
  nothing_changed(desk);
  EXPECT_TRUE(std::holds_alternative<Turned>(found));
  return std::holds_alternative<Turned>(found) ? std::get<Turned>(std::move(found)) : Turned{};
}

bool warned(const Prospect& prospect, const std::string& text) {
  for (const std::string& each : prospect.warnings) {
    if (each.find(text) != std::string::npos) return true;
  }
  return false;
}

// ---- what opens -----------------------------------------------------------------------------------------------------

TEST(Survey, pins_account_user_key_and_locations) {
  Desk desk;
  const Prospect prospect = opened(desk, request_for(Procedure::rotate));
  const Start& start = prospect.start;
  EXPECT_EQ(start.target.account_id, AccountId{"123456789012"});
  EXPECT_EQ(start.target.partition, "aws");
  EXPECT_EQ(start.target.user_id, desk.user->id);
  EXPECT_EQ(start.target.provider, "aws");
  EXPECT_EQ(start.old_key, old_id);
  EXPECT_EQ(start.old_created, desk.keys.at(old_id).created_at);
  EXPECT_EQ(start.idle_at_start, minutes{30});
  EXPECT_EQ(start.policy, quick_policy());
  EXPECT_EQ(start.connection, request_for(Procedure::rotate).connection);
  EXPECT_EQ(start.locations.size(), 2U);
  EXPECT_FALSE(start.self);
  ASSERT_EQ(prospect.locations.size(), 2U);
  EXPECT_TRUE(prospect.locations[0].restorable);
  EXPECT_EQ(prospect.locations[0].holds, old_id);
  EXPECT_TRUE(prospect.warnings.empty());
}

TEST(Survey, takes_the_user_that_signs_where_none_is_named) {
  Desk desk;
  desk.caller.arn = Arn{"arn:aws:iam::123456789012:user/team/support-api"};
  desk.signer = old_id;
  Request request = request_for(Procedure::rotate);
  request.user = UserName{};
  request.by_profile = true;
  const Prospect prospect = opened(desk, request);
  EXPECT_EQ(prospect.start.target.user, UserName{"support-api"});
  EXPECT_TRUE(prospect.start.target.by_profile);
  EXPECT_TRUE(prospect.start.self);
}

TEST(Survey, warns_of_what_a_rollback_cannot_put_back) {
  Desk desk;
  desk.write_only = {laptop, vault};
  const Prospect prospect = opened(desk, request_for(Procedure::rotate));
  EXPECT_FALSE(prospect.locations[1].restorable);
  EXPECT_TRUE(warned(prospect, "reactivate only"));
}

TEST(Survey, counts_on_the_old_secret_that_another_place_shows) {
  Desk desk;
  desk.write_only = {vault};
  const Prospect prospect = opened(desk, request_for(Procedure::rotate));
  EXPECT_TRUE(prospect.locations[1].restorable);
  EXPECT_FALSE(warned(prospect, "reactivate only"));
}

TEST(Survey, takes_a_place_that_shows_nothing_at_the_configs_word_and_says_so) {
  Desk desk;
  desk.closed[vault] = 7;
  const Prospect prospect = opened(desk, request_for(Procedure::rotate));
  EXPECT_TRUE(warned(prospect, "the config's word"));
  EXPECT_EQ(prospect.start.told.at(vault).mark, "7");
  desk.by_hand = {vault};
  EXPECT_TRUE(warned(opened(desk, request_for(Procedure::rotate)), "written by hand"));
}

Request adoption() {
  Request request = request_for(Procedure::rotate);
  request.key = old_id;
  request.adopted = new_id;
  return request;
}

TEST(Adoption, takes_the_new_secret_from_a_location_that_holds_it_and_starts_there) {
  Desk desk;
  desk.keys[new_id] = {.id = new_id, .status = KeyStatus::active, .created_at = desk.wall - hours{1}};
  desk.places[vault] = new_id;
  const Prospect prospect = opened(desk, adoption());
  EXPECT_EQ(prospect.start.adopted, new_id);
  ASSERT_TRUE(prospect.adopted_secret);
  EXPECT_EQ(desk.count("probe"), 1);
  const story::Story story = story::Story::of(prospect.start);
  EXPECT_EQ(story.view.state, State::created);
  EXPECT_EQ(story.view.new_key, new_id);
  EXPECT_EQ(story.view.find(vault)->state, LocationState::written);
  EXPECT_TRUE(story.view.find(vault)->ever_written);
  EXPECT_EQ(story.view.find(laptop)->holds, old_id);
  EXPECT_EQ(story.view.find(laptop)->state, LocationState::pending);
}

TEST(Adoption, is_refused_without_the_secret_without_the_keys_and_for_keys_that_are_off) {
  Desk desk;
  desk.keys[new_id] = {.id = new_id, .status = KeyStatus::active, .created_at = desk.wall - hours{1}};
  EXPECT_NE(turned(desk, adoption()).problem.message.find("nobody here has its secret"), std::string::npos);
  desk.places[vault] = new_id;
  desk.keys[new_id].status = KeyStatus::inactive;
  EXPECT_NE(turned(desk, adoption()).problem.message.find("is not Active"), std::string::npos);
  desk.keys[new_id].status = KeyStatus::active;
  desk.keys[other_id] = desk.keys[new_id];
  EXPECT_NE(turned(desk, adoption()).problem.message.find("more keys"), std::string::npos);
  desk.keys.erase(other_id);
  desk.keys.erase(new_id);
  EXPECT_EQ(turned(desk, adoption()).ending, Ending::usage);
}

TEST(Adoption, of_a_pair_that_does_not_sign_is_refused) {
  Desk desk;
  desk.keys[new_id] = {.id = new_id, .status = KeyStatus::active, .created_at = desk.wall - hours{1}};
  desk.places[vault] = new_id;
  desk.spoilt = {vault};
  const Turned end = turned(desk, adoption());
  EXPECT_EQ(end.ending, Ending::refused);
  EXPECT_NE(end.problem.message.find("the secret in location vault"), std::string::npos) << end.problem.message;
  EXPECT_EQ(end.problem.message.find("permission"), std::string::npos) << end.problem.message;
  EXPECT_NE(end.problem.hint.find("put the secret of " + new_id.text() + " into location vault"), std::string::npos)
      << end.problem.hint;
}

TEST(Adoption, of_places_whose_secrets_differ_is_refused_with_both_names) {
  Desk desk;
  desk.keys[new_id] = {.id = new_id, .status = KeyStatus::active, .created_at = desk.wall - hours{1}};
  desk.places[laptop] = desk.places[vault] = new_id;
  desk.spoilt = {laptop};
  const Turned end = turned(desk, adoption());
  EXPECT_EQ(end.ending, Ending::needs_operator);
  EXPECT_NE(end.problem.message.find("Locations laptop and vault have different secrets"), std::string::npos);
  EXPECT_EQ(desk.count("probe"), 0);
}

// Nobody can compare what a closed place holds with what another one shows.
TEST(Survey, says_whose_secret_a_rollback_will_put_into_a_place_that_shows_none) {
  Desk desk;
  desk.closed[vault] = 7;
  const Prospect prospect = opened(desk, request_for(Procedure::rotate));
  EXPECT_TRUE(std::ranges::count(
      prospect.warnings, "location vault shows no secret: a rollback puts there what location laptop holds now"));
}

TEST(Survey, of_places_whose_old_secrets_differ_opens_nothing) {
  Desk desk;
  desk.spoilt = {vault};
  const Turned end = turned(desk, request_for(Procedure::rotate));
  EXPECT_EQ(end.ending, Ending::needs_operator);
  EXPECT_NE(end.problem.message.find("Locations laptop and vault have different secrets beside " + old_id.text()),
            std::string::npos);
  desk.spoilt.clear();
  desk.forms[vault] = "smtp:";
  Request derived = request_for(Procedure::rotate);
  for (LocationSpec& each : derived.locations) {
    if (each.name == vault) each.settings["as"] = "ses-smtp-password";
  }
  (void)opened(desk, derived);
}

TEST(Survey, warns_of_a_key_that_idles_longer_than_quiet) {
  Desk desk;
  desk.used[old_id].at = desk.wall - hours{24 * 9};
  EXPECT_TRUE(warned(opened(desk, request_for(Procedure::rotate)), "9d"));
}

TEST(Survey, warns_of_a_key_that_was_never_used) {
  Desk desk;
  desk.used[old_id] = {};
  const Prospect prospect = opened(desk, request_for(Procedure::rotate));
  EXPECT_FALSE(prospect.start.idle_at_start);
  EXPECT_TRUE(warned(prospect, "never used"));
}

TEST(Survey, warns_where_no_location_is_configured) {
  Desk desk;
  Request request = request_for(Procedure::rotate);
  request.locations.clear();
  EXPECT_TRUE(warned(opened(desk, request), "no location"));
}

TEST(Survey, lets_optional_locations_be_missing_unreadable_or_different) {
  const std::vector<std::function<void(Desk&)>> states{
      [](Desk& desk) { desk.places[vault] = std::nullopt; }, [](Desk& desk) { desk.places[vault] = other_id; },
      [](Desk& desk) { desk.bad["read vault"] = {no(Refusal::denied)}; },
      [](Desk& desk) { desk.bad["read vault"] = {Unknown{"no reply"}}; }};
  for (const auto& bring_about : states) {
    Desk desk;
    bring_about(desk);
    Request request = request_for(Procedure::rotate);
    request.locations[1].optional = true;
    EXPECT_TRUE(warned(opened(desk, request), "optional"));
  }
}

TEST(Survey, of_a_retirement_takes_the_named_key_of_several) {
  Desk desk;
  desk.keys[other_id] = key_of(other_id);
  desk.places = {{laptop, other_id}, {vault, std::nullopt}};
  const Prospect prospect = opened(desk, request_for(Procedure::retire));
  EXPECT_EQ(prospect.start.old_key, old_id);
  EXPECT_FALSE(prospect.start.idle_at_start);
}

// ---- what is turned away --------------------------------------------------------------------------------------------

struct Case {
  const char* name;
  Procedure procedure;
  std::function<void(Desk&, Request&)> bring_about;
  Ending ending;
  std::string says;  // in the message
};

void PrintTo(const Case& each, std::ostream* out) { *out << each.name; }

class TurnedAway : public testing::TestWithParam<Case> {};

TEST_P(TurnedAway, with_the_right_ending_and_three_parts) {
  Desk desk;
  Request request = request_for(GetParam().procedure);
  if (GetParam().procedure == Procedure::retire) desk.places = {{laptop, other_id}, {vault, std::nullopt}};
  GetParam().bring_about(desk, request);
  auto found = desk.survey(request);
  nothing_changed(desk);
  const auto* turned = std::get_if<Turned>(&found);
  ASSERT_NE(turned, nullptr);
  EXPECT_EQ(word(turned->ending), word(GetParam().ending)) << turned->problem.message;
  EXPECT_NE(turned->problem.message.find(GetParam().says), std::string::npos) << turned->problem.message;
  EXPECT_FALSE(turned->problem.keys.empty());
  EXPECT_FALSE(turned->problem.hint.empty());
}

const auto by_name = [](const auto& each) { return std::string(each.param.name); };
constexpr auto rotate = Procedure::rotate, retire = Procedure::retire;

INSTANTIATE_TEST_SUITE_P(
    Identity, TurnedAway,
    testing::Values(
        Case{"account_of_another_number", rotate,
             [](Desk& desk, Request&) { desk.caller.account_id = AccountId{"999999999999"}; }, Ending::wrong_account,
             "999999999999"},
        Case{"expired_session", rotate,
             [](Desk& desk, Request&) { desk.bad["caller"] = {no(Refusal::expired_session, "ExpiredToken")}; },
             Ending::refused, "expired"},
        Case{"clock_off", rotate,
             [](Desk& desk, Request&) { desk.bad["caller"] = {no(Refusal::clock, "SignatureDoesNotMatch")}; },
             Ending::refused, "clock"},
        Case{"caller_lost", rotate, [](Desk& desk, Request&) { desk.bad["caller"] = {Unknown{"no reply"}}; },
             Ending::unknown, "no reply"},
        Case{"unknown_user", rotate, [](Desk&, Request& request) { request.user = UserName{"nobody"}; }, Ending::usage,
             "nobody"},
        Case{"user_denied", rotate,
             [](Desk& desk, Request&) { desk.bad["user"] = {no(Refusal::denied, "AccessDenied")}; }, Ending::refused,
             "AccessDenied"},
        Case{"role_without_a_user", rotate,
             [](Desk& desk, Request& request) {
               request.user = UserName{};
               desk.caller.arn = Arn{"arn:aws:sts::123456789012:assumed-role/ops/ann"};
             },
             Ending::usage, "no user"}),
    by_name);

INSTANTIATE_TEST_SUITE_P(
    Keys, TurnedAway,
    testing::Values(
        Case{"two_keys", rotate, [](Desk& desk, Request&) { desk.keys[other_id] = key_of(other_id); },
             Ending::needs_operator, other_id.text()},
        Case{"two_keys_one_inactive", rotate,
             [](Desk& desk, Request&) { desk.keys[other_id] = key_of(other_id, KeyStatus::inactive); },
             Ending::needs_operator, "2 access keys"},
        Case{"no_key", rotate, [](Desk& desk, Request&) { desk.keys.clear(); }, Ending::needs_operator,
             "no access key"},
        Case{"inactive", rotate, [](Desk& desk, Request&) { desk.keys[old_id] = key_of(old_id, KeyStatus::inactive); },
             Ending::needs_operator, "not Active"},
        Case{"expired_status", rotate,
             [](Desk& desk, Request&) { desk.keys[old_id] = key_of(old_id, KeyStatus::unusable); },
             Ending::needs_operator, "not Active"},
        Case{"list_denied", rotate, [](Desk& desk, Request&) { desk.bad["keys"] = {no(Refusal::denied)}; },
             Ending::refused, "permission"},
        Case{"list_lost", rotate, [](Desk& desk, Request&) { desk.bad["keys"] = {Unknown{"no reply"}}; },
             Ending::unknown, "no reply"},
        Case{"last_use_denied", rotate, [](Desk& desk, Request&) { desk.bad["last_used"] = {no(Refusal::denied)}; },
             Ending::refused, "last used"},
        Case{"retire_of_a_key_that_is_not_there", retire,
             [](Desk&, Request& request) { request.key = AccessKeyId{"AKIANOWHERE"}; }, Ending::usage, "AKIANOWHERE"},
        Case{"retire_of_the_key_that_signs", retire, [](Desk& desk, Request&) { desk.signer = old_id; },
             Ending::needs_operator, "signs"}),
    by_name);

INSTANTIATE_TEST_SUITE_P(
    Places, TurnedAway,
    testing::Values(Case{"another_key", rotate, [](Desk& desk, Request&) { desk.places[vault] = other_id; },
                         Ending::needs_operator, other_id.text()},
                    Case{"missing", rotate, [](Desk& desk, Request&) { desk.places[vault] = std::nullopt; },
                         Ending::needs_operator, "holds no key"},
                    Case{"denied", rotate, [](Desk& desk, Request&) { desk.bad["read vault"] = {no(Refusal::denied)}; },
                         Ending::refused, "vault"},
                    Case{"not_writable", rotate,
                         [](Desk& desk, Request&) { desk.bad["ready vault"] = {no(Refusal::unsupported)}; },
                         Ending::refused, "writing location vault"},
                    Case{"lost", rotate, [](Desk& desk, Request&) { desk.bad["read vault"] = {Unknown{"no reply"}}; },
                         Ending::unknown, "vault"},
                    Case{"malformed", rotate,
                         [](Desk& desk, Request&) { desk.bad["read vault"] = {no(Refusal::invalid)}; }, Ending::usage,
                         "vault"},
                    Case{"without_an_adapter", rotate, [](Desk& desk, Request&) { desk.places.erase(vault); },
                         Ending::usage, "no adapter"},
                    Case{"retire_of_a_key_that_a_place_still_holds", retire,
                         [](Desk& desk, Request&) { desk.places[vault] = old_id; }, Ending::needs_operator, "vault"},
                    // Whether the place holds the key is not known; that is no reason to retire it.
                    Case{"retire_with_an_unreadable_place", retire,
                         [](Desk& desk, Request& request) {
                           desk.bad["read vault"] = {Unknown{"no reply"}};
                           request.locations[1].optional = true;
                         },
                         Ending::unknown, "vault"}),
    by_name);

TEST(TurnedAwayWith, a_hint_that_is_a_whole_command) {
  Desk two;
  two.keys[other_id] = key_of(other_id);
  auto found = two.survey(request_for(rotate));
  EXPECT_NE(std::get<Turned>(found).problem.hint.find("keybaton retire prod/support-api --key"), std::string::npos);
  Desk off;
  off.keys[old_id] = key_of(old_id, KeyStatus::inactive);
  found = off.survey(request_for(rotate));
  EXPECT_EQ(std::get<Turned>(found).problem.hint, "keybaton key activate prod/support-api --key " + old_id.text());
}

}  // namespace
}  // namespace desk

// What a place keeps in the secret's place: itself, or something made of it.
#include <gtest/gtest.h>

#include "secrets_adapters/derived.hpp"
#include "secrets_adapters/registry.hpp"
#include "tests/platform/workbench.hpp"
#include "tests/secrets_adapters/places.hpp"

namespace {

using namespace places;
using rotation::Custody;
using rotation::LocationName;
using rotation::LocationSpec;
using secrets_adapters::check;
using secrets_adapters::make_location;

LocationSpec env_file(std::map<std::string, std::string> more) {
  more.insert({{"id", "ID"}, {"value", "S"}});
  if (!more.contains("path")) more["path"] = "/x";
  return {.name = LocationName{"smtp"}, .type = "env-file", .settings = std::move(more)};
}

// Computed with Python's hmac by the algorithm of the SES developer guide.
TEST(SesSmtpPassword, IsThatOfTheRegion) {
  const Secret secret{old_secret};
  EXPECT_EQ(text_of(secrets_adapters::ses_smtp_password(secret, "eu-west-1")),
            "BMW5RDrXmmVs0lV7GpI4oLkHXpZ4stDsk6q91z1g38Pk");
  EXPECT_EQ(text_of(secrets_adapters::ses_smtp_password(secret, "us-east-1")),
            "BLBM/9hSUELfq8Gw+rU1YcBjkOxGbhT2XG763xVLGWL9");
}

TEST(Derived, NeedsARegionAndAWordThatIsKnown) {
  EXPECT_TRUE(check(env_file({{"as", "ses-smtp-password"}, {"as_region", "eu-west-1"}})).empty());
  EXPECT_EQ(check(env_file({{"as", "ses-smtp-password"}})).front().setting, "as_region");
  EXPECT_EQ(check(env_file({{"as", "rot13"}})).front().setting, "as");
  EXPECT_EQ(check(env_file({{"as_region", "eu-west-1"}})).front().setting, "as_region");
}

TEST(Derived, PlaceFormsTheSecretAndKeepsWhatItIsGiven) {
  workbench::Directory here;
  workbench::put(here / "env", "ID=" + old_id + "\nS=before\n");
  const auto place =
      make_location(env_file({{"path", here / "env"}, {"as", "ses-smtp-password"}, {"as_region", "eu-west-1"}}));
  const Secret formed = place->form(Secret{old_secret});
  EXPECT_EQ(text_of(formed), "BMW5RDrXmmVs0lV7GpI4oLkHXpZ4stDsk6q91z1g38Pk");
  EXPECT_EQ(said(place->write({holding(old_id), rotation::AccessKeyId(new_id), formed})), "done");
  EXPECT_EQ(workbench::get(here / "env"), "ID=" + new_id + "\nS=BMW5RDrXmmVs0lV7GpI4oLkHXpZ4stDsk6q91z1g38Pk\n");
}

TEST(Plain, PlaceKeepsTheSecretItself) {
  EXPECT_EQ(text_of(make_location(env_file({}))->form(Secret{old_secret})), old_secret);
}

TEST(Manual, PlaceIsNeitherReadNorWritten) {
  const LocationSpec spec{
      .name = LocationName{"fastly"}, .type = "manual", .settings = {{"instructions", "Fastly, S3 logging"}}};
  EXPECT_TRUE(check(spec).empty());
  const auto place = make_location(spec);
  const auto answer = place->read();
  EXPECT_EQ(rotation::done(answer)->custody, Custody::by_hand);
  EXPECT_EQ(why(hand_over(*place)), Refusal::unsupported);
  LocationSpec silent = spec;
  silent.settings.clear();
  EXPECT_TRUE(check(silent).front().missing);
}

}  // namespace

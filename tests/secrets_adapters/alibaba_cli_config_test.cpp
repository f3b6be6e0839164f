#include "secrets_adapters/alibaba_cli_config.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>

#include "tests/platform/workbench.hpp"
#include "tests/secrets_adapters/places.hpp"

namespace {

using namespace places;
using secrets_adapters::alibaba_cli_format;
using secrets_adapters::EditedFile;
using workbench::Directory;
using workbench::get;
using workbench::put;

// A profile as the aliyun command writes it, with the old pair.
std::string profile_text(const std::string& name, const std::string& mode, const std::string& more = "") {
  return "\t\t{\n\t\t\t\"name\": \"" + name + "\",\n\t\t\t\"mode\": \"" + mode + "\",\n\t\t\t\"access_key_id\": \"" +
         ram_old_id + "\",\n\t\t\t\"access_key_secret\": \"" + ram_old_secret + "\",\n\t\t\t\"sts_token\": \"\",\n" +
         more + "\t\t\t\"retry_count\": 0\n\t\t}";
}
std::string config_of(const std::string& profiles) {
  return "{\n\t\"current\": \"default\",\n\t\"profiles\": [\n" + profiles + "\n\t],\n\t\"meta_path\": \"\"\n}\n";
}
const std::string other_profile =
    R"({"name": "default", "mode": "AK", "access_key_id": "LTAIOTHER", "access_key_secret": "other"})";
// One profile "dev" of mode AK with these members.
std::string dev(const std::string& members) { return R"({"profiles":[{"name":"dev","mode":"AK",)" + members + "}]}"; }
const std::string id_member = "\"access_key_id\":\"" + ram_old_id + "\"";
const std::string secret_member = "\"access_key_secret\":\"" + ram_old_secret + "\"";

std::unique_ptr<EditedFile> place_in(const Directory& here, const std::string& name = "dev") {
  return std::make_unique<EditedFile>(here / "config.json", alibaba_cli_format(name));
}

Answer<Holding> read_text(const std::string& text, const std::string& name = "dev") {
  Directory here;
  put(here / "config.json", text);
  return place_in(here, name)->read();
}

TEST(AlibabaCliConfig, ReadsThePairOfItsProfileAlone) {
  const std::string text = config_of(other_profile + ",\n" + profile_text("dev", "AK") + ",\n" +
                                     profile_text("role", "RamRoleArn", "\"ram_role_arn\": \"acs:ram::1:role/r\",\n"));
  EXPECT_EQ(said(read_text(text)), ram_old_pair);
  EXPECT_EQ(said(read_text(text, "role")), ram_old_pair);
  EXPECT_EQ(said(read_text(text, "default")), "LTAIOTHER other");
  EXPECT_EQ(
      said(read_text(R"({"profiles":[{"mode":"\u0041K","name":"d\u0065v",)" + id_member + "," + secret_member + "}]}")),
      ram_old_pair);
}

TEST(AlibabaCliConfig, WhatIsNotThereIsAValue) {
  EXPECT_EQ(said(read_text("{}")), "nothing");
  EXPECT_EQ(said(read_text(R"({"profiles":[]})")), "nothing");
  EXPECT_EQ(said(read_text(config_of(other_profile))), "nothing");
  EXPECT_EQ(said(read_text(dev(R"("access_key_id":"","access_key_secret":"")"))), "nothing");
  EXPECT_EQ(said(read_text(dev(R"("sts_token":"")"))), "nothing");
  Directory here;
  EXPECT_EQ(said(place_in(here)->read()), "nothing");
}

struct Broken {
  std::string name;
  std::string text;
  Refusal why;
  std::string part;  // of the message
};

void expect_refused_and_untouched(const Broken& one) {
  Directory here;
  put(here / "config.json", one.text);
  const auto answer = place_in(here)->read();
  EXPECT_EQ(why(answer), one.why) << one.name << ": " << said(answer);
  EXPECT_NE(said(answer).find(one.part), std::string::npos) << one.name << ": " << said(answer);
  EXPECT_EQ(why(ram_hand_over(*place_in(here))), one.why) << one.name;
  EXPECT_EQ(get(here / "config.json"), one.text) << one.name;
  EXPECT_FALSE(shows_a_piece(said(answer), ram_old_secret)) << one.name;
}

TEST(AlibabaCliConfig, RefusesWhatItCannotTrustAndNamesTheLine) {
  const std::string pair = id_member + "," + secret_member;
  const std::string deep = std::string(100000, '[');
  const std::vector<Broken> cases{
      {"an empty file", "", Refusal::invalid, "line 1: not JSON"},
      {"cut off", "{\n\"profiles\":[\n{\"name\":\"dev\"", Refusal::invalid, "line 3: not JSON"},
      {"a list", "[]", Refusal::invalid, "line 1: it is no JSON object"},
      {"something behind", dev(pair) + "\n{}", Refusal::invalid, "line 2: not JSON: something behind"},
      {"NUL behind", dev(pair) + std::string(1, '\0'), Refusal::invalid, "not JSON: something behind"},
      {"NUL within", dev(with(pair, "LTAI", std::string("LT\0AI", 5))), Refusal::invalid, "control character"},
      {"not UTF-8", dev("\"region_id\":\"\xFF\"," + pair), Refusal::invalid, "not UTF-8"},
      {"deep", "{\"x\":" + deep, Refusal::invalid, "nested too deeply"},
      {"no list", R"({"profiles":{"name":"dev"}})", Refusal::invalid, "profiles is no list"},
      {"a profile of another shape", "{\"profiles\":[\n\"dev\"]}", Refusal::invalid, "line 2: a profile that is no"},
      {"a name of another shape", R"({"profiles":[{"name":7}]})", Refusal::invalid, "name is no string"},
      {"two of the name", config_of(profile_text("dev", "AK") + ",\n" + profile_text("dev", "AK")), Refusal::invalid,
       "line 12: a second profile"},
      {"profiles twice", R"({"profiles":[],"profiles":[]})", Refusal::invalid, "profiles is there a second time"},
      {"profiles in other letters", R"({"Profiles":[]})", Refusal::invalid, "profiles in other letters"},
      {"the id twice", dev(id_member + "," + pair), Refusal::invalid, "access_key_id is there a second time"},
      {"the secret twice", dev(secret_member + ",\n" + pair), Refusal::invalid, "line 2: access_key_secret is there"},
      {"the id in other letters", dev(pair + R"(,"Access_Key_Id":"LTAIOTHER")"), Refusal::invalid,
       "access_key_id in other letters"},
      {"the mode twice", dev(pair + R"(,"mode":"StsToken")"), Refusal::invalid, "mode is there a second time"},
      {"an escaped key twice", dev(pair + R"(,"access_key_\u0069d":"LTAIOTHER")"), Refusal::invalid, "a second time"},
      {"half a pair", dev(id_member), Refusal::invalid, "line 1: an access key id without"},
      {"the other half", dev("\n" + secret_member), Refusal::invalid, "line 2: a secret without"},
      {"a number", dev(R"("access_key_id":5,)" + secret_member), Refusal::invalid, "access_key_id is no string"},
      {"null", dev(id_member + R"(,"access_key_secret":null)"), Refusal::invalid, "access_key_secret is no string"},
      {"an escape", dev(id_member + R"(,"access_key_secret":"oLd\u0037Q2vKx9ZrT4mWc8N")"), Refusal::invalid,
       "written with an escape"},
      {"blanks", dev(R"("access_key_id":"LTAI x",)" + secret_member), Refusal::invalid, "access key id's place"},
      {"a session", dev(pair + ",\n\"sts_token\":\"CAIS\""), Refusal::unsupported, "line 2: a session token"},
      {"no mode", R"({"profiles":[{"name":"dev",)" + pair + "}]}", Refusal::invalid, "a profile without a mode"},
      {"an unknown mode", with(dev(pair), "\"AK\"", "\"Floppy\""), Refusal::invalid, "a mode of profile that"},
  };
  for (const auto& one : cases) expect_refused_and_untouched(one);
  EXPECT_EQ(said(read_text(with(dev(pair), "\"AK\"", "\"Floppy\""))).find("Floppy"), std::string::npos);
}

TEST(AlibabaCliConfig, RefusesAFileThatIsTooLarge) {
  const auto answer = read_text("{\"x\":\"" + std::string(1U << 20U, 'x') + "\"}");
  EXPECT_EQ(why(answer), Refusal::invalid);
  EXPECT_NE(said(answer).find("larger than 1 MiB"), std::string::npos);
}

TEST(AlibabaCliConfig, NamesTheModeWhosePairIsNoLongLivedKey) {
  for (const std::string mode : {"StsToken", "EcsRamRole", "OIDC", "CloudSSO", "OAuth", "External", "CredentialsURI"}) {
    expect_refused_and_untouched(
        {mode, config_of(profile_text("dev", mode)), Refusal::unsupported, "line 6: mode " + mode + ": "});
  }
}

TEST(AlibabaCliConfig, PointsAChainedProfileAtItsSourceIfThatIsOne) {
  const auto chained = [](const std::string& source) {
    return config_of(other_profile + ",\n" +
                     profile_text("dev", "ChainableRamRoleArn", "\"source_profile\": \"" + source + "\",\n"));
  };
  expect_refused_and_untouched({"chained", chained("default"), Refusal::unsupported,
                                "signs with its source_profile default; name that profile instead"});
  // A secret that somebody pasted into the wrong place stays unsaid.
  expect_refused_and_untouched({"misplaced", chained(ram_old_secret), Refusal::unsupported, "its source_profile"});
}

TEST(AlibabaCliConfig, ChangesTheTwoValuesAlone) {
  const std::string text = "\xEF\xBB\xBF" + config_of(other_profile + ",\r\n" + profile_text("dev", "RamRoleArn") +
                                                      " ,{\"name\":\"d\",\"x\":1e5 , \"y\":\"\\u00e9\"}");
  Directory here;
  put(here / "config.json", text, 0640);
  const auto place = place_in(here);
  EXPECT_EQ(said(ram_hand_over(*place)), "done");
  EXPECT_EQ(get(here / "config.json"), ram_handed_over(text));
  EXPECT_EQ(workbench::info(here / "config.json").st_mode & 07777U, 0640U);
  EXPECT_EQ(said(place->read()), ram_new_pair);
  EXPECT_EQ(said(place->write({holding(ram_new_id), AccessKeyId(ram_old_id), Secret(ram_old_secret)})), "done");
  EXPECT_EQ(get(here / "config.json"), text);
}

TEST(AlibabaCliConfig, AThirdValueAndAValueThatCannotStandThereStop) {
  Directory here;
  const std::string third = dev(R"("access_key_id":"LTAITHIRD",)" + secret_member);
  put(here / "config.json", third);
  EXPECT_EQ(why(ram_hand_over(*place_in(here))), Refusal::conflict);
  EXPECT_EQ(get(here / "config.json"), third);
  const std::string ours = dev(id_member + "," + secret_member);
  put(here / "config.json", ours);
  for (const char* secret : {"a\"b", "a\\b", "a\nb", "a\x7F"}) {
    EXPECT_EQ(why(place_in(here)->write({holding(ram_old_id), AccessKeyId(ram_new_id), Secret(secret)})),
              Refusal::invalid);
  }
  EXPECT_EQ(get(here / "config.json"), ours);
}

// A config that a peer has written, in one of its styles.
std::string generated(std::mt19937& chance) {
  nlohmann::ordered_json config;
  const auto profiles = 1 + chance() % 4;
  const auto ours = chance() % profiles;
  if (chance() % 2 == 0) config["current"] = "dev";
  for (std::size_t n = 0; n < profiles; ++n) {
    std::vector<std::pair<std::string, nlohmann::ordered_json>> members{
        {"name", n == ours ? "dev" : "other" + std::to_string(n)},
        {"mode", chance() % 2 == 0 ? "AK" : "RamRoleArn"},
        {"access_key_id", n == ours ? ram_old_id : "LTAIOTHER"},
        {"access_key_secret", n == ours ? ram_old_secret : "other"},
        {"sts_token", ""},
        {"site", "a \"b\" \\ \xC3\xA9/\n"},
        {"retry_timeout", chance() % 100},
        {"cloud", {{"access_key_id", "inner"}, {"list", {1, 2.5, nullptr, true}}}}};
    std::shuffle(members.begin(), members.end(), chance);
    nlohmann::ordered_json profile;
    for (auto& [name, value] : members) profile[name] = value;
    config["profiles"].push_back(profile);
  }
  config["meta_path"] = "";
  const int indent = static_cast<int>(chance() % 6) - 1;
  return config.dump(indent, chance() % 2 == 0 ? ' ' : '\t', chance() % 2 == 0);
}

TEST(AlibabaCliConfigPeer, KeepsEveryOtherByteOfAnyFileThatAPeerWrites) {
  Directory here(::access("/dev/shm", W_OK) == 0 ? "/dev/shm" : std::filesystem::temp_directory_path());
  for (unsigned seed = 0; seed < 500; ++seed) {
    std::mt19937 chance(seed);
    const std::string text = generated(chance);
    put(here / "config.json", text);
    const auto place = place_in(here);
    ASSERT_EQ(said(place->read()), ram_old_pair) << seed << "\n" << text;
    ASSERT_EQ(said(ram_hand_over(*place)), "done") << seed << "\n" << text;
    ASSERT_EQ(get(here / "config.json"), ram_handed_over(text)) << seed;
    const auto written = nlohmann::json::parse(get(here / "config.json"));
    ASSERT_FALSE(written.at("profiles").empty());
    for (const auto& profile : written.at("profiles")) {
      ASSERT_EQ(profile["access_key_id"], profile["name"] == "dev" ? ram_new_id : "LTAIOTHER");
      ASSERT_EQ(profile["access_key_secret"], profile["name"] == "dev" ? ram_new_secret : "other");
    }
  }
}

}  // namespace

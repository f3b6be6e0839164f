#include "secrets_adapters/alibaba_credentials_file.hpp"

#include <gtest/gtest.h>

#include "tests/platform/workbench.hpp"
#include "tests/secrets_adapters/places.hpp"

namespace {

using namespace places;
using secrets_adapters::alibaba_credentials_format;
using secrets_adapters::EditedFile;
using workbench::Directory;
using workbench::get;
using workbench::put;

const std::string id_line = "access_key_id = " + ram_old_id + "\n";
const std::string secret_line = "access_key_secret = " + ram_old_secret + "\n";
const std::string pair_lines = id_line + secret_line;

std::unique_ptr<EditedFile> profile(const Directory& here, const std::string& name = "dev") {
  return std::make_unique<EditedFile>(here / "credentials", alibaba_credentials_format(name));
}

Answer<Holding> read_text(const std::string& text, const std::string& name = "dev") {
  Directory here;
  put(here / "credentials", text);
  return profile(here, name)->read();
}

TEST(AlibabaCredentialsFile, ReadsThePairOfItsProfileAlone) {
  const std::string text = "[default]\ntype = access_key\naccess_key_id=LTAIOTHER\naccess_key_secret=other\n[dev]\n";
  for (const char* type : {"", "type = access_key\n", "type=ram_role_arn\nrole_arn = acs:ram::1:role/r\n"}) {
    EXPECT_EQ(said(read_text(text + type + pair_lines)), ram_old_pair) << type;
  }
  EXPECT_EQ(said(read_text(text, "default")), "LTAIOTHER other");
  EXPECT_EQ(said(read_text("[dev]\nsecurity_token =\n" + pair_lines)), ram_old_pair);
}

TEST(AlibabaCredentialsFile, WhatIsNotThereIsAValue) {
  EXPECT_EQ(said(read_text("")), "nothing");
  EXPECT_EQ(said(read_text("[default]\n" + pair_lines)), "nothing");
  EXPECT_EQ(said(read_text("[profile dev]\n" + pair_lines)), "nothing");  // AWS's way to name a section, not this one's
  EXPECT_EQ(said(read_text("[dev]\ntype = access_key\n")), "nothing");
  EXPECT_EQ(said(read_text("[dev]\naccess_key_id =\naccess_key_secret=\n")), "nothing");
  Directory here;
  EXPECT_EQ(said(profile(here)->read()), "nothing");
}

struct Broken {
  const char* name;
  std::string text;
  Refusal why;
  std::string part;  // of the message
};

void expect_refused_and_untouched(const Broken& one) {
  Directory here;
  put(here / "credentials", one.text);
  const auto answer = profile(here)->read();
  EXPECT_EQ(why(answer), one.why) << one.name << ": " << said(answer);
  EXPECT_NE(said(answer).find(one.part), std::string::npos) << one.name << ": " << said(answer);
  EXPECT_EQ(why(ram_hand_over(*profile(here))), one.why) << one.name;
  EXPECT_EQ(get(here / "credentials"), one.text) << one.name;
  EXPECT_FALSE(shows_a_piece(said(answer), ram_old_secret)) << one.name;
}

TEST(AlibabaCredentialsFile, RefusesWhatItCannotTrustAndNamesTheLine) {
  const std::vector<Broken> cases{
      {"half a pair", "[dev]\n" + id_line, Refusal::invalid, "line 2: an access key id without"},
      {"the other half", "[dev]\n\n" + secret_line, Refusal::invalid, "line 3: a secret without"},
      {"no ini", "[dev]\n" + id_line + "oops\n", Refusal::invalid, "line 3: "},
      {"the profile twice", "[dev]\n" + pair_lines + "[dev]\n", Refusal::invalid, "line 4: "},
      {"the key twice", "[dev]\n" + id_line + id_line + secret_line, Refusal::invalid, "line 3: "},
      {"a session", "[dev]\n" + pair_lines + "security_token = CAIS\n", Refusal::unsupported, "line 4: a session"},
      {"an older word for it", "[dev]\nsts_token = CAIS\n" + pair_lines, Refusal::unsupported, "line 2: a session"},
      {"quotes", "[dev]\n" + id_line + "access_key_secret = \"" + ram_old_secret + "\"\n", Refusal::invalid,
       "line 3: the secret has quotes"},
      {"a comment mark", "[dev]\n" + id_line + "access_key_secret = " + ram_old_secret + "#x\n", Refusal::invalid,
       "line 3: the secret has quotes"},
      {"a comment behind", "[dev]\n" + id_line + "access_key_secret = " + ram_old_secret + " ; x\n", Refusal::invalid,
       "secret's place"},
      {"indented below a value", "[dev]\nregion = x\n " + id_line + secret_line, Refusal::invalid,
       "line 3: a line that"},
      {"indented below none", "[dev]\n" + pair_lines + "role_name =\n  " + id_line, Refusal::invalid,
       "line 5: a line that"},
      {"an unknown type", "[dev]\ntype = floppy\n" + pair_lines, Refusal::invalid, "line 2: a type of profile that"},
  };
  for (const auto& one : cases) expect_refused_and_untouched(one);
  EXPECT_EQ(said(read_text("[dev]\ntype = floppy\n" + pair_lines)).find("floppy"), std::string::npos);
}

TEST(AlibabaCredentialsFile, NamesTheTypeWhosePairIsNoLongLivedKey) {
  for (const std::string type : {"sts", "ecs_ram_role", "oidc_role_arn", "credentials_uri"}) {
    expect_refused_and_untouched({type.c_str(), "[dev]\ntype = " + type + "\n" + pair_lines, Refusal::unsupported,
                                  "line 2: type " + type + ": temporary credentials are not rotated"});
  }
  for (const std::string type : {"rsa_key_pair", "bearer"}) {
    expect_refused_and_untouched({type.c_str(), "[dev]\ntype = " + type + "\n" + pair_lines, Refusal::unsupported,
                                  "line 2: type " + type + ": it "});
  }
}

TEST(AlibabaCredentialsFile, ChangesTheTwoValuesAlone) {
  const std::string text =
      "\xEF\xBB\xBF# mine\r\n[default]\r\naccess_key_id=LTAIOTHER\r\naccess_key_secret=o\r\n\r\n[dev]\r\n"
      "access_key_secret=\t" +
      ram_old_secret + " \t\r\n; note\r\n type = ram_role_arn\r\naccess_key_id  =" + ram_old_id +
      "\r\nrole_arn = acs:ram::1:role/r # x\r\npolicy =";
  Directory here;
  put(here / "credentials", text, 0640);
  const auto place = profile(here);
  // To some readers the indented line belongs to the secret above it.
  EXPECT_EQ(why(ram_hand_over(*place)), Refusal::invalid);
  std::string plain = text;
  plain.erase(plain.find(" type"), 1);
  put(here / "credentials", plain, 0640);
  EXPECT_EQ(said(ram_hand_over(*place)), "done");
  EXPECT_EQ(get(here / "credentials"), ram_handed_over(plain));
  EXPECT_EQ(said(place->read()), ram_new_pair);
}

TEST(AlibabaCredentialsFile, AThirdValueAndAValueThatCannotStandThereStop) {
  Directory here;
  const std::string third = "[dev]\naccess_key_id = LTAITHIRD\n" + secret_line;
  put(here / "credentials", third);
  EXPECT_EQ(why(ram_hand_over(*profile(here))), Refusal::conflict);
  EXPECT_EQ(get(here / "credentials"), third);
  put(here / "credentials", "[dev]\n" + pair_lines);
  EXPECT_EQ(why(profile(here)->write({holding(ram_old_id), AccessKeyId(ram_new_id), Secret("a#b")})), Refusal::invalid);
  EXPECT_EQ(get(here / "credentials"), "[dev]\n" + pair_lines);
}

}  // namespace

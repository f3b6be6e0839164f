#include "secrets_adapters/aws_credentials_file.hpp"

#include <gtest/gtest.h>

#include <random>

#include "platform/process.hpp"
#include "tests/platform/workbench.hpp"
#include "tests/secrets_adapters/places.hpp"

namespace {

using namespace places;
using secrets_adapters::aws_credentials_format;
using secrets_adapters::EditedFile;
using workbench::Directory;
using workbench::get;
using workbench::put;

const std::string id_line = "aws_access_key_id = " + old_id + "\n";
const std::string secret_line = "aws_secret_access_key = " + old_secret + "\n";

std::unique_ptr<EditedFile> profile(const Directory& here, const std::string& name = "dev") {
  return std::make_unique<EditedFile>(here / "credentials", aws_credentials_format(name));
}

Answer<Holding> read_text(const std::string& text, const std::string& name = "dev") {
  Directory here;
  put(here / "credentials", text);
  return profile(here, name)->read();
}

TEST(AwsCredentialsFile, ReadsThePairOfItsProfileAlone) {
  const std::string text =
      "[default]\naws_access_key_id=AKIAOTHER\naws_secret_access_key=other\n[dev]\n" + id_line + secret_line;
  EXPECT_EQ(said(read_text(text)), old_pair);
  EXPECT_EQ(said(read_text(text, "default")), "AKIAOTHER other");
}

TEST(AwsCredentialsFile, WhatIsNotThereIsAValue) {
  EXPECT_EQ(said(read_text("")), "nothing");
  EXPECT_EQ(said(read_text("[default]\n" + id_line + secret_line)), "nothing");
  EXPECT_EQ(said(read_text("[dev]\nregion = eu-west-1\n")), "nothing");
  EXPECT_EQ(said(read_text("[dev]\naws_access_key_id =\naws_secret_access_key=\n")), "nothing");
  Directory here;
  EXPECT_EQ(said(profile(here)->read()), "nothing");
  EditedFile below(here / "no" / "such", aws_credentials_format("dev"));
  EXPECT_EQ(why(below.read()), Refusal::other) << "a mount that is away says nothing";
}

struct Broken {
  const char* name;
  std::string text;
  Refusal why;
  std::string part;  // of the message
};

TEST(AwsCredentialsFile, RefusesWhatItCannotTrustAndNamesTheLine) {
  const std::vector<Broken> cases{
      {"half a pair", "[dev]\n" + id_line, Refusal::invalid, "line 2: an access key id without"},
      {"the other half", "[dev]\n\n" + secret_line, Refusal::invalid, "line 3: a secret without"},
      {"no ini", "[dev]\n" + id_line + "oops\n", Refusal::invalid, "line 3: "},
      {"the profile twice", "[dev]\n" + id_line + secret_line + "[dev]\n", Refusal::invalid, "line 4: "},
      {"the key twice", "[dev]\n" + id_line + id_line + secret_line, Refusal::invalid, "line 3: "},
      {"a session", "[dev]\n" + id_line + secret_line + "aws_session_token = FwoG\n", Refusal::unsupported, "line 4: "},
      {"an old session", "[dev]\naws_security_token = FwoG\n" + id_line + secret_line, Refusal::unsupported,
       "line 2: "},
      {"a continued id", "[dev]\naws_access_key_id = AKIA\n  more\n" + secret_line, Refusal::invalid,
       "access key id's"},
      {"a quoted id", "[dev]\naws_access_key_id = \"AKIA\"\n" + secret_line, Refusal::invalid, "access key id's"},
      {"a comment behind", "[dev]\n" + id_line + "aws_secret_access_key = x # y\n", Refusal::invalid, "secret's place"},
      {"nested", "[dev]\naws_access_key_id =\n  a = b\n" + secret_line, Refusal::invalid, "nested"},
      {"two sections", "[dev]\n" + id_line + secret_line + "[profile dev]\n" + id_line + secret_line, Refusal::invalid,
       "line 4: a second section"},
  };
  for (const auto& one : cases) {
    const auto answer = read_text(one.text);
    EXPECT_EQ(why(answer), one.why) << one.name << ": " << said(answer);
    EXPECT_NE(said(answer).find(one.part), std::string::npos) << one.name << ": " << said(answer);
    EXPECT_EQ(said(answer).find("wJal"), std::string::npos) << one.name;
    Directory here;
    put(here / "credentials", one.text);
    EXPECT_EQ(why(hand_over(*profile(here))), one.why) << one.name;
    EXPECT_EQ(get(here / "credentials"), one.text) << one.name;
  }
}

TEST(AwsCredentialsFile, FindsTheProfileInAConfigFileToo) {
  for (const char* header : {"[profile dev]", "[profile \"dev\"]", "[ profile   dev ]"}) {
    EXPECT_EQ(said(read_text(std::string("[dev]\nregion=x\n") + header + "\n" + id_line + secret_line)), old_pair);
  }
  EXPECT_EQ(said(read_text("[profiledev]\n" + id_line + secret_line)), "nothing");
  EXPECT_EQ(said(read_text("[profile dev2]\n" + id_line + secret_line)), "nothing");
}

TEST(AwsCredentialsFile, ChangesTheTwoValuesAlone) {
  const std::string text =
      "\xEF\xBB\xBF# mine\r\n[default]\r\naws_access_key_id=AKIAOTHER\r\naws_secret_access_key=o\r\n\r\n"
      "[dev]\r\n\tAWS_Secret_Access_Key :  " +
      old_secret +
      " \t\r\n; note\r\n\tregion = r\r\n"
      "\taws_access_key_id=" +
      old_id + "\r\n\ts3 =\r\n\t\tmax = 1";
  Directory here;
  put(here / "credentials", text, 0640);
  const auto place = profile(here);
  EXPECT_EQ(said(hand_over(*place)), "done");
  EXPECT_EQ(get(here / "credentials"), handed_over(text));
  EXPECT_EQ(workbench::info(here / "credentials").st_mode & 07777U, 0640U);
  EXPECT_EQ(said(place->read()), new_pair);
}

std::string pick(std::mt19937& chance, std::initializer_list<const char*> from) {
  return from.begin()[chance() % from.size()];
}

std::string pair_lines(std::mt19937& chance, const std::string& id, const std::string& secret, const std::string& eol) {
  std::string lines[2] = {
      pick(chance, {"aws_access_key_id", "AWS_ACCESS_KEY_ID"}) + pick(chance, {"=", " = ", ":", "\t=  "}) + id,
      pick(chance, {"aws_secret_access_key", "Aws_Secret_Access_Key"}) + pick(chance, {"=", " = ", " :", "=\t"}) +
          secret};
  if (chance() % 2 == 0) std::swap(lines[0], lines[1]);
  std::string result;
  for (const auto& line : lines) {
    if (chance() % 3 == 0) result += pick(chance, {"# old: ", ";", "\t# x = "}) + pick(chance, {"y", "[z]", ""}) + eol;
    if (chance() % 4 == 0) result += pick(chance, {"", "  ", "\t"}) + eol;
    result += line + pick(chance, {"", "", " ", "\t "}) + eol;
    if (chance() % 4 == 0) result += "setting" + std::to_string(chance()) + " = a # b" + eol;
  }
  return result;
}

TEST(AwsCredentialsFile, KeepsEveryOtherByteOfAnyFile) {
  Directory here(::access("/dev/shm", W_OK) == 0 ? "/dev/shm" : std::filesystem::temp_directory_path());
  for (unsigned seed = 0; seed < 1000; ++seed) {
    std::mt19937 chance(seed);
    const std::string eol = pick(chance, {"\n", "\r\n"});
    std::string text = pick(chance, {"", "", "\xEF\xBB\xBF"});
    if (chance() % 2 == 0) text += "# head" + eol + eol;
    const unsigned sections = 1 + chance() % 4;
    const auto ours = static_cast<unsigned>(chance() % sections);
    for (unsigned s = 0; s < sections; ++s) {
      text +=
          (s == ours ? pick(chance, {"[dev]", "[ dev ]", "[profile dev]"}) : "[other" + std::to_string(s) + "]") + eol;
      text +=
          s == ours ? pair_lines(chance, old_id, old_secret, eol) : pair_lines(chance, "AKIAOTHER", "other/+=", eol);
    }
    if (chance() % 3 == 0) text.resize(text.size() - eol.size());
    put(here / "credentials", text);
    const auto place = profile(here);
    ASSERT_EQ(said(place->read()), old_pair) << seed << "\n" << text;
    ASSERT_EQ(said(hand_over(*place)), "done") << seed << "\n" << text;
    ASSERT_EQ(get(here / "credentials"), handed_over(text)) << seed;
  }
}

TEST(AwsCredentialsPeer, Boto3ReadsWhatWasWritten) {
  platform::Command have;
  have.argv = {"python3", "-c", "import boto3"};
  have.pass_env = {"PYENV_VERSION", "PYTHONPATH"};
  try {
    if (platform::run(have).exit_code != 0) GTEST_SKIP() << "no boto3 here";
  } catch (const std::system_error&) {
    GTEST_SKIP() << "no python3 here";
  }
  Directory here;
  put(here / "credentials", "# mine\n[default]\naws_access_key_id=AKIAOTHER\naws_secret_access_key=o\n\n[dev]\n" +
                                id_line + secret_line + "region = eu-west-1\n");
  ASSERT_EQ(said(hand_over(*profile(here))), "done");
  platform::Command ask = have;
  ask.argv = {"python3", "-c",
              "import os, sys\nos.environ['AWS_SHARED_CREDENTIALS_FILE'] = sys.argv[1]\n"
              "os.environ['AWS_CONFIG_FILE'] = '/dev/null'\nimport boto3\n"
              "for name in ('dev', 'default'):\n  c = boto3.Session(profile_name=name).get_credentials()\n"
              "  print(c.access_key, c.secret_key, c.token)",
              (here / "credentials").string()};
  const auto finished = platform::run(ask);
  EXPECT_EQ(finished.out, new_pair + " None\nAKIAOTHER o None\n") << finished.err;
}

}  // namespace

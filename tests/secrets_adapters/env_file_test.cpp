#include "secrets_adapters/env_file.hpp"

#include <gtest/gtest.h>

#include <random>

#include "platform/process.hpp"
#include "tests/platform/workbench.hpp"
#include "tests/secrets_adapters/places.hpp"

namespace {

using namespace places;
using secrets_adapters::EditedFile;
using secrets_adapters::env_file_format;
using workbench::Directory;
using workbench::get;
using workbench::put;

const std::string id_name = "AWS_ACCESS_KEY_ID";
const std::string secret_name = "AWS_SECRET_ACCESS_KEY";
const std::string id_line = id_name + "=" + old_id + "\n";
const std::string secret_line = secret_name + "=" + old_secret + "\n";

std::unique_ptr<EditedFile> place_in(const Directory& here) {
  return std::make_unique<EditedFile>(here / "env", env_file_format(id_name, secret_name));
}

Answer<Holding> read_text(const std::string& text) {
  Directory here;
  put(here / "env", text);
  return place_in(here)->read();
}

TEST(EnvFile, ReadsBareQuotedAndExportedValues) {
  const std::vector<std::string> texts{
      id_line + secret_line,
      "export " + id_name + "='" + old_id + "'\nexport   " + secret_name + "=\"" + old_secret + "\"",
      "\t" + id_name + "=" + old_id + "   # the id\r\n\r\n" + secret_name + "=\"" + old_secret + "\"\t# s\r\n",
      "\xEF\xBB\xBF" + secret_line + "# " + id_name + "=AKIACOMMENT\n; " + id_line + id_line,
      "set -a\n" + id_line + secret_line + "export " + id_name + " " + secret_name + "\n",
      "X" + id_name + "=1\n" + id_name + "_2=2\n" + id_line + secret_line,
      "AWS_SESSION_TOKEN=\n" + id_line + secret_line,
      "ARGS=\"-e " + id_name + "=$" + id_name + "\"\n" + id_line + secret_line,
  };
  for (const auto& text : texts) EXPECT_EQ(said(read_text(text)), old_pair) << text;
}

TEST(EnvFile, ToleratesOtherVariablesOfSeveralLines) {
  const std::vector<std::string> before{
      "PEM=\"-----BEGIN\nMIIE=\n\\\"quoted\\\" # no comment\n-----END\"\n",
      "LIST='a\nb\n'\n",
      "LONG=a\\\n  b\n",
      "MOTD=it's fine\n",
      "MIXED=a\"b\nc\"'d'\n",
  };
  for (const auto& text : before) {
    EXPECT_EQ(said(read_text(text + id_line + secret_line)), old_pair) << text;
    EXPECT_EQ(said(read_text(id_line + text + secret_line)), old_pair) << text;
    EXPECT_EQ(said(read_text(id_line + secret_line + text)), old_pair) << text;
  }
}

TEST(EnvFile, WhatIsNotThereIsAValue) {
  EXPECT_EQ(said(read_text("")), "nothing");
  EXPECT_EQ(said(read_text("OTHER=1\n# " + id_line)), "nothing");
  EXPECT_EQ(said(read_text(id_name + "=\n" + secret_name + "=\"\"\n")), "nothing");
  Directory here;
  EXPECT_EQ(said(place_in(here)->read()), "nothing");
}

struct Broken {
  const char* name;
  std::string text;
  Refusal why;
  std::string part;  // of the message
};

TEST(EnvFile, RefusesWhatItCannotTrustAndNamesTheLine) {
  const std::string rest = "OTHER=1\n";
  const std::vector<Broken> cases{
      {"half a pair", rest + id_line, Refusal::invalid, "line 2: an access key id without"},
      {"the other half", secret_line, Refusal::invalid, "line 1: a secret without"},
      {"twice", id_line + secret_line + "export " + id_line, Refusal::invalid,
       "line 3: " + id_name + " is assigned a second"},
      {"a session", id_line + secret_line + "AWS_SESSION_TOKEN=x\n", Refusal::unsupported, "line 3: a session"},
      {"an open quote", rest + id_name + "='AKIA\n" + secret_line, Refusal::invalid, "line 2: a quote that is never"},
      {"an open quote before", "X='a\n" + id_line + secret_line, Refusal::invalid, "line 1: a quote that is never"},
      {"a value over lines", id_name + "='AKIA\nMORE'\n" + secret_line, Refusal::invalid,
       "line 1: a value that is not"},
      {"two pieces", id_name + "=AK'IA'\n" + secret_line, Refusal::invalid, "line 1: a value"},
      {"a computed value", id_name + "=$OTHER\n" + secret_line, Refusal::invalid, "line 1: a value"},
      {"a computed one in quotes", id_name + "=\"$(cat id)\"\n" + secret_line, Refusal::invalid, "line 1: a value"},
      {"a command behind", id_name + "=AKIA; export X\n" + secret_line, Refusal::invalid, "line 1: a value"},
      {"both in a line", "export " + id_name + "=AKIA " + secret_line, Refusal::invalid,
       "line 1: " + secret_name + " is"},
      {"behind another", "export OTHER=1 " + id_line + secret_line, Refusal::invalid, "line 1: " + id_name + " is"},
      {"after a semicolon", "OTHER=1;" + id_line + secret_line, Refusal::invalid, "line 1: " + id_name + " is"},
      {"declared", "declare -x " + id_line + secret_line, Refusal::invalid, "line 1: " + id_name + " in a line"},
      {"unset", id_line + secret_line + "unset " + id_name + "\n", Refusal::invalid,
       "line 3: " + id_name + " in a line"},
      {"blanks", id_name + " = AKIA\n" + secret_line, Refusal::invalid, "line 1: " + id_name + " in a line"},
      {"inside a quote or not", "X='a\n" + id_line + "'\n" + secret_line, Refusal::invalid, "line 2: whether this"},
      {"an apostrophe, closed below", "A=it's\n" + id_line + secret_line + "B=don't\n", Refusal::invalid,
       "line 2: whether"},
      {"no id", id_name + "=a/b\n" + secret_line, Refusal::invalid, "is not one"},
  };
  for (const auto& one : cases) {
    const auto answer = read_text(one.text);
    EXPECT_EQ(why(answer), one.why) << one.name << ": " << said(answer);
    EXPECT_NE(said(answer).find(one.part), std::string::npos) << one.name << ": " << said(answer);
    EXPECT_EQ(said(answer).find("wJal"), std::string::npos) << one.name;
    Directory here;
    put(here / "env", one.text);
    EXPECT_EQ(why(hand_over(*place_in(here))), one.why) << one.name;
    EXPECT_EQ(get(here / "env"), one.text) << one.name;
  }
}

TEST(EnvFile, EachCloudsSessionTokenCountsBesideItsOwnIdAlone) {
  Directory here;
  const auto read = [&](const std::string& id, const std::string& token) {
    put(here / "env", id + "=" + old_id + "\nS=" + old_secret + "\nexport " + token + "='x'\n");
    return EditedFile(here / "env", env_file_format(id, "S")).read();
  };
  for (const auto& [id, token] :
       {std::pair{id_name, "AWS_SESSION_TOKEN"},
        std::pair{std::string("ALIBABA_CLOUD_ACCESS_KEY_ID"), "ALIBABA_CLOUD_SECURITY_TOKEN"}}) {
    EXPECT_EQ(why(read(id, token)), Refusal::unsupported);
    EXPECT_NE(said(read(id, token)).find("line 3: a session token"), std::string::npos);
    EXPECT_EQ(said(read(id, std::string("OTHER_") + token)), old_pair);
  }
  EXPECT_EQ(said(read(id_name, "ALIBABA_CLOUD_SECURITY_TOKEN")), old_pair);
  EXPECT_EQ(said(read("MY_ID", "ALIBABA_CLOUD_SECURITY_TOKEN")), old_pair);
}

TEST(EnvFile, RefusesAValueThatItsQuotesCannotCarry) {
  const auto write = [](const std::string& quote, const std::string& secret) {
    Directory here;
    const std::string text = id_line + secret_name + "=" + quote + "old" + quote + "\n";
    put(here / "env", text);
    const auto place = place_in(here);
    const auto answer = place->write({holding(old_id), AccessKeyId(new_id), Secret(secret)});
    EXPECT_EQ(get(here / "env") == text, why(answer).has_value());
    return why(answer);
  };
  EXPECT_EQ(write("", "a$b"), Refusal::invalid);
  EXPECT_EQ(write("\"", "a$b"), Refusal::invalid);
  EXPECT_EQ(write("'", "a$b"), std::nullopt);
  EXPECT_EQ(write("'", "a'b"), Refusal::invalid);
  EXPECT_EQ(write("\"", "a'b"), std::nullopt);
  EXPECT_EQ(write("'", "a b"), Refusal::invalid);
  EXPECT_EQ(write("", "a\nb"), Refusal::invalid);
  EXPECT_EQ(write("", ""), Refusal::invalid);
}

std::string pick(std::mt19937& chance, std::initializer_list<const char*> from) {
  return from.begin()[chance() % from.size()];
}

// A file that every shell reads, with the pair in it once.
std::string generated(std::mt19937& chance, const std::string& eol) {
  std::string text;
  std::vector<std::pair<std::string, std::string>> ours{{id_name, old_id}, {secret_name, old_secret}};
  if (chance() % 2 == 0) std::swap(ours[0], ours[1]);
  for (const auto& [name, value] : ours) {
    for (unsigned n = chance() % 4; n > 0; --n) {
      text += pick(chance, {"", "# note's", "export OTHER=1", "A='x y'", "B=\"it's\"", "  C=d # e", "D=\"p\nq\"",
                            "E=a\\ b", "export PATH", "F=", "# AWS_ACCESS_KEY_ID=AKIACOMMENT", "G='a\n'\"b\n\"c"}) +
              eol;
    }
    const std::string quote = pick(chance, {"", "'", "\""});
    text += pick(chance, {"", "", "export ", " ", "export\t"}) + name + "=" + quote + value + quote;
    text += pick(chance, {"", "", " ", "\t # mine"}) + eol;
  }
  if (chance() % 3 == 0) text.resize(text.size() - eol.size());
  return text;
}

TEST(EnvFile, KeepsEveryOtherByteOfAnyFile) {
  Directory here(::access("/dev/shm", W_OK) == 0 ? "/dev/shm" : std::filesystem::temp_directory_path());
  for (unsigned seed = 0; seed < 1000; ++seed) {
    std::mt19937 chance(seed);
    const std::string text = pick(chance, {"", "", "\xEF\xBB\xBF"}) + generated(chance, seed % 2 == 0 ? "\n" : "\r\n");
    put(here / "env", text);
    const auto place = place_in(here);
    ASSERT_EQ(said(place->read()), old_pair) << seed << "\n" << text;
    ASSERT_EQ(said(hand_over(*place)), "done") << seed << "\n" << text;
    // The comment that names the variable holds no pair, so the first find is the right one.
    ASSERT_EQ(get(here / "env"), handed_over(text)) << seed;
  }
}

TEST(EnvFilePeer, AShellSeesTheNewPairAndTheSameOtherVariables) {
  Directory here;
  const auto sourced = [&] {
    platform::Command shell;
    shell.argv = {"sh", "-c",
                  ". \"$1\"; printf '%s|' \"$A\" \"$B\" \"$C\" \"$D\" \"$E\" \"$F\" \"$G\"; printf '%s %s' "
                  "\"$AWS_ACCESS_KEY_ID\" \"$AWS_SECRET_ACCESS_KEY\"",
                  "sh", (here / "env").string()};
    return platform::run(shell).out;
  };
  for (unsigned seed = 0; seed < 100; ++seed) {
    std::mt19937 chance(seed);
    put(here / "env", generated(chance, "\n"));
    const std::string before = sourced();
    ASSERT_TRUE(before.ends_with("|" + old_pair)) << seed << "\n" << get(here / "env") << before;
    ASSERT_EQ(said(hand_over(*place_in(here))), "done");
    ASSERT_EQ(sourced(), handed_over(before)) << seed;
  }
}

}  // namespace

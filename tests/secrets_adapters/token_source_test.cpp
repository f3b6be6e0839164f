#include "secrets_adapters/token_source.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/platform/workbench.hpp"
#include "tests/secrets_adapters/places.hpp"

namespace {

using places::why;
using rotation::Answer;
using rotation::Refusal;
using rotation::Secret;
using secrets_adapters::Readers;
using secrets_adapters::word_in_file;
using secrets_adapters::word_in_variable;

std::string word(const Answer<Secret>& answer) {
  const Secret* held = rotation::done(answer);
  return held == nullptr ? places::said(answer) : places::text_of(*held);
}

TEST(TokenSource, TakesTheOneWordOfAPrivateFile) {
  workbench::Directory here;
  workbench::put(here / "t", " hvs.abc-123_=\r\n");
  EXPECT_EQ(word(word_in_file(here / "t", "the token")), "hvs.abc-123_=");
}

TEST(TokenSource, RefusesAFileThatOthersCanReadUnlessItIsMeantFor) {
  workbench::Directory here;
  for (const mode_t mode : {0640U, 0604U, 0620U}) {
    workbench::put(here / "t", "hvs.abc", mode);
    const auto answer = word_in_file(here / "t", "the token");
    EXPECT_EQ(why(answer), Refusal::invalid_credentials) << mode;
    EXPECT_EQ(places::remedy(answer), "chmod 600 " + (here / "t").string());
    EXPECT_NE(places::said(answer).find("chmod 600"), std::string::npos);
    EXPECT_EQ(word(word_in_file(here / "t", "the token", Readers::anybody)), "hvs.abc");
  }
}

// Who can write it chooses what the token is.
TEST(TokenSource, RefusesAFileThatAnybodyCanWriteWhoeverMayRead) {
  workbench::Directory here;
  workbench::put(here / "t", "hvs.abc", 0666);
  ::chmod((here / "t").c_str(), 0666);
  const auto answer = word_in_file(here / "t", "the token", Readers::anybody);
  EXPECT_EQ(why(answer), Refusal::invalid_credentials);
  EXPECT_EQ(places::remedy(answer), "chmod o-w " + (here / "t").string());
}

TEST(TokenSource, SaysWhatIsWrongWithoutAWordOfIt) {
  workbench::Directory here;
  for (const char* text : {"", " \n", "two words", "new\nline", "ctrl\x01", "caf\xC3\xA9"}) {
    workbench::put(here / "t", text);
    const auto answer = word_in_file(here / "t", "the token");
    EXPECT_EQ(why(answer), Refusal::invalid_credentials) << text;
    EXPECT_EQ(places::remedy(answer), "put the token into " + (here / "t").string());
    for (const char* piece : {"two", "new", "ctrl", "caf"}) {
      EXPECT_EQ(places::said(answer).find(piece), std::string::npos);
    }
  }
  EXPECT_EQ(why(word_in_file(here / "none", "the token")), Refusal::no_such_entity);
  EXPECT_EQ(why(word_in_file(here.path(), "the token")), Refusal::invalid_credentials);
}

TEST(TokenSource, TakesAVariableThatIsSet) {
  ::setenv("KEYBATON_TEST_WORD", "hvs.abc", 1);
  EXPECT_EQ(word(word_in_variable("KEYBATON_TEST_WORD", "the token")), "hvs.abc");
  ::setenv("KEYBATON_TEST_WORD", "a b", 1);
  EXPECT_EQ(why(word_in_variable("KEYBATON_TEST_WORD", "the token")), Refusal::invalid_credentials);
  ::setenv("KEYBATON_TEST_WORD", "", 1);
  EXPECT_EQ(why(word_in_variable("KEYBATON_TEST_WORD", "the token")), Refusal::no_such_entity);
  ::unsetenv("KEYBATON_TEST_WORD");
  EXPECT_EQ(why(word_in_variable("KEYBATON_TEST_WORD", "the token")), Refusal::no_such_entity);
}

}  // namespace

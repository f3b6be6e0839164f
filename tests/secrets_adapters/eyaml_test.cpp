// The pair in an eyaml file: which bytes a write changes, and which tokens are read and made.
#include <gtest/gtest.h>

#include "tests/secrets_adapters/eyaml_places.hpp"

namespace {

using namespace places;
using namespace places::eyaml;

std::string plain_id_file(const std::string& secret, const std::string& id = old_id) {
  return "---\n# mine\nother: 'x'  # kept\nid: " + id + "\nsecret: " + secret + "\nlast: [1, 2]\n";
}

// `after` is `before` but for the one value that begins with "ENC[" behind `name`.
void expect_same_but(const std::string& before, const std::string& after, const std::string& name) {
  const auto cut = [&](const std::string& text) {
    const std::size_t at = text.find("ENC[", text.find(name));
    std::string rest = text;
    return rest.erase(at, text.find(']', at) + 1 - at);
  };
  EXPECT_EQ(cut(before), cut(after));
  EXPECT_NE(before, after);
}

TEST(Eyaml, ReadsWhatEyamlEncryptedAsAWordAndAsABlock) {
  EXPECT_EQ(said(File(by_eyaml, {{"id", "string::id"}, {"secret", "string::secret"}})->read()), old_pair);
  EXPECT_EQ(said(File(by_eyaml, {{"id", "block::id"}, {"secret", "block::secret"}})->read()), old_pair);
}

TEST(Eyaml, AWriteChangesTheTwoValuesAloneAndAnotherOnePutsThemBack) {
  const File file(plain_id_file(secret_token));
  const std::string before = file.text();
  EXPECT_EQ(said(file->ready()), "done");
  ASSERT_EQ(said(hand_over(*file)), "done");
  EXPECT_EQ(said(file->read()), new_pair);
  expect_same_but(with(before, old_id, new_id), file.text(), "secret: ");
  EXPECT_EQ(file.text().find(new_secret), std::string::npos);
  ASSERT_EQ(said(back(*file)), "done");
  EXPECT_EQ(said(file->read()), old_pair);
  expect_same_but(before, file.text(), "secret: ");
}

TEST(Eyaml, AnEncryptedIdIsWrittenEncrypted) {
  const File file("id: " + id_token + "\nsecret: " + secret_token + "\n");
  ASSERT_EQ(said(hand_over(*file)), "done");
  EXPECT_EQ(said(file->read()), new_pair);
  EXPECT_EQ(file.text().find(new_id), std::string::npos);
}

TEST(Eyaml, ABlockStaysABlockWithItsIndentationInLinesOfSixty) {
  const File file("secret: >\n" + block_lines + "# between\nid: \"" + old_id + "\"\n");
  ASSERT_EQ(said(hand_over(*file)), "done");
  EXPECT_EQ(said(file->read()), new_pair);
  const std::string text = file.text();
  ASSERT_TRUE(text.starts_with("secret: >\n  ENC[PKCS7,")) << text;
  EXPECT_TRUE(text.ends_with("]\n# between\nid: \"" + new_id + "\"\n"));
  std::istringstream lines(text.substr(0, text.find("# between")));
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line)) {
    EXPECT_TRUE(line.starts_with("  ") && (line.size() == 62 || line.ends_with("]"))) << line;
  }
}

TEST(Eyaml, ADeepBlockAtTheEndWithoutALineFeedIsKeptSo) {
  std::string deep = block_lines;
  for (std::size_t at = 0; at < deep.size(); at = deep.find('\n', at) + 1) deep.insert(at, "    ");
  const File file("id: " + old_id + "\nsecret: >\n" + deep.substr(0, deep.size() - 1));
  ASSERT_EQ(said(hand_over(*file)), "done");
  EXPECT_EQ(said(file->read()), new_pair);
  EXPECT_TRUE(file.text().starts_with("id: " + new_id + "\nsecret: >\n      ENC[PKCS7,"));
  EXPECT_TRUE(file.text().ends_with("]"));
}

TEST(Eyaml, QuotesLineEndsAndAByteOrderMarkStayAsTheyAre) {
  for (const std::string quote : {"'", "\""}) {
    const File file("\xEF\xBB\xBF" + std::string("a: \xC3\xA4\xE2\x82\xAC\r\nid: ") + quote + old_id + quote +
                    "\r\nsecret: " + quote + secret_token + quote + " # \xC3\xA9\r\n");
    const std::string before = file.text();
    ASSERT_EQ(said(hand_over(*file)), "done") << quote;
    EXPECT_EQ(said(file->read()), new_pair);
    expect_same_but(with(before, old_id, new_id), file.text(), "secret: ");
  }
}

TEST(Eyaml, BlocksThatEyamlItselfWouldNotFindAreReadAndNotWritten) {
  std::string crlf = block_lines;
  for (std::size_t at = crlf.find('\n'); at != std::string::npos; at = crlf.find('\n', at + 2)) crlf.insert(at, "\r");
  for (const std::string& block : {">-\n" + block_lines, "|\n" + block_lines, "|-\n" + block_lines,
                                   "> # mine\n" + block_lines, ">\n\n" + block_lines, ">\r\n" + crlf}) {
    const File file("id: " + old_id + "\nsecret: " + block + "z: 1\n");
    const std::string before = file.text();
    EXPECT_EQ(said(file->read()), old_pair) << block;
    EXPECT_EQ(why(file->ready()), Refusal::unsupported) << block;
    EXPECT_EQ(why(hand_over(*file)), Refusal::unsupported) << block;
    EXPECT_EQ(file.text(), before);
  }
}

TEST(Eyaml, ASchemeMayBeLeftOutOrInAnyCase) {
  for (const std::string scheme : {"ENC[", "ENC[pkcs7,", "ENC[Pkcs7,"}) {
    const File file("id: " + old_id + "\nsecret: " + with(secret_token, "ENC[PKCS7,", scheme) + "\n");
    EXPECT_EQ(said(file->read()), old_pair) << scheme;
    EXPECT_EQ(said(hand_over(*file)), "done") << scheme;
    EXPECT_EQ(said(file->read()), new_pair) << scheme;
  }
}

TEST(Eyaml, TokensOfOtherValuesStayWhateverTheyAre) {
  const std::string others =
      "a: one ENC[PKCS7,AAAA] two ENC[GPG,BBBB] three\nb: ENC[VAULT,CCCC]\nc: >\n  ENC[PKCS7,DD\n  DD]\n" +
      std::string("d: &x ENC[PKCS7,EEEE]\ne: *x\nf: {<<: {g: 1}}\nf: 2\nsecret2: ") + secret_token + "\n";
  const File file(others + plain_id_file(secret_token).substr(4));
  ASSERT_EQ(said(hand_over(*file)), "done");
  EXPECT_EQ(said(file->read()), new_pair);
  EXPECT_TRUE(file.text().starts_with(others));
}

TEST(Eyaml, AValueThatIsNotOneTokenIsRefused) {
  const std::map<std::string, std::string> bad{
      {"x" + secret_token, "text around"},
      {secret_token + " ", "done"},  // a blank after a word is none of its own
      {"'" + secret_token + " '", "text around"},
      {secret_token + secret_token, "several"},
      {"ENC[PKCS7,AAAA", "text around"},
      {"ENC[PKCS7,A*AA]", "damaged"},
      {"ENC[PKCS7,AAA]", "damaged"},
      {"ENC[PKCS7,]", "damaged"},
      {"ENC[PKCS7,AAAA]", "not PKCS#7"},
      {"ENC[VAULT,AAAA]", "scheme that this version does not know"},
      {"DEC::PKCS7[x]!", "encrypt it first"},
      {old_secret, "encrypt it first"},
      {"\"ENC[PKCS7,\\x41AAA]\"", "escapes"},
      {secret_token.substr(0, 80) + "\n  " + secret_token.substr(80), "several lines"}};
  for (const auto& [value, word] : bad) {
    const File file(plain_id_file(value));
    const std::string before = file.text();
    if (word == "done") {
      EXPECT_EQ(said(file->read()), old_pair);
      continue;
    }
    EXPECT_NE(said(file->read()).find(word), std::string::npos) << value << ": " << said(file->read());
    EXPECT_TRUE(why(file->read()) == Refusal::invalid || why(file->read()) == Refusal::unsupported) << value;
    EXPECT_EQ(said(hand_over(*file)).substr(0, 8), "refused:") << value;
    EXPECT_EQ(file.text(), before);
    EXPECT_FALSE(shows_a_piece(said(file->read()), old_secret)) << value;
  }
}

TEST(Eyaml, WhereItCannotBeToldWhatAChangeWouldDoIsRefused) {
  const std::string id = "id: " + old_id + "\n";
  const std::string secret = "secret: " + secret_token + "\n";
  const std::map<std::string, std::string> bad{{id + secret + "id: " + old_id + "\n", "second time"},
                                               {id + "secret: &here " + secret_token + "\n", "an anchor"},
                                               {"x: &here " + secret_token + "\n" + id + "secret: *here\n", "an alias"},
                                               {id + "secret: !!str " + secret_token + "\n", "a tag"},
                                               {"<<: {a: 1}\n" + id + secret, "merges"},
                                               {"---\n" + id + secret + "---\na: 1\n", "several YAML documents"},
                                               {id + "secret: [" + old_secret + "]\n", "a list"},
                                               {id + "secret: {a: b}\n", "a mapping"},
                                               {id + secret + "x: [\n", "no YAML"},
                                               {id + secret + "x: \"open\n", "never closed"},
                                               {"x: 'it''s\n" + id + secret, "never closed"},
                                               {id + secret + "b: \x04\n", "control"},
                                               {id + "secret:\n", "secret is not there"},
                                               {secret, "id is not there"},
                                               {"id: '*'\n" + secret, "not one"},
                                               {std::string(3000, '[') + "\n", "no YAML"}};
  for (const auto& [text, word] : bad) {
    const File file(text);
    EXPECT_NE(said(file->read()).find(word), std::string::npos) << text << ": " << said(file->read());
    EXPECT_EQ(said(hand_over(*file)).substr(0, 8), "refused:") << text;
    EXPECT_EQ(file.text(), text);
  }
  EXPECT_NE(said(File(id + secret + "id: x\n")->read()).find("line 3"), std::string::npos);
}

TEST(Eyaml, NothingThereIsAValue) {
  for (const std::string text : {"", "a: 1\n", "id:\nsecret: ~\n", "- id\n", "# nothing\n", "---\n"}) {
    const File file(text);
    EXPECT_EQ(said(file->read()), "nothing") << text;
    EXPECT_EQ(why(hand_over(*file)), Refusal::conflict) << text;
  }
}

TEST(Eyaml, ANameLeadsIntoMappingsByDots) {
  const Settings names{{"id", "app.aws.id"}, {"secret", "app.aws.secret"}};
  const File file("app:\n  aws:\n    id: " + old_id + "\n    secret: " + secret_token + "\nid: x\n", names);
  ASSERT_EQ(said(hand_over(*file)), "done");
  EXPECT_EQ(said(file->read()), new_pair);
  const std::string flat = "app.aws.id: " + old_id + "\napp.aws.secret: " + secret_token + "\n";
  EXPECT_EQ(said(File(flat, names)->read()), old_pair);
  EXPECT_NE(said(File(flat + "app: {aws: {id: x}}\n", names)->read()).find("second time"), std::string::npos);
}

TEST(Eyaml, AThirdValueIsAConflictAndLeavesEveryByte) {
  for (const auto& [id, secret] : {std::pair{new_id, old_secret}, std::pair{old_id, new_secret}}) {
    const File file(plain_id_file(sealed(secret), id));
    const std::string before = file.text();
    Holding expected = holding(old_id);
    expected.secret = Secret(old_secret);
    EXPECT_EQ(why(file->write({expected, AccessKeyId("AKIATHIRDTHIRD"), Secret("third")})), Refusal::conflict);
    EXPECT_EQ(file.text(), before);
  }
}

TEST(Eyaml, SeveralPairsOfNamesAreWrittenAtOnceAndMustHoldTheSameKey) {
  const Settings also{{"also.0.id", "b::id"}, {"also.0.secret", "b::secret"}};
  const std::string first = plain_id_file(secret_token);
  const std::string second = "b::id: " + id_token + "\nb::secret: >\n" + block_lines;
  const File file(first + second, also);
  EXPECT_EQ(said(file->read()), old_pair);
  ASSERT_EQ(said(hand_over(*file)), "done");
  EXPECT_EQ(said(file->read()), new_pair);
  workbench::put(file.path(), first + "b::id: " + new_id + "\nb::secret: " + sealed(new_secret) + "\n");
  EXPECT_EQ(why(file->read()), Refusal::conflict);
  EXPECT_EQ(why(hand_over(*file)), Refusal::conflict);
  workbench::put(file.path(), first + "b::id: " + old_id + "\nb::secret: " + sealed(new_secret) + "\n");
  EXPECT_EQ(why(file->read()), Refusal::conflict);
  workbench::put(file.path(), first);
  EXPECT_NE(said(file->read()).find("b::id is not there"), std::string::npos);
}

TEST(Eyaml, ItsSettingsAreChecked) {
  const auto findings = [](const Settings& more) {
    std::string seen;
    for (const auto& one : secrets_adapters::check(spec_of("/x", more))) seen += one.setting + ";";
    return seen;
  };
  EXPECT_EQ(findings({}), "");
  EXPECT_EQ(findings({{"keys.private", ""}}), "");
  EXPECT_EQ(findings({{"keys.public", ""}}), "keys.public;");
  EXPECT_EQ(findings({{"secret", "id"}}), "secret;");
  EXPECT_EQ(findings({{"also.0.id", "x"}}), "also;also;");
  EXPECT_EQ(findings({{"also.0.id", "x"}, {"also.0.secret", "x"}}), "also;");
  EXPECT_EQ(findings({{"also.0.id", "x"}, {"also.0.secret", "y"}, {"also.0.z", "1"}}), "also;");
  EXPECT_EQ(findings({{"also.0.id", "x"}, {"also.0.secret", "y"}, {"also.1.id", "v"}, {"also.1.secret", "w"}}), "");
  EXPECT_EQ(findings({{"git.commit", "yes"},
                      {"git.push", "yes"},
                      {"git.branch", "rotate-{rotation}"},
                      {"git.merged_into", "origin/main"}}),
            "");
  EXPECT_EQ(findings({{"git.push", "yes"}}), "git;");
  EXPECT_EQ(findings({{"git.commit", "yes"}, {"git.branch", "-x"}}), "git;");
  EXPECT_EQ(findings({{"git.commit", "yes"}, {"git.merged_into", "origin/main"}}), "git;");
}

}  // namespace

// Where a key's id stands in a tree of files: which line, under which name, and in a sealed value too.
#include "secrets_adapters/key_search.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "secrets_adapters/eyaml_search.hpp"
#include "tests/platform/workbench.hpp"
#include "tests/secrets_adapters/eyaml_places.hpp"

namespace {

namespace eyaml = places::eyaml;
using eyaml::sealed;
using secrets_adapters::EyamlOpener;
using secrets_adapters::Opener;
using secrets_adapters::Search;
using secrets_adapters::SearchedFile;
using secrets_adapters::Spot;
using workbench::Directory;
using workbench::put;

const std::string id = "AKIASEARCHSEARCHSEAR";

std::string in_block(const std::string& token) {
  std::string lines = ">\n";
  for (std::size_t at = 0; at < token.size(); at += 60) lines += "    " + token.substr(at, 60) + "\n";
  return lines;
}

struct Told {
  std::vector<SearchedFile> found;
  std::vector<std::string> trouble;
  std::map<std::string, std::size_t> closed;
  std::vector<std::size_t> progress;

  [[nodiscard]] std::string text() const {
    std::string all;
    for (const SearchedFile& file : found) {
      for (const Spot& spot : file.spots) {
        all += file.file.filename().string() + ":" + std::to_string(spot.line) + " " + spot.name +
               (spot.section.empty() ? "" : " [" + spot.section + "]") + (spot.encrypted ? " sealed" : "") + "\n";
      }
    }
    return all;
  }
};

Told look(const std::filesystem::path& root, std::vector<const Opener*> openers = {},
          std::vector<std::filesystem::path> roots = {}) {
  Told told;
  secrets_adapters::search(
      root, rotation::AccessKeyId{id},
      {.found = [&](const SearchedFile& file) { told.found.push_back(file); },
       .trouble = [&](const auto& place, const auto&) { told.trouble.push_back(place.filename().string()); },
       .closed = [&](const auto& file, std::size_t values) { told.closed[file.filename().string()] += values; },
       .progress = [&](std::size_t done, std::size_t) { told.progress.push_back(done); },
       .openers = std::move(openers),
       .roots = std::move(roots)});
  return told;
}

TEST(KeySearch, NamesTheLineAndWhatTheValueIsCalledThere) {
  Directory here;
  put(here / "a.env", "# x\nexport AWS_ACCESS_KEY_ID=" + id + "\n");
  put(here / "b.ini", "[one]\nx = y\n[two]\naws_access_key_id = " + id + "\n");
  put(here / "c.json", "{\n  \"access key\": \"" + id + "\"}\n");
  put(here / "d.yaml", "a::b::key_id: '" + id + "'\nlist:\n  - " + id + "\n");
  put(here / "e.md", "The id is " + id + ", and " + id + ".\n");
  put(here / "f.rb", "  :id => \"" + id + "\"\r\n");
  put(here / "g.service", "Environment=\"KEY_ID=" + id + "\"\n");
  EXPECT_EQ(look(here.path()).text(),
            "a.env:2 AWS_ACCESS_KEY_ID\nb.ini:4 aws_access_key_id [two]\nc.json:2 access key\nd.yaml:1 a::b::key_id\n"
            "d.yaml:3 \ne.md:1 \nf.rb:1 :id\ng.service:1 KEY_ID\n");
}

TEST(KeySearch, TakesNoSecretForAName) {
  Directory here;
  const std::string secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
  put(here / "a", secret + ":" + id + "\n");
  put(here / "b", "\"" + secret + "\": \"" + id + "\"\n");
  EXPECT_EQ(look(here.path()).text(), "a:1 \nb:1 \n");
}

// Beside other words, in any form.
TEST(KeySearch, TakesNoNameThatHasASecretOrAPieceOfOneInIt) {
  const std::string secret = "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLE4KEYx", piece = secret.substr(8, 14);
  const std::vector<std::string> lines{"mybucket:" + secret + ":" + id,
                                       "prod." + secret + "=" + id,
                                       "{\"app:" + secret + "\": \"" + id + "\"}",
                                       "{\"x " + secret + "\": \"" + id + "\"}",
                                       "app:" + secret + " => " + id,
                                       "app_" + secret + ": |\n  " + id,
                                       "note-" + piece + "=" + id};
  for (const std::string& line : lines) {
    Directory here;
    put(here / "a", line + "\n");
    const Told told = look(here.path());
    ASSERT_EQ(told.found.size(), 1U) << line;
    EXPECT_EQ(told.found.front().spots.front().name, "") << line;
  }
  Directory here;
  put(here / "a",
      "govuk::apps::support_api::aws_access_key_id: " + id + "\nPRODUCTION_AWS_ACCESS_KEY_ID_2=" + id + "\n");
  EXPECT_EQ(look(here.path()).text(),
            "a:1 govuk::apps::support_api::aws_access_key_id\na:2 PRODUCTION_AWS_ACCESS_KEY_ID_2\n");
}

// An environment's dump, a log with one zero byte, a program with a key in it: where a key is to go, all of them count.
TEST(KeySearch, FindsTheIdInWhatIsNoText) {
  Directory here;
  const std::string zero(1, '\0'), zeros(64, '\0');
  put(here / "environ", "A=1" + zero + "AWS_ACCESS_KEY_ID=" + id + zero + "SECRET=x" + zero);
  put(here / "log", "one line\nand" + zero + "\nkey=" + id + "\n");
  put(here / "program",
      "\x7f"
      "ELF" +
          zeros + id + zeros);
  put(here / "without",
      "\x7f"
      "ELF" +
          zeros);
  EXPECT_EQ(look(here.path()).text(), "environ:1 \nlog:1 \nprogram:1 \n");
  std::string large(17U << 20U, '\1');
  large[0] = '\0';
  large.replace((16U << 20U) - 7, id.size(), id);
  Directory there;
  put(there / "large", large);
  EXPECT_EQ(look(there.path()).text(), "large:1 \n");
}

// Nothing can be closed to root.
TEST(KeySearch, GoesOnBehindWhatItCannotRead) {
  if (::geteuid() == 0) GTEST_SKIP() << "root reads everything";
  Directory here;
  std::filesystem::create_directories(here / "b/closed");
  put(here / "a", id);
  put(here / "b/c", id);
  put(here / "b/file", id);
  ::chmod((here / "b/closed").c_str(), 0);
  ::chmod((here / "b/file").c_str(), 0);
  const Told told = look(here.path());
  ::chmod((here / "b/closed").c_str(), 0700);
  EXPECT_EQ(told.text(), "a:1 \nc:1 \n");
  EXPECT_EQ(told.trouble, (std::vector<std::string>{"closed", "file"}));
}

// What a link leads to may hold the key, and nobody can look there.
TEST(KeySearch, TellsALinkThatLeadsNowhereReadable) {
  Directory here;
  std::filesystem::create_symlink("loop", here / "loop");
  std::filesystem::create_symlink(here / "mount/app.env", here / "away");
  std::filesystem::create_symlink("ann@host.4711:1", here / ".#lock");  // as editors leave it
  std::vector<std::string> trouble = look(here.path()).trouble;
  std::ranges::sort(trouble);
  EXPECT_EQ(trouble, (std::vector<std::string>{"away", "loop"}));
}

TEST(KeySearch, StaysInTheTreeAndOutOfTheRepositorysOwnFiles) {
  Directory here;
  std::filesystem::create_directories(here / ".git/objects");
  put(here / ".git/objects/x", id);
  put(here / "work", id);
  std::filesystem::create_directory_symlink(here.path(), here / "round");
  std::filesystem::create_symlink(here / "nothing", here / "dangling");
  const Told told = look(here.path());
  EXPECT_EQ(told.text(), "work:1 \n");
  EXPECT_TRUE(told.trouble.empty());
}

TEST(KeySearch, TellsALinkToADirectoryThatIsNotSearchedAnyway) {
  Directory here, outside;
  std::filesystem::create_directories(outside / "deep");
  put(outside / "deep/secret", id);
  std::filesystem::create_directory_symlink(outside / "deep", here / "link");
  EXPECT_EQ(look(here.path()).text(), "");
  EXPECT_EQ(look(here.path()).trouble, std::vector<std::string>{"link"});
  EXPECT_TRUE(look(here.path(), {}, {outside.path()}).trouble.empty());
  EXPECT_EQ(look(here.path(), {}, {outside / "dee"}).trouble, std::vector<std::string>{"link"});
}

// What a Windows machine left: PowerShell's Out-File and regedit write it.
TEST(KeySearch, ReadsTextOf16Bits) {
  const auto wide = [](const std::u16string& text, bool little) {
    std::string bytes;
    for (const char16_t unit : text) {
      const char low = static_cast<char>(unit & 0xFFU), high = static_cast<char>(unit >> 8U);
      bytes += little ? low : high;
      bytes += little ? high : low;
    }
    return bytes;
  };
  const std::u16string text = u"# \u00fc \U0001f511\r\nKEY_ID=" + std::u16string(id.begin(), id.end()) + u"\r\n";
  const std::u16string plain = text.substr(text.find(u'K'));
  Directory here;
  put(here / "a", wide(u"\uFEFF" + text, true));
  put(here / "b", wide(u"\uFEFF" + text, false));
  put(here / "c", wide(plain, true));
  put(here / "d", wide(plain, false));
  put(here / "e", wide(u"\uFEFF" + text, true) + "x");  // half a unit at its end
  EXPECT_EQ(look(here.path()).text(), "a:2 KEY_ID\nb:2 KEY_ID\nc:1 KEY_ID\nd:1 KEY_ID\ne:2 KEY_ID\n");
}

// The pieces in which a large file is read end with a line; one of them is longer than a piece.
TEST(KeySearch, ReadsFilesOfAnySize) {
  constexpr std::size_t piece = 16U << 20U;
  Directory here;
  std::string lines;
  while (lines.size() + 100 < piece - 10) lines += std::string(99, 'x') + "\n";
  const std::size_t before = static_cast<std::size_t>(std::count(lines.begin(), lines.end(), '\n'));
  const std::string across = lines + "KEY_ID = " + std::string(piece - lines.size(), ' ') + id + "\n";
  put(here / "a", across + "LAST=" + id + "\n");
  put(here / "b", std::string(piece - 7, 'x') + id + std::string(piece, 'y') + "\nz=" + id);
  const EyamlOpener opener{{{eyaml::certificate, eyaml::private_key}}};
  const std::string token = sealed(id);
  put(here / "c", std::string(piece - token.size() / 2 - 10, 'x') + "\nmine: " + token + "\n");
  put(here / "d", std::string(piece - token.size() / 2 - 80, 'x') + "\nlast::id: " + in_block(token) + "z: 1\n");
  EXPECT_EQ(look(here.path(), {&opener}).text(), "a:" + std::to_string(before + 1) +
                                                     " KEY_ID\na:" + std::to_string(before + 2) +
                                                     " LAST\nb:1 \nb:2 z\nc:2 mine " + "sealed\nd:3 last::id sealed\n");
}

// A log names it in every line.
// A line longer than a piece is cut; wherever the id stands at the cut, one of the two pieces has it whole.
TEST(KeySearch, FindsAKeyWhereverALongLineIsCut) {
  constexpr std::size_t piece = 16U << 20U;
  Directory here;
  const std::string far_off(piece, 'y');
  for (const std::size_t back : {40U, 39U, 38U, 30U, 25U, 21U, 20U, 19U, 18U, 10U, 1U, 0U}) {
    put(here / "long", std::string(piece - back, 'x') + id + far_off);
    EXPECT_EQ(look(here.path()).text(), "long:1 \n") << back;
  }
}

TEST(KeySearch, CountsWhatComesBehindTheFirstFiftyLinesOfAFile) {
  Directory here;
  std::string log;
  for (int at = 0; at < 200'000; ++at) log += "GET / " + id + " " + id + "\n";
  put(here / "log", log);
  const Told told = look(here.path());
  ASSERT_EQ(told.found.size(), 1U);
  EXPECT_EQ(told.found[0].spots.size(), 50U);
  EXPECT_EQ(told.found[0].spots.back().line, 50U);
  EXPECT_EQ(told.found[0].more, 200'000U - 50U);
}

TEST(KeySearch, TellsManyFilesInTheOrderOfTheirPathsWhicheverThreadReadThem) {
  Directory here;
  std::string expected;
  for (int at = 1000; at < 3000; ++at) {
    const std::string name = "f" + std::to_string(at);
    put(here / name, at % 7 == 0 ? "x\nK=" + id : "nothing");
    if (at % 7 == 0) expected += name + ":2 K\n";
  }
  const Told told = look(here.path());
  EXPECT_EQ(told.text(), expected);
  // Nothing at all where the others read everything while the thread that speaks was kept waiting.
  EXPECT_TRUE(std::is_sorted(told.progress.begin(), told.progress.end()));
}

TEST(KeySearch, EndsEarlyWhenItIsInterrupted) {
  Directory here;
  for (int at = 0; at < 200; ++at) put(here / std::to_string(at), id);
  std::size_t found = 0;
  secrets_adapters::search(here.path(), rotation::AccessKeyId{id},
                           {.found = [&](const SearchedFile&) { ++found; },
                            .trouble = [](const auto&, const auto&) {},
                            .interrupted = [] { return true; }});
  EXPECT_LT(found, 200U);
}

// ---- sealed values ----------------------------------------------------------------------------------------------

TEST(EyamlSearch, OpensTokensInALineAndInABlockWithTheKeysOfTheConfig) {
  Directory here;
  put(here / "a.yaml",
      "other: 1\nmine: " + sealed(id) + "\ntheirs: " + sealed("AKIAOTHER") + "\nlast::id: " + in_block(sealed(id)));
  const EyamlOpener opener{{{eyaml::certificate, eyaml::private_key}}};
  const Told told = look(here.path(), {&opener});
  EXPECT_EQ(told.text(), "a.yaml:2 mine sealed\na.yaml:5 last::id sealed\n");
  EXPECT_TRUE(told.closed.empty());
}

TEST(EyamlSearch, OpensTokensWithTheNearestKeysAboveTheFileButNoneAboveTheSearchedPath) {
  Directory here;
  std::filesystem::create_directories(here / "keys");
  std::filesystem::create_directories(here / "data/deep");
  std::filesystem::copy_file(eyaml::certificate, here / "keys/public_key.pkcs7.pem");
  std::filesystem::copy_file(eyaml::private_key, here / "keys/private_key.pkcs7.pem");
  put(here / "data/deep/a.yaml", "mine: " + sealed(id) + "\n");
  const EyamlOpener opener{{}};
  EXPECT_EQ(look(here.path(), {&opener}).text(), "a.yaml:1 mine sealed\n");
  const EyamlOpener fresh{{}};
  const Told below = look(here / "data", {&fresh});
  EXPECT_EQ(below.text(), "");
  EXPECT_EQ(below.closed, (std::map<std::string, std::size_t>{{"a.yaml", 1}}));
}

TEST(EyamlSearch, CountsWhatNothingOpensAndPassesOverWhatIsNoToken) {
  Directory here;
  put(here / "a.yaml",
      "x: " + sealed("y") + "\ny: ENC[GPG,aGVsbG8=]\nz: ENC[PKCS7,aGVsbG8=]\n# ENC[PKCS7,...] is a token\n");
  const EyamlOpener wrong{{{eyaml::data / "other/public_key.pkcs7.pem", eyaml::data / "other/private_key.pkcs7.pem"}}};
  const Told told = look(here.path(), {&wrong});
  EXPECT_EQ(told.text(), "");
  EXPECT_EQ(told.closed, (std::map<std::string, std::size_t>{{"a.yaml", 3}}));
  const EyamlOpener right{{{eyaml::certificate, eyaml::private_key}}};
  EXPECT_EQ(look(here.path(), {&right}).closed, (std::map<std::string, std::size_t>{{"a.yaml", 2}}));
}

// ---- many keys at once -------------------------------------------------------------------------------------------

TEST(KeySearch, FindsManyKeysInOnePassAndEachAsItIsFoundAlone) {
  Directory here;
  const std::vector<std::string> ids{id, "AKIA2222222222222222", "LTAI5tAAAAAAAAAAAAAAAAAA", "LTAI5tAAAAAAAAAA", "x"};
  put(here / "a.env", "A=" + ids[1] + "\nB=" + ids[0] + ids[1] + "\nC=" + ids[2] + "\n");
  put(here / "b.env", ids[0] + " " + ids[0] + "\n" + ids[4] + ids[3] + "y\n");
  std::vector<rotation::AccessKeyId> keys;
  for (const std::string& each : ids) keys.emplace_back(each);
  keys.push_back(keys.front());  // twice is once
  keys.emplace_back("");         // no key
  std::map<std::string, std::string> together, alone;
  const auto into = [](std::map<std::string, std::string>& told) {
    return secrets_adapters::Search{.found =
                                        [&told](const SearchedFile& file) {
                                          for (const Spot& spot : file.spots) {
                                            told[file.key.text()] += file.file.filename().string() + ":" +
                                                                     std::to_string(spot.line) + spot.name + " ";
                                          }
                                        },
                                    .trouble = [](const auto&, const auto&) { FAIL(); }};
  };
  secrets_adapters::search(here.path(), secrets_adapters::KeyIds{keys}, into(together));
  for (const std::string& each : ids) {
    secrets_adapters::search(here.path(), rotation::AccessKeyId{each}, into(alone));
  }
  EXPECT_EQ(together.at(ids[0]), "a.env:2B b.env:1 ");
  EXPECT_EQ(together.at(ids[1]), "a.env:1A a.env:2 ");
  alone.at(ids[3]) = "b.env:2 ";  // where two begin alike, the longer one is meant
  EXPECT_EQ(together, alone);
}

TEST(KeyIds, FindsTheFirstOfThemFromAnywhere) {
  const secrets_adapters::KeyIds none{{}};
  EXPECT_TRUE(none.empty());
  EXPECT_FALSE(none.find("AKIA", 0));
  const secrets_adapters::KeyIds keys{
      {rotation::AccessKeyId{"AKIAONE"}, rotation::AccessKeyId{"AKIATWO2"}, rotation::AccessKeyId{"LTAI"}}};
  EXPECT_EQ(keys.longest(), 8U);
  const std::string text = "AKIAKIAONE LTAIAKIATWO2AKIATWO";
  std::string seen;
  for (auto hit = keys.find(text, 0); hit; hit = keys.find(text, hit->at + 1)) {
    seen += std::to_string(hit->at) + keys.id(hit->id).text() + " ";
  }
  EXPECT_EQ(seen, "3AKIAONE 11LTAI 15AKIATWO2 ");
}

}  // namespace

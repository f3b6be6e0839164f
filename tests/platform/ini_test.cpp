#include "platform/ini.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "platform/process.hpp"
#include "tests/platform/workbench.hpp"

namespace {

using platform::entry;
using platform::IniError;
using platform::IniText;
using platform::parse_ini;

std::string value(std::string_view text, std::string_view section, std::string_view key) {
  const IniText ini = parse_ini(text);
  const auto* found = ini.section(section);
  const auto* one = found == nullptr ? nullptr : entry(*found, key);
  return one == nullptr ? "(none)" : std::string(text.substr(one->value.begin, one->value.end - one->value.begin));
}

std::size_t error_line(std::string_view text) {
  try {
    static_cast<void>(parse_ini(text));
  } catch (const IniError& error) {
    EXPECT_FALSE(error.what.empty());
    return error.line;
  }
  return 0;
}

TEST(Ini, FindsValuesBetweenTheirBlanks) {
  const std::string text =
      "# first\n[default]\n\nregion=eu-west-1\n; note\nKey  =  a b # not a comment \t\n[ dev ]\nregion: x";
  EXPECT_EQ(value(text, "default", "region"), "eu-west-1");
  EXPECT_EQ(value(text, "default", "key"), "a b # not a comment");
  EXPECT_EQ(value(text, "dev", "region"), "x");
  EXPECT_EQ(value(text, "dev", "key"), "(none)");
  EXPECT_EQ(value(text, "prod", "key"), "(none)");
}

TEST(Ini, UnderstandsCrLfAndABom) {
  const std::string text = "\xEF\xBB\xBF[a]\r\nk = v\r\nl=\r\n\r\n[b]\r\nk=w";
  EXPECT_EQ(value(text, "a", "k"), "v");
  EXPECT_EQ(value(text, "a", "l"), "");
  EXPECT_EQ(value(text, "b", "k"), "w");
}

TEST(Ini, TakesTheFirstMarkOfBoth) {
  EXPECT_EQ(value("[a]\nk = x:y=z\n", "a", "k"), "x:y=z");
  EXPECT_EQ(value("[a]\nk : x=y\n", "a", "k"), "x=y");
}

TEST(Ini, NestsIndentedLinesBelowAnEmptyValue) {
  const std::string text = "[a]\ns3 =\n  # note\n  Max = 10\n\n  url = http://x=y\n  max=11\nregion = r\n";
  const IniText ini = parse_ini(text);
  const auto& nested = ini.section("a")->entries.at(0).nested;
  ASSERT_EQ(nested.size(), 2U);
  EXPECT_EQ(nested[0].key, "max");
  EXPECT_EQ(text.substr(nested[0].value.begin, nested[0].value.end - nested[0].value.begin), "11");
  EXPECT_EQ(text.substr(nested[1].value.begin, nested[1].value.end - nested[1].value.begin), "http://x=y");
  EXPECT_EQ(value(text, "a", "region"), "r");
}

TEST(Ini, AnIndentedLineContinuesAValueEvenIfItLooksLikeASection) {
  EXPECT_EQ(value("[a]\nk = v\n  [b]\n  l = w\n", "a", "k"), "v\n  [b]\n  l = w");
  EXPECT_EQ(value("[a]\n  k = v\n  l = w\n", "a", "l"), "w");  // equally deep: no continuation
}

TEST(Ini, SectionsEndWhereTheNextHeaderBegins) {
  const std::string text = "[a]\nk=v\n# tail\n[b]\nk=w\n";
  const IniText ini = parse_ini(text);
  EXPECT_EQ(text.substr(ini.sections[0].body.begin, ini.sections[0].body.end - ini.sections[0].body.begin),
            "k=v\n# tail\n");
  EXPECT_EQ(text.substr(ini.sections[1].body.begin), "k=w\n");
}

TEST(Ini, NamesTheLineThatIsWrong) {
  EXPECT_EQ(error_line("k = v\n"), 1U);
  EXPECT_EQ(error_line("[a]\nk = v\nnonsense\n"), 3U);
  EXPECT_EQ(error_line("[a]\r\n\r\n= v\r\n"), 3U);
  EXPECT_EQ(error_line("[a]\nk = v\n\n[b\n"), 4U);
  EXPECT_EQ(error_line("[]\n"), 1U);
  EXPECT_EQ(error_line("[a]\n[b]\n[a]\n"), 3U);
  EXPECT_EQ(error_line("[a]\nk=1\nK=2\n"), 3U);
  EXPECT_EQ(error_line("[a]\ns3 =\n  nested without mark\n"), 3U);
  EXPECT_EQ(error_line(""), 0U);
}

TEST(Ini, SaysNothingOfTheTextInAnError) {
  try {
    static_cast<void>(parse_ini("[a]\nwJalrXUtnFEMI\n"));
    FAIL() << "it is no entry";
  } catch (const IniError& error) {
    EXPECT_EQ(error.what.find("wJal"), std::string::npos);
  }
}

// ---- against botocore's own reading ----------------------------------------------------------------------------

std::string pick(std::mt19937& chance, std::initializer_list<const char*> from) {
  return from.begin()[chance() % from.size()];
}

std::string generated(unsigned seed) {
  std::mt19937 chance(seed);
  const std::string eol = pick(chance, {"\n", "\n", "\r\n"});
  std::string text;
  const unsigned sections = 1 + chance() % 4;
  for (unsigned s = 0; s < sections; ++s) {
    text += "[" + pick(chance, {"p", "profile q", "dev-", "x.y"}) + (chance() % 12 == 0 ? "" : std::to_string(s)) + "]";
    text += pick(chance, {"", "", "", " ", " # tail"}) + eol;
    const unsigned lines = chance() % 8;
    for (unsigned l = 0; l < lines; ++l) {
      const std::string indent = pick(chance, {"", "", "", "", " ", "\t", "    "});
      const std::string key = pick(chance, {"key", "Region", "aws_access_key_id", "s3", "a b"});
      const std::string number = chance() % 8 == 0 ? "" : std::to_string(l);
      const std::string mark = pick(chance, {"=", " = ", ":", " : ", "\t=  "});
      const std::string word = pick(chance, {"", "v", "a=b", "x:y", "v # w", "v ; w", "%(x)s", "[no]", "\"q\"", "v  "});
      switch (chance() % 10) {
        case 0: text += eol; break;
        case 1: text += indent + pick(chance, {"#", ";"}) + " note = x" + eol; break;
        case 2: text += "  " + eol; break;
        case 3: text += indent + (chance() % 4 == 0 ? "junk" : key + number + mark + word) + eol; break;
        default: text += indent + key + number + mark + word + eol; break;
      }
    }
  }
  if (chance() % 3 == 0) text.resize(text.size() - eol.size());
  return text;
}

// The lines of a value as botocore joins them: each trimmed, comments left out.
std::string joined(std::string_view raw) {
  std::string result;
  bool first = true;
  for (std::size_t from = 0; from <= raw.size();) {
    const std::size_t end = std::min(raw.find('\n', from), raw.size());
    std::string_view line = raw.substr(from, end - from);
    from = end + 1;
    const auto begin = line.find_first_not_of(" \t\r");
    line = begin == std::string_view::npos ? "" : line.substr(begin, line.find_last_not_of(" \t\r") - begin + 1);
    if (!first && (line.starts_with('#') || line.starts_with(';'))) continue;
    if (!first) result += "\n";
    result += line;
    first = false;
  }
  return result;
}

// One line a value, in the form that the script below prints.
std::string dump(std::string_view text) {
  std::map<std::string, std::string> lines;
  IniText ini;
  try {
    ini = parse_ini(text);
  } catch (const IniError&) {
    return "error\n";
  }
  const auto of = [&](platform::Range range) { return joined(text.substr(range.begin, range.end - range.begin)); };
  std::string result;
  for (const auto& section : ini.sections) {
    result += "[" + section.name + "]\n";
    for (const auto& one : section.entries) {
      result += one.key + "=" + (one.nested.empty() ? of(one.value) : "{") + "\x1f\n";
      for (const auto& below : one.nested) result += " " + below.key + "=" + of(below.value) + "\x1f\n";
    }
  }
  return result;
}

// botocore is a peer to compare with, not a part of the build: without it there is nothing to compare.
TEST(IniPeer, ReadsGeneratedFilesAsBotocoreDoes) {
  platform::Command have;
  have.argv = {"python3", "-c", "import botocore.configloader"};
  have.pass_env = {"PYENV_VERSION", "PYTHONPATH"};
  try {
    if (platform::run(have).exit_code != 0) GTEST_SKIP() << "no botocore here";
  } catch (const std::system_error&) {
    GTEST_SKIP() << "no python3 here";
  }
  constexpr unsigned files = 3000;
  workbench::Directory here;
  for (unsigned seed = 0; seed < files; ++seed) workbench::put(here / std::to_string(seed), generated(seed));
  platform::Command theirs;
  theirs.pass_env = have.pass_env;
  theirs.output_cap = 64U << 20U;
  theirs.deadline = std::chrono::minutes(2);
  theirs.argv = {"python3", "-c", R"(
import sys, botocore.configloader as c, botocore.exceptions as e
for n in range(int(sys.argv[2])):
    try:
        parsed = c.raw_config_parse(sys.argv[1] + '/' + str(n))
        for section, entries in parsed.items():
            print('[' + section + ']')
            for key, value in entries.items():
                if isinstance(value, dict) and value:
                    print(key + '={\x1f')
                    for k, v in value.items(): print(' ' + k.lower() + '=' + v + '\x1f')
                else:
                    print(key + '=' + (value or '').rstrip('\n') + '\x1f')
    except e.ConfigParseError:
        print('error')
    print('\x1e', end='')
)",
                 here.path().string(), std::to_string(files)};
  const auto finished = platform::run(theirs);
  ASSERT_EQ(finished.exit_code, 0) << finished.err;
  std::string_view rest = finished.out;
  unsigned errors = 0;
  for (unsigned seed = 0; seed < files; ++seed) {
    const auto end = rest.find('\x1e');
    ASSERT_NE(end, std::string_view::npos);
    std::string wanted(rest.substr(0, end));
    rest.remove_prefix(end + 1);
    // An error comes after what was printed, and botocore parses the whole file before: nothing was.
    if (wanted.ends_with("error\n")) ++errors;
    ASSERT_EQ(dump(generated(seed)), wanted) << "seed " << seed << "\n" << generated(seed);
  }
  EXPECT_GT(errors, files / 20);
  EXPECT_LT(errors, files * 3 / 4);
}

}  // namespace

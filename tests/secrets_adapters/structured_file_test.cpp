#include <gtest/gtest.h>

#include "platform/process.hpp"
#include "secrets_adapters/registry.hpp"
#include "secrets_adapters/structured_text.hpp"
#include "tests/platform/workbench.hpp"
#include "tests/secrets_adapters/places.hpp"

namespace {

using namespace places;
using workbench::Directory;
using workbench::get;
using workbench::put;

struct Case {
  std::string name;
  std::string file;
  std::string id;
  std::string value;
  std::string text;  // with the old pair in it, once
};

rotation::LocationSpec spec_of(const std::string& path, const std::string& id, const std::string& value,
                               const std::string& format = "") {
  rotation::LocationSpec spec{.name = rotation::LocationName("file"), .type = "structured-file", .settings = {}};
  spec.settings = {{"path", path}, {"id", id}, {"value", value}};
  if (!format.empty()) spec.settings["format"] = format;
  return spec;
}

std::unique_ptr<rotation::Location> place_of(const Directory& here, const Case& one) {
  return secrets_adapters::make_location(spec_of(here / one.file, one.id, one.value));
}

const std::vector<Case>& good() {
  static const std::vector<Case> all{
      {"rclone", "rclone.conf", "/remote/access_key_id", "/remote/secret_access_key",
       "# mine\n[other]\ntype = local\n\n[remote]\ntype = s3\naccess_key_id = " + old_id +
           "\nsecret_access_key = " + old_secret + "\nregion=eu-west-1\n"},
      {"s3cmd, quoted, CR LF", "s3cmd.cfg", "/default/access_key", "/default/secret_key",
       "[default]\r\nsecret_key = \"" + old_secret + "\"\r\naccess_key='" + old_id + "'\r\naccess_token =\r\n"},
      {"keys before any section", "app.ini", "/Id", "/secret",
       "; x\nID: " + old_id + "\nsecret=" + old_secret + "\n[a]\nb=c"},
      {"two sections, a slash in a name", "a.ini", "/a~1b/id", "/c d/s",
       "[a/b]\nid=" + old_id + "\n[c d]\ns=" + old_secret},
      {"appsettings", "appsettings.json", "/Aws/AccessKeyId", "/Aws/SecretAccessKey",
       "\xEF\xBB\xBF{\n  \"Logging\": {\"n\": 1.10, \"x\": null},\n  \"Aws\": { \"SecretAccessKey\":\"" + old_secret +
           "\",\n \"AccessKeyId\" : \"" + old_id + "\" }\n}"},
      {"a list of JSON", "a.json", "/keys/1/id", "/keys/1/s",
       R"({"keys":[{"id":"X","s":"y"},{"s":")" + old_secret + R"(","id":")" + old_id + "\"}]}\n"},
      {"a name with a slash and a tilde", "a.json", "/a~1b~0/id", "/s",
       "{\"a/b~\":{\"id\":\"" + old_id + "\"},\"s\":\"" + old_secret + "\"}"},
      {"YAML, bare, with text beyond ASCII before it", "a.yaml", "/aws/id", "/aws/secret",
       "# Schlüssel ✓\nname: \"Größe ☃\"\nother: |\n  id: x\n  é\naws:\n    id: " + old_id +
           "   # the id\n    secret: " + old_secret + "\nlist: [1, 2]\n"},
      {"YAML, quoted, CR LF", "a.yml", "/aws/id", "/aws/secret",
       "---\r\nfolded: >-\r\n  a\r\n  b\r\naws:\r\n  secret: '" + old_secret + "'\r\n  id: \"" + old_id +
           "\"\r\n...\r\n"},
      {"YAML in flow style, in a list", "a.yaml", "/1/k/id", "/1/k/s",
       "- {k: {id: a, s: b}}\n- {k: {id: " + old_id + ", s: \"" + old_secret + "\"}, z: [x]}\n"},
      {"YAML with a BOM", "a.yaml", "/id", "/s", "\xEF\xBB\xBFid: " + old_id + "\ns: " + old_secret + "\n"},
      {"YAML with anchors elsewhere", "a.yaml", "/b/id", "/b/s",
       "a: &a {x: 1}\nb:\n  <<: *a\n  id: " + old_id + "\n  s: " + old_secret + "\nc: *a\n"},
      {"YAML with a tag elsewhere", "a.yaml", "/id", "/s", "t: !!str x\nid: " + old_id + "\ns: " + old_secret},
      {"TOML, every kind of value", "a.toml", "/aws/id", "/aws/secret",
       "# x\ntitle = \"a \\\"quoted\\\" one\"\nn = -1_000\nd = 1979-05-27 07:32:00Z\nt = 07:32:00.5\nf = +1e-3\ni = "
       "-inf\n"
       "m = \"\"\"\n[aws]\nid = \"no\"\"\"\"\"\nl = '''\n'' # '''\nlist = [ 1, # one\n  'two', [\"x\"], ]\n"
       "in = { a.b = 1, 'c d' = [], e = {} }\n\n[aws] # the pair\nid = \"" +
           old_id + "\"\t# id\n  secret = '" + old_secret +
           "'\n[[more]]\nid = 'x'\n[[more]]\nid = 'y'\n[aws.sub]\nx = true\n"},
      {"TOML, dotted and quoted keys", "a.toml", "/a/b c/id", "/a/s",
       "a . \"b c\".id = \"" + old_id + "\"\r\na.s = '" + old_secret + "'\r\n"},
      {"TOML, inline and in a list of tables", "a.toml", "/p/1/k/id", "/p/1/k/s",
       "[[p]]\nk = {id='x', s='y'}\n[[p]]\nk = { s = \"" + old_secret + "\", id = '" + old_id + "' }\n"},
  };
  return all;
}

TEST(StructuredFile, ChangesTheTwoValuesAndNoOtherByteThereAndBack) {
  for (const Case& one : good()) {
    Directory here;
    put(here / one.file, one.text, 0640);
    const auto place = place_of(here, one);
    EXPECT_EQ(said(place->ready()), "done") << one.name;
    EXPECT_EQ(said(place->read()), old_pair) << one.name;
    EXPECT_EQ(said(hand_over(*place)), "done") << one.name;
    EXPECT_EQ(get(here / one.file), handed_over(one.text)) << one.name;
    EXPECT_EQ(said(place->read()), new_pair) << one.name;
    EXPECT_EQ(said(place->write({holding(new_id), AccessKeyId(old_id), Secret(old_secret)})), "done") << one.name;
    EXPECT_EQ(get(here / one.file), one.text) << one.name;
    EXPECT_EQ(workbench::info(here / one.file).st_mode & 07777U, 0640U) << one.name;
  }
}

TEST(StructuredFile, AThirdValueIsAConflictAndStays) {
  for (const Case& one : good()) {
    for (const auto& [before, after] :
         {std::pair{old_id, std::string("AKIATHIRD")}, std::pair{old_secret, new_secret}}) {
      Directory here;
      const std::string text = with(one.text, before, after);
      put(here / one.file, text);
      Holding expected = holding(old_id);
      expected.secret = Secret(old_secret);
      EXPECT_EQ(why(place_of(here, one)->write({expected, AccessKeyId(new_id), Secret(new_secret)})), Refusal::conflict)
          << one.name;
      EXPECT_EQ(get(here / one.file), text) << one.name;
    }
  }
}

// Each in the file that it is named after, with the places /a/id and /a/s.
struct Text {
  std::string file;
  std::string text;
  std::string part;  // of the message
};

std::string said_of(const Text& one) {
  Directory here;
  put(here / one.file, one.text);
  const auto place = secrets_adapters::make_location(spec_of(here / one.file, "/a/id", "/a/s"));
  const std::string answer = said(place->read());
  const bool nothing = answer == "nothing";
  EXPECT_EQ(why(hand_over(*place)), nothing ? Refusal::conflict : Refusal::invalid) << one.text;
  EXPECT_EQ(get(here / one.file), one.text);
  return answer;
}

TEST(StructuredFile, WhatIsNotThereIsAValue) {
  const std::vector<Text> cases{
      {"a.json", "{}", ""},
      {"a.json", R"({"a":{"id":"","s":"","x":1}})", ""},
      {"a.json", R"({"a":"id"})", ""},
      {"a.json", "[]", ""},
      {"a.yaml", "", ""},
      {"a.yaml", "# nothing\n", ""},
      {"a.yaml", "a:\n  id:\n  s: ''\n", ""},
      {"a.yaml", "a: {id: ~, s: null}\n", ""},
      {"a.toml", "[b]\nid = 'x'\n", ""},
      {"a.toml", "a.id = ''\n", ""},
      {"a.ini", "[b]\nid=x\ns=y\n", ""},
      {"a.ini", "[a]\nid=\ns=\"\"\n", ""},
  };
  for (const Text& one : cases) EXPECT_EQ(said_of(one), "nothing") << one.file << ": " << one.text;
  Directory here;
  EXPECT_EQ(said(secrets_adapters::make_location(spec_of(here / "a.json", "/a", "/b"))->read()), "nothing");
}

TEST(StructuredFile, RefusesWhatReadersTakeInDifferentWaysAndNamesTheLine) {
  const std::string pair = "id: " + old_id + "\n  s: " + old_secret + "\n";
  const std::string toml = "id = '" + old_id + "'\ns = '" + old_secret + "'\n";
  const std::vector<Text> cases{
      {"a.json", "{\"a\":{\"id\":\"" + old_id + "\"}}", "line 1: an access key id without its secret"},
      {"a.json", "{\"a\":\n{\"id\":1,\"s\":\"x\"}}", "line 2: /a/id: it is no text"},
      {"a.json", R"({"a":{"id":null,"s":"x"}})", "/a/id: it is no text"},
      {"a.json", R"({"a":{"id":{},"s":"x"}})", "/a/id: it is no text"},
      {"a.json", R"({"a":{"id":"\u0041","s":"x"}})", "/a/id: it is written with an escape"},
      {"a.json", R"({"a":{"id":"A","s":"x"},"a":1})", "/a: it is there a second time"},
      {"a.json", R"({"a":{"id":"A","s":"x","id":"B"}})", "/a/id: it is there a second time"},
      {"a.json", R"({"a":{"id":"A","s":"x"},"A":{}})", "/A: in other letters"},
      {"a.json", "{\n// x\n\"a\":1}", "line 2: not JSON"},
      {"a.yaml", "a:\n  " + pair + "  id: x\n", "line 4: /a/id: it is there a second time"},
      {"a.yaml", "a:\n  " + pair + "A: 1\n", "line 4: /A: in other letters"},
      {"a.yaml", "a: &x\n  " + pair, "/a: it has an anchor"},
      {"a.yaml", "a:\n  id: &x " + old_id + "\n  s: " + old_secret + "\n", "line 2: /a/id: it has an anchor"},
      {"a.yaml", "b: &x\n  " + pair + "a: *x\n", "line 4: /a: it is an alias"},
      {"a.yaml", "b: &x A\na: {id: *x, s: y}\n", "line 2: /a/id: it is an alias"},
      {"a.yaml", "b: &x\n  " + pair + "a:\n  <<: *x\n", "line 5: /a/<<: what is merged in here"},
      {"a.yaml", "a:\n  id: !!str " + old_id + "\n  s: " + old_secret + "\n", "line 2: /a/id: it has a tag"},
      {"a.yaml", "a:\n  id: |\n    " + old_id + "\n  s: x\n", "line 2: /a/id: a value that is not one plain word"},
      {"a.yaml", "a:\n  id: AKIA\n  s: wJal\n    rXUt\n", "line 3: /a/s: a value that is not one plain word"},
      {"a.yaml", "a:\n  id: AKIA\n  s: \"wJal\\x41\"\n", "line 3: /a/s: a value that is not one plain word"},
      {"a.yaml", "a:\n  id: AKIA\n  s: 'it''s'\n", "line 3: /a/s: a value that is not one plain word"},
      {"a.yaml", "a: {id: AKIA, s: \"k\\\"\"}\n", "/a/s: a value that is not one plain word"},
      {"a.yaml", "a: {id: 12345, s: xyz}\n", "/a/id: some readers take it for a number"},
      {"a.yaml", "a: {id: 1e5, s: xyz}\n", "/a/id: some readers take it for a number"},
      {"a.yaml", "a: {id: yes, s: xyz}\n", "/a/id: some readers take it for a number"},
      {"a.yaml", "a:\n  " + pair + "---\nb: 1\n", "a second document"},
      {"a.yaml", "? [x]\n: 1\na: 2\n", "line 1: a mapping or a list in a key's place"},
      {"a.yaml", "a: [\n", "not YAML"},
      {"a.yaml", "a: {{ .Values.x }}\n", "a mapping or a list in a key's place"},
      {"a.yaml", std::string("\xFF\xFE") + "a", "it is not UTF-8"},
      {"a.toml", "[a]\n" + toml + "id = 'x'\n", "line 4: a key that was there before"},
      {"a.toml", "[a]\n" + toml + "[a]\n", "line 4: a table that was there before"},
      {"a.toml", "[a]\n" + toml + "[A]\n", "line 4: /A: in other letters"},
      {"a.toml", "a.id = '" + old_id + "'\n[a]\ns = 'x'\n", "line 2: a table that was there before"},
      {"a.toml", "a = 1\n[a.b]\n", "line 2: a table in the place of a value"},
      {"a.toml", "[a]\nid = \"\\u0041\"\ns = 'x'\n", "line 2: /a/id: it is written with an escape"},
      {"a.toml", "[a]\nid = 'A'\ns = '''x'''\n", "line 3: /a/s: a value that is not one plain word"},
      {"a.toml", "[a]\nid = 'A\n", "line 2: a string that is never closed"},
      {"a.toml", "[a]\nid = 1\ns = 'x'\n", "line 2: /a/id: it is no text"},
      {"a.toml", "[a]\nid = A\n", "line 2: a value should begin here"},
      {"a.toml", "[a]\nid = 'A' 's'\n", "line 2: something behind the end"},
      {"a.toml", "[a] x = 1\n", "line 1: something behind the end"},
      {"a.toml", "a = {id = 'x',\n s = 'y'}\n", "line 1: a key should begin here"},
      {"a.toml", "a = [1 2]\n", "line 1: neither a comma nor the list's end"},
      {"a.toml", "a = \"\"\"x", "a string that is never closed"},
      {"a.toml", "x = " + std::string(100, '['), "nested too deeply"},
      {"a.ini", "id=x\n[a]\n", "line 1: an entry before the first section"},
      {"a.ini", "[a]\nid=x\ns=y\nID=z\n", "line 4: a key that this section has already"},
      {"a.ini", "[a]\nid=x\ns=y\n[A]\n", "line 4: /A: in other letters"},
      {"a.ini", "[a]\nid=x\n  more\ns=y\n", "line 1: /a: a line in this section is indented"},
      {"a.ini", "[a]\nid=" + old_id + "\ns=" + old_secret + " ; mine\n",
       "what stands in the secret's place is not one"},
      {"a.ini", "server {\n  listen 80;\n}\n", "line 1: "},
  };
  for (const Text& one : cases) {
    const std::string answer = said_of(one);
    EXPECT_TRUE(answer.starts_with("refused: /a/id and /a/s in ")) << answer;
    EXPECT_NE(answer.find(one.part), std::string::npos) << one.file << ": " << one.text << "\n" << answer;
    EXPECT_FALSE(shows_a_piece(answer, old_secret)) << answer;
  }
}

TEST(StructuredFile, RefusesANewValueThatItsQuotesCannotCarry) {
  const auto write = [](const std::string& file, const std::string& before, const std::string& after,
                        const std::string& secret) {
    Directory here;
    const std::string text = before + old_secret + after;
    put(here / file, text);
    const auto place = secrets_adapters::make_location(spec_of(here / file, "/id", "/s"));
    const auto answer = place->write({holding(old_id), AccessKeyId(new_id), Secret(secret)});
    EXPECT_EQ(get(here / file) == text, why(answer).has_value()) << said(answer);
    return why(answer);
  };
  const std::string yaml = "id: " + old_id + "\ns: ";
  const std::string toml = "id = '" + old_id + "'\ns = ";
  EXPECT_EQ(write("a.yaml", yaml, "\n", "a#b:c"), Refusal::invalid);
  EXPECT_EQ(write("a.yaml", yaml, "\n", "1234567890"), Refusal::invalid) << "a number";
  EXPECT_EQ(write("a.yaml", yaml, "\n", "+/aK=="), std::nullopt);
  EXPECT_EQ(write("a.yaml", yaml + "'", "'\n", "1234567890"), std::nullopt);
  EXPECT_EQ(write("a.yaml", yaml + "'", "'\n", "a'b"), Refusal::invalid);
  EXPECT_EQ(write("a.yaml", yaml + "'", "'\n", "a\"b\\"), std::nullopt);
  EXPECT_EQ(write("a.yaml", yaml + "\"", "\"\n", "a\\b"), Refusal::invalid);
  EXPECT_EQ(write("a.toml", toml + "'", "'\n", "a'b"), Refusal::invalid);
  EXPECT_EQ(write("a.toml", toml + "'", "'\n", "a\\b\""), std::nullopt);
  EXPECT_EQ(write("a.toml", toml + "\"", "\"\n", "a\"b"), Refusal::invalid);
  EXPECT_EQ(write("a.json", "{\"id\":\"" + old_id + "\",\"s\":\"", "\"}", "a\\b"), Refusal::invalid);
  EXPECT_EQ(write("a.ini", "id=" + old_id + "\ns=", "\n", "a;b"), Refusal::invalid);
}

std::set<std::string> findings_of(const rotation::LocationSpec& spec) {
  std::set<std::string> seen;
  for (const auto& one : secrets_adapters::check(spec)) seen.insert((one.missing ? "missing " : "") + one.setting);
  return seen;
}

TEST(StructuredFile, ChecksItsSettings) {
  using Names = std::set<std::string>;
  EXPECT_EQ(findings_of(spec_of("/x/a.json", "/a", "/b")), Names{});
  EXPECT_EQ(findings_of(spec_of("/x/.s3cfg", "/default/a", "/default/b")), Names{"missing format"});
  EXPECT_EQ(findings_of(spec_of("/x/.s3cfg", "/default/a", "/default/b", "ini")), Names{});
  EXPECT_EQ(findings_of(spec_of("/x/a.json", "/a", "/b", "xml")), Names{"format"});
  EXPECT_EQ(findings_of(spec_of("/x/a.json", "a/b", "/a~b")), (Names{"id", "value"}));
  EXPECT_EQ(findings_of(spec_of("/x/a.ini", "/a/b/c", "/b")), Names{"id"});
  EXPECT_EQ(findings_of(spec_of("/x/a.json", "/a", "/a")), Names{"value"});
  EXPECT_EQ(findings_of(spec_of("/x/a.json", "/a", "/a/b")), Names{"value"});
  EXPECT_EQ(findings_of(spec_of("/x/a.json", "/a", "/ab")), Names{});
}

// What Python's own readers make of the text, where they are there: json, tomllib, configparser, PyYAML.
TEST(StructuredFile, OtherReadersSeeTheSameChange) {
  const std::string program = R"(
import sys, json
path, kind = sys.argv[1:]
text = open(path, 'rb').read().decode('utf-8-sig')
if kind == 'json': value = json.loads(text)
elif kind == 'toml':
    import tomllib; value = tomllib.loads(text)
elif kind == 'yaml':
    import yaml; value = yaml.safe_load(text)
print(json.dumps(value, default=str, sort_keys=True))
)";
  int asked = 0;
  for (const Case& one : good()) {
    const std::string kind = one.file.ends_with("yml") ? "yaml" : one.file.substr(one.file.rfind('.') + 1);
    if (kind != "json" && kind != "toml" && kind != "yaml") continue;
    Directory here;
    put(here / one.file, one.text);
    const auto seen = [&] { return platform::run({.argv = {"python3", "-c", program, here / one.file, kind}}); };
    const auto before = seen();
    if (before.exit_code != 0) {  // no such reader here
      EXPECT_NE(before.err.find("No module named"), std::string::npos) << one.name << before.err;
      continue;
    }
    ASSERT_EQ(said(hand_over(*place_of(here, one))), "done");
    EXPECT_EQ(seen().out, handed_over(before.out)) << one.name;
    ++asked;
  }
  EXPECT_GE(asked, 3);
}

}  // namespace

"""The tree keeps the style, and each rule finds what it is there to find."""
import pathlib
import unittest

import rules
import source

ROOT = pathlib.Path(__file__).resolve().parents[2]
PLAIN = {"CMakeLists.txt": "add_library(all store/a.cpp rotation/a.cpp cli/main.cpp)\n"}

# For each rule files that break it; what makes the case is said in as few words as it takes.
BREAKS = {
    "includes_go_one_way": [
        {"rotation/a.cpp": '#include "store/sqlite.hpp"\n'},
        {"platform/a.cpp": '#include "store/sqlite.hpp"\n'},
        {"store/a.cpp": '#include "providers/http/url.hpp"\n'},
        {"store/a.cpp": '#include "sqlite.hpp"\n'},
        {"secrets_adapters/a.cpp": '#include "providers/aws_iam/chain.hpp"\n'},
        {"providers/http/a.cpp": '#include "providers/aws_iam/chain.hpp"\n'},
        {"providers/aws_iam/a.cpp": '  #  include "cli/options.hpp"\n'},
        {"store/a.cpp": '#include "tests/store/workbench.hpp"\n'},
        {"tests/rotation/a.cpp": '#include "store/sqlite.hpp"\n'}],
    "a_type_has_one_definition": [
        {"cli/a.hpp": "namespace cli {\nstruct A {\n};\n}\n", "cli/b.hpp": "namespace cli {\nclass A final {\n};\n}\n"}],
    "the_core_uses_the_standard_library_alone": [
        {"rotation/a.cpp": "#include <unistd.h>\n"}, {"rotation/a.hpp": "#include <nlohmann/json.hpp>\n"}],
    "libraries_are_known_to_their_wrappers_alone": [
        {"cli/a.cpp": "#include <sqlite3.h>\n"}, {"providers/aws_iam/a.cpp": "#include <curl/curl.h>\n"},
        {"cli/a.cpp": "#include <openssl/evp.h>\n"}, {"store/a.cpp": "#include <nlohmann/json.hpp>\n"}],
    "the_provider_is_known_to_the_cloud_module_alone": [{"cli/cmd_a.cpp": '#include "providers/aws_iam/chain.hpp"\n'}],
    "nothing_asks_which_provider_it_is": [
        {"rotation/a.cpp": 'if (view.target.provider == "aws") f();'}, {"cli/a.cpp": 'const bool b = name != "alibaba";'}],
    "the_command_line_library_is_in_no_header": [{"cli/a.hpp": "#include <CLI/CLI.hpp>\n"}],
    "nobody_looks_at_a_clock_but_its_keepers": [
        {"rotation/a.cpp": "auto t = std::chrono::system_clock::now();"},
        {"store/a.cpp": "std::this_thread::sleep_for(a);"}, {"cli/a.cpp": "auto t = ::time(nullptr);"},
        {"cli/a.cpp": "sleep(1);"}, {"platform/a.cpp": "::clock_gettime(CLOCK_REALTIME, &t);"},
        {"platform/clock.cpp": "int nothing_of_the_kind();"}],
    "secrets_are_not_printed": [
        {"rotation/a.hpp": "std::ostream& operator<<(std::ostream& out, const Secret& secret);"},
        {"cli/a.cpp": "std::ostream& operator <<(std::ostream& out,\n  const rotation::NewKey&) { return out; }"}],
    "bound_values_stay_out_of_texts": [{"store/a.cpp": "char* text = sqlite3_expanded_sql(handle);"}],
    "namespaces_stay_named": [{"tests/a.cpp": "using  namespace std;"}],
    "clang_14_can_read_it": [{"rotation/a.cpp": "for (int i : all | std::views::reverse) f(i);"}],
    "functions_are_short": [
        {"cli/a.cpp": "namespace cli {\nint f(int a) {\n" + "  g({a}, [&] { h(); });\n" * 70 + "}\n}\n"},
        {"cli/a.cpp": "class A {\n  A() : a_{1}, b_(2) {\n" + "    if (a_) { g(); }\n" * 70 + "  }\n};\n"},
        {"tests/a.cpp": "TEST(A, b) {\n" + "  f();\n" * 70 + "}\n"},
        {"tests/a.py": "def f():\n" + "    g()\n" * 71}],
    "files_are_short": [
        {"store/a.cpp": "\n" * 450}, {"store/a.hpp": "\n" * 200}, {"cli/main.cpp": "\n" * 60},
        {"cli/cmd_a.cpp": "\n" * 200}, {"tests/a.cpp": "\n" * 600}],
    "every_source_is_built": [{"store/b.cpp": "int b;"}, {"store/a.cpp": "", "CMakeLists.txt": "# store/a.cpp\n"}],
    "every_header_is_included": [{"store/a.hpp": "int a;"}],
    "every_script_is_run": [{"tests/a_test.py": "pass\n"}],
    "sources_are_listed_by_name": [{"store/CMakeLists.txt": "file(GLOB all *.cpp)\n"}],
    "the_project_speaks_of_itself": [
        {"README.md": "see ../share" + "d/notes\n"}, {"a.sh": "cd /wor" + "k/here\n"}, {"a.cpp": "// TO" + "DO: later\n"},
        {"a.cpp": "// FIX" + "ME\n"}, {"a.cpp": "// XX" + "X\n"}, {"a.md": "as issue #" + "2 wants\n"}],
    "decisions_are_numbered_without_gaps": [
        {"docs/decisions/001-a.md": "", "docs/decisions/003-b.md": ""},
        {"docs/decisions/001-a.md": "", "docs/decisions/001-b.md": ""}, {"docs/decisions/2-a.md": ""}],
}
# What looks like a breach and is none.
KEEPS = {
    "includes_go_one_way": [{"store/a.cpp": '#include "rotation/view.hpp"\n#include "platform/files.hpp"\n'},
                            {"cli/a.cpp": '#include "store/history.hpp"\n'}, {"tests/store/a.cpp": '#include "a.hpp"\n'}],
    "the_core_uses_the_standard_library_alone": [{"rotation/a.cpp": "#include <string.h>\n#include <string_view>\n"}],
    "nobody_looks_at_a_clock_but_its_keepers": [
        {"rotation/a.cpp": '// system_clock\nauto text = "sleep_for";\nreader.time(3);'}],
    "secrets_are_not_printed": [{"rotation/a.hpp": "std::ostream& operator<<(std::ostream&, const Secret&) = delete;"}],
    "functions_are_short": [
        {"cli/a.cpp": "namespace cli {\nconstexpr int all[] = {\n" + "  1,\n" * 90 + "};\nint f() { return 1'000; }\n}\n"},
        {"cli/a.cpp": 'constexpr const char* text = R"sql(\n' + "{{{ ) \\n" * 90 + ')sql";\nint f() { return 1; }\n'},
        {"cli/a.cpp": "struct A {\n" + "  int f() { return '{'; }  // {\n" * 90 + "};\n"}],
    "the_project_speaks_of_itself": [{"a.cpp": 'auto name = "keybaton-XX' + 'XXXX"; // the session of a user agent\n'}],
    "decisions_are_numbered_without_gaps": [{"docs/decisions/001-a.md": "", "docs/decisions/002-b.md": ""}],
}


def breaches(rule, files):
    return list(getattr(rules, rule)(rules.Tree({**PLAIN, **files})))


class Style(unittest.TestCase):
    def test_the_tree_keeps_it(self):
        tree = rules.Tree.of(ROOT)
        self.assertGreater(len(tree.code), 100)
        for rule in rules.RULES:
            with self.subTest(rule=rule.__name__):
                broken = list(rule(tree))
                self.assertFalse(broken, "\n" + "\n".join(broken))

    def test_exceptions_are_of_files_that_are_there(self):
        for path in [*rules.CLOCK_KEEPERS, *rules.LARGE, *rules.LONG]:
            self.assertTrue((ROOT / path).exists(), path)


class Rules(unittest.TestCase):
    def test_each_has_a_case_that_breaks_it(self):
        self.assertEqual({rule.__name__ for rule in rules.RULES}, set(BREAKS))

    def test_each_finds_what_breaks_it(self):
        for rule, cases in BREAKS.items():
            for files in cases:
                with self.subTest(rule=rule, files=str(files)[:120]):
                    self.assertEqual(len(breaches(rule, files)), 1, breaches(rule, files))

    def test_none_cries_wolf(self):
        for rule, cases in KEEPS.items():
            for files in cases:
                with self.subTest(rule=rule, files=str(files)[:120]):
                    self.assertEqual(breaches(rule, files), [])

    def test_functions_of_a_real_source_are_all_seen(self):
        text = (ROOT / "store/lease.cpp").read_text()
        seen = {name for name, _, _ in source.functions(text)}
        self.assertLessEqual({"start_time", "running", "write", "live", "take_lease", "give_back_lease"}, seen)


if __name__ == "__main__":
    unittest.main()

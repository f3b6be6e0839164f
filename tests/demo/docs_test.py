"""What the documents say about the project is checked: tests, files and commands that they name exist."""
import json
import pathlib
import re
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
BEHAVIOUR = ROOT / "docs/behaviour.md"


def named_tests():
    """Each `folder/file: Test` of the table, as (file, test); a script without a test's name stands for itself."""
    for page in (BEHAVIOUR, ROOT / "docs/locations.md", *sorted((ROOT / "docs/locations").glob("*.md"))):
        for file, _, test in re.findall(r"`([\w/]+\.(?:cpp|py|sh))(: ([\w.]+))?`", page.read_text()):
            yield ROOT / "tests" / file, test


def tests_in(file):
    text = file.read_text()
    if file.suffix == ".py":
        return set(re.findall(r"^    def (test_\w+)", text, re.M))
    return {f"{suite}.{name}" for suite, name in re.findall(r"^(?:TYPED_)?TEST(?:_F|_P)?\((\w+),\s*(\w+)\)", text, re.M)}


class Behaviour(unittest.TestCase):
    def test_every_test_that_the_table_names_exists(self):
        named = list(named_tests())
        self.assertGreater(len(named), 50)
        for file, test in named:
            with self.subTest(file=file.name, test=test):
                self.assertTrue(file.exists(), file)
                if test:
                    self.assertIn(test, tests_in(file))

    def test_every_invariant_has_a_row_and_every_row_a_test(self):
        rows = [line for line in BEHAVIOUR.read_text().splitlines() if line.startswith("| ") and "---" not in line]
        numbers = []
        for row in rows:
            cells = [cell.strip() for cell in row.strip("|").split("|")]
            if cells[-1] == "test":
                continue
            self.assertRegex(cells[-1], r"`[\w/]+\.(cpp|py|sh)", row)
            if cells[0].isdigit():
                numbers.append(int(cells[0]))
        self.assertEqual(numbers, list(range(1, 22)))


class BadInput(unittest.TestCase):
    PAGE = ROOT / "docs/locations.md"

    def rows(self):
        table = self.PAGE.read_text().split("## Bad input, type by type")[1].split("\n## ")[0]
        lines = [line for line in table.splitlines() if line.startswith("| ") and "---" not in line]
        return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]

    def test_every_type_has_a_row_and_every_cell_a_test_that_exists(self):
        head, *rows = self.rows()
        self.assertEqual(len(head), 7)
        types = {name for file in (ROOT / "secrets_adapters").glob("*.cpp")
                 for name in re.findall(r'^const Kind \w+\{"([\w-]+)"', file.read_text(), re.M)}
        self.assertGreater(len(types), 15)
        named = {row[0].strip("`") for row in rows}
        self.assertEqual(types - named, set())
        there = set().union(*(tests_in(file) for file in (ROOT / "tests/secrets_adapters").glob("*_test.cpp")))
        for row in rows:
            self.assertEqual(len(row), 7, row)
            for cell in row[1:]:
                with self.subTest(type=row[0], cell=cell):
                    same = re.fullmatch(r"= `([\w-]+)`", cell)
                    if same:
                        self.assertIn(same[1], named)
                    else:
                        tests = re.findall(r"`(\w+\.\w+)`", cell)
                        self.assertTrue(tests)
                        self.assertEqual([test for test in tests if test not in there], [])


class Documents(unittest.TestCase):
    def test_links_to_files_lead_somewhere(self):
        for document in DOCUMENTS:
            for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", document.read_text()):
                with self.subTest(document=document.name, target=target):
                    self.assertTrue((document.parent / target).exists())

    def test_every_decision_is_a_short_page_with_its_three_parts(self):
        pages = sorted((ROOT / "docs/decisions").glob("*.md"))
        self.assertTrue(pages)
        for page in pages:
            with self.subTest(page=page.name):
                lines = page.read_text().splitlines()
                self.assertTrue(10 <= len(lines) <= 25, len(lines))
                for part in ("context", "choice", "consequence"):
                    self.assertIn(part, page.read_text().lower())

    def test_no_document_names_a_path_of_the_machine_it_was_written_on(self):
        for document in DOCUMENTS:
            with self.subTest(document=document.name):
                self.assertNotRegex(document.read_text(), r"/(work|root)/|/tmp/(build|keybaton)-")

    def test_exit_codes_in_the_readme_are_those_of_the_program(self):
        code = (ROOT / "cli/exit_codes.hpp").read_text()
        of_program = {int(number) for number in re.findall(r"return (\d+);", code)}
        in_readme = {int(number) for number in re.findall(r"^\| (\d+) \|", (ROOT / "README.md").read_text(), re.M)}
        self.assertEqual(in_readme, of_program)


class Policies(unittest.TestCase):
    PRINTED = {"aws-policy.json": "README.md", "alibaba-policy.json": "docs/alibaba.md"}

    def test_those_that_are_printed_are_those_of_the_files(self):
        for file, document in self.PRINTED.items():
            with self.subTest(file=file):
                blocks = re.findall(r"^```json\n(.*?)^```", (ROOT / document).read_text(), re.M | re.S)
                self.assertIn(json.loads((ROOT / "docs" / file).read_text()), [json.loads(block) for block in blocks])

    def test_they_allow_every_action_that_the_doctor_asks_for(self):
        asked = set(re.findall(r'"((?:iam|ram):\w+)"', (ROOT / "providers/known/kinds.cpp").read_text()))
        allowed = "".join((ROOT / "docs" / file).read_text() for file in self.PRINTED)
        self.assertGreater(len(asked), 10)
        self.assertEqual([action for action in sorted(asked) if f'"{action}"' not in allowed], [])


class Scripts(unittest.TestCase):
    def test_the_demos_are_sound_bash(self):
        scripts = sorted((ROOT / "tests/demo").glob("*.sh"))
        self.assertTrue(scripts)
        for script in scripts:
            with self.subTest(script=script.name):
                done = subprocess.run(["bash", "-n", script], capture_output=True, text=True, check=False)
                self.assertEqual((done.returncode, done.stderr), (0, ""))


if __name__ == "__main__":
    unittest.main()

"""find --add-to at a terminal: the lines are shown, and a person says yes to them or does not."""
from pseudo_terminal import CTRL_D, KIND, OLD, TerminalCase, main

SECRET = KIND.secret("old")


class Find(TerminalCase):
    def test_only_a_yes_to_the_lines_that_are_shown_adds_them(self):
        cloud = self.cloud()
        config = cloud.home / ".config/keybaton/config.yaml"
        before = config.read_text()
        cloud.write("notes/deploy.env", KIND.env_file(OLD, SECRET))
        for answer in ("n\r", "\r", "perhaps\r", CTRL_D):
            person = self.at_terminal(cloud, "find", OLD, "--path", "notes", "--add-to", "sim/app")
            person.sees(r"- \{name: deploy, type: env-file, ")
            person.sees(r"Add them\? \[y/N\] $")
            person.types(answer)
            person.sees(r"Next: keybaton find .* --path notes --add-to sim/app")
            person.ends(4)
            self.assertEqual(config.read_text(), before)
        person = self.at_terminal(cloud, "find", OLD, "--path", "notes", "--add-to", "sim/app")
        person.sees(r"Add them\? \[y/N\] $")
        person.enters("y").ends(0)
        self.assertIn("name: deploy", config.read_text())
        self.assertIn("Next: keybaton rotate sim/app", person.plain)
        self.assertNotIn(SECRET, person.plain)

    def test_it_is_as_wide_as_the_terminal(self):
        cloud = self.cloud()
        cloud.write("notes/a directory with a long name/sealed.yaml", "x: ENC[GPG,aGVsbG8=]\n")
        (cloud.home / "notes/link").symlink_to("/etc")
        for columns in (60, 80, 120):
            person = self.at_terminal(cloud, "find", OLD, "--path", "notes", columns=columns)
            person.ends(5)
            self.assertIn("Not read:", person.plain)
            for line in person.plain.replace("\x1b[K", "").splitlines():
                # A path or an id stands whole, to be copied.
                self.assertTrue(len(line) <= columns or len(line.split()) <= 2, line)


if __name__ == "__main__":
    main()

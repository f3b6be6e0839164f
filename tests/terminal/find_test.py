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


if __name__ == "__main__":
    main()

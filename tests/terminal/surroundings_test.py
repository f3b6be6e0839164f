"""Narrow, dumb and colourless terminals, output piped away, and nobody there."""
import json
import re
import subprocess

from pseudo_terminal import COLOUR, KIND, OLD, TerminalCase, main, policy

ANY_ESCAPE = "\x1b"
# What must be copied whole stays on one line, however narrow: a terminal joins it again.
COPIED_WHOLE = re.compile(r"keybaton |aws iam |aliyun |--accept |^ *\S+$")  # commands; a path or another single word


# A line may hold one key id and a sentence: as much wider as an id of this cloud is than one of the first.
NARROW = 60 + len(OLD) - 20


class Surroundings(TerminalCase):
    def whole(self, cloud, *words, **how):
        """A rotation from the first question to the last, by hand."""
        person = self.at_terminal(cloud, "rotate", "sim/app", *words, **how)
        person.sees(r"Go on\? \[y/N\] $")
        person.enters("y")
        person.sees(r"s left")
        self.used(cloud)
        for _ in ("deactivate", "delete"):
            person.sees(r"to go on: $")
            person.enters(OLD[-4:])
        person.ends(0)
        self.assertEqual(cloud.keys(), {cloud.new_key(): "Active"})
        return person

    def narrow(self, person):
        self.assertEqual([line for line in person.lines if len(line) > NARROW and not COPIED_WHOLE.search(line)], [])

    def test_at_sixty_columns_only_commands_are_wider(self):
        cloud = self.cloud(policy=policy(grace="1s"))
        person = self.whole(cloud, columns=NARROW)
        self.narrow(person)
        self.assertIn("completed", person.plain)
        back = self.cloud()
        new = back.to_deployed()
        self.used(back)
        self.ends(back.run("resume", "--yes=deactivate", "--through", "deactivate"), 0)
        person = self.at_terminal(back, "rollback", columns=NARROW)
        person.sees(r"Why is this rolled back\?")
        person.enters("no good")
        for _ in ("deactivate", "delete"):
            person.sees(r"to go on: $")
            person.enters(new[-4:])
        self.narrow(person.ends(0))
        for words in (["status", "--all"], ["history"], ["keys", "sim"], ["plan", "sim/app"], ["rollback", "sim/app"]):
            person = self.at_terminal(back, *words, columns=NARROW).ends(0)
            self.narrow(person)

    def test_colours_come_and_go_as_asked(self):
        for words, env, coloured in (((), {}, True), ((), {"NO_COLOR": "1"}, False), (("--color", "never"), {}, False),
                                     (("--color", "always"), {"NO_COLOR": "1"}, True),
                                     ((), {"TERM": "dumb"}, False)):
            cloud = self.cloud()
            person = self.whole(cloud, *words, env=env)
            self.assertEqual(bool(COLOUR.search(person.text)), coloured, (words, env))

    def test_a_dumb_terminal_gets_no_escape_byte_and_plain_letters(self):
        person = self.whole(self.cloud(policy=policy(grace="2s")), env={"TERM": "dumb"})
        self.assertNotIn(ANY_ESCAPE, person.text)
        self.assertTrue(person.text.isascii(), person.text)
        self.assertNotRegex(person.text, "\r(?!\r?\n)")  # no redrawn line either

    def test_with_the_result_piped_away_the_questions_stay_at_the_terminal(self):
        cloud = self.cloud()
        with open(cloud.home / "result", "wb") as result:
            person = self.whole(cloud, stdout=result)
        text = (cloud.home / "result").read_text()
        self.assertIn("Completed. Nothing is left to do.", text)
        self.assertIn("rotate sim/app: completed", text)
        self.assertNotIn(ANY_ESCAPE, text)
        self.assertNotIn("to go on", text)
        self.assertNotIn("Completed.", person.plain)

    def test_with_the_document_piped_away_it_is_one_document(self):
        cloud = self.cloud()
        with open(cloud.home / "result", "wb") as result:
            person = self.whole(cloud, "--json", stdout=result)
        self.assertEqual(json.loads((cloud.home / "result").read_text())["state"], "completed")
        self.assertNotIn("Plan: ", person.plain)

    def test_with_the_messages_piped_away_the_questions_come_to_the_terminal_all_the_same(self):
        cloud = self.cloud()
        cloud.to_deployed()
        self.used(cloud)
        with open(cloud.home / "messages", "wb") as messages:
            person = self.at_terminal(cloud, "resume", "--through", "deactivate", stderr=messages)
            person.sees(r"to go on: $")
            person.enters(OLD[-4:])
            person.ends(0)
        self.assertIn("To undo it, from any machine", (cloud.home / "messages").read_text())
        self.assertNotIn(ANY_ESCAPE, (cloud.home / "messages").read_text())

    def test_without_a_terminal_on_stdin_nobody_is_asked_and_the_consent_is_named(self):
        cloud = self.cloud()
        for step in ("deploy", "deactivate", "delete"):
            words = ["rotate", "sim/app", "--wait"]
            person = self.at_terminal(cloud, *words, stdin=subprocess.DEVNULL)
            person.sees(rf"Next: keybaton resume sim/app --yes={step}")
            person.ends(4)
            self.assertNotIn("to go on:", person.plain)
            self.assertNotIn("[y/N]", person.plain)
            done = self.ends(cloud.run("resume", f"--yes={step}", "--through", step), 0)
            undo = re.search(KIND.activate.replace("KEY", OLD), done.err)
            self.assertEqual(undo is not None, step == "deactivate", done)
            if step == "deploy":
                self.used(cloud)
        self.assertEqual(cloud.keys(), {cloud.new_key(): "Active"})


if __name__ == "__main__":
    main()

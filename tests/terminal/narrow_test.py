"""Whole accounts at a terminal of 80 columns: a line a key, and commands that can be copied."""
import re
import shlex

from pseudo_terminal import KIND, TerminalCase, main, policy

from clean_fleet import UNUSED_KEYS, state, user

LONG = "a-batch-job-of-somebody-who-likes-long-names"
MANY = 40


class Narrow(TerminalCase):
    def fleet(self):
        seed = state()
        switched_off = user("switched-off", ("SWOFF", 150), ("SWWRK", 1))
        switched_off["keys"][0]["status"] = "Inactive"
        seed["accounts"][0]["users"] += [user(f"service-{n:03}", (f"S{n:03}", 150)) for n in range(MANY)]
        seed["accounts"][0]["users"] += [user(LONG, ("LONGN", 150)), switched_off]
        self.unused = [*UNUSED_KEYS, *(KIND.key(f"S{n:03}") for n in range(MANY)), KIND.key("LONGN"), KIND.key("SWOFF")]
        return self.cloud(state=seed, policy=policy(grace="7d"))

    def shown(self, terminal):
        """What stands on the screen in the end: lines of progress are drawn over."""
        return [line.split("\x1b[K")[-1] for line in terminal.lines if not line.endswith("\x1b[K")]

    def keys_of(self, lines):
        return [line for line in lines if any(key in line for key in self.unused)]

    def test_the_consent_of_a_clean_is_a_line_a_key(self):
        terminal = self.at_terminal(self.fleet(), "clean", "--unused-for", "90d", columns=80)
        terminal.sees(rf"Type {len(self.unused)}, their number.*:")
        terminal.enters("no").ends(4)
        shown = "\n".join(self.shown(terminal)).split("Each is deactivated")[0].splitlines()
        self.assertEqual(len(self.keys_of(shown)), len(self.unused))
        # The headings, the long name on a line of its own, and what holds for all of them.
        self.assertLess(len([line for line in shown if line]), len(self.unused) + 5, terminal)
        self.assertTrue(all(len(line) <= 80 for line in self.shown(terminal)), terminal)
        text = " ".join(shown)
        self.assertRegex(text, r"ACCOUNT/USER +KEY +AGE +LAST USED +OFF FROM")
        self.assertRegex(text, rf"sim/service-000 +{KIND.key('S000')} +400d +150d ago +now")
        self.assertRegex(text, rf"sim/{LONG} +{KIND.key('LONGN')} ")
        self.assertRegex(text, rf"sim/switched-off +{KIND.key('SWOFF')} +400d +150d ago +is off")
        self.assertRegex(text, r"All: gone from 20\d\d-\d\d-\d\dT")

    def test_what_differs_has_a_column_and_what_does_not_is_said_once(self):
        cloud = self.fleet()
        one = self.at_terminal(cloud, "clean", "--where", "user = bob", columns=80)
        one.sees(r"ACCOUNT/USER +KEY +AGE +LAST USED\s")
        one.sees(r"All: off from now, gone from 20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ\.")
        one.sees(r"Type 1, their number.*:")
        one.enters("no").ends(4)

    def test_the_plan_of_an_account_is_a_line_a_key_and_its_commands_can_be_pasted(self):
        cloud = self.fleet()
        wide = cloud.run("plan", "sim").out
        terminal = self.at_terminal(cloud, "plan", "sim", columns=80)
        terminal.ends(0)
        shown = self.shown(terminal)
        self.assertTrue(all(len(line) <= 80 for line in shown), terminal)
        shown = "\n".join(shown).lstrip("\n")
        table = shown.split("\n\n")[0].splitlines()
        self.assertRegex(table[0], r"^ACCOUNT/USER +KEY +AGE +LAST USED +NEXT +LIVES IN$")
        keys = [line for line in table if KIND.key_prefix in line]
        # The headings, and what is too long for its column: two names, and the places of one key.
        self.assertLess(len(table), len(keys) + 5, terminal)
        self.assertTrue(any(re.search(rf"{KIND.key('SWOFF')} +400d +off, 150d ago +retire", line) for line in keys), terminal)
        commands = [shlex.split(line) for line in wide.splitlines() if line.startswith("  keybaton ")]
        pasted = re.findall(r"^  keybaton (?:.*\\\n)*.*$", shown, re.M)
        self.assertEqual([shlex.split(each.replace("\\\n", "")) for each in pasted], commands)
        self.assertTrue(any("\\\n" in each for each in pasted), terminal)


if __name__ == "__main__":
    main()

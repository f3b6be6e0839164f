"""A clean at a terminal: one screen, one question, for however many keys."""
import os
import tempfile

from pseudo_terminal import KIND, TerminalCase, main, policy

from clean_fleet import KEPT, UNUSED_KEYS, state, user

MANY = 397
# A disk of memory makes thousands of durable commits affordable.
if os.access("/dev/shm", os.W_OK):
    tempfile.tempdir = "/dev/shm"


class Clean(TerminalCase):
    def fleet(self, many=0):
        seed = state()
        self.many = {KIND.key(f"M{n:04}"): f"m{n:04}" for n in range(many)}
        seed["accounts"][0]["users"] += [user(name, (f"M{n:04}", 150)) for n, name in enumerate(self.many.values())]
        return self.cloud(state=seed, policy=policy(grace="1d"))

    def statuses(self, cloud):
        keys = {key["id"]: key["status"] for account in cloud.control("GET", "state")["accounts"]
                for each in account["users"] for key in each["keys"]}
        return {key: keys.get(key) for key in (*UNUSED_KEYS, *self.many)}

    def clean(self, cloud):
        return self.at_terminal(cloud, "clean", "--unused-for", "90d", columns=160)

    def test_four_hundred_keys_are_one_question(self):
        cloud = self.fleet(many=MANY)
        terminal = self.clean(cloud)
        terminal.sees(r"ACCOUNT/USER +KEY +AGE +LAST USED")
        terminal.sees(r"sim/never +\S+ .* never\s")
        terminal.sees(r"All: off from now, gone from 20\d\d-")
        terminal.sees(r"Type 400, their number, to agree to deactivate and delete these 400 keys:")
        self.assertEqual(set(self.statuses(cloud).values()), {"Active"})
        terminal.enters("400").sees(r"400 keys: 400 deactivated", patience=120)
        terminal.ends(3)
        self.assertEqual(terminal.plain.count("to agree to"), 1)
        self.assertNotIn("Type the last four", terminal.plain)
        self.assertEqual(set(self.statuses(cloud).values()), {"Inactive"})
        for key, name in KEPT.items():
            self.assertEqual(cloud.keys(name)[key], "Active")
        self.assertEqual({call["access_key"] for call in cloud.calls("UpdateAccessKey")}, {KIND.key("ADMIN")})

    def test_any_other_answer_starts_nothing(self):
        for answer in ("", "y", "2", "33", "three"):
            cloud = self.fleet()
            terminal = self.clean(cloud)
            terminal.sees(r"Type 3, their number")
            terminal.enters(answer).ends(4)
            self.assertIn("Nothing was started, no key was touched.", terminal.plain)
            self.assertEqual(set(self.statuses(cloud).values()), {"Active"})
            self.assertFalse(cloud.journal.exists())

    def test_an_interrupt_at_the_question_starts_nothing(self):
        cloud = self.fleet()
        terminal = self.clean(cloud)
        terminal.sees(r"Type 3, their number")
        terminal.types("\x03")
        terminal.ends(4)
        self.assertEqual(set(self.statuses(cloud).values()), {"Active"})

    def test_later_runs_ask_no_more(self):
        cloud = self.fleet()
        terminal = self.clean(cloud)
        terminal.sees(r"Type 3, their number")
        terminal.enters("3").ends(3)
        again = self.clean(cloud)
        again.ends(3)
        self.assertNotIn("to agree", again.plain)
        self.assertEqual(set(self.statuses(cloud).values()), {"Inactive"})


if __name__ == "__main__":
    main()

"""A batch that waits for somebody: what is shown of it says for whom, and the command that it shows is one that brings it
on."""
import shlex
import time

from clean_test import ALL, BOB, OFF, SLOW, UNUSED, CleanCase
from harness import FAST, main

OWNERS = "owners: {ann: ann@example.org, bob: ops, never: ops, \"off\": ops}"


class NobodyTells(CleanCase):
    """clean.warn has gone from the config before the owners were told."""

    def untold(self):
        cloud = self.fleet(policy=SLOW, extra=f"clean: {{warn: {{before: 1h, run: [/bin/false]}}, {OWNERS}}}\n")
        batch = self.ends(cloud.run("clean", *UNUSED, "--yes", "--json"), 3).json["batch"]
        cloud.config(policy=SLOW)
        return cloud, batch

    def test_every_command_says_so_and_what_ends_it(self):
        cloud, batch = self.untold()
        for words in (("clean", *UNUSED), ("resume", batch), ("resume", "--all"), ("run", "--once")):
            run = self.ends(cloud.run(*words, "--json"), 4)
            told = [each for each in run.json.get("rotations") or run.json["advanced"] if each.get("error")]
            in_grace = {OFF} if words[0] == "run" else set()  # the worker comes back to it then
            self.assertEqual({each["old_key"] for each in told}, set(ALL) - in_grace, words)
            for each in told:
                self.assertEqual(each["error"]["code"], "needs_operator")
                self.assertIn("clean.warn is gone from the config", each["error"]["message"])
                self.assertIn(f"keybaton rollback {each['rotation']} ", each["error"]["hint"])
        self.assertIn("nobody tells the owners of 4 keys", cloud.run("clean", *UNUSED).out)
        self.assertIn("its owner not told yet", cloud.run("status", batch).out)
        self.untouched(cloud)

    def test_a_rollback_ends_it(self):
        cloud, batch = self.untold()
        [told] = [each for each in cloud.run("resume", batch, "--json").json["rotations"] if each["old_key"] == BOB]
        self.ends(cloud.run(*shlex.split(told["error"]["hint"].split(" ends it")[0])[1:]), 0)
        self.ends(cloud.run("rollback", batch, "--reason", "nobody is told"), 0)
        self.assertEqual(cloud.run("status", "--json").json["rotations"], [])
        self.untouched(cloud)

    def test_so_does_the_config_that_tells_them_again(self):
        cloud, batch = self.untold()
        self.ends(cloud.run("resume", batch), 4)
        cloud.config(policy=SLOW, extra=f"clean: {{warn: {{before: 1h, run: [/bin/true]}}, {OWNERS}}}\n")
        run = self.ends(cloud.run("clean", *UNUSED, "--json"), 3)
        self.assertEqual({each["old_key"] for each in run.json["rotations"] if each.get("warned_at")}, set(ALL))

    def test_where_the_config_cannot_be_read_nobody_knows(self):
        cloud, batch = self.untold()
        (cloud.home / ".config/keybaton/config.yaml").write_text("clean: [oops\n")
        self.ends(cloud.run("resume", batch), 3)


class WasOff(CleanCase):
    def test_its_delete_waits_for_the_owner(self):
        cloud = self.fleet(policy=FAST, extra=f"clean: {{warn: {{before: 1h, run: [/bin/true]}}, {OWNERS}}}\n")
        told = time.time()
        self.ends(cloud.run("clean", *UNUSED, "--yes"), 3)
        [off] = [each for each in cloud.run("status", "--json").json["rotations"] if each["old_key"] == OFF]
        self.assertEqual((off["state"], off["next"]["step"], off["next"]["needs"]), ("deactivated", "delete", ["wait"]))
        due = time.mktime(time.strptime(off["next"]["not_before"], "%Y-%m-%dT%H:%M:%SZ")) - time.timezone
        self.assertAlmostEqual(due, told + 3600, delta=60)


if __name__ == "__main__":
    main()

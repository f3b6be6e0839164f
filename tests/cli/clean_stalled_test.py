"""A batch that waits for somebody: what is shown of it says for whom, and the command that it shows is one that brings it
on."""
import json
import re
import shlex
import time

from clean_guards_test import by_itself
from clean_test import ALL, ANN, BOB, NEVER, OFF, SLOW, UNUSED, CleanCase
from clouds import KIND
from harness import ACCOUNT, FAST, main

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


class Withdrawn(CleanCase):
    """The config has taken its consent back, after the deactivate."""

    def withdrawn(self):
        cloud = self.fleet(policy=SLOW, extra=by_itself())
        self.ends(cloud.run("run", "--once"), 3)
        cloud.config(policy=SLOW, extra="clean: {enabled: false}\n")
        time.sleep(3.2)
        self.ends(cloud.run("run", "--once"), 4)
        return cloud

    def shown(self, cloud):
        return cloud.run("status", "--json").json["rotations"]

    def records(self, cloud, what):
        lines = [json.loads(line) for line in cloud.run("history", "--limit", "0", "--json").out.splitlines()]
        said = [line["rotation"] for line in lines if line["detail"].get("what") == what]
        return {each["old_key"]: said.count(each["rotation"])
                for each in cloud.run("status", "--all", "--json").json["rotations"]}

    def test_is_shown_as_no_consent_and_noted_once(self):
        cloud = self.withdrawn()
        for _ in range(2):
            for each in self.shown(cloud):
                self.assertEqual((each["next"]["step"], each["next"]["needs"]), ("delete", ["confirm"]))
                self.assertEqual(each["next"]["command"], f"keybaton resume {each['rotation']} --yes=delete")
                self.assertEqual((each["agreed"], each["consent_over"]), ([], "the config that gave it agrees no longer"))
            self.assertEqual(self.records(cloud, "consent_withdrawn"), dict.fromkeys(ALL, 1))
            self.ends(cloud.run("run", "--once"), 4)
            self.ends(cloud.run("resume", self.shown(cloud)[0]["batch"]), 4)
        self.assertEqual(self.statuses(cloud), dict.fromkeys(ALL, "Inactive"))
        self.ends(cloud.run("history", "verify"), 0)

    def test_what_is_shown_of_a_batch_is_the_command_that_brings_it_on(self):
        cloud = self.withdrawn()
        batch = self.shown(cloud)[0]["batch"]
        for words in (("resume", batch), ("status",), ("status", batch)):
            text = cloud.run(*words).out
            self.assertNotIn(f"keybaton resume {batch}", text)
            self.assertIn("4 want a person's consent", text)
            [command] = re.findall(r"^ +keybaton (resume r-.*--yes=delete)$", text, re.M)
        self.ends(cloud.run(*shlex.split(command)), 0)
        self.assertEqual(self.statuses(cloud), dict.fromkeys(ALL))

    def test_the_command_of_one_brings_that_one_on(self):
        cloud = self.withdrawn()
        [bob] = [each for each in self.shown(cloud) if each["old_key"] == BOB]
        self.ends(cloud.run(*shlex.split(bob["next"]["command"])[1:]), 0)
        self.assertEqual(self.statuses(cloud), {ANN: "Inactive", NEVER: "Inactive", OFF: "Inactive", BOB: None})

    def test_before_the_first_act_it_names_both_steps(self):
        cloud = self.fleet(policy=SLOW, extra=by_itself())
        cloud.deny("UpdateAccessKey")
        self.ends(cloud.run("clean", "--as-configured"), 5)
        cloud.play({"do": "allow", "account": ACCOUNT, "user": "admin", "action": f"{KIND.actions}:UpdateAccessKey"})
        cloud.config(policy=SLOW)
        self.ends(cloud.run("resume", "--all"), 4)
        [bob] = [each for each in self.shown(cloud) if each["old_key"] == BOB]
        self.assertEqual(bob["next"]["command"], f"keybaton resume {bob['rotation']} --yes=deactivate,delete")
        self.assertEqual(bob["next"]["needs"], ["confirm"])

    def test_a_step_that_it_never_agreed_to_is_not_withdrawn(self):
        cloud = self.fleet(policy=SLOW, extra=by_itself("deactivate"))
        self.ends(cloud.run("run", "--once"), 3)
        time.sleep(3.2)
        self.ends(cloud.run("resume", "--all"), 4)
        for each in self.shown(cloud):
            self.assertEqual((each["agreed"], each["next"]["needs"]), (["deactivate"], ["confirm"]))
            self.assertNotIn("consent_over", each)
        self.assertEqual(self.records(cloud, "consent_withdrawn"), dict.fromkeys(ALL, 0))

    def test_a_config_that_agrees_again_has_it_go_on(self):
        for words in (("run", "--once"), ("resume", "--all"), ("resume", "{batch}"), ("clean", "--as-configured")):
            cloud = self.withdrawn()
            batch = self.shown(cloud)[0]["batch"]
            cloud.config(policy=SLOW, extra=by_itself())
            self.ends(cloud.run(*(word.format(batch=batch) for word in words)), 0)
            self.assertEqual(self.statuses(cloud), dict.fromkeys(ALL), words)
            self.assertEqual(self.records(cloud, "consent_renewed"), dict.fromkeys(ALL, 1))
            self.ends(cloud.run("history", "verify"), 0)


if __name__ == "__main__":
    main()

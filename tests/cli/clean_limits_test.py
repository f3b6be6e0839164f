"""What a clean, a job and the worker must not go beyond: since when a key is off, a consent that ends while somebody
waits, whom any name of an account leaves out, and what another run has begun meanwhile."""
import subprocess
import time

from clean_guards_test import by_itself, many
from clean_test import ALL, ANN, BOB, NEVER, OFF, SLOW, UNUSED, CleanCase, fleet
from clouds import KIND
from harness import ACCOUNT, FAST, KEYBATON, OLD, main

LONG = FAST.replace("grace: 0s", "grace: 10s")
BOBS = ("clean", "--where", "user = bob", "--yes", "--json")


class OffSince(CleanCase):
    """The grace of a key that is off counts from evidence, and from none that something newer speaks against."""

    def set(self, cloud, status):
        cloud.play({"do": "set_status", "key": BOB, "status": status})

    def stays_off(self, cloud, *said):
        run = self.ends(cloud.run(*BOBS), 3)
        self.assertEqual(cloud.keys("bob"), {BOB: "Inactive"})
        shown = cloud.run("history", "--json").out
        for word in said:
            self.assertIn(word, shown)
        return run

    def test_an_activate_on_record_ends_what_an_older_report_says(self):
        if KIND.name != "aws":
            self.skipTest("the other cloud has no such report")
        cloud = self.cloud(state=fleet(), policy=LONG)
        cloud.config(policy=LONG)
        self.set(cloud, "Inactive")
        time.sleep(1.1)
        cloud.control("POST", "options", {"report_interval_ms": 4 * 3600 * 1000})
        self.ends(cloud.run("clean", "--where", "user = bob", "--dry-run"), 0)  # the report is made
        self.ends(cloud.run("key", "activate", "sim/bob", "--key", BOB), 0)
        self.set(cloud, "Inactive")
        self.stays_off(cloud, "it counts from its first sight")

    def test_a_rotation_that_began_on_it_ends_what_an_older_deactivate_says(self):
        cloud = self.fleet(policy=LONG.replace("grace: 10s", "grace: 2s"))
        self.ends(cloud.run("key", "deactivate", "sim/bob", "--key", BOB, "--yes"), 0)
        time.sleep(2.1)
        self.set(cloud, "Active")
        self.ends(cloud.run("retire", "sim/bob", "--key", BOB, "--yes=verify"), 4)
        self.ends(cloud.run("rollback", "--reason", "it is used after all"), 0)
        self.set(cloud, "Inactive")
        self.stays_off(cloud, "nothing tells since when")

    def test_a_deactivate_on_record_that_nothing_speaks_against_counts(self):
        cloud = self.fleet(policy=LONG.replace("grace: 10s", "grace: 2s"))
        self.ends(cloud.run("key", "deactivate", "sim/bob", "--key", BOB, "--yes"), 0)
        time.sleep(2.1)
        self.ends(cloud.run(*BOBS), 0)
        self.assertEqual(cloud.keys("bob"), {})


class WithdrawnMeanwhile(CleanCase):
    def test_a_consent_that_ends_while_the_same_process_waits_is_not_acted_on(self):
        policy = FAST.replace("grace: 0s", "grace: 4s")
        cloud = self.fleet(policy=policy, extra=by_itself(more=", max_per_run: 1"))
        cloud.deny("UpdateAccessKey")
        self.ends(cloud.run("run", "--once"), 5)
        [begun] = cloud.run("status", "--json").json["rotations"]
        self.assertEqual(begun["state"], "verified")
        cloud.play({"do": "allow", "account": ACCOUNT, "user": "admin", "action": f"{KIND.actions}:UpdateAccessKey"})
        resume = subprocess.Popen([KEYBATON, "resume", begun["rotation"], "--wait", "--json"], env=cloud.env,
                                  cwd=cloud.home, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, text=True)
        until = time.monotonic() + 20
        while cloud.keys(begun["user"]).get(begun["old_key"]) != "Inactive" and time.monotonic() < until:
            time.sleep(0.1)
        cloud.config(policy=policy, extra="clean: {enabled: false}\n")
        out, err = resume.communicate(timeout=60)
        self.assertEqual(resume.returncode, 4, out + err)
        self.assertEqual(cloud.keys(begun["user"]).get(begun["old_key"]), "Inactive")


class TwoNames(CleanCase):
    """One account of the cloud under two names of the config."""

    def alias(self, cloud, account="", target=False):
        config = cloud.home / ".config/keybaton/config.yaml"
        text = config.read_text().replace("policy:", f"  zim: {KIND.account_entry(cloud.url, account)}\npolicy:", 1)
        if target:
            cloud.write("bob.env", KIND.env_file(KIND.key("OTHER"), "x" * 40))
            text += f"  zim/bob: {{locations: [{cloud.env_location('env', '~/bob.env')}]}}\n"
        config.write_text(text)

    def test_whom_one_of_them_leaves_out_both_do(self):
        for words in (("clean", *UNUSED, "--yes", "--json"), ("clean", "sim", *UNUSED, "--yes", "--json")):
            cloud = self.fleet()
            self.alias(cloud, ", policy: {exclude_users: [bob]}")
            run = self.ends(cloud.run(*words), 0)
            self.assertEqual(self.statuses(cloud), {ANN: None, BOB: "Active", NEVER: None, OFF: None}, words)
            self.assertEqual(self.whys(run), {BOB: "excluded"})

    def test_each_key_counts_once(self):
        cloud = self.fleet()
        self.alias(cloud)
        run = self.ends(cloud.run("clean", *UNUSED, "--yes", "--json"), 0)
        self.assertEqual((run.json["matched"], len(run.json["started"]), run.json["refused"]), (4, 4, []))
        self.assertTrue(any("one account" in note for note in run.json["notes"]), run)

    def test_a_target_of_one_of_them_is_one_of_both(self):
        cloud = self.fleet()
        self.alias(cloud, target=True)
        run = self.ends(cloud.run("clean", *UNUSED, "--yes", "--json"), 4)
        self.assertEqual(self.whys(run), {BOB: "target_key"})
        self.assertEqual(self.statuses(cloud)[BOB], "Active")


class LeftOut(CleanCase):
    def test_a_user_who_is_left_out_is_not_rotated_by_a_job(self):
        cloud = self.fleet(policy=FAST.replace("}", ", exclude_users: [app], confirm: []}"))
        self.ends(cloud.run("jobs", "add", "--id", "app", "--schedule", "@daily", "rotate sim/app"), 0)
        self.three_parts(cloud.run("jobs", "run", "app"), 4, "needs_operator", "exclude_users")
        self.assertEqual(cloud.keys(), {OLD: "Active"})

    def test_an_account_that_the_config_lost_agrees_to_nothing(self):
        cloud = self.fleet(policy=SLOW, extra=by_itself())
        self.ends(cloud.run("run", "--once"), 3)
        config = cloud.home / ".config/keybaton/config.yaml"
        config.write_text(config.read_text().replace("  sim: ", "  prod: ").replace("sim/app", "prod/app"))
        time.sleep(3.2)
        self.ends(cloud.run("resume", "--all"), 4)
        self.assertEqual(self.statuses(cloud), dict.fromkeys(ALL, "Inactive"))


class TwoAtOnce(CleanCase):
    def test_a_key_that_another_run_has_begun_is_left_to_it(self):
        cloud = self.fleet(*many(20))
        cloud.control("POST", "options", {"latency_ms": 5})
        both = [subprocess.Popen([KEYBATON, "clean", *UNUSED, "--yes", "--json"], env=cloud.env, cwd=cloud.home,
                                 stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
                for _ in range(2)]
        for each in both:
            each.communicate(timeout=100)
        self.ends(cloud.run("resume", "--all"), 0)
        self.assertEqual(cloud.run("status", "--json").json["rotations"], [])
        deleted = [call["target_key"] for call in cloud.calls("DeleteAccessKey") if call["worked"]]
        self.assertEqual(len(deleted), len(set(deleted)))


if __name__ == "__main__":
    main()

"""A batch of a clean over time: status, resume and rollback as one, a use in its grace, owners who are told first, and
keys that were off already."""
import json
import re
import time

from clean_test import ALL, ANN, BOB, GRACE, NEVER, OFF, SLOW, UNUSED, CleanCase, fleet
from clouds import KIND
from harness import ACCOUNT, FAST, main

THREE = {ANN: "ann", BOB: "bob", NEVER: "never"}


class Together(CleanCase):
    def test_status_shows_it_as_one(self):
        cloud, batch = self.started()
        text = self.ends(cloud.run(), 0).out
        self.assertIn(f"batch {batch}, 4 keys: 4 deactivated.", text)
        self.assertIn(f"keybaton resume {batch}", text)
        self.assertNotIn("sim/ann", text)
        one = self.ends(cloud.run("status", batch[:-5].lower()), 0).out
        for key, name in ALL.items():
            self.assertRegex(one, rf"sim/{name} +{key} +r-\S+ +deactivated +delete from ")
        document = self.ends(cloud.run("status", batch, "--json"), 0).json
        self.assertEqual((document["batch"], document["counts"]), (batch, {"deactivated": 4}))
        self.three_parts(cloud.run("status", "b-00000"), 2, "usage", "no batch")

    def test_resume_goes_on_with_all_of_it_under_the_recorded_consent(self):
        cloud, batch = self.started()
        self.ends(cloud.run("resume", batch), 3)
        self.assertEqual(self.statuses(cloud), dict.fromkeys(ALL, "Inactive"))
        time.sleep(GRACE + 0.3)
        run = self.ends(cloud.run("resume", batch, "--json"), 0)
        self.assertEqual(run.json["counts"], {"completed": 4})
        self.assertEqual(self.statuses(cloud), dict.fromkeys(ALL))

    def test_what_would_hold_for_every_key_is_not_taken(self):
        cloud, batch = self.started()
        for words in (("--yes",), ("--accept", "check_failed:ignore"), ("--override", "because"), (batch,),
                      ("--dry-run",)):
            self.three_parts(cloud.run("resume", batch, *words), 2, "usage")

    def test_rollback_turns_every_key_on_before_anything_else(self):
        cloud, batch = self.started()
        cloud.control("DELETE", "log")
        run = self.ends(cloud.run("rollback", batch, "--reason", "the nightly job needs them", "--json"), 0)
        self.assertEqual(run.json["counts"], {"rolled_back": 4})
        # What somebody else had switched off before is left as it was.
        self.assertEqual(self.statuses(cloud), {**dict.fromkeys(THREE, "Active"), OFF: "Inactive"})
        log = [entry["action"] for entry in cloud.control("GET", "log")]
        last = len(log) - log[::-1].index("UpdateAccessKey")
        self.assertEqual(log[:last].count("UpdateAccessKey"), 3)
        self.assertNotIn("ListAccessKeys", log[:last], "nothing is read of one key while another is off")
        lines = cloud.run("history", "--limit", "0", "--json").out
        self.assertEqual(lines.count("the nightly job needs them"), 4)

    def test_without_a_name_it_is_what_resume_and_rollback_are_about_where_nothing_else_is_open(self):
        cloud, batch = self.started()
        run = self.ends(cloud.run("resume", "--json"), 3)
        self.assertEqual((run.json["batch"], run.json["counts"]), (batch, {"deactivated": 4}))
        self.three_parts(cloud.run("resume", "--yes"), 2, "usage", f"keybaton status {batch}")
        self.three_parts(cloud.run("rollback", "--dry-run"), 2, "usage", f"keybaton status {batch}")
        run = self.ends(cloud.run("rollback", "--reason", "all of them are missed", "--json"), 0)
        self.assertEqual((run.json["batch"], run.json["counts"]), (batch, {"rolled_back": 4}))
        self.assertEqual(self.statuses(cloud), {**dict.fromkeys(THREE, "Active"), OFF: "Inactive"})

    def test_beside_other_rotations_it_is_named_as_one(self):
        cloud, batch = self.started()
        cloud.to_deployed()
        [app] = [each["rotation"] for each in cloud.run("status", "--json").json["rotations"] if each["user"] == "app"]
        for command in ("resume", "rollback"):
            run = self.three_parts(cloud.run(command), 4, "needs_operator", f"{batch} (4 keys)", f"sim/app ({app})")
            self.assertNotIn("sim/ann", run.err)
            hint = re.search(r"Next: keybaton (.*)", run.err)[1].split()
            self.assertIn(hint, ([command, batch], [command, app]))
        self.ends(cloud.run("rollback", app, "--yes"), 3)
        time.sleep(GRACE + 0.3)
        self.ends(cloud.run("rollback", app, "--yes"), 0)
        self.ends(cloud.run("rollback", "--reason", "only the batch is left"), 0)
        self.assertEqual(self.statuses(cloud), {**dict.fromkeys(THREE, "Active"), OFF: "Inactive"})

    def test_of_a_batch_with_one_key_left_the_rotation_is_meant(self):
        cloud, batch = self.started()
        rotations = [each["rotation"] for each in cloud.run("status", batch, "--json").json["rotations"]]
        for each in rotations[1:]:
            self.ends(cloud.run("rollback", each), 0)
        self.assertEqual(self.ends(cloud.run("resume", "--json"), 3).json["rotation"], rotations[0])

    def test_one_of_it_can_go_back_alone(self):
        cloud, batch = self.started()
        rotations = cloud.run("status", batch, "--json").json["rotations"]
        ann = next(each["rotation"] for each in rotations if each["old_key"] == ANN)
        self.ends(cloud.run("rollback", ann, "--reason", "ann needs it"), 0)
        self.assertEqual(self.statuses(cloud), {**dict.fromkeys(ALL, "Inactive"), ANN: "Active"})
        time.sleep(GRACE + 0.3)
        self.ends(cloud.run("resume", batch), 0)
        self.assertEqual(self.statuses(cloud), {**dict.fromkeys(ALL), ANN: "Active"})


class Used(CleanCase):
    """A denied try counts as a use: somebody still holds the key."""

    def test_a_use_in_the_grace_stops_the_delete_and_no_other(self):
        cloud, batch = self.started()
        cloud.used(ANN)
        time.sleep(GRACE + 0.3)
        run = self.ends(cloud.run("clean", *UNUSED, "--json"), 4)
        self.assertEqual(self.statuses(cloud), {**dict.fromkeys(ALL), ANN: "Inactive"})
        stopped = next(each for each in run.json["rotations"] if each["old_key"] == ANN)
        self.assertEqual(stopped["attention"]["code"], "check_failed")
        self.assertIn("rollback", stopped["attention"]["hint"])
        self.assertIn("1 wants a look", cloud.run("status").out)
        self.ends(cloud.run("rollback", stopped["rotation"]), 0)
        self.assertEqual(cloud.keys("ann")[ANN], "Active")

    def test_it_turns_the_key_on_again_where_the_config_says_so(self):
        cloud, batch = self.started(extra="clean: {on_use: reactivate}\n")
        cloud.used(ANN)
        run = self.ends(cloud.run("resume", batch, "--json"), 3)
        self.assertEqual(run.json["counts"], {"deactivated": 3, "rolled_back": 1})
        self.assertEqual(self.statuses(cloud), {**dict.fromkeys(ALL, "Inactive"), ANN: "Active"})

    def test_a_use_before_the_deactivate_ends_it_for_that_key(self):
        cloud = self.fleet(policy=FAST.replace("check_every: 0s", "check_every: 1h").replace(
            "propagation: 0s", "propagation: 1s"))
        run = self.ends(cloud.run("clean", *UNUSED, "--yes", "--json"), 3)
        batch = run.json["batch"]
        self.assertEqual(self.statuses(cloud)[BOB], "Active")
        cloud.used(BOB)
        time.sleep(1.2)
        run = cloud.run("resume", batch, "--json")
        bob = next(each for each in run.json["rotations"] if each["old_key"] == BOB)
        self.assertEqual((bob["state"], cloud.keys("bob")), ("cancelled", {BOB: "Active"}))
        self.assertIn("was used at", bob["consent_over"])
        for _ in range(3):
            time.sleep(1.1)
            cloud.run("resume", batch)
        self.assertEqual(self.statuses(cloud), {**dict.fromkeys(ALL), BOB: "Active"})


class Off(CleanCase):
    def test_a_key_that_was_off_counts_from_now_where_nothing_tells_since_when(self):
        cloud = self.fleet(policy=SLOW)
        run = self.ends(cloud.run("clean", "--where", "user = off", "--yes", "--json"), 3)
        rotation = run.json["rotations"][0]
        self.assertEqual(rotation["state"], "deactivated")
        if KIND.has_bin:
            self.assertIn("first sight", rotation["off_by"])
        self.assertEqual(cloud.calls("UpdateAccessKey"), [])

    def test_it_counts_from_the_journals_own_record(self):
        cloud = self.fleet(policy=SLOW)
        self.ends(cloud.run("key", "deactivate", "sim/bob", "--key", BOB, "--yes"), 0)
        time.sleep(GRACE + 0.3)
        run = self.ends(cloud.run("clean", "--where", "user = bob", "--yes", "--json"), 0)
        self.assertEqual(run.json["rotations"][0]["state"], "completed")
        self.assertIn("journal", run.json["rotations"][0]["off_by"])
        self.assertEqual(cloud.keys("bob"), {})

    def switched_off(self):
        cloud = self.cloud(state=fleet(), policy=SLOW)
        cloud.play({"do": "set_status", "key": BOB, "status": "Inactive"})
        time.sleep(GRACE + 0.3)
        return cloud

    def test_it_counts_from_the_credential_report(self):
        cloud = self.switched_off()
        run = cloud.run("clean", "--where", "user = bob", "--yes", "--json")
        [rotation] = run.json["rotations"]
        if KIND.has_bin:  # Alibaba Cloud makes no such report
            self.assertEqual((rotation["state"], cloud.keys("bob")), ("deactivated", {BOB: "Inactive"}))
            return
        self.assertIn("the credential report of", rotation["off_by"])
        self.assertEqual((rotation["state"], cloud.keys("bob")), ("completed", {}))

    def test_a_report_that_is_not_to_be_had_tells_nothing(self):
        cloud = self.switched_off()
        cloud.deny("GetCredentialReport")
        run = cloud.run("clean", "--where", "user = bob", "--yes", "--json")
        self.assertEqual((run.json["rotations"][0]["state"], cloud.keys("bob")), ("deactivated", {BOB: "Inactive"}))

    def test_one_that_was_tried_after_that_is_left_alone(self):
        cloud = self.fleet(policy=SLOW)
        self.ends(cloud.run("key", "deactivate", "sim/bob", "--key", BOB, "--yes"), 0)
        time.sleep(1.1)
        cloud.used(BOB)
        run = self.ends(cloud.run("clean", "--where", "user = bob", "--yes", "--json"), 0)
        self.assertEqual(self.whys(run), {BOB: "in_use"})
        self.assertEqual(cloud.keys("bob"), {BOB: "Inactive"})

    def test_somebody_who_turns_it_on_again_is_not_overruled(self):
        cloud = self.fleet(policy=SLOW)
        run = self.ends(cloud.run("clean", "--where", "user = off", "--yes", "--json"), 3)
        cloud.play({"do": "set_status", "key": OFF, "status": "Active"})
        time.sleep(GRACE + 0.3)
        for _ in range(3):
            self.ends(cloud.run("resume", run.json["batch"]), 4)
        self.assertEqual(cloud.keys("off"), {OFF: "Active"})


class Owners(CleanCase):
    WARN = "clean: {warn: {before: 4s, run: [python3, tell.py]}, owners: {ann: ann@example.org, bob: ops, never: ops}}\n"
    TELL = ("import json, pathlib, sys\n"
            "text = sys.stdin.read()\n"
            "if pathlib.Path('deaf').exists(): sys.exit(9)\n"
            "with open('told', 'a') as file: file.write(text)\n")

    def warned(self, **how):
        cloud = self.fleet(policy=SLOW, extra=self.WARN, **how)
        cloud.write("tell.py", self.TELL)
        return cloud

    def told(self, cloud):
        file = cloud.home / "told"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    def test_each_owner_is_told_once_and_has_the_time_that_was_promised(self):
        cloud = self.warned()
        run = self.ends(cloud.run("clean", *UNUSED, "--yes", "--json"), 4)
        self.assertEqual(self.whys(run), {OFF: "no_owner"})
        self.assertEqual({each["state"] for each in run.json["rotations"]}, {"verified"})
        told = self.told(cloud)
        self.assertEqual({each["owner"]: sorted(key["key"] for key in each["keys"]) for each in told},
                         {"ann@example.org": [ANN], "ops": sorted([BOB, NEVER])})
        self.assertTrue(all(key["not_before"] and "rollback" in key["objection"] for each in told
                            for key in each["keys"]))
        self.ends(cloud.run("clean", *UNUSED), 4)
        self.ends(cloud.run("resume", "--all"), 3)
        self.assertEqual(self.statuses(cloud, THREE), dict.fromkeys(THREE, "Active"))
        self.assertEqual(len(self.told(cloud)), 2)
        time.sleep(4)
        self.ends(cloud.run("resume", run.json["batch"]), 3)
        self.assertEqual(self.statuses(cloud, THREE), dict.fromkeys(THREE, "Inactive"))

    def test_an_owner_is_reminded_as_the_time_grows_short(self):
        cloud = self.fleet(policy=SLOW, extra=self.WARN.replace("before: 4s", "before: [8s, 4s]"))
        cloud.write("tell.py", self.TELL)
        bob = ("clean", "--where", "user = bob", "--yes")

        def reminders():
            return [each["keys"][0]["reminder"] for each in self.told(cloud)]
        self.ends(cloud.run(*bob), 3)
        self.ends(cloud.run(*bob), 3)
        self.assertEqual(reminders(), [False])
        time.sleep(4.2)
        self.ends(cloud.run(*bob), 3)
        self.ends(cloud.run(*bob), 3)
        self.assertEqual(reminders(), [False, True])
        first, second = ([key["not_before"] for key in each["keys"]] for each in self.told(cloud))
        self.assertEqual(first, second)
        self.assertEqual(cloud.keys("bob"), {BOB: "Active"})

    def test_a_program_that_fails_leaves_them_untold_and_is_tried_again(self):
        cloud = self.warned()
        deaf = cloud.write("deaf", "")
        run = self.ends(cloud.run("clean", *UNUSED, "--yes", "--json"), 4)
        self.assertTrue(any("ops was not told" in note for note in run.json["notes"]), run)
        time.sleep(4)
        self.ends(cloud.run("resume", run.json["batch"]), 3)
        self.assertEqual(self.statuses(cloud, THREE), dict.fromkeys(THREE, "Active"))
        deaf.unlink()
        self.ends(cloud.run("clean", *UNUSED), 4)
        self.assertEqual(len(self.told(cloud)), 2)
        self.assertEqual(self.statuses(cloud, THREE), dict.fromkeys(THREE, "Active"))

    def test_the_owner_of_a_tag(self):
        if KIND.has_bin:
            self.skipTest("tags are read at the first cloud alone")
        cloud = self.fleet(policy=SLOW, extra=self.WARN.replace("owners: {ann: ann@example.org, bob: ops, never: ops}",
                                                                "owner_tag: team"))
        cloud.write("tell.py", self.TELL)
        state = cloud.control("GET", "state")
        for each in state["accounts"][0]["users"]:
            if each["name"] == "bob":
                each["tags"] = {"team": "storage"}
        cloud.control("POST", "reset", {key: state[key] for key in ("options", "accounts")})
        run = self.ends(cloud.run("clean", "--where", "user in [bob, ann]  and idle > 90d", "--yes", "--json"), 4)
        self.assertEqual(self.whys(run), {ANN: "no_owner"})
        self.assertEqual([each["owner"] for each in self.told(cloud)], ["storage"])


if __name__ == "__main__":
    main()

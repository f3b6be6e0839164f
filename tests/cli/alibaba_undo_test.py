"""Late undo: a completed rotation is taken back while its key lies in the recycle bin; what can stand against it."""
import json
import os
import signal
import sqlite3
import subprocess
import time

from clouds import KIND
from harness import ACCOUNT, ADMIN, ADMIN_SECRET, FAST, KEYBATON, OLD, OLD_SECRET, Case, main

KEPT = FAST[:-1] + ", late_undo: 30d}"
UNDELETE = "RestoreAccessKeyFromRecycleBin"
CHANGES = ("CreateAccessKey", "UpdateAccessKey", "DeleteAccessKey", UNDELETE, "DeleteAccessKeyInRecycleBin")
DAY = 24 * 3600 * 1000


class Undo(Case):
    def completed(self, policy=KEPT):
        cloud = self.cloud(policy=policy)
        new = cloud.to_completed()
        self.assertEqual((cloud.keys(), list(cloud.bin())), ({new: "Active"}, [OLD]))
        return cloud, new

    @staticmethod
    def rotation(cloud, state="completed"):
        found = [each for each in cloud.run("status", "--all", "--json").json["rotations"] if each["state"] == state]
        assert len(found) == 1, found
        return found[0]["rotation"]

    @staticmethod
    def changes(cloud):
        return [entry for entry in cloud.control("GET", "log") if entry["action"] in CHANGES]

    @staticmethod
    def sealed(cloud):
        with sqlite3.connect(cloud.journal) as file:
            rows = sorted(row[0] for row in file.execute("select purpose from sealed"))
            keys = file.execute("select count(*) from wrapped_key").fetchone()[0]
        file.close()
        return rows, keys

    def verified(self, cloud):
        self.assertTrue(self.ends(cloud.run("history", "verify", "--json"), 0).json["ok"])

    def places_hold(self, cloud, key, secret=None):
        pairs = [KIND.pair_in(cloud.credentials.read_text(), "app")]
        lines = dict(line.split("=", 1) for line in (cloud.home / "app.env").read_text().splitlines() if "=" in line)
        pairs.append((lines[KIND.env_id], lines[KIND.env_secret]))
        for pair in pairs:
            self.assertEqual(pair[0], key)
            if secret:
                self.assertEqual(pair[1], secret)

    def back_at_the_start(self, cloud, new):
        """The old key Active in its places, the new one in the bin, nothing sealed, the chain whole."""
        self.assertEqual((cloud.keys(), list(cloud.bin())), ({OLD: "Active"}, [new]))
        self.places_hold(cloud, OLD, OLD_SECRET)
        self.assertEqual(self.sealed(cloud), ([], 0))
        self.assertEqual(cloud.run("status", "--all", "--json").json["rotations"][0]["state"], "rolled_back")
        self.verified(cloud)

    def nothing_reopened(self, cloud, new, before):
        self.assertEqual(cloud.run("status", "--json").json, {"rotations": []})
        self.assertEqual(self.changes(cloud), before)
        self.assertEqual(cloud.keys(), {new: "Active"})
        self.places_hold(cloud, new)
        self.verified(cloud)


class WithTheOldValuesKept(Undo):
    def test_a_completed_rotation_is_taken_back_to_the_old_key_in_its_places(self):
        cloud, new = self.completed()
        done = self.ends(cloud.run("rollback", self.rotation(cloud), "--yes", "--wait", "--reason", "needed",
                                   "--json"), 0)
        self.assertEqual((done.json["state"], done.json["direction"]), ("rolled_back", "back"))
        self.assertNotIn("restorable_until", done.json)
        self.back_at_the_start(cloud, new)
        self.assertEqual(len(cloud.calls(UNDELETE)), 1)
        lines = cloud.run("history", "--limit", "0", "--kind", "intent", "--json").out.splitlines()
        told = [entry["detail"]["op"] for entry in map(json.loads, lines) if entry["direction"] == "back"]
        self.assertEqual(told, ["undelete_key", "activate_key", "restore_location", "restore_location",
                                "deactivate_key", "delete_key"])
        self.no_secret(done)

    def test_without_a_name_nothing_is_taken_back_but_the_way_to_it_told(self):
        cloud, new = self.completed()
        before = self.changes(cloud)
        told = f"keybaton rollback {self.rotation(cloud)}"
        self.three_parts(cloud.run("rollback", "--yes", "--wait"), 2, "usage", told, OLD)
        self.nothing_reopened(cloud, new, before)
        self.ends(cloud.run("rollback", "sim/app", "--yes", "--wait"), 0)
        self.back_at_the_start(cloud, new)

    def test_until_when_is_told_by_status_and_by_the_command_that_completed(self):
        cloud = self.cloud(policy=KEPT)
        new = cloud.to_deployed()
        cloud.used(new)
        done = self.ends(cloud.run("resume", "--yes", "--wait", "--json"), 0)
        self.assertRegex(done.json["restorable_until"], r"^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        deleted = self.binned(cloud)
        until = time.mktime(time.strptime(done.json["restorable_until"], "%Y-%m-%dT%H:%M:%SZ"))
        self.assertAlmostEqual(until, deleted + 30 * DAY / 1000, delta=5)
        rotation = self.rotation(cloud)
        self.assertEqual(cloud.run("status", rotation, "--json").json["restorable_until"],
                         done.json["restorable_until"])
        shown = " ".join(self.ends(cloud.run("status", rotation), 0).out.split())
        self.assertIn(f"restorable until {done.json['restorable_until']}", shown)
        self.assertIn(f"keybaton rollback {rotation}", shown)

    @staticmethod
    def binned(cloud):
        for account in cloud.control("GET", "state")["accounts"]:
            for user in account["users"]:
                for key in user["bin"]:
                    return time.mktime(time.strptime(key["recycled"][:19], "%Y-%m-%dT%H:%M:%S"))
        return None

    def test_a_dry_run_prints_what_would_be_sent_and_changes_nothing(self):
        cloud, new = self.completed()
        before, journal = self.changes(cloud), cloud.journal.read_bytes()
        run = cloud.run("rollback", self.rotation(cloud), "--dry-run")
        self.ends(run, 0)
        for command in (f"aliyun ims {UNDELETE} --UserId 200000000000000002 --UserAccessKeyId {OLD}",
                        f"--UserAccessKeyId {OLD} --Status Active", f"--UserAccessKeyId {new} --Status Inactive",
                        f"aliyun ram DeleteAccessKey --UserName app --UserAccessKeyId {new}",
                        f"would write {OLD} to laptop", f"would write {OLD} to service"):
            self.assertIn(command, " ".join((run.out + run.err).split()), run)
        self.no_secret(run)
        self.assertEqual(cloud.journal.read_bytes(), journal)
        self.nothing_reopened(cloud, new, before)

    def test_a_key_that_somebody_restored_in_the_console_is_turned_on(self):
        for status in ("Inactive", "Active"):
            with self.subTest(status):
                cloud, new = self.completed()
                cloud.play({"do": "restore_key", "key": OLD}, {"do": "set_status", "key": OLD, "status": status})
                self.ends(cloud.run("rollback", self.rotation(cloud), "--yes", "--wait"), 0)
                self.assertFalse(any(entry["worked"] for entry in cloud.calls(UNDELETE)))
                self.back_at_the_start(cloud, new)

    def test_no_room_for_the_old_key_is_refused_and_nothing_reopened_until_there_is(self):
        cloud, new = self.completed()
        spare = cloud.spare()
        before = self.changes(cloud)
        run = self.error(cloud.run("rollback", "sim/app", "--yes", "--json"), 5, "refused", "room", "remove", spare)
        self.assertEqual(run.json["state"], "completed")
        self.three_parts(cloud.run("rollback", "sim/app", "--yes"), 5, "refused", "room", spare)
        self.assertEqual((cloud.keys(), list(cloud.bin())), ({new: "Active", spare: "Active"}, [OLD]))
        self.assertEqual(self.changes(cloud), before)
        cloud.play({"do": "delete_key", "key": spare})
        self.ends(cloud.run("rollback", "sim/app", "--yes", "--wait"), 0)
        self.assertEqual((cloud.keys(), sorted(cloud.bin())), ({OLD: "Active"}, sorted([spare, new])))
        self.places_hold(cloud, OLD, OLD_SECRET)
        self.verified(cloud)

    def test_a_key_made_between_the_look_and_the_undelete_is_refused_by_the_cloud_and_goes_on_once_it_is_gone(self):
        cloud, new = self.completed()
        cloud.fault(fault="act_before", action=UNDELETE,
                    moves=[{"do": "create_key", "account": ACCOUNT, "user": "app"}])
        run = self.error(cloud.run("rollback", "sim/app", "--yes", "--json"), 5, "refused", "LimitExceeded", "room")
        self.assertEqual(run.json["direction"], "back")
        self.three_parts(cloud.run("resume", "sim/app", "--yes"), 5, "refused", "room")
        self.places_hold(cloud, new)
        spare = next(key for key in cloud.keys() if key != new)
        cloud.play({"do": "delete_key", "key": spare})
        self.ends(cloud.run("resume", "sim/app", "--yes", "--wait"), 0)
        self.assertEqual((cloud.keys(), sorted(cloud.bin())), ({OLD: "Active"}, sorted([spare, new])))
        self.places_hold(cloud, OLD, OLD_SECRET)
        self.verified(cloud)

    def test_another_rotation_of_that_user_comes_first(self):
        cloud, new = self.completed()
        first = self.rotation(cloud)
        self.ends(cloud.run("rotate", "sim/app", "--yes", "--through", "create"), 0)
        second = cloud.run("status", "--json").json["rotations"][0]["rotation"]
        before, keys = self.changes(cloud), cloud.keys()
        self.error(cloud.run("rollback", first, "--yes", "--wait", "--json"), 4, "needs_operator", second,
                   f"keybaton rollback {second}")
        self.three_parts(cloud.run("rollback", first, "--yes", "--wait"), 4, "needs_operator", second)
        self.assertEqual((self.changes(cloud), cloud.keys()), (before, keys))
        self.ends(cloud.run("rollback", second, "--yes", "--wait"), 0)
        self.ends(cloud.run("rollback", first, "--yes", "--wait"), 0)
        self.assertEqual(cloud.keys(), {OLD: "Active"})
        self.places_hold(cloud, OLD, OLD_SECRET)
        self.verified(cloud)

    def test_a_later_rotation_that_replaced_the_new_key_is_taken_back_first(self):
        cloud, new = self.completed()
        first = self.rotation(cloud)
        self.ends(cloud.run("rotate", "sim/app", "--yes", "--through", "deploy"), 0)
        third = next(key for key in cloud.keys() if key != new)
        cloud.used(third)
        second = self.ends(cloud.run("resume", "--yes", "--wait", "--json"), 0).json["rotation"]
        before = self.changes(cloud)
        self.error(cloud.run("rollback", first, "--yes", "--json"), 4, "needs_operator", second,
                   f"keybaton rollback {second}")
        self.assertEqual((self.changes(cloud), cloud.keys()), (before, {third: "Active"}))
        self.ends(cloud.run("rollback", second, "--yes", "--wait"), 0)
        self.assertEqual(cloud.keys(), {new: "Active"})
        self.places_hold(cloud, new)
        self.ends(cloud.run("rollback", first, "--yes", "--wait"), 0)
        self.assertEqual((cloud.keys(), sorted(cloud.bin())), ({OLD: "Active"}, sorted([new, third])))
        self.places_hold(cloud, OLD, OLD_SECRET)
        self.assertEqual(self.sealed(cloud), ([], 0))
        self.verified(cloud)

    def test_a_lost_reply_of_the_undelete_is_settled_by_reading(self):
        cloud, new = self.completed()
        cloud.fault(fault="drop_reply", action=UNDELETE)
        self.ends(cloud.run("rollback", self.rotation(cloud), "--yes", "--wait"), 0)
        self.back_at_the_start(cloud, new)
        self.assertEqual(len([entry for entry in cloud.calls(UNDELETE) if entry["worked"]]), 1)

    def test_no_permission_to_restore_stops_until_it_is_given(self):
        cloud, new = self.completed()
        cloud.deny(UNDELETE)
        run = cloud.run("rollback", self.rotation(cloud), "--yes", "--wait", "--json")
        self.error(run, 5, "refused", "NoPermission")
        self.assertEqual(run.json["attention"]["code"], "denied", run)
        self.three_parts(cloud.run("resume", "sim/app", "--yes", "--wait"), 5, "refused", "NoPermission")
        self.assertEqual(cloud.keys(), {new: "Active"})
        self.places_hold(cloud, new)
        cloud.play({"do": "allow", "account": ACCOUNT, "user": "admin", "action": f"ram:{UNDELETE}"})
        self.ends(cloud.run("resume", "sim/app", "--yes", "--wait"), 0)
        self.back_at_the_start(cloud, new)

    def test_a_bin_that_may_not_be_read_does_not_keep_the_key_in_it(self):
        cloud, new = self.completed()
        cloud.deny("ListAccessKeysInRecycleBin")
        self.ends(cloud.run("rollback", self.rotation(cloud), "--yes", "--wait"), 0)
        self.back_at_the_start(cloud, new)


class WithoutTheOldValues(Undo):
    def stopped(self):
        cloud, new = self.completed(policy=FAST)
        self.assertEqual(self.sealed(cloud), ([], 0))
        run = self.error(cloud.run("rollback", self.rotation(cloud), "--yes", "--wait", "--json"), 4, "needs_operator")
        stop = run.json["attention"]
        self.assertEqual(stop["code"], "location_stale", run)
        self.assertIn("location_stale:finish", stop["accept"])
        self.assertEqual(cloud.keys(), {OLD: "Active", new: "Active"})
        self.places_hold(cloud, new)
        return cloud, new, stop["accept"]

    def test_the_key_comes_back_and_its_places_are_left_to_a_person_who_may_go_forward_again(self):
        cloud, new, _ = self.stopped()
        self.ends(cloud.run("resume", "sim/app", "--yes", "--wait", "--accept", "location_stale:finish"), 0)
        self.assertEqual((cloud.keys(), list(cloud.bin())), ({new: "Active"}, [OLD]))
        self.places_hold(cloud, new)
        self.assertEqual(self.sealed(cloud), ([], 0))
        self.rotation(cloud)
        self.verified(cloud)

    def test_who_puts_the_old_pair_back_by_hand_ends_rolled_back(self):
        cloud, new, _ = self.stopped()
        cloud.write_credentials()
        cloud.write("app.env", f"# the app\n{KIND.env_file(OLD, OLD_SECRET)}PORT=80\n")
        self.ends(cloud.run("resume", "sim/app", "--yes", "--wait"), 0)
        self.back_at_the_start(cloud, new)

    def test_waived_places_keep_the_new_pair_although_the_new_key_goes(self):
        cloud, new, accepts = self.stopped()
        waived = []
        for _ in range(4):
            word = next(each for each in accepts if each.startswith("waive_location:"))
            waived.append(word)
            run = cloud.run("resume", "sim/app", "--yes", "--wait", "--accept", word, "--json")
            if run.code == 0:
                break
            accepts = self.error(run, 4, "needs_operator").json["attention"]["accept"]
        self.ends(run, 0)
        self.assertEqual(sorted(waived), ["waive_location:laptop", "waive_location:service"])
        self.assertEqual((cloud.keys(), list(cloud.bin())), ({OLD: "Active"}, [new]))
        self.places_hold(cloud, new)
        self.verified(cloud)

    def test_following_the_hints_leaves_every_place_with_a_key_that_works(self):
        cloud, _, _ = self.stopped()
        for _ in range(12):
            run = cloud.run("resume", "sim/app", "--yes", "--wait", "--json")
            if not run.json.get("error"):
                break
            hint = run.json["error"]["hint"].split()
            self.assertEqual(hint[0], "keybaton")
            run = cloud.run(*hint[1:], "--yes", "--wait", "--json")
            if run.code == 0:
                break
        self.ends(run, 0)
        pair = KIND.pair_in(cloud.credentials.read_text(), "app")
        self.assertEqual(cloud.keys().get(pair[0]), "Active", run)
        self.places_hold(cloud, *pair)

    def test_none_of_the_words_is_taken_by_a_plain_yes(self):
        cloud, new, _ = self.stopped()
        self.error(cloud.run("resume", "sim/app", "--yes", "--wait", "--json"), 4, "needs_operator")
        self.assertEqual(cloud.keys(), {OLD: "Active", new: "Active"})


class AgainAndAgain(Undo):
    def test_a_second_undo_after_going_forward_again_counts_from_the_second_delete(self):
        cloud, new = self.completed(policy=FAST)
        first = cloud.run("status", "sim/app", "--json").json["restorable_until"]
        self.ends(cloud.run("rollback", "sim/app", "--yes", "--wait"), 4)
        time.sleep(1.1)
        done = cloud.run("resume", "sim/app", "--yes", "--accept", "location_stale:finish", "--wait", "--json")
        self.assertGreater(self.ends(done, 0).json["restorable_until"], first)
        self.error(cloud.run("rollback", "sim/app", "--yes", "--json"), 4, "needs_operator")
        self.assertEqual(cloud.keys(), {OLD: "Active", new: "Active"})
        self.verified(cloud)

    def test_a_new_key_that_somebody_deleted_or_switched_off_meanwhile_is_no_hindrance(self):
        for move in ({"do": "delete_key"}, {"do": "set_status", "status": "Inactive"}):
            with self.subTest(move):
                cloud, new = self.completed()
                cloud.play({**move, "key": new})
                self.ends(cloud.run("rollback", "sim/app", "--yes", "--wait"), 0)
                self.back_at_the_start(cloud, new)

    def test_without_the_sealing_key_the_old_key_comes_back_and_its_places_wait(self):
        cloud, new = self.completed()
        kept = (cloud.home / ".config/keybaton/sealing.key")
        away = kept.rename(cloud.home / "away")
        run = self.three_parts(cloud.run("rollback", "sim/app", "--yes", "--wait"), 9, "storage", str(kept))
        self.assertEqual(cloud.keys(), {OLD: "Active", new: "Active"}, run)
        self.places_hold(cloud, new)
        away.rename(kept)
        self.ends(cloud.run("resume", "sim/app", "--yes", "--wait"), 0)
        self.back_at_the_start(cloud, new)

    def test_without_the_bin_of_ims_a_completed_rotation_stays_completed(self):
        cloud = self.cloud(policy=KEPT)
        config = cloud.home / ".config/keybaton/config.yaml"
        config.write_text(config.read_text().replace(f'ims: "{cloud.url}", ', ""))
        steps = {step["step"]: step["undo"] for step in cloud.run("plan", "sim/app", "--json").json["steps"]}
        self.assertEqual(steps["delete"], "impossible")
        new = cloud.to_completed()
        self.assertNotIn("restorable_until", cloud.run("status", "sim/app", "--json").json)
        self.assertEqual(self.sealed(cloud), ([], 0))
        before = self.changes(cloud)
        self.three_parts(cloud.run("rollback", "sim/app", "--yes"), 2, "usage", OLD)
        self.nothing_reopened(cloud, new, before)

    def test_a_journal_that_somebody_writes_reopens_nothing(self):
        cloud, new = self.completed()
        before = self.changes(cloud)
        writer = sqlite3.connect(cloud.journal, isolation_level=None)
        self.addCleanup(writer.close)
        writer.execute("begin immediate")
        self.three_parts(cloud.run("rollback", "sim/app", "--yes"), 8, "held")
        writer.execute("rollback")
        self.nothing_reopened(cloud, new, before)


class OfAnotherAccountOrUser(Undo):
    """What is not the pinned account and user is left alone: the rotation stays completed."""

    def left_alone(self, cloud, new, code, name, *words):
        before, keys = self.changes(cloud), cloud.keys()
        self.three_parts(cloud.run("rollback", "sim/app", "--yes"), code, name, *words)
        self.error(cloud.run("rollback", "sim/app", "--yes", "--json"), code, name)
        self.assertEqual((self.changes(cloud), cloud.keys()), (before, keys))
        self.places_hold(cloud, new)
        self.verified(cloud)
        self.assertEqual(cloud.run("status", "--json").json, {"rotations": []})

    def test_credentials_of_another_account(self):
        cloud, new = self.completed()
        foreign = KIND.key("FOREIGN")
        cloud.control("POST", "seed", {"accounts": [{
            "id": KIND.foreign_account, "partition": KIND.partition,
            "users": [{"name": "admin", "keys": [{"id": foreign, "secret": ADMIN_SECRET}]},
                      {"name": "app", "keys": []}]}]})
        cloud.write(KIND.file, cloud.credentials.read_text().replace(ADMIN, foreign))
        self.left_alone(cloud, new, 7, "wrong_account", KIND.foreign_account)

    def test_a_user_made_anew_under_the_same_name(self):
        cloud, new = self.completed()
        cloud.play({"do": "recreate_user", "account": ACCOUNT, "user": "app"})
        self.left_alone(cloud, new, 4, "needs_operator", "app")

    def test_a_session_that_has_expired(self):
        cloud, new = self.completed()
        cloud.fault(fault="expired_token", action="*", count=0)
        before = self.changes(cloud)
        self.three_parts(cloud.run("rollback", "sim/app", "--yes"), 5, "refused", KIND.expired)
        self.assertEqual(self.changes(cloud), before)
        cloud.control("DELETE", "faults")
        self.ends(cloud.run("rollback", "sim/app", "--yes", "--wait"), 0)
        self.back_at_the_start(cloud, new)


class TooLate(Undo):
    def refused(self, cloud, new):
        before = self.changes(cloud)
        rotation = self.rotation(cloud)
        self.three_parts(cloud.run("rollback", rotation, "--yes", "--wait"), 5, "refused", OLD, "recycle bin")
        run = self.error(cloud.run("rollback", rotation, "--yes", "--wait", "--json"), 5, "refused")
        self.assertEqual(run.json["state"], "completed")
        self.nothing_reopened(cloud, new, before)

    def test_a_key_purged_from_the_bin_is_refused_and_nothing_reopened(self):
        cloud, new = self.completed()
        cloud.play({"do": "purge_key", "key": OLD})
        self.refused(cloud, new)

    def test_after_thirty_days_it_is_not_in_the_bin_any_more(self):
        cloud, new = self.completed()
        cloud.control("POST", "advance", {"ms": 29 * DAY})
        self.assertEqual(list(cloud.bin()), [OLD])
        cloud.control("POST", "advance", {"ms": DAY + 60_000})
        self.assertEqual(cloud.bin(), {})
        self.refused(cloud, new)

    def test_three_later_deletes_push_it_out_of_the_bin(self):
        cloud, new = self.completed()
        for _ in range(3):
            cloud.play({"do": "delete_key", "key": cloud.spare()})
        self.assertNotIn(OLD, cloud.bin())
        self.refused(cloud, new)

    def test_a_key_purged_between_the_look_and_the_undelete_goes_on_with_the_new_one(self):
        cloud, new = self.completed()
        cloud.fault(fault="act_before", action=UNDELETE, moves=[{"do": "purge_key", "key": OLD}])
        run = self.error(cloud.run("rollback", self.rotation(cloud), "--yes", "--wait", "--json"), 4, "needs_operator")
        self.assertEqual(run.json["attention"]["accept"], ["closed_outside:finish"], run)
        self.ends(cloud.run("resume", "sim/app", "--yes", "--wait", "--accept", "closed_outside:finish"), 0)
        self.assertEqual(cloud.keys(), {new: "Active"})
        self.places_hold(cloud, new)
        self.rotation(cloud)
        self.verified(cloud)


class OfARetire(Undo):
    def test_brings_the_key_back_and_turns_it_on(self):
        cloud = self.cloud(policy=KEPT)
        spare = cloud.spare()
        cloud.control("POST", "advance", {"ms": 60_000})
        self.ends(cloud.run("retire", "sim/app", "--key", spare, "--yes", "--wait", "--json"), 0)
        self.assertEqual(list(cloud.bin()), [spare])
        rotation = self.rotation(cloud)
        self.assertIn("restorable until", cloud.run("status", rotation).out)
        done = self.ends(cloud.run("rollback", rotation, "--yes", "--wait", "--json"), 0)
        self.assertEqual(done.json["state"], "rolled_back")
        self.assertEqual(cloud.keys(), {OLD: "Active", spare: "Active"})
        self.verified(cloud)


class Interrupted(Undo):
    def killed(self, cloud, action, **fault):
        """A rollback that dies by SIGKILL once the cloud has done `action` and before it says so."""
        cloud.fault(fault="slow_after", action=action, wait_ms=3000, **fault)
        process = subprocess.Popen([KEYBATON, "rollback", self.rotation(cloud), "--yes", "--wait"], env=cloud.env,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            for _ in range(200):
                if cloud.control("GET", "faults")[0]["struck"]:
                    break
                time.sleep(0.05)
            else:
                self.fail("it never came to that call")
        finally:
            os.kill(process.pid, signal.SIGKILL)
            process.wait(10)
        cloud.control("DELETE", "faults")

    def test_by_a_kill_after_each_change_the_same_command_goes_on(self):  # Invariant 20
        for action, skip in ((UNDELETE, 0), ("UpdateAccessKey", 0), ("UpdateAccessKey", 1), ("DeleteAccessKey", 0)):
            with self.subTest(action=action, skip=skip):
                cloud, new = self.completed()
                self.killed(cloud, action, skip=skip)
                self.verified(cloud)
                self.ends(cloud.run("rollback", "--yes", "--wait"), 0)
                self.back_at_the_start(cloud, new)
                self.assertEqual(len([entry for entry in cloud.calls(UNDELETE) if entry["worked"]]), 1)

    def test_before_the_undelete_arrives_it_is_sent_again(self):
        cloud, new = self.completed()
        cloud.fault(fault="drop_request", action=UNDELETE, count=0)
        run = cloud.run("rollback", self.rotation(cloud), "--yes", "--wait", "--json")
        self.error(run, 6, "unknown")
        self.assertEqual(cloud.keys(), {new: "Active"})
        cloud.control("DELETE", "faults")
        self.ends(cloud.run("resume", "sim/app", "--yes", "--wait"), 0)
        self.back_at_the_start(cloud, new)


class WhatStaysSealed(Undo):
    def test_is_nothing_without_a_late_undo(self):  # Invariant 15
        cloud, _ = self.completed(policy=FAST)
        self.assertEqual(self.sealed(cloud), ([], 0))

    def test_is_the_old_values_alone_with_one(self):  # Invariant 15
        cloud, _ = self.completed()
        self.assertEqual(self.sealed(cloud), (["old:laptop", "old:service"], 1))

    def test_goes_with_the_first_writing_command_after_its_time(self):  # Invariant 15
        cloud, new = self.completed(policy=FAST[:-1] + ", late_undo: 2s}")
        first = self.rotation(cloud)
        self.assertEqual(self.sealed(cloud)[1], 1)
        time.sleep(2.1)
        self.ends(cloud.run("status"), 0)
        self.assertEqual(self.sealed(cloud)[1], 1)
        self.ends(cloud.run("rotate", "sim/app", "--yes", "--through", "create"), 0)
        self.assertEqual(self.sealed(cloud), (["new"], 1))
        notes = cloud.run("history", "--rotation", first, "--kind", "note", "--json").out
        self.assertIn('"what":"late_undo_over"', notes)
        self.verified(cloud)
        # The key itself is still in the bin: then its places are for a person.
        self.ends(cloud.run("rollback", "--yes", "--wait"), 0)
        run = self.error(cloud.run("rollback", first, "--yes", "--wait", "--json"), 4, "needs_operator")
        self.assertEqual(run.json["attention"]["code"], "location_stale")
        self.assertEqual(cloud.keys(), {OLD: "Active", new: "Active"})

    def test_goes_with_a_nightly_resume_of_all(self):  # Invariants 14, 15
        cloud, _ = self.completed(policy=FAST[:-1] + ", late_undo: 1s}")
        time.sleep(1.1)
        self.ends(cloud.run("resume", "--all"), 0)
        self.assertEqual(self.sealed(cloud), ([], 0))
        for file in cloud.journal.parent.iterdir():
            if file.is_file():
                self.assertNotIn(OLD_SECRET[:12].encode(), file.read_bytes())
        self.verified(cloud)


if __name__ == "__main__":
    main()

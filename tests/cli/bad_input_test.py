"""What goes wrong, one by one: each gives its code and the three parts of a message, and nothing is lost or half-done."""
import os
import pathlib
import sqlite3
import subprocess
import time
import unittest

from clouds import KIND
from harness import ACCOUNT, ADMIN, ADMIN_SECRET, KEYBATON, OLD, OLD_SECRET, STATE, Case, Run, main

MUTATIONS = ("CreateAccessKey", "UpdateAccessKey", "DeleteAccessKey")


class BeforeAnythingOpens(Case):
    def refused(self, cloud, code, name, *words, command=("rotate", "sim/app", "--yes"), mutations=()):
        """Both forms; no rotation is open afterwards and the cloud saw no change."""
        self.three_parts(cloud.run(*command), code, name, *words)
        self.error(cloud.run(*command, "--json"), code, name)
        self.assertEqual(cloud.run("status", "--json").json, {"rotations": []})
        for action in MUTATIONS:
            self.assertEqual(cloud.calls(action), list(mutations))
        self.assertIn(OLD, (cloud.home / "app.env").read_text())

    def test_an_unknown_user(self):
        cloud = self.cloud()
        cloud.play({"do": "delete_user", "account": ACCOUNT, "user": "app"})
        self.refused(cloud, 2, "usage", "app")

    def test_an_unknown_account_and_target(self):
        cloud = self.cloud()
        self.refused(cloud, 2, "usage", 'Did you mean "sim"?', command=("rotate", "sin/app"))
        self.refused(cloud, 2, "usage", 'Did you mean "sim/app"?', command=("rotate", "sim/apq"))

    def test_an_unknown_profile(self):
        cloud = self.cloud()
        self.refused(cloud, 2, "usage", "Error: There is no profile nosuch", "Keys: Nothing was sent", command=("rotate", "--profile", "nosuch"))

    def test_an_unknown_profile_is_looked_for_in_the_files_of_every_cloud_that_is_there(self):
        aws, alibaba = ".aws/credentials", ".aliyun/config.json"
        house = self.house()
        run = self.three_parts(house.run("rotate", "--profile", "nosuch"), 2, "usage", "none of the files")
        self.assertTrue(aws in run.err and alibaba in run.err, run)
        house.write(aws, "[dev]\naws_access_key_id = AKIADEVDEVDEVDEVDEV1\naws_secret_access_key = x\n")
        for words in (("rotate",), ("key", "list"), ("keys",)):
            run = self.three_parts(house.run(*words, "--profile", "nosuch"), 2, "usage", "no profile nosuch", aws)
            self.assertNotIn("aliyun", run.err)
        house.write(alibaba, '{"current": "dev", "profiles": []}')
        run = self.three_parts(house.run("key", "list", "--profile", "nosuch"), 2, "usage", "no profile nosuch")
        self.assertTrue(aws in run.err and alibaba in run.err, run)

    def test_two_keys_present(self):
        cloud = self.cloud()
        spare = cloud.spare()
        self.refused(cloud, 4, "needs_operator", spare)
        self.assertIn("keybaton plan sim", cloud.run("rotate", "sim/app").err)

    def test_no_key_at_all(self):
        cloud = self.cloud()
        cloud.play({"do": "delete_key", "key": OLD})
        self.refused(cloud, 4, "needs_operator")

    def test_an_inactive_old_key(self):
        cloud = self.cloud()
        cloud.play({"do": "set_status", "key": OLD, "status": "Inactive"})
        self.refused(cloud, 4, "needs_operator", OLD)

    def test_a_location_that_holds_another_key(self):
        cloud = self.cloud()
        cloud.write_credentials(app=(KIND.key("ANOTHER"), OLD_SECRET))
        self.refused(cloud, 4, "needs_operator", "laptop")

    def test_no_permission(self):
        cloud = self.cloud()
        cloud.deny("ListAccessKeys")
        self.refused(cloud, 5, "refused", KIND.no_permission)

    def test_the_pinned_account_is_another_one(self):
        cloud = self.cloud()
        cloud.config(account=f', account_id: "{KIND.foreign_account}"')
        self.refused(cloud, 7, "wrong_account", KIND.foreign_account)

    def test_a_malformed_credentials_file(self):
        cloud = self.cloud()
        cloud.write(KIND.file, "[admin\naws_access_key_id = x\n")
        self.refused(cloud, 2, "usage", KIND.file)

    @unittest.skipIf(os.geteuid() == 0, "root reads every file")
    def test_an_unreadable_credentials_file(self):
        cloud = self.cloud()
        cloud.credentials.chmod(0)
        self.refused(cloud, 2, "usage", KIND.file)

    def test_a_credentials_file_that_is_a_directory_cannot_be_read(self):
        cloud = self.cloud()
        cloud.credentials.unlink()
        cloud.credentials.mkdir()
        self.refused(cloud, 2, "usage", KIND.file)

    def test_a_config_with_an_unknown_key_names_line_and_column(self):
        cloud = self.cloud()
        cloud.write(".config/keybaton/config.yaml", "accounts:\n  sim:\n    profil: admin\n")
        self.refused(cloud, 2, "usage", "config.yaml:3:5")

    def test_a_config_that_was_named_must_be_there(self):
        cloud = self.cloud()
        self.refused(cloud, 2, "usage", "nowhere.yaml", command=("rotate", "sim/app", "--config", "nowhere.yaml"))

    def test_an_expired_session(self):
        cloud = self.cloud()
        cloud.fault(fault="expired_token", action="*", count=0)
        self.refused(cloud, 5, "refused", KIND.expired)

    def test_a_cloud_that_cannot_be_reached(self):
        cloud = self.cloud()
        config = cloud.home / ".config/keybaton/config.yaml"
        config.write_text(config.read_text().replace(cloud.url, "http://127.0.0.1:1"))
        run = self.three_parts(cloud.run("rotate", "sim/app", "--yes"), 5, "refused")
        self.assertEqual(cloud.run("status", "--json").json, {"rotations": []}, run)

    def test_a_clock_that_is_an_hour_off_is_corrected_and_the_doctor_says_so(self):
        cloud = self.cloud(state={**STATE, "options": {**STATE["options"], "date_skew_ms": 3600_000}})
        run = self.ends(cloud.run("doctor", "--json"), 4)
        wrong = [check["name"] for check in run.json["checks"] if not check["ok"]]
        self.assertEqual(wrong, ["clock against sim"])
        cloud.to_deployed()


class TheJournal(Case):
    def test_of_a_newer_version_is_refused_and_left_alone(self):
        cloud = self.cloud()
        cloud.to_deployed()
        with sqlite3.connect(cloud.journal) as file:
            file.execute("pragma user_version = 999")
        file.close()
        before = cloud.journal.read_bytes()
        for words in (["status"], ["history"], ["resume", "--yes"], ["rotate", "sim/app"], ["rollback"]):
            self.three_parts(cloud.run(*words), 9, "storage", "999")
            self.error(cloud.run(*words, "--json"), 9, "storage")
        self.assertEqual(cloud.journal.read_bytes(), before)

    def test_that_is_no_database_is_refused_and_left_alone(self):
        cloud = self.cloud()
        cloud.write(".local/state/keybaton/journal.db", "not a database, but somebody's text\n" * 200)
        for words in (["status"], ["rotate", "sim/app"]):
            self.three_parts(cloud.run(*words), 9, "storage")
        self.assertEqual(cloud.keys(), {OLD: "Active"})

    def test_that_somebody_holds_ends_as_held_and_nothing_is_sent(self):
        cloud = self.cloud()
        cloud.to_deployed()
        file = sqlite3.connect(cloud.journal, isolation_level=None)
        self.addCleanup(file.close)
        file.execute("begin exclusive")
        runs = [subprocess.Popen([KEYBATON, *words], env=cloud.env, stdin=subprocess.DEVNULL, text=True,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE)
                for words in (["resume", "--yes"], ["status", "--json"])]
        before = sum(len(cloud.calls(action)) for action in MUTATIONS)
        human, as_json = [Run(subprocess.CompletedProcess([], run.wait(90), *run.communicate())) for run in runs]
        self.three_parts(human, 8, "held")
        self.error(as_json, 8, "held")
        self.assertEqual(sum(len(cloud.calls(action)) for action in MUTATIONS), before)
        file.execute("rollback")
        self.ends(cloud.run("status"), 0)

    def test_whose_directory_cannot_be_made_ends_as_storage(self):
        cloud = self.cloud()
        cloud.write(".local/state", "a file where a directory should be")
        self.three_parts(cloud.run("rotate", "sim/app", "--yes"), 9, "storage")
        self.assertEqual(cloud.keys(), {OLD: "Active"})


class AFullDisk(Case):
    """A file system of its own, filled up."""

    def setUp(self):
        self.here = self.cloud()
        self.disk = self.here.home / "disk"
        self.disk.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(self.disk)],
                                 capture_output=True, check=False)
        if mounted.returncode != 0:
            self.skipTest("no right to mount a small file system")
        self.addCleanup(subprocess.run, ["umount", "-l", str(self.disk)], check=False)
        self.journal = ("--journal", str(self.disk / "journal/journal.db"))

    def fill(self):
        with open(self.disk / "filler", "wb", buffering=0) as filler:
            try:
                while True:
                    filler.write(b"x" * 65536)
            except OSError:
                pass
            try:
                while True:
                    filler.write(b"x")
            except OSError:
                pass

    def test_starts_nothing(self):
        self.fill()
        self.three_parts(self.here.run("rotate", "sim/app", "--yes", *self.journal), 9, "storage")
        self.assertEqual(self.here.keys(), {OLD: "Active"})
        self.assertEqual(self.here.calls("CreateAccessKey"), [])

    def test_stops_a_rotation_where_it_stands_and_lets_it_go_on_later(self):
        self.ends(self.here.run("rotate", "sim/app", "--yes", "--through", "deploy", *self.journal), 0)
        new = self.here.new_key()
        self.here.used(new)
        self.fill()
        self.three_parts(self.here.run("resume", "--yes", *self.journal), 9, "storage")
        self.assertEqual(self.here.keys(), {OLD: "Active", new: "Active"})
        self.ends(self.here.run("status", *self.journal), 0)
        (self.disk / "filler").unlink()
        self.ends(self.here.run("resume", "--yes", *self.journal), 0)
        self.assertEqual(self.here.keys(), {new: "Active"})

    def test_does_not_stop_a_rollback_from_making_the_old_key_active(self):
        self.ends(self.here.run("rotate", "sim/app", "--yes", "--through", "deploy", *self.journal), 0)
        new = self.here.new_key()
        self.here.used(new)
        self.ends(self.here.run("resume", "--yes", "--through", "deactivate", *self.journal), 0)
        self.assertEqual(self.here.keys()[OLD], "Inactive")
        self.fill()
        self.three_parts(self.here.run("rollback", "--yes", *self.journal), 9, "storage")
        self.assertEqual(self.here.keys()[OLD], "Active")
        (self.disk / "filler").unlink()
        self.ends(self.here.run("rollback", "--yes", *self.journal), 0)
        self.assertEqual(self.here.keys(), {OLD: "Active"})
        self.ends(self.here.run("history", "verify", *self.journal), 0)


class WhileItIsOpen(Case):
    def deactivated(self):
        cloud = self.cloud()
        new = cloud.to_deployed()
        cloud.used(new)
        self.ends(cloud.run("resume", "--yes", "--through", "deactivate"), 0)
        self.assertEqual(cloud.keys()[OLD], "Inactive")
        return cloud, new

    def test_credentials_of_another_account_change_nothing(self):
        cloud = self.cloud()
        new = cloud.to_deployed()
        foreign = KIND.key("FOREIGN")
        cloud.control("POST", "seed", {"accounts": [{
            "id": KIND.foreign_account, "partition": KIND.partition,
            "users": [{"name": "admin", "keys": [{"id": foreign, "secret": ADMIN_SECRET}]},
                      {"name": "app", "keys": []}]}]})
        cloud.write(KIND.file, cloud.credentials.read_text().replace(ADMIN, foreign))
        self.three_parts(cloud.run("resume", "--yes"), 7, "wrong_account", KIND.foreign_account)
        run = self.error(cloud.run("resume", "--yes", "--json"), 7, "wrong_account")
        self.assertEqual(run.json["state"], "deployed")
        self.error(cloud.run("rollback", "--yes", "--json"), 7, "wrong_account")
        self.assertEqual(cloud.keys(), {OLD: "Active", new: "Active"})

    def test_a_broken_config_stops_neither_status_nor_resume_nor_rollback(self):
        cloud, _ = self.deactivated()
        cloud.write(".config/keybaton/config.yaml", "accounts: [oops\n")
        self.ends(cloud.run("status", "sim/app"), 0)
        self.ends(cloud.run(), 0)
        self.ends(cloud.run("history"), 0)
        self.ends(cloud.run("resume"), 4)
        self.ends(cloud.run("rollback", "--yes"), 0)
        self.assertEqual(cloud.keys(), {OLD: "Active"})

    def test_a_journal_that_somebody_writes_does_not_keep_the_old_key_from_coming_back(self):
        cloud, _ = self.deactivated()
        writer = sqlite3.connect(cloud.journal, isolation_level=None)
        self.addCleanup(writer.close)
        writer.execute("begin immediate")
        started = time.monotonic()
        run = self.three_parts(cloud.run("rollback", "--yes"), 8, "held")
        self.assertEqual(cloud.keys()[OLD], "Active", run)
        active = [entry for entry in cloud.calls("UpdateAccessKey") if entry["asked_status"] == "Active"]
        self.assertEqual(len(active), 1)
        self.assertLess(time.monotonic() - started, 10)
        writer.execute("rollback")
        self.ends(cloud.run("rollback", "--yes"), 0)
        self.assertEqual(cloud.keys(), {OLD: "Active"})
        self.ends(cloud.run("history", "verify"), 0)

    def test_a_lost_sealing_key_does_not_stop_the_old_key_from_coming_back(self):
        cloud, new = self.deactivated()
        (cloud.home / ".config/keybaton/sealing.key").unlink()
        run = self.three_parts(cloud.run("rollback", "--yes"), 9, "storage")
        self.assertEqual(cloud.keys(), {OLD: "Active", new: "Active"}, run)
        self.assertFalse((cloud.home / ".config/keybaton/sealing.key").exists())

    def test_a_stranger_stops_what_goes_forward_and_its_hint_is_a_command(self):
        cloud = self.cloud()
        self.ends(cloud.run("rotate", "sim/app", "--through", "create"), 0)
        cloud.control("POST", "options", {"key_limit": 3})
        stranger = cloud.spare()
        run = self.error(cloud.run("resume", "--yes", "--json"), 4, "needs_operator")
        self.assertEqual(run.json["attention"]["code"], "stranger")
        self.assertIn(stranger, run.json["attention"]["message"])
        self.assertTrue(run.json["attention"]["hint"].startswith("keybaton "), run)
        self.three_parts(cloud.run("resume", "--yes"), 4, "needs_operator", stranger)

    def test_a_lost_reply_of_create_shows_the_orphan_and_consent_goes_on(self):
        cloud = self.cloud()
        cloud.fault(fault="drop_reply", action="CreateAccessKey")
        run = cloud.run("rotate", "sim/app", "--yes", "--through", "deploy", "--json")
        self.assertIn(run.code, (4, 6), run)
        run = self.error(cloud.run("resume", "--yes", "--through", "deploy", "--json"), 4, "needs_operator")
        orphan = next(key for key in cloud.keys() if key != OLD)
        self.assertEqual(run.json["attention"]["code"], "orphan")
        self.assertEqual(run.json["attention"]["accept"], [f"orphan:{orphan}"])
        self.assertEqual(len(cloud.calls("CreateAccessKey")), 1)
        self.ends(cloud.run("resume", "--yes", "--accept", f"orphan:{orphan}", "--through", "deploy"), 0)
        self.assertNotIn(orphan, cloud.keys())
        self.assertEqual(len(cloud.keys()), 2)

    def test_a_refused_location_is_named_and_retried_alone(self):
        cloud = self.cloud()
        self.ends(cloud.run("rotate", "sim/app", "--through", "create"), 0)
        cloud.write("app.env", KIND.env_file(KIND.key("ANOTHER"), "x"))
        run = self.error(cloud.run("resume", "--yes", "--json"), 4, "needs_operator")
        self.assertEqual(run.json["attention"]["code"], "conflict")
        self.three_parts(cloud.run("resume", "--location", "nowhere"), 2, "usage", "nowhere")
        cloud.write("app.env", KIND.env_file(OLD, OLD_SECRET))
        self.ends(cloud.run("resume", "--yes", "--location", "service", "--through", "deploy"), 0)

    def test_an_expired_session_on_resume_is_refused_and_nothing_lost(self):
        cloud = self.cloud()
        new = cloud.to_deployed()
        cloud.fault(fault="expired_token", action="*", count=0)
        run = self.error(cloud.run("resume", "--yes", "--json"), 5, "refused")
        self.assertEqual(run.json["state"], "deployed")
        self.assertEqual(cloud.keys(), {OLD: "Active", new: "Active"})

    def test_a_rotation_that_another_process_holds_is_left_to_it_but_a_rollback_takes_it(self):
        cloud = self.cloud()
        new = cloud.to_deployed()
        cloud.used(new)
        cloud.fault(fault="slow_before", action="GetAccessKeyLastUsed", wait_ms=4000)
        holder = subprocess.Popen([KEYBATON, "resume", "--yes"], env=cloud.env, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            self.wait_until(lambda: cloud.control("GET", "faults")[0]["struck"] == 1)
            run = self.error(cloud.run("resume", "--yes", "--json"), 8, "held")
            self.assertEqual(run.json["state"], "deployed")
            self.three_parts(cloud.run("resume", "--yes"), 8, "held")
            self.ends(cloud.run("rollback", "--yes", "--no-wait", "--json"), 0)
            out, err = holder.communicate(timeout=30)
            self.assertEqual(holder.returncode, 8, out + err)
        finally:
            if holder.poll() is None:
                holder.kill()
                holder.communicate()
        self.assertEqual(cloud.keys(), {OLD: "Active"})
        self.assertIn(f"{KIND.env_id}={OLD}\n", (cloud.home / "app.env").read_text())

    def wait_until(self, holds):
        for _ in range(100):
            if holds():
                return
            time.sleep(0.1)
        self.fail("it never came to that")

    def test_an_interrupt_while_waiting_ends_at_a_safe_point(self):
        cloud = self.cloud(policy="{quiet: 60s, grace: 0s, lag: 0s, granularity: 0s, propagation: 0s, check_every: 1s}")
        new = cloud.to_deployed()
        waiting = subprocess.Popen([KEYBATON, "resume", "--wait", "--yes"], env=cloud.env, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.wait_until(lambda: len(cloud.calls("GetAccessKeyLastUsed")) > 1)
        waiting.send_signal(2)
        out, err = waiting.communicate(timeout=20)
        self.assertEqual(waiting.returncode, 130, out + err)
        self.assertIn("keybaton resume", err)
        self.assertEqual(cloud.keys(), {OLD: "Active", new: "Active"})
        self.ends(cloud.run("status"), 0)


class Output(Case):
    def test_a_reader_that_goes_away_is_no_failure_and_a_full_disk_is_one(self):
        cloud = self.cloud()
        cloud.to_deployed()
        piped = subprocess.run(f"'{KEYBATON}' history export | head -1", shell=True, env=cloud.env, text=True,
                               capture_output=True, check=False)
        self.assertEqual((piped.returncode, piped.stderr), (0, ""))
        with open("/dev/full", "w", encoding="ascii") as full:
            done = subprocess.run([KEYBATON, "history", "export"], env=cloud.env, stdout=full, stderr=subprocess.PIPE,
                                  text=True, check=False)
        self.assertEqual(done.returncode, 9)
        self.assertIn("output could not be written", done.stderr)

    def test_nothing_that_lasts_holds_a_secret(self):  # Invariant 14
        cloud = self.cloud()
        new = cloud.to_deployed()
        secret = next(line.split("=", 1)[1] for line in (cloud.home / "app.env").read_text().splitlines()
                      if line.startswith(f"{KIND.env_secret}="))
        self.assertNotEqual(secret, OLD_SECRET)
        runs = [cloud.run("-v", "--log-format", "json", "resume", "--yes"), cloud.run("status", "sim/app", "--json"),
                cloud.run("history", "--limit", "0", "--json"), cloud.run("history", "export")]
        self.assertIn('"event":"request"', runs[0].err)
        told = "".join(run.out + run.err for run in runs).encode()
        state = b"".join(file.read_bytes() for file in pathlib.Path(cloud.journal).parent.iterdir())
        for live in (secret.encode(), OLD_SECRET.encode(), ADMIN_SECRET.encode()):
            for at in range(len(live) - 11):
                self.assertNotIn(live[at:at + 12], told)
                self.assertNotIn(live[at:at + 12], state)
        self.assertIn(new.encode(), told)


if __name__ == "__main__":
    main()

"""Every command, in its human and its JSON form, from the first word to the last: goldens with ids and times replaced."""
import json
import os
import sqlite3
import unittest

from clouds import KIND
from harness import ACCOUNT, ADMIN, OLD, OLD_SECRET, Case, main

LATER = ["approve", "reject", "leak"]


class WithoutACloud(Case):
    def test_an_empty_machine_has_nothing_open_and_gets_no_journal_by_asking(self):
        house = self.house()
        for words in ([], ["status"], ["status", "--all"], ["history"]):
            self.ends(house.run(*words), 0)
        self.assertEqual(house.run("status", "--json").json, {"rotations": []})
        self.assertEqual(house.run("--json").json, {"rotations": []})
        self.assertEqual(house.run("resume", "--all", "--json").json, {"rotations": []})
        self.assertFalse(house.journal.exists())
        self.golden("front_empty", house.run(), house)

    def test_commands_of_later_versions_are_known_words_and_refused(self):
        house = self.house()
        for word in LATER:
            self.three_parts(house.run(word, "x", "--y"), 2, "usage", f"`keybaton {word}` is not in this version")
            self.error(house.run("--json", word, "x"), 2, "usage", f"`keybaton {word}` is not in this version")

    def test_a_slip_of_the_finger_is_answered_with_the_command_that_was_meant(self):
        house = self.house()
        self.golden("slip", house.run("rotat"), house)
        self.three_parts(house.run("rotate", "--frobnicate"), 2, "usage", "--frobnicate", "keybaton rotate --help")
        self.three_parts(house.run("rotate"), 2, "usage", "ACCOUNT/USER")
        self.three_parts(house.run("rotate", "prod"), 2, "usage", "ACCOUNT/USER")
        self.three_parts(house.run("rotate", "prod/app", "--profile", "x"), 2, "usage", "--profile")
        self.three_parts(house.run("key"), 2, "usage", "keybaton key --help")

    def test_help_and_version_speak_on_stdout(self):
        house = self.house()
        self.golden("help", house.run("--help"), house)
        self.golden("help_rotate", house.run("rotate", "--help"), house)
        self.golden("help_rollback", house.run("rollback", "--help"), house)
        self.assertRegex(house.run("--version").out, r"^keybaton \d+\.\d+\.\d+\n$")

    def test_wrong_words_for_steps_times_and_fields_name_the_right_ones(self):
        house = self.house()
        for words, said in ((["rotate", "a/b", "--yes=deplyo"], "deplyo"), (["rotate", "a/b", "--through", "x"], "create"),
                            (["rotate", "--profile", "p", "--quiet", "soon"], "--quiet"),
                            (["keys", "--profile", "p", "--sort", "colour"], "last_used"),
                            (["keys", "--where", "aeg > 1d"], 'Did you mean "age"?'),
                            (["search", "aeg > 1d"], "at column 1"),
                            (["keys", "--profile", "p", "--unused-for", "x"], "--unused-for")):
            self.three_parts(house.run(*words), 2, "usage", said)

    def test_yes_without_steps_does_not_swallow_the_target(self):
        run = self.house().run("rotate", "--yes", "prod/app")
        self.three_parts(run, 2, "usage", 'no account is called "prod"')

    def test_init_writes_a_config_from_the_profiles_and_never_overwrites(self):
        house = self.house()
        house.write(KIND.file, KIND.credentials({"dev": (OLD, OLD_SECRET)}))
        house.write(*KIND.role_profile)
        self.golden("init", house.run("init"), house)
        config = house.home / ".config/keybaton/config.yaml"
        self.assertEqual(config.stat().st_mode & 0o777, 0o600)
        self.assertNotIn(OLD_SECRET, config.read_text())
        before = config.read_text()
        self.three_parts(house.run("init"), 2, "usage", "is left as it is")
        self.assertEqual(config.read_text(), before)
        elsewhere = house.run("init", "--config", str(house.home / "other.yaml"), "--json")
        self.assertEqual(elsewhere.json, {"config": str(house.home / "other.yaml"), "profiles": 2})
        self.ends(house.run("plan", "dev/nobody"), 2)  # the config that init wrote is one that keybaton reads

    @unittest.skipUnless(os.geteuid() == 0, "giving a directory to a group needs its membership")
    def test_init_for_a_team_makes_directories_that_the_group_shares(self):
        house = self.house()
        journal = house.home / "team/journal.db"
        self.ends(house.run("init", "--team", "root", "--journal", str(journal)), 0)
        for directory in (journal.parent, house.home / "team-sealing"):
            self.assertEqual(directory.stat().st_mode & 0o7777, 0o2770)
        self.three_parts(self.house().run("init", "--team", "nosuchgroup"), 2, "usage", "nosuchgroup")


class WithACloud(Case):
    def test_plan_shows_all_and_changes_nothing(self):
        cloud = self.cloud()
        self.golden("plan", cloud.run("plan", "sim/app"), cloud)
        self.golden("plan_json", cloud.run("plan", "sim/app", "--json"), cloud)
        self.assertFalse(cloud.journal.exists())
        self.assertEqual(cloud.keys(), {OLD: "Active"})

    def test_a_dry_run_sends_no_change_and_makes_no_journal(self):
        cloud = self.cloud()
        self.golden("dry_run", cloud.run("rotate", "sim/app", "--dry-run"), cloud)
        run = cloud.run("rotate", "sim/app", "--dry-run", "--json")
        self.assertTrue(run.json["dry_run"])
        self.assertEqual(len([line for line in run.json["would"] if line.startswith("would write")]), 2)
        self.assertFalse(cloud.journal.exists())
        self.assertFalse((cloud.home / ".config/keybaton/sealing.key").exists())
        for action in ("CreateAccessKey", "UpdateAccessKey", "DeleteAccessKey"):
            self.assertEqual(cloud.calls(action), [])
        self.assertIn(OLD, (cloud.home / "app.env").read_text())

    def test_a_dry_run_of_an_open_rotation_and_of_its_rollback_change_nothing(self):
        cloud = self.cloud()
        new = cloud.to_deployed()
        cloud.used(new)
        before = cloud.run("history", "--limit", "0", "--json").out
        forward = self.ends(cloud.run("resume", "--dry-run"), 0)
        self.assertRegex(forward.out, KIND.deactivate.replace("KEY", OLD))
        self.assertRegex(forward.out, KIND.delete.replace("KEY", OLD))
        back = self.ends(cloud.run("rollback", "--dry-run"), 0)
        self.assertIn("would write", back.out)
        self.assertEqual(cloud.keys(), {OLD: "Active", new: "Active"})
        self.assertIn(new, (cloud.home / "app.env").read_text())
        self.assertEqual(cloud.run("history", "--limit", "0", "--json").out, before)

    def test_a_whole_rotation_in_its_human_form(self):
        cloud = self.cloud()
        self.golden("rotate_1_needs_consent", cloud.run("rotate", "sim/app"), cloud)
        self.golden("rotate_2_deployed", cloud.run("rotate", "sim/app", "--yes=deploy", "--through", "deploy"), cloud)
        self.golden("rotate_3_waiting", cloud.run("resume"), cloud)
        self.golden("front_open", cloud.run(), cloud)
        self.golden("status_open", cloud.run("status"), cloud)
        cloud.used(cloud.new_key())
        self.golden("rotate_4_needs_consent", cloud.run("resume", "sim/app"), cloud)
        self.golden("status_verified", cloud.run("status", "sim/app"), cloud)
        self.golden("rotate_5_deactivated", cloud.run("resume", "--yes=deactivate", "--through", "deactivate"), cloud)
        self.assertEqual(cloud.keys()[OLD], "Inactive")
        self.golden("rotate_6_completed", cloud.run("resume", "--yes=delete"), cloud)
        self.assertNotIn(OLD, cloud.keys())
        self.golden("status_all", cloud.run("status", "--all"), cloud)
        self.golden("rollback_completed", cloud.run("rollback", "sim/app"), cloud)
        self.golden("history", cloud.run("history", "--kind", "outcome"), cloud)
        self.golden("history_verify", cloud.run("history", "verify"), cloud)

    def test_a_whole_rotation_in_its_json_form(self):
        cloud = self.cloud()
        self.golden("json_1_needs_consent", cloud.run("rotate", "sim/app", "--json"), cloud)
        self.golden("json_2_deployed", cloud.run("rotate", "sim/app", "--yes=deploy", "--through", "deploy", "--json"),
                    cloud)
        self.golden("json_3_waiting", cloud.run("resume", "--json"), cloud)
        self.golden("json_status", cloud.run("status", "sim/app", "--json"), cloud)
        self.golden("json_resume_all", cloud.run("resume", "--all", "--json"), cloud)
        cloud.used(cloud.new_key())
        self.golden("json_4_completed", cloud.run("resume", "--yes", "--json"), cloud)
        self.golden("json_history_started", cloud.run("history", "--kind", "started", "--json"), cloud)
        self.assertEqual(cloud.run("history", "verify", "--json").json["ok"], True)

    def test_going_on_twice_with_a_closed_rotation_changes_nothing(self):
        cloud = self.cloud()
        cloud.to_completed()
        before = cloud.run("history", "--limit", "0", "--json").out
        again = self.ends(cloud.run("resume", "sim/app", "--json"), 0)
        self.assertEqual(again.json["state"], "completed")
        self.error(cloud.run("resume", "--json"), 2, "usage", "The last one, of sim/app, is completed")
        self.assertEqual(cloud.run("history", "--limit", "0", "--json").out, before)

    def test_several_rotations_are_gone_on_with_together_and_none_is_guessed(self):
        cloud = self.cloud()
        cloud.add_user("web")
        new = cloud.to_deployed()
        self.ends(cloud.run("rotate", "sim/web", "--through", "create"), 0)
        for command in ("resume", "rollback"):
            self.three_parts(cloud.run(command), 4, "needs_operator", "sim/app", "sim/web")
        self.assertEqual(len(cloud.run("status", "--json").json["rotations"]), 2)
        cloud.used(new)
        run = self.ends(cloud.run("resume", "--all", "--json", "--yes=deactivate,delete"), 4)
        self.assertEqual({each["user"]: each["state"] for each in run.json["rotations"]},
                         {"app": "completed", "web": "created"})
        self.assertEqual([each.get("error", {}).get("code") for each in run.json["rotations"]], [None, "needs_operator"])
        self.three_parts(cloud.run("resume", "--all"), 4, "needs_operator", "sim/web")

    def test_rollback_after_deactivate_puts_everything_back(self):
        cloud = self.cloud()
        new = cloud.to_deployed()
        cloud.used(new)
        self.ends(cloud.run("resume", "--yes", "--through", "deactivate"), 0)
        self.assertEqual(cloud.keys()[OLD], "Inactive")
        run = cloud.run("rollback", "--reason", "the batch job", "--yes")
        self.golden("rollback", run, cloud)
        self.ends(run, 0)
        self.assertEqual(cloud.keys(), {OLD: "Active"})
        self.assertIn(f"{KIND.env_id}={OLD}\n", (cloud.home / "app.env").read_text())
        self.assertIn("the batch job", cloud.run("history", "--text", "batch job").out)
        again = self.ends(cloud.run("rollback", "sim/app", "--json"), 0)
        self.assertEqual(again.json["state"], "rolled_back")

    @unittest.skipUnless(KIND.endpoint_variable, "no variable of the environment leads this cloud's calls elsewhere")
    def test_a_profile_alone_is_an_account_and_its_own_location(self):
        cloud = self.cloud()
        (cloud.home / ".config/keybaton/config.yaml").unlink()
        env = {KIND.endpoint_variable: cloud.url}
        run = self.ends(cloud.run("rotate", "--profile", "app", "--quiet", "0s", "--grace", "0s", "--yes", "--through",
                                  "deploy", "--json", env=env), 0)
        self.assertEqual((run.json["account"], run.json["user"]), ("app", "app"))
        new = cloud.new_key()
        self.assertIn(new, cloud.credentials.read_text())
        # Going on and turning back need no environment: the endpoints are pinned.
        self.ends(cloud.run("resume", "--profile", "app"), 3)
        self.ends(cloud.run("rollback", "--profile", "app", "--yes"), 3)
        self.assertIn(OLD, cloud.credentials.read_text())
        self.assertEqual(cloud.run("status", "--profile", "app", "--json").json["direction"], "back")

    def test_the_command_that_started_a_rotation_also_goes_on_with_it(self):
        cloud = self.cloud()
        words = ["rotate", "sim/app", "--quiet", "0s", "--grace", "0s"]
        self.ends(cloud.run(*words), 4)
        self.ends(cloud.run(*words, "--yes=deploy", "--through", "deploy"), 0)
        other = self.ends(cloud.run("rotate", "sim/app", "--quiet", "5h", "--through", "deploy"), 0)
        self.assertIn("keeps the windows of its start", other.err)
        self.assertEqual(len(cloud.calls("CreateAccessKey")), 1)

    def test_history_filters_exports_and_finds_a_cut_tail(self):
        cloud = self.cloud()
        cloud.to_completed()
        lines = cloud.run("history", "export").out.splitlines()
        self.assertEqual(json.loads(lines[0])["format"], "keybaton-history/1")
        tail = json.loads(lines[-1])
        self.assertEqual(tail["records"], len(lines) - 2)
        self.assertEqual(json.loads(lines[-2])["hash"], tail["head"])
        self.ends(cloud.run("history", "verify", "--head", tail["head"]), 0)
        self.ends(cloud.run("history", "verify", "--head", "f" * 64), 10)
        self.assertEqual(cloud.run("history", "verify", "--head", "f" * 64, "--json").json["ok"], False)
        earlier = json.loads(lines[3])["hash"]
        self.ends(cloud.run("history", "verify", "--head", earlier.upper()), 0)
        # Neither a slip of the hand nor a head that says nothing is tampering, or a proof.
        self.three_parts(cloud.run("history", "verify", "--head", tail["head"][:-1]), 2, "usage", "64 hex digits")
        self.three_parts(cloud.run("history", "verify", "--head", "0" * 64), 2, "usage", "empty journal")
        for words in (["--step", "create"], ["--kind", "intent"], ["--location", "laptop"], ["--key", OLD],
                      ["--user", "app"], ["--account", "sim"], ["--since", "1d"], ["--since", "2026-01-01"]):
            found = cloud.run("history", "--json", "--limit", "0", *words).out.splitlines()
            self.assertGreater(len(found), 0, words)
        for words in (["--user", "nobody"], ["--until", "2020-01-01T00:00:00Z"], ["--location", "nowhere"]):
            self.assertEqual(self.ends(cloud.run("history", "--json", *words), 0).out, "", words)
        newest = json.loads(cloud.run("history", "--json", "--limit", "1").out)
        self.assertEqual(newest["hash"], tail["head"])
        reverse = cloud.run("history", "--json", "--limit", "3", "--reverse").out.splitlines()
        self.assertEqual(json.loads(reverse[0])["hash"], tail["head"])
        for words in (["--kind", "thought"], ["--step", "leap"], ["--since", "yesterday"]):
            self.three_parts(cloud.run("history", *words), 2, "usage")

    def test_a_changed_record_is_found_and_named(self):
        cloud = self.cloud()
        cloud.to_deployed()
        with sqlite3.connect(cloud.journal) as file:
            for name, in file.execute("select name from sqlite_master where type = 'trigger'").fetchall():
                file.execute(f'drop trigger "{name}"')
            file.execute("update record set at = at - 60 where id = 2")
        file.close()
        run = self.ends(cloud.run("history", "verify", "--json"), 10)
        self.assertEqual(run.json["ok"], False)
        self.ends(cloud.run("history", "verify"), 10)

    def test_keys_lists_counts_and_sorts(self):
        cloud = self.cloud()
        self.golden("keys", cloud.run("keys"), cloud)
        run = cloud.run("keys", "sim", "--json")
        self.assertEqual(sorted(key["key"] for key in run.json["keys"]), [ADMIN, OLD])
        self.assertEqual(run.json["incomplete"], [])
        self.golden("keys_count", cloud.run("keys", "--count-by", "status"), cloud)
        self.assertEqual(cloud.run("keys", "--count-by", "user", "--json").json,
                         {"count": {"admin": 1, "app": 1}, "matched": 2, "unmatched": 0, "incomplete": []})
        unused = cloud.run("keys", "--unused-for", "1d", "--json").json["keys"]
        self.assertEqual([key["key"] for key in unused], [OLD])
        by_age = cloud.run("keys", "--sort", "age", "--json").json["keys"]
        self.assertEqual([key["key"] for key in by_age], [ADMIN, OLD])

    def test_keys_says_what_it_could_not_read(self):
        cloud = self.cloud()
        cloud.deny("GetAccessKeyLastUsed")
        run = self.ends(cloud.run("keys", "--json"), 5)
        self.assertEqual(run.json["incomplete"], ["sim"])
        self.assertEqual(len(run.json["keys"]), 2)
        self.three_parts(cloud.run("keys"), 5, "refused", "Not everything could be read")

    def test_journal_backup_copies_once_and_can_be_read(self):
        cloud = self.cloud()
        cloud.to_deployed()
        copy = cloud.home / "copy.db"
        self.golden("journal_backup", cloud.run("journal", "backup", str(copy)), cloud)
        self.assertEqual(copy.stat().st_mode & 0o777, 0o600)
        self.three_parts(cloud.run("journal", "backup", str(copy)), 2, "usage", "is there already")
        status = cloud.run("status", "sim/app", "--json", "--journal", str(copy))
        self.assertEqual(status.json["state"], "deployed")

    def test_doctor_finds_what_is_wrong_and_says_what_helps(self):
        cloud = self.cloud()
        self.golden("doctor_well", cloud.run("doctor"), cloud)
        run = self.ends(cloud.run("doctor", "--json"), 0)
        self.assertTrue(all(check["ok"] for check in run.json["checks"]))
        cloud.deny("CreateAccessKey")
        cloud.write("app.env", KIND.env_file(KIND.key("ANOTHER"), "x"))
        self.golden("doctor_ill", cloud.run("doctor"), cloud)
        ill = [check["name"] for check in cloud.run("doctor", "--json").json["checks"] if not check["ok"]]
        self.assertEqual(ill, ["permissions in sim", "location service of sim/app", "drift of sim/app"])
        (cloud.home / "app.env").unlink()
        ill = [check["name"] for check in cloud.run("doctor", "--json").json["checks"] if not check["ok"]]
        self.assertIn("location service of sim/app", ill)

    def test_doctor_examines_on_with_a_broken_config(self):
        house = self.house()
        house.write(".config/keybaton/config.yaml", "accounts: [\n")
        run = self.ends(house.run("doctor", "--json"), 4)
        self.assertEqual([check["ok"] for check in run.json["checks"]][0], False)
        self.assertGreater(len(run.json["checks"]), 2)

    def test_retire_refuses_a_key_that_is_still_held_and_names_the_place(self):
        cloud = self.cloud()
        run = self.three_parts(cloud.run("retire", "sim/app", "--key", OLD), 4, "needs_operator", "location laptop")
        self.assertIn("location service of sim/app", run.err)
        self.assertEqual(cloud.keys(), {OLD: "Active"})
        spare = cloud.spare()
        cloud.config(extra="search_paths: [~/notes]\n")
        cloud.write("notes/deep/old.txt", f"the spare key is {spare}, I think\n")
        self.error(cloud.run("retire", "sim/app", "--key", spare, "--json"), 4, "needs_operator", "notes/deep/old.txt")
        self.assertFalse(cloud.journal.exists())

    def test_retire_takes_a_quiet_key_away_step_by_step(self):
        cloud = self.cloud()
        spare = cloud.spare()
        cloud.play({"do": "advance", "ms": 1000})
        last = None
        for _ in range(6):
            last = cloud.run("retire", "sim/app", "--key", spare, "--yes", "--json")
            if last.code == 0:
                break
        self.ends(last, 0)
        self.assertEqual((last.json["procedure"], last.json["state"]), ("retire", "completed"))
        self.assertEqual(cloud.keys(), {OLD: "Active"})

    def test_retire_looks_again_before_the_key_goes(self):
        cloud = self.cloud()
        cloud.config(extra="search_paths: [~/notes]\n")
        cloud.write("notes/readme.txt", "nothing yet\n")
        spare = cloud.spare()
        cloud.play({"do": "advance", "ms": 1000})
        self.ends(cloud.run("retire", "sim/app", "--key", spare, "--yes", "--wait", "--through", "verify"), 0)
        cloud.write("notes/deep/deploy.env", f"{KIND.env_id}={spare}\n")
        run = self.error(cloud.run("resume", "sim/app", "--yes", "--wait", "--json"), 4, "needs_operator", "notes")
        self.assertEqual(run.json["attention"]["code"], "drift")
        self.assertEqual(cloud.keys()[spare], "Active")
        (cloud.home / "notes/deep/deploy.env").unlink()
        self.ends(cloud.run("resume", "sim/app", "--yes", "--wait", "--through", "deactivate"), 0)
        cloud.write(KIND.file, cloud.credentials.read_text() + f"[spare]\n# was {spare}\n")
        self.error(cloud.run("resume", "sim/app", "--yes", "--wait", "--json"), 4, "needs_operator", KIND.file)
        self.assertEqual(cloud.keys()[spare], "Inactive")


class SingleCalls(Case):
    def test_list_and_last_used(self):
        cloud = self.cloud()
        self.golden("key_list", cloud.run("key", "list", "sim/app"), cloud)
        self.assertEqual(cloud.run("key", "list", "sim/app", "--json").json["keys"][0]["key"], OLD)
        self.golden("key_last_used", cloud.run("key", "last-used", "sim/app", "--key", OLD), cloud)
        run = cloud.run("key", "last-used", "sim/app", "--key", OLD, "--json")
        self.assertEqual((run.json["key"], run.json["service"]), (OLD, KIND.shown_service))
        self.assertFalse(run.json["never_used"])

    def test_create_puts_the_secret_into_a_new_private_file_and_nowhere_else(self):
        cloud = self.cloud()
        file = cloud.home / "new.secret"
        run = self.ends(cloud.run("key", "create", "sim/app", "--secret-file", str(file), "--json"), 0)
        self.assertEqual(set(run.json), {"key", "user", "secret_file"})
        self.assertEqual(file.stat().st_mode & 0o777, 0o600)
        secret = file.read_text().strip()
        self.assertEqual(len(secret), KIND.secret_size)
        self.assertNotIn(secret, run.out + run.err)
        self.assertNotIn(secret.encode(), cloud.journal.read_bytes())
        history = [json.loads(line) for line in cloud.run("history", "--json").out.splitlines()]
        self.assertEqual([line["kind"] for line in history], ["intent", "outcome"])
        self.assertEqual([line["rotation"] for line in history], [None, None])
        self.ends(cloud.run("history", "verify"), 0)

    def test_create_calls_nobody_where_the_secret_has_no_place(self):
        cloud = self.cloud()
        file = cloud.write("taken", "x")
        self.three_parts(cloud.run("key", "create", "sim/app", "--secret-file", str(file)), 2, "usage", "taken")
        self.three_parts(cloud.run("key", "create", "sim/app"), 2, "usage", "--secret-file")
        self.three_parts(cloud.run("key", "create", "sim/app", "--secret-file", "/no/such/dir/f"), 2, "usage")
        shared = cloud.home / "shared"
        shared.mkdir()
        shared.chmod(0o777)
        self.three_parts(cloud.run("key", "create", "sim/app", "--secret-file", str(shared / "f")), 2, "usage",
                         "anybody", str(shared / "f"))
        self.assertEqual(list(shared.iterdir()), [])
        self.assertEqual(cloud.calls("CreateAccessKey"), [])
        self.assertEqual(file.read_text(), "x")

    def test_a_create_whose_reply_is_lost_is_unknown_and_sent_once(self):
        cloud = self.cloud()
        cloud.fault(fault="drop_reply", action="CreateAccessKey")
        file = cloud.home / "new.secret"
        run = cloud.run("key", "create", "sim/app", "--secret-file", str(file))
        # Invariant 11: nobody knows that no key was made.
        self.three_parts(run, 6, "unknown", "Whether a key was made", "may stand there", OLD,
                         "keybaton key list sim/app")
        self.assertNotIn("No key was made", run.err)
        self.assertEqual(len(cloud.calls("CreateAccessKey")), 1)
        self.assertFalse(file.exists())

    def test_a_change_that_cannot_be_settled_is_not_said_to_be_not_done(self):
        cloud = self.cloud()
        spare = cloud.spare()
        cloud.fault(fault="error_500_before", action="UpdateAccessKey")
        run = cloud.run("key", "deactivate", "sim/app", "--key", spare, "--yes")
        self.three_parts(run, 6, "unknown", "Whether the call on " + spare + " was done",
                         "keybaton key list sim/app")
        self.assertNotIn("was not done", run.err)

    def test_deactivate_and_delete_ask_and_activate_does_not(self):
        cloud = self.cloud()
        spare = cloud.spare()
        words = ["key", "deactivate", "sim/app", "--key", spare]
        run = self.three_parts(cloud.run(*words), 4, "needs_operator", "--yes=deactivate")
        self.assertEqual(cloud.keys()[spare], "Active")
        self.golden("key_deactivate", cloud.run(*words, "--yes=deactivate"), cloud)
        self.assertEqual(cloud.keys()[spare], "Inactive")
        self.ends(cloud.run("key", "activate", "sim/app", "--key", spare), 0)
        self.assertEqual(cloud.keys()[spare], "Active")
        delete = ["key", "delete", "sim/app", "--key", spare]
        self.three_parts(cloud.run(*delete, "--yes"), 4, "needs_operator", "is Active")
        self.ends(cloud.run(*words, "--yes", "--json"), 0)
        self.three_parts(cloud.run(*delete), 4, "needs_operator", "--yes=delete")
        self.assertEqual(self.ends(cloud.run(*delete, "--yes", "--json"), 0).json, {"key": spare, "status": "deleted"})
        self.assertEqual(cloud.keys(), {OLD: "Active"})

    def test_a_lost_reply_is_settled_by_reading(self):
        cloud = self.cloud()
        spare = cloud.spare()
        cloud.fault(fault="drop_reply", action="UpdateAccessKey")
        self.ends(cloud.run("key", "deactivate", "sim/app", "--key", spare, "--yes"), 0)
        self.assertIn('"settled_by":"list"', cloud.run("history", "--json", "--kind", "outcome").out)

    def test_a_user_with_an_open_rotation_is_left_to_the_rotation(self):
        cloud = self.cloud()
        new = cloud.to_deployed()
        for words in (["deactivate", "sim/app", "--key", OLD, "--yes"], ["activate", "sim/app", "--key", OLD],
                      ["create", "sim/app", "--secret-file", str(cloud.home / "f")]):
            self.three_parts(cloud.run("key", *words), 4, "needs_operator", "is open")
        self.assertEqual(cloud.keys(), {OLD: "Active", new: "Active"})
        self.assertFalse((cloud.home / "f").exists())

    def test_a_key_of_somebody_else_is_no_key_of_this_user(self):
        cloud = self.cloud()
        run = cloud.run("key", "deactivate", "sim/app", "--key", ADMIN, "--yes")
        self.three_parts(run, 2, "usage", "app has no key " + ADMIN)
        self.three_parts(cloud.run("key", "list", "sim/nobody"), 2, "usage", 'no user "nobody"')


if __name__ == "__main__":
    main()

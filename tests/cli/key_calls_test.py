"""The single calls on one user's keys: each way in which a cloud can refuse one is told apart from the others."""
import contextlib
import json
import re
import shlex
import sqlite3
import subprocess
import time
import unittest

from clouds import KIND
from harness import ACCOUNT, ADMIN, ADMIN_SECRET, KEYBATON, OLD, Case, Run, main

NOBODY = KIND.key("NOBODY")
CALLS = ("list", "create", "last-used", "activate", "deactivate", "delete")
ACTIONS = {"list": "ListAccessKeys", "create": "CreateAccessKey", "last-used": "GetAccessKeyLastUsed",
           "activate": "UpdateAccessKey", "deactivate": "UpdateAccessKey", "delete": "DeleteAccessKey"}
BACK_CODE = {"aws": "NoSuchEntity", "alibaba": "EntityNotExist.User.AccessKey"}[KIND.name]
FULL_CODE = {"aws": "LimitExceeded", "alibaba": "LimitExceeded.User.AccessKey"}[KIND.name]


class Calls(Case):
    def words(self, cloud, call, key, user="app"):
        words = ["key", call, f"sim/{user}"]
        if call == "create":
            words += ["--secret-file", str(cloud.home / "new.secret")]
        elif call != "list":
            words += ["--key", key]
        return words + (["--yes"] if call in ("deactivate", "delete") else [])

    def prepared(self, call):
        """A spare key on which the call would succeed."""
        cloud = self.cloud()
        spare = "" if call == "create" else cloud.spare()
        if call in ("activate", "delete"):
            cloud.play({"do": "set_status", "key": spare, "status": "Inactive"})
        return cloud, spare


class Errors(Calls):
    def test_each_call_works_where_nothing_stands_against_it(self):
        for call in CALLS:
            with self.subTest(call=call):
                cloud, spare = self.prepared(call)
                self.ends(cloud.run(*self.words(cloud, call, spare)), 0)

    def test_a_user_that_is_not_there(self):
        cloud = self.cloud()
        for call in CALLS:
            with self.subTest(call=call):
                words = self.words(cloud, call, OLD, "nobody")
                self.three_parts(cloud.run(*words), 2, "usage", 'no user "nobody"', "keybaton keys sim")
                self.error(cloud.run(*words, "--json"), 2, "usage", 'no user "nobody"')
        self.assertFalse((cloud.home / "new.secret").exists())

    def test_a_key_that_this_user_does_not_have(self):
        cloud = self.cloud()
        for call in ("last-used", "activate", "deactivate", "delete"):
            for key in (NOBODY, ADMIN):
                with self.subTest(call=call, key=key):
                    words = self.words(cloud, call, key)
                    self.three_parts(cloud.run(*words), 2, "usage", f"app has no key {key}; it has {OLD}",
                                     "keybaton key list sim/app")
                    self.error(cloud.run(*words, "--json"), 2, "usage", f"app has no key {key}")

    def test_what_can_be_no_key_is_not_repeated(self):
        cloud = self.cloud()
        secret = KIND.secret("pasted/by+mistake")
        for words in (*(self.words(cloud, call, secret) for call in ("last-used", "activate", "deactivate", "delete")),
                      ["retire", "sim/app", "--key", secret], ["adopt", "sim/app", "--old", OLD, "--new", secret],
                      ["adopt", "sim/app", "--old", secret, "--new", OLD]):
            for more in ([], ["--json"]):
                run = self.ends(cloud.run(*words, *more), 2)
                self.assertIn("no access key id", run.err + run.out)
                self.assertNotIn(secret[:12], run.err + run.out)
        self.assertEqual(cloud.control("GET", "log"), [])

    def test_a_third_key_is_refused_and_says_which_two_there_are(self):
        cloud, _ = self.prepared("create")
        spare = cloud.spare()
        words = self.words(cloud, "create", "")
        self.three_parts(cloud.run(*words), 5, "refused", FULL_CODE, f"{OLD} (Active, last used 20",
                         f"{spare} (Active, never used)", "No key was made", "keybaton plan sim",
                         "keybaton retire sim/app --key KEY_ID")
        self.assertFalse((cloud.home / "new.secret").exists())
        self.error(cloud.run(*words, "--json"), 5, "refused", OLD, spare, FULL_CODE)
        self.assertEqual(len(cloud.keys()), 2)

    def test_a_third_key_is_refused_and_says_how_to_free_a_slot(self):
        cloud, _ = self.prepared("create")
        cloud.control("POST", "reset", KIND.seed([
            {"name": "admin", "keys": [{"id": ADMIN, "secret": KIND.secret("admin")}]},
            {"name": "app", "created_days_ago": 500, "keys": [
                {"id": OLD, "secret": KIND.secret("old"), "created_days_ago": 120,
                 "last_used": {"at_days_ago": 1, "service": KIND.service}},
                {"id": NOBODY, "secret": KIND.secret("x"), "created_days_ago": 300,
                 "last_used": {"at_days_ago": 200, "service": KIND.service}}]}]))
        run = self.three_parts(cloud.run(*self.words(cloud, "create", "")), 5, "refused", FULL_CODE)
        self.assertIn(f"keybaton retire sim/app --key {NOBODY}", run.err)
        self.ends(cloud.run("retire", "sim/app", "--key", NOBODY, "--dry-run", "--yes"), 0)

    def test_a_missing_permission_is_named(self):
        for call in CALLS:
            with self.subTest(call=call):
                cloud, spare = self.prepared(call)
                before = cloud.keys()
                cloud.deny(ACTIONS[call])
                words = self.words(cloud, call, spare)
                run = self.three_parts(cloud.run(*words), 5, "refused", KIND.no_permission, "permission")
                self.assertIn(ACTIONS[call], run.err)
                self.error(cloud.run(*words, "--json"), 5, "refused", KIND.no_permission)
                self.assertEqual(cloud.keys(), before)
                self.assertFalse((cloud.home / "new.secret").exists())

    def test_a_key_that_vanishes_between_the_list_and_the_call(self):
        for call in ("activate", "deactivate", "delete"):
            with self.subTest(call=call):
                cloud, spare = self.prepared(call)
                cloud.fault(fault="act_before", action=ACTIONS[call],
                            moves=[{"do": "set_status", "key": spare, "status": "Inactive"},
                                   {"do": "delete_key", "key": spare}])
                self.three_parts(cloud.run(*self.words(cloud, call, spare)), 5, "refused", "not there any more",
                                 BACK_CODE, "keybaton key list sim/app")
                self.assertEqual(cloud.keys(), {OLD: "Active"})
                self.assertIn('"outcome":"refused"', cloud.run("history", "--json", "--kind", "outcome").out)

    def test_a_credential_that_is_none_any_more(self):
        for call in CALLS:
            with self.subTest(call=call):
                cloud, spare = self.prepared(call)
                cloud.write_credentials(admin=(ADMIN, KIND.secret("wrong")))
                self.three_parts(cloud.run(*self.words(cloud, call, spare)), 5, "refused", "check the access key")

    def test_the_five_ways_end_in_different_words(self):
        cloud, _ = self.prepared("list")
        ways = {
            "no user": cloud.run(*self.words(cloud, "deactivate", OLD, "nobody")),
            "no key": cloud.run(*self.words(cloud, "deactivate", NOBODY)),
            "no id": cloud.run(*self.words(cloud, "deactivate", "x")),
            "full": cloud.run(*self.words(cloud, "create", "")),
            "no word": cloud.run("key", "deactivate", "sim/app", "--key", OLD)}
        cloud.deny("UpdateAccessKey")
        ways["no permission"] = cloud.run(*self.words(cloud, "deactivate", OLD))
        self.assertEqual({name: run.code for name, run in ways.items()},
                         {"no user": 2, "no key": 2, "no id": 2, "full": 5, "no word": 4, "no permission": 5})
        self.assertEqual(len({run.err for run in ways.values()}), len(ways))


class Unrecorded(Calls):
    """The journal takes the intent and, once the call is out, nothing more."""

    def run_and_lose_the_journal(self, cloud, action, *words):
        self.ends(cloud.run("jobs", "add", "--id", "any", "--schedule", "@yearly", "search idle > 1d"), 0)
        cloud.fault(fault="slow_after", action=action, wait_ms=1500)
        before = len(cloud.calls(action))
        with subprocess.Popen([KEYBATON, *words], env=cloud.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True, cwd=cloud.home) as running:
            while len(cloud.calls(action)) == before:
                self.assertIsNone(running.poll())
                time.sleep(0.02)
            self.sql(cloud, "CREATE TRIGGER lost BEFORE INSERT ON record BEGIN SELECT RAISE(ABORT, 'lost'); END")
            out, err = running.communicate(timeout=60)
        self.sql(cloud, "DROP TRIGGER lost")
        return Run(subprocess.CompletedProcess(words, running.returncode, out, err))

    def sql(self, cloud, statement):
        with contextlib.closing(sqlite3.connect(cloud.journal)) as journal, journal:
            journal.execute(statement)

    def runs(self, cloud, run):
        """The command that it names comes to an end."""
        hint = re.search("Next: (keybaton [^;]+)", " ".join(run.err.split())).group(1)
        return self.ends(cloud.run(*shlex.split(hint)[1:]), 0)

    def test_tells_of_a_key_that_was_made_and_where_its_secret_is(self):
        cloud = self.cloud()
        run = self.run_and_lose_the_journal(cloud, "CreateAccessKey", *self.words(cloud, "create", ""))
        new = cloud.new_key()
        told = self.told(run)
        self.assertIn(f"The new key {new} is Active, and its secret is in {cloud.home}/new.secret", told)
        self.assertIn("do not run this command again", told)
        self.assertNotIn("stays as it is", told)
        self.assertGreater(len((cloud.home / "new.secret").read_text()), KIND.secret_size)
        self.assertIn(new, self.runs(cloud, run).out)

    def test_tells_how_a_key_stands_that_was_changed(self):
        for call, words in (("deactivate", "is Inactive now"), ("activate", "is Active now"),
                            ("delete", "is deleted")):
            with self.subTest(call=call):
                cloud, spare = self.prepared(call)
                run = self.run_and_lose_the_journal(cloud, ACTIONS[call], *self.words(cloud, call, spare))
                told = self.told(run)
                self.assertIn(f"{spare} {words}", told)
                self.assertIn("do not run this command again", told)
                self.runs(cloud, run)

    def told(self, run):
        self.three_parts(run, 9, "storage")
        return " ".join(run.err.split())

    def test_says_no_more_of_a_call_that_was_refused(self):
        cloud, _ = self.prepared("create")
        spare = cloud.spare()
        cloud.fault(fault="act_before", action="UpdateAccessKey",
                    moves=[{"do": "set_status", "key": spare, "status": "Inactive"},
                           {"do": "delete_key", "key": spare}])
        told = self.told(self.run_and_lose_the_journal(cloud, "UpdateAccessKey",
                                                       *self.words(cloud, "deactivate", spare)))
        self.assertIn(f"The cloud said no: {spare} is as it was", told)
        self.assertNotIn("again", told)


class TheSigningKey(Calls):
    def test_is_switched_off_with_a_word_of_its_own_and_no_undo_that_it_would_sign(self):
        cloud = self.cloud()
        words = ("key", "deactivate", "sim/admin", "--key", ADMIN)
        for more in ((), ("--yes",), ("--yes=deactivate",), ("--yes", "--accept", f"signing_key:{OLD}")):
            with self.subTest(more):
                run = self.three_parts(cloud.run(*words, *more), 4, "needs_operator", f"signing_key:{ADMIN}")
                self.assertIn("the very key that signs these calls", " ".join(run.err.split()))
                self.assertEqual(cloud.keys("admin"), {ADMIN: "Active"})
        self.three_parts(cloud.run(*words, "--accept", f"signing_key:{ADMIN}"), 4, "needs_operator", "--yes=deactivate")
        self.three_parts(cloud.run(*words, "--yes", "--accept", "nothing"), 2, "usage", "signing_key:KEY_ID")
        run = self.ends(cloud.run(*words, "--yes", "--accept", f"signing_key:{ADMIN}"), 0)
        said = " ".join(run.err.split())
        self.assertIn("only another key that may do so, or the console", said)
        self.assertNotIn("undo it", said)
        self.assertEqual(cloud.keys("admin"), {ADMIN: "Inactive"})

    def test_of_what_nobody_agreed_to_the_next_command_can_be_pasted(self):
        cloud = self.cloud()
        unasked = ("key", "deactivate", "sim/app", "--key", OLD, "--actor", "Ann O'Neill")
        own = ("key", "deactivate", "sim/admin", "--key", ADMIN, "--yes")
        for words, key, user in ((unasked, OLD, "app"), (own, ADMIN, "admin")):
            run = self.ends(cloud.run(*words), 4)
            pasted = shlex.split(re.search(r"^  Next: (keybaton .*)$", run.err, re.M)[1])
            self.ends(cloud.run(*pasted[1:]), 0)
            self.assertEqual(cloud.keys(user), {key: "Inactive"})

    def test_of_another_needs_no_such_word(self):
        cloud, spare = self.prepared("deactivate")
        run = self.ends(cloud.run(*self.words(cloud, "deactivate", spare)), 0)
        self.assertIn("undo it, from any machine", run.err)


@unittest.skipUnless(KIND.endpoint_variable, "only where the environment can name a cloud")
class ByProfile(Calls):
    """Without a config: what is said to be run next runs."""

    def machine(self, profile="my dev"):
        cloud = self.cloud()
        (cloud.home / ".config/keybaton/config.yaml").unlink()
        cloud.write(KIND.file, KIND.credentials({profile: (ADMIN, ADMIN_SECRET)}))
        cloud.env[KIND.endpoint_variable] = cloud.url
        return cloud

    def test_hints_are_commands_that_run(self):
        cloud = self.machine()
        profile = ("--profile", "my dev")
        spare = cloud.spare("admin")
        deleted = ("key", "delete", *profile, "--key", spare)
        run = self.three_parts(cloud.run(*deleted), 4, "needs_operator", "is Active")
        hint = self.hint(run)
        self.assertEqual(hint, ["key", "deactivate", *profile, "--key", spare])
        self.ends(cloud.run(*hint, "--yes"), 0)
        for words in (("key", "last-used", *profile, "--key", NOBODY), ("rotate", *profile),
                      ("retire", *profile, "--key", NOBODY)):
            with self.subTest(words):
                run = cloud.run(*words)
                self.assertIn(run.code, (2, 4), run)
                hint = self.hint(run)
                self.assertEqual(hint, ["key", "list", *profile])
                self.assertIn(spare, self.ends(cloud.run(*hint), 0).out)
        said = " ".join(cloud.run("rotate", *profile).err.split())
        self.assertIn("keybaton retire --profile 'my dev' --key KEY_ID", said)
        self.assertIn("keybaton adopt --profile 'my dev' --old KEY_ID --new KEY_ID", said)

    def hint(self, run):
        found = re.search(r"Next: .*?keybaton ((?:'[^']*'|[^;,'])+)", " ".join(run.err.split()))
        return shlex.split(found.group(1))


class Creating(Calls):
    def cut_short(self, cloud):
        cloud.fault(fault="slow_after", action="CreateAccessKey", wait_ms=3000)
        with subprocess.Popen([KEYBATON, *self.words(cloud, "create", "")], env=cloud.env, cwd=cloud.home,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
            while not cloud.calls("CreateAccessKey"):
                time.sleep(0.02)
            running.kill()
        return cloud.new_key()

    def test_that_was_cut_short_is_told_of(self):
        cloud = self.cloud()
        self.assertNotIn("Note:", cloud.run("key", "list", "sim/app").err)
        new = self.cut_short(cloud)
        listed = self.ends(cloud.run("key", "list", "sim/app"), 0)
        said = " ".join(listed.err.split())
        self.assertIn(f"Note: {new} came with the key create at 20", said)
        self.assertIn("of which the journal has no outcome", said)
        self.assertNotIn(OLD, said)
        run = self.three_parts(cloud.run(*self.words(cloud, "create", "")), 2, "usage", "and empty")
        said = " ".join(run.err.split())
        self.assertIn("as a command that is cut short leaves it", said)
        self.assertIn("Next: keybaton key list sim/app", said)
        self.assertEqual(len(cloud.keys()), 2)
        # A file with something in it is somebody's.
        (cloud.home / "new.secret").write_text("x")
        run = self.three_parts(cloud.run(*self.words(cloud, "create", "")), 2, "usage", "exists")
        self.assertNotIn("cut short", run.err)
        self.ends(cloud.run("retire", "sim/app", "--key", new, "--yes", "--wait"), 0)
        self.assertNotIn("Note:", cloud.run("key", "list", "sim/app").err)

    def without_outcome(self, cloud, call, key):
        """The call is made, half an hour ago by the cloud's clock, and its outcome is lost."""
        cloud.control("POST", "options", {"date_skew_ms": -30 * 60_000})
        with contextlib.closing(sqlite3.connect(cloud.journal, timeout=20)) as file, file:
            file.execute("CREATE TRIGGER cut BEFORE INSERT ON record WHEN NEW.kind = 2 "
                         "BEGIN SELECT RAISE(ABORT, 'the disk is full'); END")
        self.ends(cloud.run("key", call, "sim/app", "--key", key, "--yes"), 9)
        with contextlib.closing(sqlite3.connect(cloud.journal, timeout=20)) as file, file:
            file.execute("DROP TRIGGER cut")

    def later(self, cloud):
        cloud.control("POST", "options", {"date_skew_ms": 0})

    def test_whose_outcome_was_lost_is_told_of_by_the_list_and_the_doctor_until_it_is_settled(self):
        cloud = self.cloud()
        self.ends(cloud.run("jobs", "add", "--id", "x", "--schedule", "@daily", "search idle > 1d"), 0)
        self.without_outcome(cloud, "deactivate", OLD)
        self.assertEqual(cloud.keys(), {OLD: "Inactive"})
        listed = " ".join(self.ends(cloud.run("key", "list", "sim/app"), 0).err.split())
        self.assertIn(f"the key deactivate of {OLD} at 20", listed)
        self.assertIn("may still be under way", listed)
        self.later(cloud)
        found = " ".join(self.ends(cloud.run("doctor"), 4).out.split())
        self.assertIn(f"the key deactivate of {OLD} at 20", found)
        self.assertIn("keybaton key list sim/app", found)
        listed = " ".join(self.ends(cloud.run("key", "list", "sim/app"), 0).err.split())
        self.assertIn("is recorded as unknown now; the key is Inactive", listed)
        self.assertNotIn("key call", cloud.run("doctor").out)
        self.assertEqual(self.ends(cloud.run("key", "list", "sim/app"), 0).err, "")
        last = json.loads(self.ends(cloud.run("history", "--json", "--key", OLD), 0).out.splitlines()[-1])
        self.assertEqual((last["kind"], last["outcome"], last["detail"]["seen"]), ("outcome", "unknown", "Inactive"))
        self.ends(cloud.run("history", "verify"), 0)

    def test_of_a_user_who_was_made_anew_is_not_settled_by_the_keys_of_that_one(self):
        cloud = self.cloud()
        self.ends(cloud.run("jobs", "add", "--id", "x", "--schedule", "@daily", "search idle > 1d"), 0)
        self.without_outcome(cloud, "deactivate", OLD)
        cloud.play({"do": "recreate_user", "account": ACCOUNT, "user": "app"})
        self.later(cloud)
        listed = " ".join(cloud.run("key", "list", "sim/app").err.split())
        self.assertIn("was of another account or user of this name", listed)
        self.assertNotIn("recorded as unknown", listed)

    def test_that_came_to_its_end_is_not(self):
        cloud = self.cloud()
        self.ends(cloud.run(*self.words(cloud, "create", "")), 0)
        self.assertNotIn("Note:", cloud.run("key", "list", "sim/app").err)

    def test_to_a_file_without_a_name_does_nothing(self):
        cloud = self.cloud()
        run = cloud.run("key", "create", "sim/app", "--secret-file", "")
        self.three_parts(run, 2, "usage", "--secret-file is empty", "--secret-file PATH")
        self.assertEqual(cloud.keys(), {OLD: "Active"})


class Deleting(Calls):
    def test_says_whether_there_is_a_way_back(self):
        cloud, spare = self.prepared("delete")
        run = cloud.run("key", "delete", "sim/app", "--key", OLD, "--yes")
        self.three_parts(run, 4, "needs_operator", "recycle bin" if KIND.has_bin else "cannot be undone")
        run = self.ends(cloud.run("key", "delete", "sim/app", "--key", spare, "--yes"), 0)
        if KIND.has_bin:
            self.assertIn("recycle bin for 30", run.err)
            self.assertRegex(run.err, f"aliyun .*{spare}")
            self.assertNotIn("no way back", run.err)
            self.assertIn(spare, cloud.bin())
        else:
            self.assertIn("after this there is no way back", run.err)

    def test_says_which_key_a_full_recycle_bin_loses(self):
        if not KIND.has_bin:
            self.skipTest("this cloud keeps no deleted keys")
        cloud = self.cloud()
        gone = []
        for _ in range(3):
            gone.append(cloud.spare())
            cloud.play({"do": "set_status", "key": gone[-1], "status": "Inactive"},
                       {"do": "delete_key", "key": gone[-1]}, {"do": "advance", "ms": 2000})
        last = cloud.spare()
        cloud.play({"do": "set_status", "key": last, "status": "Inactive"})
        run = self.ends(cloud.run("key", "delete", "sim/app", "--key", last, "--yes"), 0)
        self.assertIn(f"the recycle bin is full: {gone[0]} is purged for good", run.err)
        self.assertNotIn(gone[0], cloud.bin())


if __name__ == "__main__":
    main()

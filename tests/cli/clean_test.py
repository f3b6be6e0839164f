"""keybaton clean: a retire for each key that a query finds, as one batch under one consent."""
import json
import re
import signal
import stat
import subprocess
import time

from clouds import KIND
from harness import ACCOUNT, ADMIN, ADMIN_SECRET, FAST, KEYBATON, OLD, OLD_SECRET, Case, main

UNUSED = ("--unused-for", "90d")
GRACE = 3  # seconds
SLOW = FAST.replace("grace: 0s", f"grace: {GRACE}s")  # so that a key stays Inactive for a while


def user(name, *keys, **more):
    """`keys`: (word of its id, age in days, last use in days ago or None, status)."""
    return {"name": name, "created_days_ago": 500, **more, "keys": [
        {"id": KIND.key(word), "secret": KIND.secret(word.lower()), "status": status, "created_days_ago": age,
         **({} if used is None else {"last_used": {"at_days_ago": used, "service": KIND.service}})}
        for word, age, used, status in keys]}


def fleet(*more):
    return KIND.seed([
        {"name": "admin", "id": KIND.user_ids["admin"], "created_days_ago": 400,
         "keys": [{"id": ADMIN, "secret": ADMIN_SECRET, "created_days_ago": 30}]},
        {"name": "app", "id": KIND.user_ids["app"], "created_days_ago": 300,
         "keys": [{"id": OLD, "secret": OLD_SECRET, "created_days_ago": 120,
                   "last_used": {"at_days_ago": 2, "service": KIND.service}}]},
        user("ann", ("ANNNN", 400, 200, "Active"), ("ANWRK", 200, 1, "Active")),
        user("bob", ("BOBBB", 300, 120, "Active")),
        user("never", ("NEVER", 300, None, "Active")),
        user("off", ("OFFFF", 300, 150, "Inactive")),
        user("fresh", ("FRESH", 5, None, "Active")), *more])


ANN, BOB, NEVER, OFF = (KIND.key(word) for word in ("ANNNN", "BOBBB", "NEVER", "OFFFF"))
ALL = {ANN: "ann", BOB: "bob", NEVER: "never", OFF: "off"}


class CleanCase(Case):
    def fleet(self, *more, policy=FAST, extra="", account=""):
        cloud = self.cloud(state=fleet(*more), policy=policy)
        cloud.config(policy=policy, extra=extra, account=account)
        cloud.deny("GenerateCredentialReport")  # so that nothing tells since when a key is off
        return cloud

    def started(self, **how):
        """A batch whose keys are all off, in their grace."""
        cloud = self.fleet(policy=SLOW, **how)
        run = self.ends(cloud.run("clean", *UNUSED, "--yes", "--json"), 3)
        self.assertEqual(self.statuses(cloud), dict.fromkeys(ALL, "Inactive"))
        return cloud, run.json["batch"]

    def statuses(self, cloud, users=ALL):
        return {key: cloud.keys(name).get(key) for key, name in users.items()}

    def untouched(self, cloud):
        self.assertEqual(self.statuses(cloud), {ANN: "Active", BOB: "Active", NEVER: "Active", OFF: "Inactive"})
        self.assertEqual([call for call in cloud.calls("UpdateAccessKey") + cloud.calls("DeleteAccessKey")], [])

    def whys(self, run):
        return {each["key"]: each["why"] for each in run.json["refused"]}


class OneRun(CleanCase):
    def test_every_unused_key_goes_and_no_other(self):
        cloud = self.fleet()
        run = self.ends(cloud.run("clean", *UNUSED, "--yes", "--json"), 0)
        document = run.json
        self.assertTrue(document["batch"].startswith("b-"))
        self.assertEqual({each["key"] for each in document["started"]}, set(ALL))
        self.assertEqual({each["state"] for each in document["rotations"]}, {"completed"})
        self.assertEqual({each["batch"] for each in document["rotations"]}, {document["batch"]})
        self.assertEqual(self.statuses(cloud), dict.fromkeys(ALL))
        self.assertEqual(cloud.keys("ann"), {KIND.key("ANWRK"): "Active"})
        self.assertEqual(cloud.keys("fresh"), {KIND.key("FRESH"): "Active"})
        self.assertEqual(cloud.keys("app"), {OLD: "Active"})
        deleted = [call["target_key"] for call in cloud.calls("DeleteAccessKey")]
        self.assertEqual(sorted(deleted), sorted(ALL))
        self.ends(cloud.run("history", "verify"), 0)

    def test_a_second_run_finds_nothing(self):
        cloud = self.fleet()
        self.ends(cloud.run("clean", *UNUSED, "--yes"), 0)
        run = self.ends(cloud.run("clean", *UNUSED, "--yes", "--json"), 0)
        self.assertEqual((run.json["batch"], run.json["started"], run.json["matched"]), (None, [], 0))

    def test_the_longest_unused_first_and_the_rest_is_counted(self):
        cloud = self.fleet()
        run = self.ends(cloud.run("clean", *UNUSED, "--max", "2", "--yes", "--json"), 0)
        # Made 300 days ago and never used is longer unused than used 200 days ago.
        self.assertEqual([each["key"] for each in run.json["started"]], [NEVER, ANN])
        self.assertEqual(run.json["left"], 2)
        self.assertEqual(self.statuses(cloud), {ANN: None, NEVER: None, BOB: "Active", OFF: "Inactive"})

    def test_the_caps_of_the_config(self):
        for cap in ("max_per_run", "max_per_account"):
            cloud = self.fleet(extra=f"clean: {{{cap}: 1}}\n")
            run = self.ends(cloud.run("clean", *UNUSED, "--yes", "--json"), 0)
            self.assertEqual(([each["key"] for each in run.json["started"]], run.json["left"]), ([NEVER], 3), cap)

    def test_where_takes_any_query_and_so_does_a_search(self):
        cloud = self.fleet()
        run = self.ends(cloud.run("clean", "--where", "idle > 90d and user = bob", "--yes", "--json"), 0)
        self.assertEqual([each["key"] for each in run.json["started"]], [BOB])
        run = self.ends(cloud.run("search", "is(access_key) and last_access > 90days | clean", "--json"), 4)
        self.assertIn("--yes=deactivate,delete", run.json["error"]["hint"])
        self.assertEqual(self.statuses(cloud)[ANN], "Active")

    def test_two_accounts_and_one_that_cannot_be_read(self):
        cloud = self.fleet()
        config = cloud.home / ".config/keybaton/config.yaml"
        config.write_text(config.read_text().replace(
            "policy:", f"  broken: {KIND.account_entry('http://127.0.0.1:9')}\npolicy:", 1))
        run = self.ends(cloud.run("clean", *UNUSED, "--yes", "--json", timeout=120), 5)
        self.assertEqual({each["state"] for each in run.json["rotations"]}, {"completed"})
        self.assertIn("broken", run.json["error"]["message"])
        self.assertEqual(self.statuses(cloud), dict.fromkeys(ALL))


class Interrupted(CleanCase):
    def test_a_signal_ends_it_at_a_safe_point_and_the_same_command_goes_on(self):
        many = [user(f"u{n:03}", (f"U{n:03}", 300, 200, "Active")) for n in range(40)]
        cloud = self.fleet(*many, policy=FAST.replace("grace: 0s", "grace: 1h"))
        cloud.control("POST", "options", {"latency_ms": 3})
        codes = []
        for delay in (0.3, 0.7, 1.1, 1.5):
            run = subprocess.Popen([KEYBATON, "clean", *UNUSED, "--yes"], env=cloud.env, cwd=cloud.home,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            time.sleep(delay)
            run.send_signal(signal.SIGINT)
            run.communicate(timeout=60)
            codes.append(run.returncode)
        self.assertIn(130, codes)
        self.assertLessEqual(set(codes), {130, 3})
        self.ends(cloud.run("clean", *UNUSED, "--yes"), 3)
        self.assertEqual(self.statuses(cloud), dict.fromkeys(ALL, "Inactive"))
        switched = [call["target_key"] for call in cloud.calls("UpdateAccessKey")]
        self.assertEqual((len(switched), len(set(switched))), (43, 43))
        self.ends(cloud.run("history", "verify"), 0)


class AtOnce(CleanCase):
    MANY = [user(f"u{n:03}", (f"U{n:03}", 300, 200, "Active")) for n in range(24)]

    def test_one_by_one_and_many_at_once_do_the_same(self):
        for width in (1, 16):
            cloud = self.fleet(*self.MANY, extra=f"clean: {{parallel: {width}, max_per_run: 20}}\n")
            run = self.ends(cloud.run("clean", *UNUSED, "--yes", "--json"), 0)
            self.assertEqual(([each["key"] for each in run.json["started"]][:2], len(run.json["started"]), run.json["left"]),
                             ([NEVER, ANN], 20, 8))
            self.assertEqual([each["old_key"] for each in run.json["rotations"]], [each["key"] for each in run.json["started"]])
            self.assertEqual({each["state"] for each in run.json["rotations"]}, {"completed"})
            deleted = [call["target_key"] for call in cloud.calls("DeleteAccessKey")]
            self.assertEqual(sorted(deleted), sorted(each["key"] for each in run.json["started"]))
            self.ends(cloud.run("history", "verify"), 0)

    def test_a_place_is_looked_at_once_for_all_of_them_and_by_one_at_a_time(self):
        cloud = self.fleet(*self.MANY, policy=SLOW)
        hook = cloud.write("hook", "#!/bin/bash\nexec 9>>hook.lock\n"
                           "flock -n 9 || { echo busy >>hook.log; exit 3; }\n"
                           "echo looked >>hook.log; sleep 0.1; cat hook.json\n", 0o755)
        cloud.write("hook.json", json.dumps({"id": KIND.key("OTHER")}) + "\n")
        config = cloud.home / ".config/keybaton/config.yaml"
        config.write_text(config.read_text().replace(
            "    locations:\n", f"    locations:\n      - {{name: hook, type: exec, read: [{hook}], write: [{hook}]}}\n"))
        run = self.ends(cloud.run("clean", *UNUSED, "--yes", "--json"), 3)
        self.assertEqual(len(run.json["started"]), 28)
        self.assertLessEqual((cloud.home / "hook.log").read_text().split(), ["looked"] * 4)

    def test_a_key_that_falls_out_leaves_its_place_under_the_cap_to_the_next(self):
        owners = ", ".join(f"{each['name']}: {each['name']}@example.org" for each in [{"name": "ann"}, *self.MANY])
        cloud = self.fleet(*self.MANY, policy=SLOW, extra=(
            f"clean: {{parallel: 16, max_per_run: 2, warn: {{before: 1h, run: [/bin/true]}}, owners: {{{owners}}}}}\n"))
        run = cloud.run("clean", *UNUSED, "--yes", "--json")
        self.assertEqual([each["key"] for each in run.json["started"]], [ANN, KIND.key("U000")])
        self.assertEqual((self.whys(run), run.json["left"]), ({NEVER: "no_owner"}, 25))


class LeftAlone(CleanCase):
    def test_a_key_that_a_place_still_holds(self):
        cloud = self.fleet()
        cloud.write("bob.env", KIND.env_file(BOB, KIND.secret("bobbb")))
        cloud.config(extra="search_paths: [~/tree]\n")
        cloud.write("tree/deep/notes.txt", f"the key is {ANN}\n")
        run = self.ends(cloud.run("clean", *UNUSED, "--yes", "--json"), 4)
        self.assertEqual(self.whys(run), {ANN: "held"})
        self.assertIn("notes.txt", run.json["refused"][0]["message"])
        self.assertEqual(self.statuses(cloud), {ANN: "Active", BOB: None, NEVER: None, OFF: None})

    def test_a_tree_that_cannot_be_read_stops_all_until_somebody_says_that_it_may(self):
        cloud = self.fleet(extra="search_paths: [~/away]\n")
        run = self.ends(cloud.run("clean", *UNUSED, "--yes", "--json"), 4)
        self.assertIn("away", run.json["error"]["message"])
        self.assertIn("--accept unsearched:", run.json["error"]["keys"])
        self.untouched(cloud)
        self.ends(cloud.run("clean", *UNUSED, "--plan", "plan.yaml"), 4)
        self.assertFalse((cloud.home / "plan.yaml").exists())
        word = re.search(r"--accept (unsearched:\S+?)\.?$", run.json["error"]["keys"])[1]
        self.ends(cloud.run("clean", *UNUSED, "--yes", "--accept", word), 0)
        self.assertEqual(self.statuses(cloud), dict.fromkeys(ALL))

    def test_the_tree_is_searched_a_few_times_not_once_a_key(self):
        many = [user(f"u{n:03}", (f"U{n:03}", 300, 200, "Active")) for n in range(60)]
        cloud = self.fleet(*many, extra="search_paths: [~/tree]\n")
        marker = cloud.write("tree/a.txt", "nothing\n")
        log = cloud.home / "trace"
        if subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True, check=False).returncode:
            self.skipTest("no strace")
        run = subprocess.run(["strace", "-f", "-o", str(log), "-e", "trace=openat",
                              KEYBATON, "clean", *UNUSED, "--yes", "--json"], env=cloud.env,
                             cwd=cloud.home, capture_output=True, text=True, timeout=300, check=False)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual(len(json.loads(run.stdout)["started"]), 64)
        opened = log.read_text().count(str(marker))
        self.assertLess(opened, 20)

    def test_an_excluded_user(self):
        cloud = self.fleet(policy=FAST.replace("}", ", exclude_users: [bob, app]}"))
        run = self.ends(cloud.run("clean", *UNUSED, "--yes", "--json"), 0)
        self.assertEqual(self.whys(run), {BOB: "excluded"})
        self.assertEqual(self.statuses(cloud)[BOB], "Active")

    def test_a_name_that_nobody_has_stops_everything(self):
        cloud = self.fleet(policy=FAST.replace("}", ", exclude_users: [bbo]}"))
        self.three_parts(cloud.run("clean", *UNUSED, "--yes"), 2, "usage", "bbo", "exclude_users")
        self.untouched(cloud)
        cloud = self.fleet()
        self.three_parts(cloud.run("clean", "--where", "idle > 90d and user not in [jenkins]", "--yes"), 2, "usage",
                         "jenkins")
        self.untouched(cloud)

    def test_a_user_without_a_key_is_known(self):
        cloud = self.fleet(user("empty"), policy=FAST.replace("}", ", exclude_users: [empty]}"))
        self.ends(cloud.run("clean", *UNUSED, "--yes"), 0)

    def test_the_only_active_key_of_a_target(self):
        cloud = self.fleet()
        run = self.ends(cloud.run("clean", "--where", "user = app", "--yes", "--json"), 4)
        self.assertEqual(self.whys(run), {OLD: "target_key"})
        self.assertEqual(cloud.keys("app"), {OLD: "Active"})

    def test_a_key_that_was_used_a_short_while_ago(self):
        cloud = self.fleet(policy=FAST.replace("quiet: 0s", "quiet: 6d"))
        run = self.ends(cloud.run("clean", "--where", "user in [ann, fresh]", "--yes", "--json"), 0)
        self.assertEqual(self.whys(run), dict.fromkeys((KIND.key("ANWRK"), KIND.key("FRESH")), "in_use"))

    def test_a_user_with_an_open_rotation(self):
        cloud = self.fleet()
        self.ends(cloud.run("retire", "sim/bob", "--key", BOB, "--json"), 4)
        run = self.ends(cloud.run("clean", *UNUSED, "--yes", "--json"), 4)
        self.assertEqual(self.whys(run), {BOB: "open_rotation"})
        self.assertEqual(self.statuses(cloud), {ANN: None, BOB: "Active", NEVER: None, OFF: None})


class OneConsent(CleanCase):
    def test_without_one_nothing_is_started(self):
        cloud = self.fleet()
        run = self.error(cloud.run("clean", *UNUSED, "--json"), 4, "needs_operator", "--yes=deactivate,delete")
        self.assertEqual((run.json["batch"], run.json["started"], run.json["rotations"]), (None, [], []))
        self.untouched(cloud)
        self.assertFalse(cloud.journal.exists())

    def test_deactivate_does_not_cover_delete(self):
        cloud = self.fleet()
        run = self.ends(cloud.run("clean", *UNUSED, "--yes=deactivate", "--json"), 4)
        self.assertEqual({each["state"] for each in run.json["rotations"]}, {"deactivated"})
        self.assertEqual(self.statuses(cloud), dict.fromkeys(ALL, "Inactive"))
        for words in (("clean", *UNUSED), ("resume", run.json["batch"]), ("resume", "--all")):
            self.ends(cloud.run(*words), 4)
        self.assertEqual(self.statuses(cloud), dict.fromkeys(ALL, "Inactive"))

    def test_delete_alone_means_nothing(self):
        cloud = self.fleet()
        self.three_parts(cloud.run("clean", *UNUSED, "--yes=delete"), 2, "usage", "deactivate")
        self.untouched(cloud)

    def test_it_is_recorded_with_who_and_when_in_every_rotation(self):
        cloud = self.fleet()
        batch = self.ends(cloud.run("clean", *UNUSED, "--yes", "--json"), 0).json["batch"]
        lines = [json.loads(line) for line in cloud.run("history", "--limit", "0", "--json").out.splitlines()]
        given = [line for line in lines if line["detail"].get("what") == "consent_batch"]
        self.assertEqual({line["key"] or "" for line in given}, {""})
        self.assertEqual(len({line["rotation"] for line in given}), 4)
        self.assertEqual({(line["detail"]["batch"], line["detail"]["steps"], line["detail"]["keys"]) for line in given},
                         {(batch, "deactivate,delete", "4")})
        under = [line for line in lines if line["detail"].get("what") == "consent"]
        self.assertEqual({line["detail"]["under"] for line in under}, {batch})

    def test_it_asks_whatever_the_policy_says(self):
        cloud = self.fleet(policy=FAST.replace("}", ", confirm: []}"))
        self.ends(cloud.run("clean", *UNUSED), 4)
        self.untouched(cloud)
        self.ends(cloud.run("clean", *UNUSED, "--yes=deactivate"), 4)
        self.assertEqual(self.statuses(cloud), dict.fromkeys(ALL, "Inactive"))


class DryRun(CleanCase):
    def test_it_prints_what_is_then_recorded_and_changes_nothing(self):
        cloud = self.fleet()
        imagined = self.ends(cloud.run("clean", *UNUSED, "--dry-run", "--json"), 0).json
        self.untouched(cloud)
        self.assertFalse(cloud.journal.exists())
        real = self.ends(cloud.run("clean", *UNUSED, "--yes", "--json"), 0).json
        rotation_of = {each["key"]: each["rotation"] for each in real["started"]}
        for each in imagined["started"]:
            lines = cloud.run("history", "--rotation", rotation_of[each["key"]], "--limit", "0", "--json").out
            recorded = [json.loads(line) for line in lines.splitlines()]
            self.assertEqual([self.essence(line) for line in each["records"]],
                             [self.essence(line) for line in recorded], each["key"])

    @staticmethod
    def essence(record):
        """Without times, and without what only a journal can give."""
        detail = {name: "T" if re.match(r"\d{4}-", text) else text for name, text in record["detail"].items()
                  if name not in ("boot_ms", "boot_id", "batch", "under")}
        return {**{name: record[name] for name in ("actor", "kind", "step", "direction", "outcome", "account", "user",
                                                   "key", "location")}, "detail": detail}

    def test_people_are_shown_the_records(self):
        cloud = self.fleet()
        run = self.ends(cloud.run("clean", *UNUSED, "--dry-run"), 0)
        for word in ("sim/bob", BOB, "started", "agreed for all", "intent", "Nothing was changed."):
            self.assertIn(word, run.out)
        self.untouched(cloud)


class Plan(CleanCase):
    def plan(self, cloud, *words):
        run = self.ends(cloud.run("clean", *UNUSED, "--plan", "plan.yaml", *words), 0)
        return run, cloud.home / "plan.yaml"

    def test_it_lists_each_key_on_a_line_and_touches_nothing(self):
        cloud = self.fleet()
        run, file = self.plan(cloud)
        self.assertIn("keybaton clean --apply plan.yaml", run.out)
        self.assertEqual(stat.S_IMODE(file.stat().st_mode), 0o600)
        lines = file.read_text().splitlines()
        self.assertEqual(sum("- {" in line for line in lines), 4)
        self.assertTrue(all(any(key in line and name in line for line in lines) for key, name in ALL.items()))
        self.assertIn('query: "idle > 90d or never_used and age > 90d"', file.read_text().replace("(", "").replace(")", ""))
        self.untouched(cloud)
        self.assertFalse(cloud.journal.exists())
        self.three_parts(cloud.run("clean", *UNUSED, "--plan", "plan.yaml"), 2, "usage", "there already")

    def test_of_keys_that_are_under_way_there_is_none_and_why_is_said(self):
        cloud, batch = self.started()
        run, file = self.plan(cloud)
        said = " ".join(run.out.split())
        self.assertIn(f"4 keys are under way already, by an earlier clean, and in no plan: keybaton status {batch}", said)
        self.assertNotIn("--apply", said)
        self.assertFalse(file.exists())
        run, _ = self.plan(cloud, "--json")
        self.assertEqual((run.json["plan"], run.json["keys"]), (None, []))

    def test_apply_does_exactly_its_ids(self):
        cloud = self.fleet()
        _, file = self.plan(cloud)
        file.write_text("".join(line for line in file.read_text().splitlines(True) if BOB not in line))
        run = self.ends(cloud.run("clean", "--apply", "plan.yaml", "--yes", "--json"), 0)
        self.assertEqual({each["key"] for each in run.json["started"]}, set(ALL) - {BOB})
        self.assertEqual(self.statuses(cloud), {**dict.fromkeys(ALL), BOB: "Active"})

    def test_what_has_changed_since_falls_out(self):
        cloud = self.fleet()
        self.plan(cloud)
        cloud.used(ANN)
        cloud.play({"do": "delete_key", "key": BOB} if not KIND.has_bin else {"do": "set_status", "key": BOB,
                                                                           "status": "Inactive"})
        cloud.play({"do": "recreate_user", "account": ACCOUNT, "user": "never"})
        run = self.ends(cloud.run("clean", "--apply", "plan.yaml", "--yes", "--json"), 4)
        self.assertEqual(self.whys(run), dict.fromkeys((ANN, BOB, NEVER), "fell_out"))
        self.assertEqual([each["key"] for each in run.json["started"]], [OFF])
        self.assertEqual(cloud.keys("ann")[ANN], "Active")

    def test_an_id_that_was_put_in_by_hand(self):
        cloud = self.fleet()
        _, file = self.plan(cloud)
        line = next(line for line in file.read_text().splitlines(True) if ANN in line)
        file.write_text(file.read_text() + line.replace(ANN, KIND.key("ANWRK")))
        run = self.ends(cloud.run("clean", "--apply", "plan.yaml", "--yes", "--json"), 4)
        self.assertEqual(self.whys(run), {KIND.key("ANWRK"): "fell_out"})
        self.assertEqual(cloud.keys("ann"), {KIND.key("ANWRK"): "Active"})

    def test_the_query_of_the_plan_counts_whatever_the_lines_say(self):
        cloud = self.fleet()
        _, file = self.plan(cloud)
        text = file.read_text()
        made = cloud.run("keys", "--json").json["keys"]
        work = next(each for each in made if each["key"] == KIND.key("ANWRK"))
        file.write_text(text + f'  - {{account: "sim", user: "ann", key: "{work["key"]}", last_used: '
                               f'"{work["last_used_at"]}", status: "Active", created: "{work["created_at"]}", '
                               f'account_id: "{ACCOUNT}", user_id: "{work["user_id"]}"}}\n')
        run = self.ends(cloud.run("clean", "--apply", "plan.yaml", "--yes", "--json"), 4)
        self.assertIn("query", next(each for each in run.json["refused"] if each["key"] == work["key"])["message"])
        self.assertEqual(cloud.keys("ann"), {work["key"]: "Active"})

    def test_a_malformed_plan_names_the_line(self):
        cloud = self.fleet()
        _, file = self.plan(cloud)
        good = file.read_text()
        for bad, word in ((good.replace("account:", "acount:", 1), ":7:"), (good + "  - {}\n", ":11:"),
                          (good.replace("keybaton-clean/1", "x/9"), "format"), ("{", "plan.yaml"),
                          (good + good.splitlines(True)[6], "twice")):
            file.write_text(bad)
            self.three_parts(cloud.run("clean", "--apply", "plan.yaml", "--yes"), 2, "usage", word)
        self.three_parts(cloud.run("clean", "--apply", "none.yaml", "--yes"), 2, "usage", "is not there")
        self.untouched(cloud)


class Worker(CleanCase):
    def as_configured(self, clean, code):
        cloud = self.fleet(extra=f"clean: {clean}\n")
        return cloud, self.ends(cloud.run("clean", "--as-configured", "--json"), code).json

    def test_it_only_reports_until_the_config_says_otherwise(self):
        for clean in ("{where: idle > 90d}", "{where: idle > 90d, enabled: true}",
                      "{where: idle > 90d, enabled: true, dry_run: true, consent: [deactivate]}",
                      "{where: idle > 90d, consent: [deactivate, delete]}"):
            cloud, document = self.as_configured(clean, 0)
            self.assertEqual((document["started"], document["matched"]), ([], 3), clean)
            self.assertTrue(any("3 keys would be started" in note for note in document["notes"]), document)
            self.untouched(cloud)
            self.assertFalse(cloud.journal.exists())

    def test_it_does_what_the_config_allows_and_no_more(self):
        cloud, document = self.as_configured("{where: idle > 90d, enabled: true, consent: [deactivate]}", 4)
        self.assertEqual({each["state"] for each in document["rotations"]}, {"deactivated"})
        cloud, document = self.as_configured(
            "{where: idle > 90d, enabled: true, consent: [deactivate, delete], max_per_run: 1}", 0)
        self.assertEqual(([each["key"] for each in document["started"]], document["left"]), ([ANN], 2))
        self.assertEqual(self.statuses(cloud), {ANN: None, BOB: "Active", NEVER: "Active", OFF: "Inactive"})

    def test_without_a_query_there_is_nothing_to_do(self):
        cloud, document = self.as_configured("{enabled: true, consent: [deactivate, delete]}", 0)
        self.assertIn("clean.where", document["notes"][0])
        self.untouched(cloud)


class BadInput(CleanCase):
    def test_each_is_refused_in_three_parts_and_touches_nothing(self):
        cloud = self.fleet()
        for words, said in (((), "needs a query"), (("--where", "idle >"), "column"), (("--where", ""), "--where"),
                            (("--where", "colour = red"), "colour"), (("--unused-for", "soon"), "--unused-for"),
                            ((*UNUSED, "--where", "idle > 1d"), "only one"), ((*UNUSED, "--max", "few"), "--max"),
                            ((*UNUSED, "--max", "-1"), "--max"), ((*UNUSED, "--plan", ""), "--plan"),
                            (("--apply", ""), "--apply"), (("--plan", "a", "--apply", "b"), "--apply"),
                            ((*UNUSED, "--plan", "a", "--dry-run"), "--dry-run"), ((*UNUSED, "nowhere"), "nowhere"),
                            ((*UNUSED, "--yes=everything"), "everything"),
                            ((*UNUSED, "--as-configured"), "--as-configured"),
                            (("--apply", "b", "sim"), "accounts")):
            self.three_parts(cloud.run("clean", *words), 2, "usage", said)
        self.untouched(cloud)
        self.assertFalse(cloud.journal.exists())


if __name__ == "__main__":
    main()

"""The worker: one pass over everything that runs by itself, what it asks of the cloud, and what it leaves to a person."""
import contextlib
import json
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import time
import unittest

from clouds import KIND
from harness import ACCOUNT, ADMIN, ADMIN_SECRET, FAST, KEYBATON, OLD, OLD_SECRET, Case, main

UNASKED = FAST.replace("}", ", confirm: []}")
ROTATING = FAST.replace("}", ", confirm: [], auto_rotate: true}")
# A quiet that no test sits through.
PATIENT = "{quiet: 2h, grace: 2h, lag: 0s, granularity: 0s, propagation: 0s, check_every: 0s, confirm: []}"
MUTATIONS = ("CreateAccessKey", "UpdateAccessKey", "DeleteAccessKey")


class Worker(Case):
    def once(self, cloud, code=None):
        run = cloud.run("run", "--once", "--json")
        self.no_secret(run)
        self.assertEqual(run.code, run.json["exit"], run)
        if code is not None:
            self.ends(run, code)
        return run.json

    def sql(self, cloud, *statement):
        with contextlib.closing(sqlite3.connect(cloud.journal, timeout=20)) as file, file:
            file.execute(*statement)

    def later(self, cloud, hours):
        """As if every job had been counted from so long ago."""
        self.sql(cloud, "UPDATE job SET counted_from = counted_from - ?", (hours * 3600,))

    def job(self, cloud, name, *words):
        self.ends(cloud.run("jobs", "add", "--id", name, *words), 0)

    def calls_of_a_scan(self, cloud):
        before = len(cloud.control("GET", "log"))
        self.ends(cloud.run("keys", "--json"), 0)
        return len(cloud.control("GET", "log")) - before

    def used_later(self, cloud, key):
        """Last-used has whole seconds, and the last pass may have signed with the key in this one."""
        time.sleep(1.1)
        cloud.used(key)

    def asked(self, cloud, work):
        before = len(cloud.control("GET", "log"))
        work()
        return len(cloud.control("GET", "log")) - before


class APass(Worker):
    def test_with_nothing_to_do_sees_the_keys_and_ends_well(self):
        cloud = self.cloud()
        done = self.once(cloud, 0)
        self.assertEqual((done["keys"], done["incomplete"], done["jobs"], done["open"]), (2, [], [], 0))
        self.assertEqual((done["advanced"], done["started"], done["troubles"]), ([], [], []))
        shown = self.ends(cloud.run("run", "--once"), 0)
        self.assertIn("2 keys seen", shown.out)
        self.assertIn("pass: ended as ok", shown.err)

    def test_logs_lines_for_machines(self):
        run = self.ends(self.cloud().run("run", "--once", "--log-format", "json"), 0)
        events = [json.loads(line) for line in run.err.splitlines()]
        self.assertEqual([event["event"] for event in events], ["pass", "collect", "pass"])
        cloud = self.cloud(policy=ROTATING)
        self.job(cloud, "unused", "--wait-for-event", "post_collect", "search idle > 1d and user not in [nosuch]")
        run = cloud.run("run", "--once", "--log-format", "json")
        lines = [json.loads(line) for line in run.err.splitlines()]
        self.assertTrue(any('leaves out "nosuch"' in line["text"] for line in lines), run)
        self.assertTrue(all(event["at"].endswith("Z") and event["text"] for event in events))

    def test_goes_on_with_what_is_due_and_ends_it(self):
        cloud = self.cloud(policy=UNASKED)
        cloud.to_deployed()
        cloud.used(cloud.new_key())
        done = self.once(cloud, 0)
        self.assertEqual([each["state"] for each in done["advanced"]], ["completed"])
        self.assertEqual(self.once(cloud, 0)["advanced"], [])

    def test_an_account_that_cannot_be_read_stops_no_rotation(self):
        cloud = self.cloud(policy=UNASKED)
        cloud.to_deployed()
        cloud.used(cloud.new_key())
        cloud.deny("ListUsers")
        done = self.once(cloud, 5)
        self.assertEqual(done["incomplete"], ["sim"])
        self.assertEqual([each["stage"] for each in done["troubles"]], ["collect"])
        self.assertEqual([each["state"] for each in done["advanced"]], ["completed"])

    def test_a_broken_config_stops_no_rotation(self):
        cloud = self.cloud(policy=UNASKED)
        self.job(cloud, "count", "--wait-for-event", "post_collect", "search is(access_key) | count")
        cloud.to_deployed()
        cloud.used(cloud.new_key())
        cloud.write(".config/keybaton/config.yaml", "accounts: [oops\n\t%%%: {")
        done = self.once(cloud, 2)
        self.assertEqual([each["stage"] for each in done["troubles"]], ["config"])
        self.assertEqual([each["state"] for each in done["advanced"]], ["completed"])
        self.assertEqual((done["keys"], done["jobs"]), (None, []))
        self.assertIn("config.yaml:", done["error"]["message"])


class Unseen(Worker):
    def test_keys_are_looked_at_where_the_scan_could_not(self):
        cloud = self.cloud(policy=UNASKED)
        new = cloud.to_deployed()
        self.once(cloud)
        self.assertEqual(self.once(cloud, 4)["advanced"], [])
        cloud.write(".config/keybaton/config.yaml", "accounts: [oops")
        self.used_later(cloud, new)
        self.assertEqual([each["state"] for each in self.once(cloud, 2)["advanced"]], ["completed"])


class Waiting(Worker):
    def test_costs_no_request(self):
        cloud = self.cloud(policy=PATIENT)
        self.ends(cloud.run("rotate", "sim/app", "--json"), 3)
        scan = self.calls_of_a_scan(cloud)
        self.assertEqual(self.asked(cloud, lambda: self.once(cloud, 3)), scan)
        done = self.once(cloud, 3)
        self.assertEqual((done["open"], done["waiting"], done["advanced"]), (1, 1, []))
        self.assertRegex(done["next_due"], r"Z$")

    def test_for_a_word_costs_no_request_and_changes_nothing(self):
        cloud = self.cloud()
        new = cloud.to_deployed()
        cloud.used(new)
        done = self.once(cloud)
        self.assertEqual([each["state"] for each in done["advanced"]], ["verified"])
        scan = self.calls_of_a_scan(cloud)
        self.assertEqual(self.asked(cloud, lambda: self.once(cloud, 4)), scan)
        [asking] = self.once(cloud, 4)["asking"]
        self.assertEqual((asking["target"], asking["command"]), ("sim/app", "keybaton resume sim/app"))
        self.assertEqual(cloud.keys(), {OLD: "Active", new: "Active"})
        shown = cloud.run("run", "--once")
        self.assertIn("1 in need of a person", shown.out)
        self.assertIn("keybaton resume sim/app", shown.out)

    def test_for_a_first_use_is_looked_at_once_the_scan_has_seen_it(self):
        cloud = self.cloud(policy=UNASKED)
        new = cloud.to_deployed()
        self.once(cloud)
        scan = self.calls_of_a_scan(cloud)
        self.assertEqual(self.asked(cloud, lambda: self.once(cloud, 4)), scan)
        self.used_later(cloud, new)
        self.assertEqual([each["state"] for each in self.once(cloud, 0)["advanced"]], ["completed"])

    def test_in_its_grace_ends_when_the_scan_sees_the_old_key_on_again(self):
        cloud = self.cloud(policy=FAST.replace("grace: 0s", "grace: 2h").replace("}", ", confirm: []}"))
        new = cloud.to_deployed()
        cloud.used(new)
        self.assertEqual(self.once(cloud, 3)["advanced"][0]["state"], "deactivated")
        self.assertEqual(self.once(cloud, 3)["advanced"], [])
        cloud.play({"do": "set_status", "key": OLD, "status": "Active"})
        [stopped] = self.once(cloud, 4)["advanced"]
        self.assertEqual(stopped["attention"]["code"], "reactivated_outside")
        self.assertEqual(cloud.keys()[OLD], "Active")


class Jobs(Worker):
    def test_that_were_missed_many_times_run_once(self):
        cloud = self.cloud()
        self.job(cloud, "count", "--schedule", "@hourly", "search is(access_key) | count status")
        self.assertEqual(self.once(cloud, 0)["jobs"], [])
        self.later(cloud, 30)
        [ran] = self.once(cloud, 0)["jobs"]
        self.assertEqual((ran["id"], ran["outcome"], ran["output"]), ("count", "ok", {"count": {"Active": 2}, "matched": 2, "unmatched": 0, "incomplete": []}))
        self.assertEqual(self.once(cloud, 0)["jobs"], [])

    def test_run_after_their_events_in_order(self):
        cloud = self.cloud(policy=UNASKED)
        for name, event in (("d", "post_rotation"), ("c", "post_cleanup_plan"), ("b", "cleanup_plan"), ("a", "post_collect")):
            self.job(cloud, name, "--wait-for-event", event, "search is(access_key) | count")
        self.assertEqual([job["id"] for job in self.once(cloud, 0)["jobs"]], ["a", "b", "c"])
        cloud.to_deployed()
        cloud.used(cloud.new_key())
        self.assertEqual([job["id"] for job in self.once(cloud, 0)["jobs"]], ["a", "b", "c", "d"])

    def test_with_both_wait_for_the_first_event_after_their_time(self):
        cloud = self.cloud()
        self.job(cloud, "both", "--schedule", "@hourly", "--wait-for-event", "post_collect", "search is(access_key) | count")
        self.assertEqual(self.once(cloud, 0)["jobs"], [])
        self.later(cloud, 2)
        self.assertEqual(len(self.once(cloud, 0)["jobs"]), 1)
        self.assertEqual(self.once(cloud, 0)["jobs"], [])

    def test_one_that_fails_stops_no_other_and_speaks_in_the_exit_code(self):
        cloud = self.cloud()
        self.job(cloud, "a", "--wait-for-event", "post_collect", "rotate sim/app")
        self.job(cloud, "b", "--wait-for-event", "post_collect", "search is(access_key) | count")
        done = self.once(cloud, 4)
        self.assertEqual([(job["id"], job["outcome"]) for job in done["jobs"]], [("a", "needs_operator"), ("b", "ok")])
        self.assertIn("asks before deploy", done["jobs"][0]["error"]["message"])
        self.assertIn("job a: needs_operator", cloud.run("run", "--once").out)
        self.assertEqual(cloud.calls("CreateAccessKey"), [])

    def test_whose_run_was_cut_off_run_again(self):
        cloud = self.cloud()
        self.job(cloud, "count", "--schedule", "@hourly", "search is(access_key) | count")
        self.later(cloud, 2)
        self.sql(cloud, "UPDATE job SET began_at = counted_from, runs = 1")
        self.assertEqual(len(self.once(cloud, 0)["jobs"]), 1)


    def test_that_ran_with_the_clock_ahead_are_counted_from_now_on(self):
        cloud = self.cloud()
        self.job(cloud, "count", "--schedule", "@hourly", "search is(access_key) | count")
        self.job(cloud, "both", "--schedule", "@hourly", "--wait-for-event", "post_collect", "search idle > 1d")
        self.later(cloud, -72)
        self.assertEqual(self.once(cloud, 0)["jobs"], [])
        self.later(cloud, 2)
        self.assertEqual(sorted(job["id"] for job in self.once(cloud, 0)["jobs"]), ["both", "count"])

    def test_a_clock_that_is_set_a_little_makes_none_run_twice(self):
        cloud = self.cloud()
        self.job(cloud, "count", "--schedule", "@hourly", "search is(access_key) | count")
        self.sql(cloud, "UPDATE job SET counted_from = counted_from + 600")
        self.assertEqual(self.once(cloud, 0)["jobs"], [])
        with contextlib.closing(sqlite3.connect(cloud.journal)) as file:
            self.assertGreater(file.execute("SELECT counted_from FROM job").fetchone()[0], time.time() + 500)


class Metrics(Worker):
    def test_are_told_of_what_the_pass_has_seen_without_asking_again(self):
        cloud = self.cloud()
        scan = self.calls_of_a_scan(cloud)
        cloud.config(extra=f"metrics: {{textfile: {cloud.home}/keybaton.prom}}\n")
        self.assertEqual(self.asked(cloud, lambda: self.once(cloud, 0)), scan)
        self.assertIn(OLD, (cloud.home / "keybaton.prom").read_text())

    def test_that_cannot_be_told_stop_nothing(self):
        cloud = self.cloud(policy=UNASKED)
        cloud.to_deployed()
        cloud.used(cloud.new_key())
        cloud.config(policy=UNASKED, extra=f"metrics: {{textfile: {cloud.home}/nowhere/keybaton.prom}}\n")
        done = cloud.run("run", "--once", "--json")
        self.assertNotEqual(done.code, 0, done)
        self.assertEqual([each["stage"] for each in done.json["troubles"]], ["metrics"])
        self.assertEqual([each["state"] for each in done.json["advanced"]], ["completed"])


class AfterTheClean(Worker):
    """What the clean shares among its own retires is no other rotation's."""
    LOOKING = "clean: {where: 'idle > 900d'}\n"

    def test_a_place_is_read_with_its_secret(self):
        cloud = self.cloud(policy=UNASKED)
        new = cloud.to_deployed()
        cloud.config(policy=UNASKED, extra=self.LOOKING)
        cloud.write("app.env", KIND.env_file(new, "x" * 40))
        self.used_later(cloud, new)
        [stopped] = self.once(cloud, 4)["advanced"]
        self.assertEqual((stopped["state"], stopped["attention"]["code"]), ("verified", "drift"))
        self.assertEqual(cloud.keys(), {OLD: "Active", new: "Active"})

    def test_a_place_is_written(self):
        cloud = self.cloud(policy=ROTATING)
        cloud.config(policy=ROTATING, extra=self.LOOKING)
        [started] = self.once(cloud, 4)["started"]
        self.assertEqual(started["rotation"]["state"], "deployed")
        self.assertIn(cloud.new_key(), (cloud.home / "app.env").read_text())

    def test_a_place_gets_its_old_pair_back(self):
        cloud = self.cloud(policy=UNASKED)
        new = cloud.to_deployed()
        cloud.config(policy=UNASKED, extra=self.LOOKING)
        place, away = cloud.home / "app.env", cloud.home / "away"
        place.rename(away)
        place.mkdir()
        self.assertNotEqual(cloud.run("rollback", "sim/app", "--reason", "it broke", "--json").code, 0)
        place.rmdir()
        away.rename(place)
        self.assertIn(new, place.read_text())
        self.once(cloud)
        self.assertIn(OLD, (cloud.home / "app.env").read_text())


class MaxAge(Worker):
    """The key of `app` is 120 days old."""

    def test_of_a_key_starts_nothing_unless_the_config_says_so(self):
        cloud = self.cloud(policy=UNASKED)
        self.assertEqual(self.once(cloud, 0)["started"], [])
        self.assertEqual(cloud.keys(), {OLD: "Active"})

    def test_starts_a_rotation_by_policy_once(self):
        cloud = self.cloud(policy=ROTATING)
        [started] = self.once(cloud, 4)["started"]
        self.assertEqual((started["target"], started["rotation"]["state"]), ("sim/app", "deployed"))
        self.used_later(cloud, cloud.new_key())
        done = self.once(cloud, 0)
        self.assertEqual((done["started"], [each["state"] for each in done["advanced"]]), ([], ["completed"]))
        self.assertEqual(self.once(cloud, 0)["started"], [])

    def test_leaves_young_keys_alone(self):
        cloud = self.cloud(policy=ROTATING.replace("}", ", max_age: 121d}"))
        self.assertEqual(self.once(cloud, 0)["started"], [])

    def test_begins_no_rotation_that_would_stop_before_its_deploy(self):
        cloud = self.cloud(policy=FAST.replace("}", ", auto_rotate: true}"))
        [started] = self.once(cloud, 4)["started"]
        self.assertIn("asks before deploy", started["error"]["message"])
        self.assertEqual(cloud.keys(), {OLD: "Active"})

    def test_stops_before_what_the_policy_asks_about(self):
        cloud = self.cloud(policy=FAST.replace("}", ", confirm: [deactivate, delete], auto_rotate: true}"))
        self.once(cloud)
        new = cloud.new_key()
        self.used_later(cloud, new)
        self.once(cloud)
        self.assertEqual(self.once(cloud, 4)["asking"][0]["command"], "keybaton resume sim/app")
        self.assertEqual(cloud.keys(), {OLD: "Active", new: "Active"})
        self.ends(cloud.run("resume", "sim/app", "--yes=deactivate", "--json"), 4)
        self.assertEqual(cloud.keys(), {OLD: "Inactive", new: "Active"})

    def test_leaves_out_whom_the_config_leaves_out_and_stops_on_a_name_that_nobody_has(self):
        cloud = self.cloud(policy=ROTATING.replace("}", ", exclude_users: [app]}"))
        self.assertEqual(self.once(cloud, 0)["started"], [])
        cloud.config(policy=ROTATING.replace("}", ", exclude_users: [apq]}"))
        done = self.once(cloud, 2)
        self.assertEqual((done["started"], done["troubles"][0]["stage"]), ([], "max_age"))
        self.assertIn('"apq"', done["error"]["message"])
        self.assertEqual(cloud.keys(), {OLD: "Active"})

    def test_does_not_repeat_what_somebody_took_back(self):
        cloud = self.cloud(policy=ROTATING)
        self.once(cloud)
        self.ends(cloud.run("rollback", "sim/app", "--reason", "it broke", "--yes", "--wait", "--json"), 0)
        self.assertEqual(cloud.keys(), {OLD: "Active"})
        done = self.once(cloud, 0)
        self.assertEqual(done["started"], [])
        self.assertIn("sim/app is older than its max_age and was taken back before", done["notes"][0])


class Canary(Worker):
    def setUp(self):
        self.users = ["app", "web", "db"]
        seed = [{"name": "admin", "created_days_ago": 400,
                 "keys": [{"id": ADMIN, "secret": ADMIN_SECRET, "created_days_ago": 30}]},
                {"name": "app", "created_days_ago": 300, "keys": [{"id": OLD, "secret": OLD_SECRET, "created_days_ago": 120,
                           "last_used": {"at_days_ago": 2, "service": KIND.service}}]}]
        for name in ("web", "db"):
            seed.append({"name": name, "created_days_ago": 300, "keys": [
                {"id": KIND.key(name.upper()), "secret": KIND.secret(name), "created_days_ago": 200,
                 "last_used": {"at_days_ago": 2, "service": KIND.service}}]})
        self.fleet = self.cloud(state=KIND.seed(seed), policy=ROTATING)
        for name in ("web", "db"):
            self.fleet.write(f"{name}.env", KIND.env_file(KIND.key(name.upper()), KIND.secret(name)))
        self.config()

    def config(self, extra="", policy=ROTATING):
        targets = "".join(f"  sim/{name}: {{cadence: 0s, {'canary: true, ' if name == 'app' else ''}locations: "
                          f"[{self.fleet.env_location('env', f'~/{name}.env')}]}}\n" for name in self.users)
        self.fleet.write(".config/keybaton/config.yaml",
                         f"accounts:\n  sim: {KIND.account_entry(self.fleet.url)}\npolicy: {policy}\ntargets:\n{targets}{extra}")

    def started(self):
        return [each["target"] for each in self.once(self.fleet)["started"]]

    def test_goes_first_and_the_others_follow_once_its_consumers_have_moved(self):
        done = self.once(self.fleet)
        self.assertEqual([each["target"] for each in done["started"]], ["sim/app"])
        self.assertIn("2 more wait for the canary sim/app, which is deployed", done["notes"][0])
        self.assertEqual(self.started(), [])
        self.used_later(self.fleet, self.fleet.new_key())
        self.assertEqual(self.started(), ["sim/db", "sim/web"])

    def test_that_is_taken_back_holds_the_others(self):
        self.once(self.fleet)
        self.ends(self.fleet.run("rollback", "sim/app", "--reason", "it broke", "--yes", "--wait", "--json"), 0)
        done = self.once(self.fleet)
        self.assertEqual(done["started"], [])
        self.assertIn("whose key is still the old one", " ".join(done["notes"]))

    def test_more_than_the_config_allows_are_left_for_later(self):
        self.users = ["web", "db"]
        self.config(extra="run: {max_rotations: 1}\n")
        done = self.once(self.fleet)
        self.assertEqual([each["target"] for each in done["started"]], ["sim/db"])
        self.assertIn("1 more would be started", done["notes"][0])
        self.assertEqual(self.started(), ["sim/web"])


class Service(Worker):
    def begin(self, cloud, *words):
        process = subprocess.Popen([KEYBATON, "run", *words], env=cloud.env, cwd=cloud.home, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(lambda: (process.kill(), process.communicate()))
        return process

    def until(self, what):
        deadline = time.monotonic() + 50
        while not what():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)

    def passed(self, cloud):
        if not cloud.journal.exists():
            return False
        with contextlib.closing(sqlite3.connect(cloud.journal, timeout=20)) as file:
            with contextlib.suppress(sqlite3.OperationalError):
                return file.execute("SELECT 1 FROM worker_pass WHERE ended_at IS NOT NULL").fetchone() == (1,)
        return False

    def test_is_one_for_each_journal_and_a_dead_ones_place_is_taken(self):
        cloud = self.cloud()
        first = self.begin(cloud)
        self.until(lambda: self.passed(cloud))
        held = self.three_parts(cloud.run("run", "--once"), 8, "held", f"process {first.pid}")
        self.error(cloud.run("run", "--once", "--json"), 8, "held")
        self.assertNotIn("pass", held.err)
        first.kill()
        first.wait()
        self.once(cloud, 0)

    def test_ends_well_between_two_passes(self):
        cloud = self.cloud()
        for end in (signal.SIGTERM, signal.SIGINT):
            if cloud.journal.exists():
                self.sql(cloud, "DELETE FROM worker_pass")
            worker = self.begin(cloud, "--json")
            self.until(lambda: self.passed(cloud))
            time.sleep(0.3)
            worker.send_signal(end)
            out, err = worker.communicate(timeout=20)
            self.assertEqual(worker.returncode, 0, err)
            self.assertEqual(json.loads(out)["exit"], 0)

    def test_ends_as_interrupted_within_a_pass_with_nothing_half_done(self):
        cloud = self.cloud(policy=ROTATING)
        cloud.fault(fault="slow_before", action="CreateAccessKey", wait_ms=1500)
        worker = self.begin(cloud, "--json")
        self.until(lambda: cloud.control("GET", "faults")[0]["struck"] > 0)
        worker.send_signal(signal.SIGTERM)
        out, err = worker.communicate(timeout=20)
        self.assertEqual(worker.returncode, 130, err)
        self.assertEqual(json.loads(out)["exit"], 130)
        cloud.control("DELETE", "faults")
        self.once(cloud)
        self.assertEqual(len(cloud.calls("CreateAccessKey")), 1)
        self.assertEqual(cloud.run("status", "--json").json["rotations"][0]["state"], "deployed")

    def test_runs_a_job_whose_time_comes_between_two_passes(self):
        cloud = self.cloud()
        worker = self.begin(cloud)
        self.until(lambda: self.passed(cloud))
        self.job(cloud, "count", "--schedule", "@hourly", "search is(access_key) | count")
        self.later(cloud, 2)
        self.until(lambda: cloud.run("jobs", "list", "--json").json["jobs"][0]["last"])
        self.until(lambda: cloud.run("jobs", "list", "--json").json["jobs"][0]["last"]["ended_at"])
        worker.terminate()
        out, _ = worker.communicate(timeout=20)
        self.assertIn("job count: ok", out)

    def test_is_looked_after_by_the_doctor(self):
        cloud = self.cloud()

        def check():
            return [each for each in cloud.run("doctor", "--json").json["checks"] if each["name"] == "worker"]
        self.assertEqual(check(), [])
        self.job(cloud, "count", "--schedule", "@hourly", "search is(access_key) | count")
        self.assertEqual([(each["ok"], each["detail"]) for each in check()], [(False, "it has never run")])
        self.once(cloud, 0)
        self.assertTrue(check()[0]["ok"])
        self.assertIn("exit 0", check()[0]["detail"])
        self.sql(cloud, "UPDATE worker_pass SET began_at = began_at - 86400")
        self.assertFalse(check()[0]["ok"])
        self.assertIn("keybaton-run.timer", check()[0]["hint"])


def multiply(journal, times):
    """Copies the one rotation of the journal so often, for other users with other keys; returns their ids."""
    ids = [f"r-01{number:024d}" for number in range(times)]
    with contextlib.closing(sqlite3.connect(journal)) as file, file:
        # What keeps the rows in step is for writers that are no copyists.
        guards = file.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
        for name, _ in guards:
            file.execute(f"DROP TRIGGER {name}")
        numbers = {text: number for number, text in file.execute("SELECT id, text FROM name")}

        def name(text):
            if text not in numbers:
                numbers[text] = len(numbers) + 1
                file.execute("INSERT INTO name VALUES (?, ?)", (numbers[text], text))
            return numbers[text]
        texts = {number: text for text, number in numbers.items()}
        columns = "seq, at, actor, claim, caller, account, user, kind, step, direction, attempt, outcome, key, location, detail, hash"
        records = file.execute(f"SELECT {columns} FROM record WHERE rotation IS NOT NULL ORDER BY id").fetchall()
        row = dict(zip(*[(each[0] for each in file.execute("SELECT * FROM rotation").description)],
                       file.execute("SELECT * FROM rotation").fetchone()))
        own = [texts[row[column]] for column in ("old_key", "new_key", "user_id", "user")]
        last = file.execute("SELECT max(id) FROM record").fetchone()[0]
        for number, rotation in enumerate(ids):
            digits = f"{20000 + number}"
            other = {**{text: text[:-5] + digits for text in own[:3]}, own[3]: f"user{digits}"}

            def renamed(each):
                return None if each is None else name(other.get(texts[each], texts[each]))
            for seq, at, actor, claim, caller, account, user, kind, step, direction, attempt, outcome, key, location, detail, digest in records:
                last += 1
                for text in own[:3]:
                    detail = detail.replace(text, other[text])
                detail = detail.replace(f'"{own[3]}"', f'"{other[own[3]]}"')
                file.execute(f"INSERT INTO record(id, rotation, {columns}) VALUES ({','.join('?' * 18)})",
                             (last, name(rotation), seq, at, actor, claim, caller, account, renamed(user), kind, step, direction,
                              attempt, outcome, renamed(key), location, detail, digest))
            copy = {**row, "id": name(rotation), **{column: renamed(row[column]) for column in ("old_key", "new_key", "user_id", "user")}}
            file.execute(f"INSERT INTO rotation({','.join(copy)}) VALUES ({','.join('?' * len(copy))})", tuple(copy.values()))
        for _, sql in guards:
            file.execute(sql)
    return ids


class Many(Worker):
    def test_of_ten_thousand_open_rotations_asks_for_the_due_ones_alone(self):
        cloud = self.cloud(policy=PATIENT)
        self.ends(cloud.run("rotate", "sim/app", "--json"), 3)
        multiply(cloud.journal, 9999)
        scan = self.calls_of_a_scan(cloud)
        began = time.monotonic()
        self.assertEqual(self.asked(cloud, lambda: self.once(cloud, 3)), scan)
        print(f"a pass over 10,000 that wait: {time.monotonic() - began:.1f} s, {scan} requests, all of the scan")
        self.assertEqual((self.once(cloud, 3)["open"], self.once(cloud, 3)["waiting"]), (10000, 10000))


class Units(Worker):
    # Where systemd is not at hand nothing else can say whether its units are read as they were meant.
    @unittest.skipUnless(shutil.which("systemd-analyze"), "systemd-analyze is not installed")
    def test_are_read_by_systemd_without_a_word(self):
        units = pathlib.Path(__file__).resolve().parents[2] / "docs/systemd"
        cloud = self.cloud()
        service = (units / "keybaton-run.service.in").read_text()
        program = service.replace("@CMAKE_INSTALL_FULL_BINDIR@/keybaton", str(KEYBATON))
        self.assertNotEqual(program, service)
        files = [cloud.write("keybaton-run.service", program),
                 cloud.write("keybaton-run.timer", (units / "keybaton-run.timer").read_text())]
        said = subprocess.run(["systemd-analyze", "verify", "--man=no", *map(str, files)], capture_output=True,
                              text=True, timeout=60, check=False)
        self.assertEqual((said.returncode, said.stdout, said.stderr), (0, "", ""))


class BadInput(Worker):
    def test_is_refused(self):
        cloud = self.cloud()
        for words, *said in ((("--once", "--every", "1h"), "give one of them"), (("--every", "soon"), "no duration"),
                             (("--every", "1s"), "too often"), (("--twice",), "twice"), (("sim/app",), "sim/app")):
            with self.subTest(words):
                self.three_parts(cloud.run("run", *words), 2, "usage", *said)
                self.error(cloud.run("run", *words, "--json"), 2, "usage")
        self.assertEqual(cloud.control("GET", "log"), [])

    def test_a_journal_that_cannot_be_there_ends_it(self):
        cloud = self.cloud()
        cloud.write("file", "")
        self.three_parts(cloud.run("run", "--once", "--journal", str(cloud.home / "file" / "journal.db")), 9, "storage")


if __name__ == "__main__":
    main()

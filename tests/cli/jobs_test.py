"""Jobs: what they are, when they run, how they ended, and what is said of those that mean nothing."""
import json
import shlex
import subprocess

from harness import FAST, KEYBATON, OLD, Case, main

CLEANING = "search is(access_key) and last_access > 90days and /ancestors.user.reported.name not in [jenkins, ci] | clean"
COUNTING = "search is(access_key) and last_access > 1days <-- is(user) | count name"
UNASKED = FAST.replace("}", ", confirm: []}")


def add(cloud, name, *words):
    return cloud.run("jobs", "add", "--id", name, *words)


class Jobs(Case):
    def setUp(self):
        self.home = self.cloud()

    def listed(self):
        return self.ends(self.home.run("jobs", "list", "--json"), 0).json["jobs"]

    def notes(self):
        lines = self.home.run("history", "--json", "--limit", "0").out.splitlines()
        return [json.loads(line)["detail"] for line in lines]


class Kept(Jobs):
    def test_jobs_are_added_listed_and_removed_with_a_record_of_each(self):
        self.assertEqual(self.listed(), [])
        self.assertIn("There is no job.", self.home.run("jobs", "list").out)
        self.ends(add(self.home, "unused", "--schedule", "0 3 * * MON", COUNTING), 0)
        self.ends(add(self.home, "after", "--wait-for-event", "post_collect", "rotate sim/app"), 0)
        after, unused = self.listed()
        self.assertEqual((after["id"], after["event"], after["schedule"], after["next_at"]),
                         ("after", "post_collect", None, None))
        self.assertEqual((unused["id"], unused["schedule"], unused["line"]), ("unused", "0 3 * * mon", COUNTING))
        self.assertRegex(unused["next_at"], r"T03:00:00Z$")
        self.assertEqual((unused["runs"], unused["last"]), (0, None))
        shown = self.home.run("jobs", "list").out
        for word in ("0 3 * * mon", unused["next_at"], "never", "rotate sim/app"):
            self.assertIn(word, shown)
        self.ends(self.home.run("jobs", "remove", "unused"), 0)
        self.assertEqual([job["id"] for job in self.listed()], ["after"])
        self.assertEqual([(note["what"], note["job"]) for note in self.notes()],
                         [("job_added", "unused"), ("job_added", "after"), ("job_removed", "unused")])
        self.assertIn("job removed: unused", self.home.run("history").out)
        self.assertTrue(self.home.run("history", "verify", "--json").json["ok"])

    def test_a_cleaning_line_of_resotos_guide_waits_for_its_event(self):
        run = self.ends(add(self.home, "clean-keys", "--wait-for-event", "cleanup_plan", CLEANING), 0)
        self.assertIn("after cleanup_plan", run.out)
        both = self.ends(add(self.home, "both", "--schedule", "@hourly", "--wait-for-event", "post_cleanup_plan",
                             "clean --unused-for 90d", "--json"), 0)
        self.assertEqual((both.json["job"]["schedule"], both.json["job"]["event"]), ("@hourly", "post_cleanup_plan"))
        self.assertEqual([job["line"] for job in self.listed()], ["clean --unused-for 90d", CLEANING])

    def test_jobs_are_seen_by_everybody_who_uses_the_journal(self):
        self.ends(add(self.home, "a", "--schedule", "@daily", COUNTING), 0)
        other = self.home.run("jobs", "list", "--json", "--journal", str(self.home.journal))
        self.assertEqual([job["id"] for job in other.json["jobs"]], ["a"])


    def test_the_list_shows_lines_that_can_be_pasted(self):
        self.ends(add(self.home, "clean-keys", "--wait-for-event", "cleanup_plan", CLEANING), 0)
        line = self.home.run("jobs", "list").out.splitlines()[1]
        pasted = shlex.split(line[line.index("'"):])
        self.ends(add(self.home, "again", "--wait-for-event", "cleanup_plan", *pasted), 0)
        self.assertEqual([job["line"] for job in self.listed()], [CLEANING, CLEANING])

    def test_whoever_adds_one_is_told_who_will_run_it(self):
        run = self.ends(add(self.home, "first", "--schedule", "@daily", COUNTING), 0)
        self.assertIn("Nothing runs by itself until a worker does: keybaton run.", run.out)
        worker = subprocess.Popen([KEYBATON, "run"], env=self.home.env, cwd=self.home.home, stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL, text=True)
        self.addCleanup(lambda: (worker.kill(), worker.communicate()))
        self.assertTrue(worker.stdout.readline(), "a pass")
        run = self.ends(add(self.home, "second", "--schedule", "@daily", COUNTING), 0)
        self.assertNotIn("Nothing runs", run.out)
        self.assertRegex(run.out, rf"The worker that runs now takes it up: \S+ \(process {worker.pid}, since ")


class RunByHand(Jobs):
    def test_prints_what_the_command_prints_and_keeps_how_it_ended(self):
        self.ends(add(self.home, "count", "--schedule", "@daily", COUNTING), 0)
        run = self.ends(self.home.run("jobs", "run", "count"), 0)
        direct = self.home.run("search", COUNTING.removeprefix("search "))
        self.assertEqual(run.out, direct.out)
        self.assertIn("app: 1", run.out)
        self.assertEqual(self.home.run("jobs", "run", "count", "--json").json, {"count": {"app": 1}, "matched": 1, "unmatched": 0, "incomplete": []})
        [job] = self.listed()
        self.assertEqual((job["runs"], job["last"]["exit"], job["last"]["outcome"]), (2, 0, "ok"))
        self.assertTrue(job["last"]["ended_at"])
        self.assertEqual([note["what"] for note in self.notes()], ["job_added", "job_ran", "job_ran"])

    def test_a_failure_is_the_exit_code_and_is_kept(self):
        self.ends(add(self.home, "count", "--schedule", "@daily", COUNTING), 0)
        self.home.deny("ListUsers")
        self.ends(self.home.run("jobs", "run", "count"), 5)
        self.assertEqual(self.listed()[0]["last"]["outcome"], "refused")

    def test_a_rotation_is_not_begun_that_would_stop_before_its_deploy(self):
        self.ends(add(self.home, "app", "--schedule", "@monthly", "rotate sim/app"), 0)
        self.three_parts(self.home.run("jobs", "run", "app"), 4, "needs_operator", "asks before deploy", "keybaton rotate sim/app")
        self.error(self.home.run("jobs", "run", "app", "--json"), 4, "needs_operator")
        self.assertEqual(self.home.keys(), {OLD: "Active"})
        self.assertEqual(self.home.calls("CreateAccessKey"), [])
        self.assertEqual(self.listed()[0]["last"]["outcome"], "needs_operator")

    def test_a_rotation_goes_as_far_as_its_policy_lets_it(self):
        self.home.config(policy=UNASKED)
        self.ends(add(self.home, "app", "--schedule", "@monthly", "rotate sim/app"), 0)
        first = self.home.run("jobs", "run", "app", "--json")
        self.assertEqual(first.json["state"], "deployed", first)
        self.home.used(self.home.new_key())
        second = self.ends(self.home.run("jobs", "run", "app", "--json"), 0)
        self.assertEqual((second.json["state"], second.json["rotation"]), ("completed", first.json["rotation"]))

    def test_a_target_that_the_config_lost_is_told_of(self):
        self.ends(add(self.home, "app", "--schedule", "@monthly", "rotate sim/app"), 0)
        text = (self.home.home / ".config/keybaton/config.yaml").read_text()
        self.home.write(".config/keybaton/config.yaml", text.split("targets:")[0])
        self.three_parts(self.home.run("jobs", "run", "app"), 2, "usage", "sim/app", "any more")


class BadInput(Case):
    def setUp(self):
        self.home = self.cloud()

    def refused(self, words, *said):
        self.three_parts(self.home.run("jobs", *words), 2, "usage", *said)
        self.error(self.home.run("jobs", *words, "--json"), 2, "usage")
        if self.home.journal.exists():
            self.assertEqual(self.home.run("jobs", "list", "--json").json["jobs"], [])

    def test_to_add_is_refused_and_nothing_is_kept(self):
        hourly = ("--schedule", "@hourly")
        for words, *said in (
                (("a b", *hourly, COUNTING), "cannot be the id"), (("", *hourly, COUNTING), "cannot be the id"),
                (("x" * 65, *hourly, COUNTING), "at most 64"), (("a", COUNTING), "when the job is to run"),
                (("a", "--schedule", "0 25 * * *", COUNTING), "at column 3: ", "0-23"),
                (("a", "--schedule", "0 0 31 2 *", COUNTING), "no such day ever comes"),
                (("a", "--schedule", "", COUNTING), "column 1"),
                (("a", "--wait-for-event", "post_colect", COUNTING), 'Did you mean "post_collect"?'),
                (("a", *hourly, ""), "has no line"), (("a", *hourly, "search idle > soon"), "at column 8: "),
                (("a", *hourly, "rm -rf /"), "cannot be read"), (("a", *hourly, "rotate"), "one target"),
                (("a", *hourly, "rotate sim/app sim/b"), "one target"), (("a", *hourly, "rotate app"), "is no target"),
                (("a", *hourly, "rotate sim/apq"), 'Did you mean "sim/app"?'),
                (("a", *hourly, "rotate sim/app --yes"), "agrees to nothing", "clean.consent"),
                (("a", *hourly, "clean --where 'idle > 1d' --yes=delete"), "agrees to nothing"),
                (("a", *hourly, "clean --apply plan.yaml"), "a person to review"),
                (("a", *hourly, "clean --unused-for 1d --"), "has a --"),
                (("a", *hourly, "clean --unused-for 1d -- sim"), "has a --"),
                (("a", *hourly, "clean --where 'idle > 1d"), "never closed")):
            with self.subTest(words):
                self.refused(("add", "--id", *words), *said)

    def test_of_the_schedule_the_place_is_marked(self):
        run = add(self.home, "a", "--schedule", "0 3 * * mon-fru", COUNTING)
        lines = run.err.splitlines()
        self.assertEqual((lines[0], lines[1]), ("0 3 * * mon-fru", " " * 12 + "^^^"))

    def test_a_second_job_of_one_id_is_refused_naming_the_first(self):
        self.ends(add(self.home, "a", "--schedule", "@hourly", COUNTING), 0)
        self.three_parts(add(self.home, "a", "--schedule", "@daily", COUNTING), 2, "usage", "already", "keybaton jobs remove a")
        self.assertEqual(self.home.run("jobs", "list", "--json").json["jobs"][0]["schedule"], "@hourly")

    def test_a_job_that_is_not_there(self):
        self.refused(("remove", "nosuch"), "nosuch")
        self.refused(("run", "nosuch"), "nosuch")
        self.refused(("run",), "required")
        self.refused((), "subcommand")


if __name__ == "__main__":
    main()

"""What a clean takes for its words, and what it and the worker say of the keys that they have touched."""
import json
import time

from clean_guards_test import by_itself
from clean_test import ALL, ANN, BOB, NEVER, OFF, SLOW, UNUSED, CleanCase
from clouds import KIND
from harness import FAST, main


class WholeAccounts(CleanCase):
    def test_a_user_in_the_place_of_an_account_is_refused_by_whoever_takes_accounts(self):
        cloud = self.fleet()
        for words in (("clean", "sim/ann", *UNUSED, "--yes"), ("clean", "sim/nobody", *UNUSED, "--yes"),
                      ("clean", "sim/", *UNUSED, "--yes"), ("keys", "sim/ann"), ("metrics", "sim/ann"),
                      ("search", "idle > 90d", "sim/ann"), ("keys", "--cached", "sim/ann"),
                      ("jobs", "add", "--id", "x", "--schedule", "@daily", "clean sim/ann --unused-for 90d")):
            self.three_parts(cloud.run(*words), 2, "usage", "sim/", "account")
        self.untouched(cloud)


class Exclusion(CleanCase):
    """What is to be left out and fits nothing would leave nothing out."""

    def refused(self, where, *said):
        cloud = self.fleet()
        self.three_parts(cloud.run("clean", "--where", f"idle > 90d and {where}", "--yes"), 2, "usage", *said)
        self.untouched(cloud)

    def test_of_what_is_misspelt_stops_everything(self):
        self.refused("provider != amazon", "aws or alibaba")
        self.refused(f"key != {ANN.lower()}", ANN)
        self.refused(f"key not in [{KIND.key('OTHER')}]", "it is no key of any user")
        self.refused("not user ~ '^annn'", "^annn")
        self.refused("not account ~ '^prod'", "^prod")
        if KIND.name == "aws":  # the other cloud names no service here
            self.refused(f"service not in [{KIND.service.swapcase()}]", KIND.service)
        self.refused("user not in [' ci']", " ci", "no account has a user of that name")

    def test_of_what_is_there_holds(self):
        for where in (f"key != {ANN}", "not user ~ '^ann'", f"not user ~ '^an' and provider = {KIND.name.upper()}"):
            cloud = self.fleet()
            self.ends(cloud.run("clean", "--where", f"idle > 90d and {where}", "--yes"), 0)
            self.assertEqual(self.statuses(cloud), {ANN: "Active", BOB: None, NEVER: "Active", OFF: None}, where)

    def test_of_a_key_that_has_gone_stops_nothing(self):
        cloud = self.fleet()
        where = f"idle > 90d and key != {BOB}"
        self.ends(cloud.run("key", "deactivate", "sim/bob", "--key", BOB, "--yes"), 0)
        self.ends(cloud.run("key", "delete", "sim/bob", "--key", BOB, "--yes"), 0)
        self.ends(cloud.run("clean", "--where", where, "--yes"), 0)

    def test_that_may_be_where_nothing_could_be_read_is_no_slip_of_the_query(self):
        cloud = self.fleet()
        config = cloud.home / ".config/keybaton/config.yaml"
        config.write_text(config.read_text().replace("policy:", "  broken: {provider: aws, profile: nobody}\npolicy:", 1))
        run = cloud.run("clean", "--where", "idle > 90d and not user ~ '^break-glass'", "--yes")
        self.assertNotEqual(run.code, 0, run)
        self.assertIn("broken", run.err)
        self.assertNotIn("mend the query", run.err)
        self.untouched(cloud)

    def test_of_a_service_that_no_key_was_used_for_is_told(self):
        cloud = self.fleet()
        run = self.ends(cloud.run("clean", "--where", "idle > 90d and service != nosuch", "--yes", "--json"), 0)
        self.assertTrue(any("nosuch" in note for note in run.json["notes"]), run)
        run = self.ends(cloud.run("clean", "--where", "idle > 9d and not region ~ '^xx-'", "--dry-run", "--json"), 0)
        self.assertTrue(any("^xx-" in note for note in run.json["notes"]), run)


class Told(CleanCase):
    def unread(self, cloud):
        config = cloud.home / ".config/keybaton/config.yaml"
        config.write_text(config.read_text().replace(
            "policy:", "  broken: {provider: aws, profile: nobody}\npolicy:", 1))
        return cloud

    def test_an_account_that_was_not_read_is_no_reason_to_say_that_no_key_was_touched(self):
        cloud = self.unread(self.fleet())
        run = self.ends(cloud.run("clean", *UNUSED, "--yes", "--json", timeout=120), 5)
        self.assertEqual(self.statuses(cloud), dict.fromkeys(ALL))
        self.assertNotIn("no key was touched", run.json["error"]["keys"].lower())
        self.assertIn("begun", run.json["error"]["keys"])

    def test_each_key_is_named_with_how_it_stands(self):
        cloud = self.fleet(policy=SLOW)
        run = self.ends(cloud.run("clean", *UNUSED, "--yes"), 3)
        for key in ALL:
            self.assertIn(key, run.out)

    def test_keys_that_were_left_alone_are_an_error(self):
        cloud = self.fleet(policy=SLOW)
        run = self.ends(cloud.run("clean", "--where", "user = app", "--yes", "--json"), 4)
        self.assertEqual(run.json["error"]["code"], "needs_operator")
        self.assertIn("1 target_key", run.json["error"]["message"])
        self.three_parts(cloud.run("clean", "--where", "user = app", "--yes"), 4, "needs_operator", "1 target_key")

    def test_the_worker_names_each_key_in_its_report_and_its_log(self):
        cloud = self.fleet(extra=by_itself())
        run = self.ends(cloud.run("--log-format", "json", "run", "--once"), 0)
        lines = [json.loads(line) for line in run.err.splitlines()]
        told = " ".join(line["text"] for line in lines if line["event"] == "clean")
        for key in ALL:
            self.assertIn(f"{key} (r-", told)
            self.assertIn(key, run.out)

    def test_the_worker_that_only_reports_names_each_key_too(self):
        cloud = self.fleet(extra="clean: {where: 'idle > 90d'}\n")
        run = self.ends(cloud.run("run", "--once"), 0)
        for key in (ANN, BOB, OFF):
            self.assertIn(f"{key} fits, and was not started", run.err)
        document = self.ends(cloud.run("run", "--once", "--json"), 0).json["clean"]
        self.assertEqual({each["key"] for each in document["would_start"]}, {ANN, BOB, OFF})

    def test_the_worker_says_that_it_has_no_query(self):
        cloud = self.fleet(extra="clean: {enabled: true, consent: [deactivate, delete]}\n")
        run = self.ends(cloud.run("run", "--once", "--json"), 0)
        self.assertTrue(any("clean.where" in note for note in run.json["notes"]), run)
        self.untouched(cloud)

    def test_what_a_clean_started_and_is_due_goes_on_together(self):
        cloud = self.fleet(policy=SLOW.replace("grace: 3s", "grace: 1s"), extra="clean: {parallel: 1}\n")
        self.ends(cloud.run("clean", *UNUSED, "--yes"), 3)
        time.sleep(1.2)
        run = self.ends(cloud.run("run", "--once", "--json"), 0)
        self.assertEqual({each["state"] for each in run.json["advanced"]}, {"completed"})
        self.assertEqual(self.statuses(cloud), dict.fromkeys(ALL))


class BareRollback(CleanCase):
    def test_brings_nothing_back_that_has_gone_already_unless_the_batch_is_named(self):
        cloud = self.fleet(policy=SLOW)
        run = self.ends(cloud.run("clean", *UNUSED, "--yes", "--json"), 3)
        [gone] = [each["rotation"] for each in run.json["started"] if each["key"] == BOB]
        time.sleep(3.2)
        self.ends(cloud.run("resume", gone), 0)
        self.assertEqual(cloud.keys("bob"), {})
        if KIND.name != "aws":  # the other cloud has a recycle bin
            said = self.three_parts(cloud.run("rollback"), 4, "needs_operator", "1 key is deleted already")
            self.assertIn(f"keybaton rollback {run.json['batch']}", said.err)
            self.ends(cloud.run("rollback", run.json["batch"]), 0)
            self.assertEqual(cloud.keys("bob"), {BOB: "Active"})
        else:
            self.ends(cloud.run("rollback"), 0)
            self.assertEqual(cloud.keys("bob"), {})
        self.assertEqual(self.statuses(cloud)[ANN], "Active")


class Words(CleanCase):
    def test_a_query_of_the_config_that_cannot_be_read_is_told_when_the_config_is(self):
        cloud = self.fleet(extra="clean: {where: 'idle > foo'}\n")
        for words in (("doctor",), ("keys",)):
            run = cloud.run(*words)
            self.assertNotEqual(run.code, 0, run)
            self.assertIn("column 8", run.out + run.err)

    def test_a_job_whose_clean_could_only_fail_is_not_added(self):
        cloud = self.fleet()
        for line, said in (("clean", "needs a query"), ("clean --where 'idle > foo'", "column 8"),
                           ("clean --where idle > 90d", ""), ("clean --unused-for 3moons", "--unused-for"),
                           ("clean --unused-for 90d nowhere", "nowhere")):
            self.three_parts(cloud.run("jobs", "add", "--id", "x", "--schedule", "@daily", line), 2, "usage", said)
        self.ends(cloud.run("jobs", "add", "--id", "x", "--schedule", "@daily", "clean --unused-for 90d sim"), 0)

    def test_a_word_that_accepts_nothing_is_refused(self):
        cloud = self.fleet()
        for word in ("foo", "unsearched:", "orphan:x"):
            self.three_parts(cloud.run("clean", *UNUSED, "--yes", "--accept", word), 2, "usage", word)
        self.untouched(cloud)


if __name__ == "__main__":
    main()

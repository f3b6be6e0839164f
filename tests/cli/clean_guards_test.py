"""What keeps a clean from going further than it may: consents that were cut off or withdrawn, caps, the last key of a
target, what could not be read, and one damaged rotation among many."""
import contextlib
import sqlite3
import time

from clean_test import ALL, ANN, BOB, NEVER, OFF, SLOW, UNUSED, CleanCase, fleet, user
from clouds import KIND
from harness import OLD, OLD_SECRET, main

LEFT_OUT = SLOW.replace("}", ", exclude_users: [bob]}")


def by_itself(consent="deactivate, delete", more=""):
    return f"clean: {{where: 'idle > 90d or (never_used and age > 90d)', enabled: true, consent: [{consent}]{more}}}\n"


def many(count):
    return [user(f"u{at:03}", (f"U{at:03}", 300, 200, "Active")) for at in range(count)]


class Guards(CleanCase):
    def journal(self, cloud, *statements):
        with contextlib.closing(sqlite3.connect(cloud.journal, timeout=20)) as file, file:
            return [file.execute(each).fetchall() for each in statements]

    def without_consent(self, policy=SLOW, **how):
        """A clean that ends between the start of a rotation and its consent."""
        cloud = self.fleet(policy=policy, **how)
        self.ends(cloud.run("jobs", "add", "--id", "x", "--schedule", "@daily", "search idle > 1d"), 0)
        self.journal(cloud, "CREATE TRIGGER cut BEFORE INSERT ON record WHEN NEW.detail LIKE '%consent_batch%' "
                            "BEGIN SELECT RAISE(ABORT, 'the disk is full'); END")
        self.ends(cloud.run("clean", "--where", "user = bob", "--yes"), 9)
        self.journal(cloud, "DROP TRIGGER cut")
        self.ends(cloud.run("jobs", "remove", "x"), 0)
        [open_one] = cloud.run("status", "--json").json["rotations"]
        self.assertEqual((open_one["state"], open_one["old_key"]), ("planned", BOB))
        return cloud

    def keys_of(self, cloud, run):
        return {each["user"]: cloud.keys(each["user"])[each["key"]] for each in run.json["started"]}


class CutOff(Guards):
    """Started, and killed before its consent was written: it stands before every check again."""

    def test_is_agreed_to_by_the_next_run(self):
        cloud = self.without_consent()
        self.ends(cloud.run("clean", "--where", "user = bob", "--yes", "--json"), 3)
        self.assertEqual(cloud.keys("bob"), {BOB: "Inactive"})

    def test_is_agreed_to_even_where_a_pass_of_the_worker_has_looked_at_it(self):
        cloud = self.without_consent()
        self.ends(cloud.run("run", "--once"), 4)
        self.assertEqual(cloud.run("status", "--json").json["rotations"][0]["state"], "verified")
        self.ends(cloud.run("clean", "--where", "user = bob", "--yes", "--json"), 3)
        self.assertEqual(cloud.keys("bob"), {BOB: "Inactive"})

    def refused(self, cloud, why):
        run = cloud.run("clean", "--where", "user = bob", "--yes", "--json")
        self.assertEqual(self.whys(run), {BOB: why})
        self.assertEqual(cloud.keys("bob"), {BOB: "Active"})

    def test_is_left_alone_where_a_place_holds_the_key_by_now(self):
        cloud = self.without_consent()
        cloud.write("app.env", KIND.env_file(BOB, KIND.secret("bobbb")))
        self.refused(cloud, "held")

    def test_is_left_alone_where_its_user_is_a_target_by_now(self):
        cloud = self.without_consent()
        config = cloud.home / ".config/keybaton/config.yaml"
        config.write_text(config.read_text() + f"  sim/bob: {{locations: [{cloud.env_location('env', '~/bob.env')}]}}\n")
        cloud.write("bob.env", KIND.env_file(KIND.key("OTHER"), "x" * 40))
        self.refused(cloud, "target_key")

    def test_is_left_alone_where_its_user_is_left_out_by_now(self):
        cloud = self.without_consent()
        cloud.config(policy=LEFT_OUT)
        run = cloud.run("clean", *UNUSED, "--yes", "--json")
        self.assertEqual(self.whys(run), {BOB: "excluded"})
        self.assertIn("sim/bob is left out now", " ".join(run.json["notes"]))
        self.assertEqual(cloud.keys("bob"), {BOB: "Active"})

    def test_counts_for_the_cap(self):
        cloud = self.without_consent()
        run = cloud.run("clean", *UNUSED, "--max", "2", "--yes", "--json")
        self.assertEqual((len(run.json["started"]), run.json["left"]), (2, 2))
        self.assertEqual(cloud.keys("bob"), {BOB: "Active"})


class LastKeyOfATarget(Guards):
    def test_stays_though_the_query_finds_both(self):
        second = KIND.key("APPXX")
        seed = fleet()
        [app] = [each for each in seed["accounts"][0]["users"] if each["name"] == "app"]
        app["keys"] = [{"id": key, "secret": secret, "created_days_ago": 320,
                        "last_used": {"at_days_ago": used, "service": KIND.service}}
                       for key, secret, used in ((OLD, OLD_SECRET, 200), (second, KIND.secret("appxx"), 150))]
        cloud = self.cloud(state=seed, policy=SLOW)
        cloud.write("app.env", KIND.env_file(KIND.key("OTHER"), "x" * 40))
        cloud.write_credentials(app=(KIND.key("OTHER"), "x" * 40))
        run = cloud.run("clean", "--where", "user = app", "--yes", "--json")
        self.assertEqual([each["key"] for each in run.json["started"]], [OLD])
        self.assertEqual(self.whys(run), {second: "target_key"})
        # Nor does the next run take it, with the first one off.
        run = cloud.run("clean", "--where", "user = app", "--yes", "--json")
        self.assertEqual((run.json["started"], self.whys(run)), ([], {second: "target_key"}))
        self.assertEqual(cloud.keys(), {OLD: "Inactive", second: "Active"})


class TheCloudsClock(Guards):
    """This machine's clock is a hundred days ahead."""

    def ahead(self, **how):
        seed = fleet()
        seed["options"]["date_skew_ms"] = -100 * 24 * 3600_000
        return self.cloud(state=seed, **how)

    def test_tells_how_old_a_key_is_and_how_long_unused(self):
        cloud = self.ahead()
        ages = {each["key"]: each["age_days"] for each in self.ends(cloud.run("keys", "--json"), 0).json["keys"]}
        self.assertEqual((ages[ANN], ages[BOB], ages[OLD]), (300, 200, 20))
        unused = self.ends(cloud.run("keys", "--unused-for", "90d", "--json"), 0).json["keys"]
        self.assertEqual({each["key"] for each in unused}, {ANN, NEVER})
        again = self.ends(cloud.run("keys", "--unused-for", "90d", "--cached", "--json"), 0).json["keys"]
        self.assertEqual(again, unused)

    def test_spares_a_key_that_only_looks_unused_here(self):
        cloud = self.ahead(policy=SLOW)
        run = self.ends(cloud.run("clean", *UNUSED, "--yes", "--json"), 3)
        self.assertEqual({each["key"] for each in run.json["started"]}, {ANN, NEVER})
        self.assertEqual(cloud.keys("bob"), {BOB: "Active"})

    def test_says_whether_a_key_is_past_its_max_age(self):
        cloud = self.ahead(policy=SLOW.replace("}", ", confirm: [], auto_rotate: true}"))
        done = self.ends(cloud.run("run", "--once", "--json"), 0).json
        self.assertEqual(done["started"], [])
        self.assertEqual(cloud.keys(), {OLD: "Active"})


class AJob(Guards):
    def ran(self, cloud, line):
        self.ends(cloud.run("jobs", "add", "--id", "x", "--schedule", "@daily", line), 0)
        return cloud.run("jobs", "run", "x", "--json")

    def test_starts_no_more_than_the_config_says(self):
        cloud = self.fleet(policy=SLOW, extra=by_itself(more=", max_per_run: 1"))
        self.assertEqual(len(self.ran(cloud, "clean --max 5 --unused-for 90d").json["started"]), 1)

    def test_starts_less_where_its_line_says_so(self):
        cloud = self.fleet(policy=SLOW, extra=by_itself(more=", max_per_run: 3"))
        self.assertEqual(len(self.ran(cloud, "clean --max 2 --unused-for 90d").json["started"]), 2)

    def test_starts_fifty_where_nothing_is_said(self):
        cloud = self.fleet(*many(51), policy=SLOW, extra=by_itself("deactivate"))
        self.assertEqual(len(self.ran(cloud, "search idle > 90d | clean").json["started"]), 50)

    def test_only_looks_without_the_configs_consent(self):
        cloud = self.fleet(policy=SLOW)
        self.assertTrue(self.ran(cloud, "clean --unused-for 90d").json["dry_run"])
        self.untouched(cloud)

    def test_brings_no_config_or_journal_of_its_own(self):
        cloud = self.fleet(policy=SLOW, extra=by_itself())
        for option in ("--config other.yaml", "--journal=other.db", "--actor somebody"):
            refused = cloud.run("jobs", "add", "--id", "x", "--schedule", "@daily", f"clean {option} --unused-for 90d")
            self.three_parts(refused, 2, "usage", "whoever runs it", option.split("=")[0].split()[0])


class Withdrawn(Guards):
    """The consent of the config holds as long as it stands there."""

    def begun(self, **how):
        cloud = self.fleet(policy=SLOW, extra=by_itself(**how))
        self.ends(cloud.run("run", "--once", "--json"), 3)
        self.assertEqual(self.statuses(cloud), dict.fromkeys(ALL, "Inactive"))
        return cloud

    def after_the_grace(self, cloud, **config):
        cloud.config(**{"policy": SLOW, **config})
        time.sleep(3.2)
        return cloud.run("run", "--once", "--json")

    def test_nothing_more_is_done(self):
        for extra in ("", by_itself("deactivate"), by_itself().replace("true", "false"), "clean: [oops\n"):
            cloud = self.begun()
            done = self.after_the_grace(cloud, extra=extra)
            self.assertNotEqual(done.code, 0, done)
            self.assertEqual(self.statuses(cloud), dict.fromkeys(ALL, "Inactive"), extra)

    def test_nothing_more_is_done_by_hand_or_by_cron_without_a_word_of_somebody(self):
        for words in (("resume", "--all"), ("resume", "{batch}"), ("clean", "--where", "idle > 90d or (never_used and age > 90d)")):
            cloud = self.begun()
            batch = cloud.run("status", "--json").json["rotations"][0]["batch"]
            cloud.config(policy=SLOW)
            time.sleep(3.2)
            self.ends(cloud.run(*(word.format(batch=batch) for word in words)), 4)
            self.assertEqual(self.statuses(cloud), dict.fromkeys(ALL, "Inactive"), words)

    def test_nothing_more_is_done_to_a_user_that_is_left_out(self):
        cloud = self.begun()
        self.after_the_grace(cloud, policy=LEFT_OUT, extra=by_itself())
        self.assertEqual(self.statuses(cloud), {**dict.fromkeys(ALL), BOB: "Inactive"})

    def test_while_it_stands_it_goes_on(self):
        cloud = self.begun()
        self.ends(self.after_the_grace(cloud, extra=by_itself()), 0)
        self.assertEqual(self.statuses(cloud), dict.fromkeys(ALL))

    def test_what_a_person_agreed_to_goes_on(self):
        cloud = self.fleet(policy=SLOW)
        self.ends(cloud.run("clean", *UNUSED, "--yes"), 3)
        self.ends(self.after_the_grace(cloud), 0)
        self.assertEqual(self.statuses(cloud), dict.fromkeys(ALL))


class Unread(Guards):
    def test_a_last_use_that_could_not_be_read_is_no_age(self):
        cloud = self.fleet(policy=SLOW)
        cloud.deny("GetAccessKeyLastUsed")
        run = cloud.run("clean", "--where", "age > 90d and user = bob", "--yes", "--json")
        self.assertEqual((run.json["started"], run.json["rotations"]), ([], []))
        self.untouched(cloud)

    def test_an_account_to_leave_out_that_is_none(self):
        cloud = self.fleet(policy=SLOW)
        refused = cloud.run("clean", "--where", "idle > 90d and account != sym", "--yes")
        self.three_parts(refused, 2, "usage", '"sym"', "no account of that name")
        self.untouched(cloud)


class Damaged(Guards):
    """One rotation whose records cannot be read any more."""

    def damaged(self, record=2):
        cloud, batch = self.started()
        bobs = [each["rotation"] for each in cloud.run("status", batch, "--json").json["rotations"]
                if each["old_key"] == BOB]
        triggers = self.journal(cloud, "SELECT name FROM sqlite_master WHERE type = 'trigger'")[0]
        self.journal(cloud, *(f"DROP TRIGGER {name}" for name, in triggers),
                     f"UPDATE record SET detail = 'garbage{{' WHERE seq = {record} AND rotation = "
                     f"(SELECT id FROM name WHERE text = '{bobs[0]}')")
        return cloud, batch, bobs[0]

    def test_stops_no_other_on_the_way_back(self):
        cloud, batch, broken = self.damaged()
        done = self.ends(cloud.run("rollback", batch, "--reason", "somebody needs them"), 9)
        self.assertEqual(self.statuses(cloud), {ANN: "Active", NEVER: "Active", OFF: "Inactive", BOB: "Inactive"})
        self.assertIn(broken, done.out)
        [told] = [each for each in cloud.run("rollback", batch, "--reason", "x", "--json").json["rotations"] if each.get("error")]
        self.assertEqual(told["old_key"], BOB)
        self.assertIn(f"keybaton key activate sim/bob --key {BOB}", told["error"]["hint"])

    def test_is_told_of_though_nobody_can_say_of_which_batch_it_is(self):
        cloud, batch, broken = self.damaged(record=1)
        done = self.ends(cloud.run("rollback", batch, "--reason", "somebody needs them", "--json"), 9)
        self.assertEqual(self.statuses(cloud), {ANN: "Active", NEVER: "Active", OFF: "Inactive", BOB: "Inactive"})
        [told] = [each for each in done.json["rotations"] if each.get("error")]
        self.assertEqual((told["rotation"], told["old_key"]), (broken, BOB))
        self.assertIn(f"keybaton key activate sim/bob --key {BOB}", told["error"]["hint"])
        self.ends(cloud.run("status", batch), 9)

    def test_stops_no_other_on_the_way_on(self):
        for words in (("resume", "{batch}"), ("resume", "--all"), ("clean", *UNUSED, "--yes"), ("run", "--once")):
            cloud, batch, _ = self.damaged()
            time.sleep(3.2)
            self.ends(cloud.run(*(word.format(batch=batch) for word in words)), 9)
            self.assertEqual(self.statuses(cloud), {**dict.fromkeys(ALL), BOB: "Inactive"}, words)

    def test_hides_no_other(self):
        cloud, batch, broken = self.damaged()
        for words in (("status", batch), ("status",), ("status", "--all")):
            shown = self.ends(cloud.run(*words), 9)
            self.assertIn("is not as it was written", shown.out + shown.err)
            document = self.ends(cloud.run(*words, "--json"), 9).json
            self.assertEqual(len(document["rotations"]), 4, words)
            self.assertEqual([each["rotation"] for each in document["rotations"] if each.get("error")], [broken])
        self.ends(cloud.run("metrics", "--format", "prometheus"), 0)


if __name__ == "__main__":
    main()

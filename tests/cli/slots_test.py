"""The two slots of every user: what `plan ACCOUNT` says of them, and whether the commands agree."""
import json
import shlex
import sqlite3

from clouds import KIND
from harness import ADMIN, ADMIN_SECRET, OLD, OLD_SECRET, Case, main

A_LITTLE = 0.01  # of a day: what was 91 days ago must not become 90 by a second of the server's clock
POLICY = "{quiet: 24h, lag: 4h, granularity: 15m, propagation: 0s, check_every: 0s, max_age: 90d, exclude_users: [sealed]}"


def user(name, *keys):
    """`keys`: (word of its id, age in days, last use in days ago or None, status)."""
    return {"name": name, "created_days_ago": 500, "keys": [
        {"id": KIND.key(word), "secret": KIND.secret(word.lower()), "status": status,
         "created_days_ago": age + A_LITTLE,
         **({} if used is None else {"last_used": {"at_days_ago": used + A_LITTLE, "service": KIND.service}})}
        for word, age, used, status in keys]}


ADMINS = {"name": "admin", "created_days_ago": 400,
          "keys": [{"id": ADMIN, "secret": ADMIN_SECRET, "created_days_ago": 30}]}
FLEET = [
    ADMINS,
    user("aged", ("AGED", 120, 0.1, "Active")),
    user("both", ("BOTHA", 120, 0.1, "Active"), ("BOTHB", 50, 3, "Active")),
    user("fresh", ("FRESH", 10, None, "Active")),
    user("half", ("HALFA", 200, 0.1, "Active"), ("HALFB", 3, 0.1, "Active")),
    user("homeless", ("HOMEL", 120, 0.1, "Active")),
    user("keeps", ("KEEPA", 200, 0.1, "Active"), ("KEEPB", 190, 100, "Active")),
    user("never", ("NEVRA", 80, 0.1, "Active"), ("NEVRB", 95, None, "Active")),
    {"name": "nokeys", "created_days_ago": 5, "keys": []},
    user("off", ("OFFA", 60, 0.1, "Active"), ("OFFB", 400, 10, "Inactive")),
    user("sealed", ("SEALA", 600, 300, "Active"), ("SEALB", 500, None, "Active")),
    user("spare", ("SPARA", 80, 0.1, "Active"), ("SPARB", 200, 95, "Active"))]


class Slots(Case):
    def fleet(self, users=None, targets=None, policy=POLICY, **options):
        """`targets`: user -> {location: word of the key that its env file holds}."""
        fleet = self.cloud(state=KIND.seed(FLEET if users is None else users, **options))
        fleet.env["KEYBATON_ACTOR"] = "ann"
        text = f"accounts:\n  sim: {KIND.account_entry(fleet.url)}\npolicy: {policy}\nsearch_paths: [~/src]\n"
        fleet.write("src/readme.txt", "nothing\n")
        if targets is None:
            targets = {"aged": {"env": "AGED"}, "half": {"one": "HALFB", "two": "HALFA"}}
        for name, locations in targets.items():
            text += ("targets:\n" if "targets:" not in text else "") + f"  sim/{name}:\n    locations:\n"
            for location, word in locations.items():
                text += f"      - {fleet.env_location(location, f'~/{name}-{location}.env')}\n"
                fleet.write(f"{name}-{location}.env", KIND.env_file(KIND.key(word), KIND.secret(word.lower())))
        fleet.write(".config/keybaton/config.yaml", text)
        return fleet

    def plan(self, fleet, *words, code=0):
        run = self.ends(fleet.run("plan", "sim", "--json", *words), code)
        return {each["user"]: each for each in run.json["users"]}

    def accepted(self, fleet, advice):
        """The advised command is not refused for anything that could be known before."""
        words = shlex.split(advice["command"])[1:]
        if advice["step"] in ("retire", "adopt", "rotate"):
            words += ["--dry-run", "--yes"]
        run = fleet.run(*words)
        self.assertIn(run.code, (0, 3), f"{advice}\n{run}")
        return run


class Advice(Slots):
    def test_is_one_command_for_each_user_and_the_commands_agree(self):
        fleet = self.fleet()
        fleet.write("src/keeps.conf", f"key = {KIND.key('KEEPB')}\n")
        plan = self.plan(fleet)
        key = KIND.key
        self.assertEqual({name: (each["next"]["reason"], each["next"]["command"]) for name, each in plan.items()}, {
            "spare": ("unused", f"keybaton retire sim/spare --key {key('SPARB')}"),
            "never": ("unused", f"keybaton retire sim/never --key {key('NEVRB')}"),
            "off": ("switched_off", f"keybaton retire sim/off --key {key('OFFB')} --accept closed_outside:accept"),
            "half": ("half_done", f"keybaton adopt sim/half --old {key('HALFA')} --new {key('HALFB')}"),
            "aged": ("too_old", "keybaton rotate sim/aged"),
            "both": ("used_by_strangers", f"keybaton find {key('BOTHB')}"),
            "homeless": ("no_locations", f"keybaton find {key('HOMEL')}"),
            "keeps": ("idle_but_held", f"keybaton find {key('KEEPB')}"),
            "sealed": ("excluded", None)})
        steps = [each["next"]["step"] for each in plan.values()]
        self.assertEqual(steps, sorted(steps, key=["retire", "adopt", "rotate", "go_on", "find", "nothing"].index))
        before = fleet.control("GET", "state")
        for each in plan.values():
            if each["next"]["command"]:
                self.accepted(fleet, each["next"])
        self.assertEqual([account["users"] for account in before["accounts"]][0][2]["keys"],
                         [account["users"] for account in fleet.control("GET", "state")["accounts"]][0][2]["keys"])

    def test_holds_for_every_kind_of_second_key_that_a_cloud_can_have(self):
        users, targets, number = [ADMINS], {}, 0
        states = [(status, age, used) for status in ("Active", "Inactive")
                  for age, used in ((100, 0.1), (0.2, None), (100, 5), (200, 120), (100, None))]
        for status, age, used in states:
            for held in ("nowhere", "own", "file", "both"):
                for old_used in (0.1, 100):
                    name, number = f"u{number}", number + 1
                    users.append(user(name, (f"{number}A".zfill(6), 150, old_used, "Active"),
                                      (f"{number}B".zfill(6), age, used, status)))
                    if held != "nowhere":
                        targets[name] = {"one": f"{number}A".zfill(6)}
                    if held in ("own", "both"):
                        targets[name]["two"] = f"{number}B".zfill(6)
                    users[-1]["held"] = held
        kinds = {each["name"]: each.pop("held", "") for each in users}
        fleet = self.fleet(users, targets)
        lost = "".join(f"# {KIND.key(f'{int(name[1:]) + 1}B'.zfill(6))}\n"
                       for name, held in kinds.items() if held in ("file", "both"))
        fleet.write("src/lost.txt", lost)
        plan = self.plan(fleet)
        self.assertEqual(len(plan), number)
        seen = set()
        for name, each in plan.items():
            seen.add(each["next"]["step"])
            if each["next"]["step"] in ("retire", "adopt", "rotate"):
                self.accepted(fleet, each["next"])
            if each["next"]["step"] == "retire":
                gone = next(key for key in each["keys"] if key["part"] == "retire")
                self.assertEqual((gone["held"], gone["lives_in"]), ("nowhere", []), each)
                self.assertNotIn(gone["use"], ("recent", "young", "unknown"), each)
        self.assertEqual(seen, {"retire", "adopt", "find"})

    def test_never_retires_what_may_be_where_nobody_could_look(self):
        fleet = self.fleet(targets={"half": {"one": "HALFB", "two": "HALFA"}})
        fleet.write("half-two.env", "", mode=0)
        (fleet.home / "half-two.env").unlink()
        (fleet.home / "half-two.env").mkdir()  # unreadable for root as well
        plan = self.plan(fleet)
        self.assertNotIn("retire", [each["next"]["step"] for each in plan.values()])
        spare = plan["spare"]["next"]
        self.assertEqual((spare["reason"], spare["command"]), ("may_be_held", f"keybaton find {KIND.key('SPARB')}"))
        self.assertIn("location two of sim/half", spare["why"])
        # What it spares us: the command that it did not advise.
        self.three_parts(fleet.run("retire", "sim/spare", "--key", KIND.key("SPARB")), 4, "needs_operator", "may still")

    def test_never_retires_a_key_whose_last_use_could_not_be_read(self):
        fleet = self.fleet()
        fleet.deny("GetAccessKeyLastUsed")
        run = self.ends(fleet.run("plan", "--json"), 5)
        self.assertEqual(run.json["incomplete"], ["sim"])
        self.assertTrue(run.json["error"]["message"])
        steps = {each["user"]: each["next"] for each in run.json["users"]}
        self.assertEqual({each["step"] for each in steps.values()}, {"find", "nothing"})
        self.assertEqual(steps["spare"]["reason"], "not_known_use")
        self.assertEqual(steps["aged"]["reason"], "not_known_use")

    def test_never_retires_the_key_that_signs_its_own_calls(self):
        admin = user("admin", ("HELPR", 300, 0.1, "Active"))
        admin["keys"].insert(0, {"id": ADMIN, "secret": ADMIN_SECRET, "created_days_ago": 400,
                                 "last_used": {"at_days_ago": 200, "service": KIND.service}})
        fleet = self.fleet([admin], {}, lag_ms=10 ** 9)  # its own calls do not show yet
        config = fleet.home / ".config/keybaton/config.yaml"
        config.write_text(config.read_text().replace("profile: admin, ", ""))
        fleet.write_credentials(admin=(KIND.key("OTHER"), KIND.secret("other")))
        fleet.env |= {KIND.env_id: ADMIN, KIND.env_secret: ADMIN_SECRET}
        advice = self.plan(fleet)["admin"]["next"]
        self.assertEqual((advice["reason"], advice["command"]), ("signs_itself", f"keybaton find {ADMIN}"))
        self.three_parts(fleet.run("retire", "sim/admin", "--key", ADMIN), 4, "needs_operator", "very key")

    def test_knows_a_profile_of_the_credentials_file_for_the_location_that_it_is(self):
        cloud = self.cloud()
        app = self.plan(cloud)["app"]
        self.assertEqual((app["next"]["command"], app["keys"][0]["held"]), ("keybaton rotate sim/app", "own"), app)
        self.assertEqual([home["location"] for home in app["keys"][0]["lives_in"]], ["laptop", "service"])
        self.accepted(cloud, app["next"])
        # In one more profile it is at a place that no location is.
        cloud.write_credentials()
        cloud.write(KIND.file, cloud.credentials.read_text() + KIND.section.format(name="more", id=OLD, secret=OLD_SECRET))
        app = self.plan(cloud)["app"]
        self.assertEqual((app["next"]["reason"], app["keys"][0]["held"]), ("outside_locations", "elsewhere"), app)

    def test_says_what_stands_against_a_rotation(self):
        fleet = self.fleet()
        (fleet.home / "aged-env.env").write_text(KIND.env_file(KIND.key("OTHER"), KIND.secret("other")))
        aged = self.plan(fleet)["aged"]["next"]
        self.assertEqual((aged["reason"], aged["command"]), ("places_differ", f"keybaton find {KIND.key('AGED')}"))
        self.assertIn(f"location env holds {KIND.key('OTHER')}", aged["why"])
        self.three_parts(fleet.run("rotate", "sim/aged", "--yes", "--dry-run"), 4, "needs_operator", "Location env")
        # Two places of the same key, and two secrets: neither can be called the right one.
        fleet = self.fleet(targets={"aged": {"env": "AGED", "more": "AGED"}})
        (fleet.home / "aged-more.env").write_text(KIND.env_file(KIND.key("AGED"), KIND.secret("wrong")))
        aged = self.plan(fleet)["aged"]["next"]
        self.assertEqual(aged["reason"], "places_differ")
        self.assertIn("different secrets", aged["why"])
        self.three_parts(fleet.run("rotate", "sim/aged", "--yes", "--dry-run"), 4, "needs_operator", "different secrets")

    def test_goes_on_with_an_open_rotation(self):
        fleet = self.fleet()
        self.ends(fleet.run("rotate", "sim/aged", "--yes", "--through", "create", "--json"), 0)
        each = self.plan(fleet)["aged"]
        self.assertEqual((each["next"]["step"], each["slots"]), ("go_on", 2))
        self.assertTrue(each["rotation"].startswith("r-"))
        self.assertRegex(each["next"]["command"], "keybaton (resume|status) ")
        self.accepted(fleet, {**each["next"], "command": f"keybaton status {each['rotation']}"})

    def test_unused_for_is_a_habit_that_can_be_said(self):
        fleet = self.fleet([ADMINS, user("both", ("BOTHA", 80, 0.1, "Active"), ("BOTHB", 50, 3, "Active"))], {})
        self.assertEqual(self.plan(fleet)["both"]["next"]["step"], "find")
        self.assertEqual(self.plan(fleet, "--unused-for", "2d")["both"]["next"]["step"], "retire")
        # Below the quiet window it counts for nothing.
        fleet.used(KIND.key("BOTHB"))
        self.assertEqual(self.plan(fleet, "--unused-for", "0s")["both"]["next"]["step"], "find")


    def test_a_key_that_was_never_used_is_given_the_same_time(self):
        for status, reason in (("Active", "not_rolled_out"), ("Inactive", "switched_off")):
            with self.subTest(status=status):
                fleet = self.fleet([ADMINS, user("svc", ("SVCAA", 80, 0.1, "Active"), ("SVCBB", 50, None, status))], {})
                self.assertEqual(self.plan(fleet)["svc"]["next"]["reason"], reason)
        fleet = self.fleet([ADMINS, user("svc", ("SVCAA", 80, 0.1, "Active"), ("SVCBB", 50, None, "Active"))], {})
        advice = self.plan(fleet)["svc"]["next"]
        self.assertEqual(advice["command"], f"keybaton find {KIND.key('SVCBB')}")
        self.assertIn("was made 50d ago and is held nowhere yet", advice["why"])
        self.assertEqual(self.plan(fleet, "--unused-for", "51d")["svc"]["next"]["step"], "find")
        self.assertEqual(self.plan(fleet, "--unused-for", "49d")["svc"]["next"]["step"], "retire")


class Table(Slots):
    def test_is_the_account_as_a_whole(self):
        fleet = self.fleet()
        self.golden("plan_account", fleet.run("plan", "sim"), fleet)
        self.golden("plan_account_json", fleet.run("plan", "--json"), fleet)

    def test_shows_users_with_nothing_to_do_where_asked(self):
        fleet = self.fleet()
        self.assertNotIn("fresh", self.plan(fleet))
        run = self.ends(fleet.run("plan", "sim", "--all", "--json"), 0).json
        fresh = next(each for each in run["users"] if each["user"] == "fresh")
        self.assertEqual(fresh["next"], {"step": "nothing", "reason": "in_order", "why": None, "command": None})
        self.assertEqual((run["counts"]["users"], run["counts"]["with_key"], run["counts"]["keys"]), (12, 11, 18))
        self.assertEqual(run["counts"], self.ends(fleet.run("plan", "--json"), 0).json["counts"])

    def test_of_remembered_keys_lists_none(self):
        fleet = self.fleet()
        self.three_parts(fleet.run("plan", "--cached"), 5, "refused", "no whole scan of it is remembered")
        fresh = fleet.run("plan", "--json").json
        calls = len(fleet.control("GET", "log"))
        run = self.ends(fleet.run("plan", "--cached", "--json"), 0).json
        self.assertEqual(len(fleet.control("GET", "log")), calls)
        self.assertEqual([each["next"]["command"] for each in run["users"]],
                         [each["next"]["command"] for each in fresh["users"]])
        self.assertIn("As of ", fleet.run("plan", "--cached").out)

    def test_reads_each_location_once_however_many_keys_there_are(self):
        fleet = self.fleet()
        show = fleet.write("show", f"#!/bin/sh\necho x >> {fleet.home}/reads\ncat {fleet.home}/pair.json\n", 0o700)
        fleet.write("pair.json", json.dumps({"id": KIND.key("AGED"), "secret": KIND.secret("aged")}))
        config = fleet.home / ".config/keybaton/config.yaml"
        config.write_text(config.read_text() + f"      - {{name: hook, type: exec, read: [{show}], write: [{show}]}}\n")
        self.ends(fleet.run("plan", "--json"), 0)
        self.assertEqual((fleet.home / "reads").read_text(), "x\n")

    def test_an_account_that_cannot_be_read_does_not_stop_the_others(self):
        fleet = self.fleet()
        config = fleet.home / ".config/keybaton/config.yaml"
        config.write_text(config.read_text().replace("accounts:\n", "accounts:\n  gone: " + KIND.account_entry(
            fleet.url).replace("profile: admin", "profile: nosuch") + "\n"))
        run = self.ends(fleet.run("plan", "--json"), 5)
        self.assertEqual(run.json["incomplete"], ["gone"])
        self.assertEqual(len(run.json["users"]), 9)


class Words(Slots):
    def test_of_the_one_form_do_not_go_with_the_other(self):
        fleet = self.fleet()
        for words, said in ((["sim/aged", "--all"], "--all"), (["sim/aged", "--cached"], "--cached"),
                            (["--profile", "app", "--unused-for", "9d"], "--unused-for"),
                            (["sim", "--quiet", "9d"], "--quiet"), (["--grace", "9d"], "--grace"),
                            (["sim", "--override", "because"], "--override"), (["sim", "sim/aged"], "one target"),
                            (["sim/aged", "sim/half"], "one target"), (["sim", "--profile", "x"], "Both a TARGET"),
                            (["sin"], 'no account "sin"'), (["sim", "--unused-for", "soon"], "--unused-for")):
            with self.subTest(words=words):
                self.three_parts(fleet.run("plan", *words), 2, "usage", said)
                self.error(fleet.run("plan", *words, "--json"), 2, "usage", said)
        self.three_parts(self.house().run("plan"), 2, "usage", "No account is named")


class Trend(Slots):
    def test_is_a_line_a_day_and_no_call(self):
        fleet = self.fleet()
        self.assertIn("No whole scan is remembered", self.ends(fleet.run("keys", "--trend"), 0).out)
        self.ends(fleet.run("keys"), 0)
        with sqlite3.connect(fleet.journal.parent / "journal-fleet.db") as snapshot:
            snapshot.execute("UPDATE scan SET began = began - 3 * 86400, ended = ended - 3 * 86400")
        fleet.play({"do": "delete_key", "key": KIND.key("FRESH")})
        self.ends(fleet.run("keys"), 0)
        self.ends(fleet.run("keys"), 0)
        calls = len(fleet.control("GET", "log"))
        run = self.ends(fleet.run("keys", "--trend", "--json"), 0).json
        self.assertEqual(len(fleet.control("GET", "log")), calls)
        numbers = [{name: each[name] for name in ("users", "keys", "active", "never_used")} for each in run["trend"]]
        self.assertEqual(numbers, [{"users": 12, "keys": 18, "active": 17, "never_used": 3},
                                   {"users": 12, "keys": 17, "active": 16, "never_used": 2}])
        self.assertEqual(run["accounts"][0]["trend"], run["trend"])
        self.assertEqual(len(self.ends(fleet.run("keys", "--trend", "2d", "--json"), 0).json["trend"]), 1)
        shown = self.ends(fleet.run("keys", "sim", "--trend"), 0).out
        self.assertEqual(len(shown.splitlines()), 3, shown)
        self.assertIn(run["trend"][0]["day"], shown)

    def test_goes_with_no_question(self):
        fleet = self.fleet()
        for words in (["--where", "age > 1d"], ["--count-by", "user"], ["--sort", "age"], ["--unused-for", "1d"]):
            self.three_parts(fleet.run("keys", "--trend", "9d", *words), 2, "usage", "--trend")
        self.three_parts(fleet.run("keys", "sin", "--trend"), 2, "usage", 'no account "sin"')
        self.three_parts(fleet.run("keys", "--trend=soon"), 2, "usage", "--trend")


if __name__ == "__main__":
    main()

"""Questions to the keys of an account: queries, searches in the words of Resoto's guide, and what they leave out."""
from clouds import KIND
from harness import ADMIN, ADMIN_SECRET, Case, main

BY_USER = "is(access_key) and last_access > 90days <-- is(user) | count name"
SPARING = "is(access_key) and last_access > 90days <-- is(user) and name not in [jenkins, ci] | count name"
CLEANING = "is(access_key) and last_access > 90days and /ancestors.user.reported.name not in [jenkins, ci] | clean"


A_LITTLE = 0.01  # of a day: what was 91 days ago must not become 90 by a second of the server's clock


def user(name, *keys):
    """`keys`: (word of its id, age in days, last use in days ago or None, status)."""
    return {"name": name, "created_days_ago": 500, "keys": [
        {"id": KIND.key(word), "secret": KIND.secret(word.lower()), "status": status,
         "created_days_ago": age + A_LITTLE,
         **({} if used is None else {"last_used": {"at_days_ago": used + A_LITTLE, "service": KIND.service}})}
        for word, age, used, status in keys]}


FLEET = KIND.seed([
    {"name": "admin", "created_days_ago": 400,
     "keys": [{"id": ADMIN, "secret": ADMIN_SECRET, "created_days_ago": 30}]},
    user("ci", ("CIRUN", 300, 120, "Active")),
    user("db-runner", ("DBONE", 400, 200, "Active"), ("DBTWO", 390, 95, "Inactive")),
    user("fresh", ("FRESH", 10, None, "Active")),
    user("jenkins", ("JENKI", 300, 100, "Active"), ("JNEVE", 300, None, "Active")),
    user("nancy", ("NANCY", 200, 91, "Active"), ("NAWRK", 200, 3, "Active")),
    user("unborn", ("UNBRN", 250, None, "Inactive"))])


class Fleet(Case):
    def setUp(self):
        self.fleet = self.cloud(state=FLEET)

    def found(self, *words):
        run = self.ends(self.fleet.run(*words, "--json"), 0)
        return sorted(key["key"] for key in run.json["keys"])

    def where(self, query):
        return self.found("keys", "--where", query)

    def keys_of(self, *words):
        return sorted(KIND.key(word) for word in words)


class Guide(Fleet):
    def test_the_lines_of_resotos_guide_run_as_they_stand(self):
        self.golden("search_by_user", self.fleet.run("search", BY_USER), self.fleet)
        self.golden("search_sparing", self.fleet.run("search", SPARING), self.fleet)
        self.golden("search_cleaning", self.fleet.run("search", CLEANING), self.fleet)

    def test_a_count_is_a_document_for_machines(self):
        self.assertEqual(self.fleet.run("search", BY_USER, "--json").json,
                         {"count": {"ci": 1, "db-runner": 2, "jenkins": 1, "nancy": 1}, "matched": 5, "unmatched": 0, "incomplete": []})
        self.assertEqual(self.fleet.run("search", "is(access_key) | count", "--json").json,
                         {"count": {}, "matched": 10, "unmatched": 0, "incomplete": []})

    def test_a_count_for_machines_says_what_could_not_be_read(self):
        self.fleet.deny("GetAccessKeyLastUsed")
        for words in (("keys", "--count-by", "user"), ("search", "is(access_key) | count name")):
            run = self.error(self.fleet.run(*words, "--json"), 5, "refused", "Not everything could be read: sim")
            self.assertEqual((run.json["incomplete"], run.json["matched"] > 0), (["sim"], True))

    def test_a_search_without_a_bar_lists_keys(self):
        line = "is(access_key) and last_access > 90days <-- is(user) and name not in [jenkins, ci]"
        self.assertEqual(self.found("search", line), self.keys_of("DBONE", "DBTWO", "NANCY"))
        self.assertEqual(self.found("search", line), self.where("idle > 90d and user not in [jenkins, ci]"))
        self.assertEqual(self.found("search", "age > 0d", "sim"), self.where("age > 0d"))
        self.golden("search_list", self.fleet.run("search", line), self.fleet)

    def test_an_account_is_named_by_its_profile_too(self):
        run = self.fleet.run("search", "is(access_key) | count account", "--profile", f"{KIND.name}:nosuch")
        self.three_parts(run, 2, "usage", "nosuch")


class NeverUsed(Fleet):
    def test_are_a_class_of_their_own_and_are_told_of(self):
        self.assertEqual(self.where("idle > 90d"), self.keys_of("CIRUN", "DBONE", "DBTWO", "JENKI", "NANCY"))
        self.assertEqual(self.where("never_used and age > 90d"), self.keys_of("JNEVE", "UNBRN"))
        self.assertEqual(self.where("not idle < 90d"), self.where("idle >= 90d"))
        run = self.fleet.run("keys", "--where", "idle > 90d")
        self.assertIn("2 keys were never used", run.err)
        self.assertIn("keybaton keys --where 'never_used and age > 90d'", run.err)

    def test_that_the_query_spares_are_not_told_of(self):
        run = self.fleet.run("keys", "--where", "idle > 90d and user not in [jenkins, ci]", "--json")
        self.assertIn("1 key was never used", run.err)
        told = run.err.split("--where ")[1].strip().strip("'")
        self.assertEqual(self.where(told), self.keys_of("UNBRN"))
        self.assertIn("  keybaton keys sim --where", self.fleet.run("search", "idle > 90d", "sim").err)
        self.assertNotIn("never used", self.fleet.run("keys", "--where", "idle > 320d").err)
        self.assertNotIn("Note", self.fleet.run("keys", "--where", "idle > 90d or never_used").err)
        self.assertNotIn("Note", self.fleet.run("keys", "--unused-for", "90d").err)

    def test_are_among_the_unused_by_their_age(self):
        unused = self.keys_of("CIRUN", "DBONE", "DBTWO", "JENKI", "JNEVE", "NANCY", "UNBRN")
        self.assertEqual(self.found("keys", "--unused-for", "90d"), unused)
        self.assertEqual(self.where("idle > 90d or (never_used and age > 90d)"), unused)
        self.assertEqual(self.found("keys", "--unused-for", "90d", "--where", "status = Inactive"),
                         self.keys_of("DBTWO", "UNBRN"))

    def test_is_nobody_whose_last_use_could_not_be_read(self):
        self.fleet.deny("GetAccessKeyLastUsed")
        for query in ("never_used", "not never_used", "idle > 1d", "not idle > 1d", "service not in [nothing]"):
            run = self.ends(self.fleet.run("keys", "--where", query, "--json"), 5)
            self.assertEqual(run.json["keys"], [], query)
            self.assertEqual(run.json["incomplete"], ["sim"])


class Where(Fleet):
    def test_goes_with_counting_and_sorting(self):
        run = self.fleet.run("keys", "--where", "slots = 2", "--count-by", "user", "--json")
        self.assertEqual(run.json, {"count": {"db-runner": 2, "jenkins": 2, "nancy": 2}, "matched": 6, "unmatched": 0,
                                    "incomplete": []})
        run = self.fleet.run("keys", "--where", "idle > 90d", "--sort", "idle", "--json")
        self.assertEqual([key["key"] for key in run.json["keys"]],
                         [KIND.key(word) for word in ("NANCY", "DBTWO", "JENKI", "CIRUN", "DBONE")])
        run = self.fleet.run("keys", "--count-by", "never_used")
        self.assertEqual(run.out, "true: 3\nfalse: 7\ntotal matched: 10\ntotal unmatched: 0\n")

    def test_finds_by_each_field(self):
        for query, words in (("user ~ '^db-' and status = inactive", ["DBTWO"]),
                             (f"provider = {KIND.name.upper()} and age < 11d", ["FRESH"]), (f"provider != {KIND.name}", []),
                             (f"key in [{KIND.key('NANCY')}]", ["NANCY"]), ("account = sim and age < 11d", ["FRESH"]),
                             ("created > 2999-01-01", []), ("last_used > 2000-01-01 and idle < 10d and age > 100d", ["NAWRK"]),
                             ("never_used and status = Inactive and slots = 1", ["UNBRN"])):
            self.assertEqual(self.where(query), self.keys_of(*words), query)

    def test_warns_of_a_spared_name_that_nobody_has(self):
        run = self.ends(self.fleet.run("search", "idle > 90d and user not in [jenkin, ci]"), 0)
        self.assertIn('leaves out "jenkin"', run.err)
        self.assertIn('Did you mean "jenkins"?', run.err)
        self.assertNotIn('"ci"', run.err)
        self.assertIn('leaves out "sin"', self.fleet.run("keys", "--where", "account != sin", "--json").err)
        self.assertEqual(self.fleet.run("keys", "--where", "user not in [jenkins, ci] and account = sim").err, "")

    def test_warns_of_a_name_that_it_asks_for_and_nobody_has(self):
        run = self.ends(self.fleet.run("search", "is(access_key) <-- is(user) and name in [jenkin, ci]"), 0)
        self.assertIn('asks for "jenkin", and no user with an access key of that name was seen', " ".join(run.err.split()))
        self.assertIn('Did you mean "jenkins"?', run.err)
        self.assertNotIn('"ci"', run.err)
        run = self.ends(self.fleet.run("keys", "--where", "account = Sim", "--json"), 0)
        self.assertEqual(run.json["keys"], [])
        self.assertIn('Did you mean "sim"?', run.err)
        self.assertIn('asks for "Sim"', self.fleet.run("keys", "--where", "not account != Sim").err)
        self.assertEqual(self.fleet.run("keys", "--where", "user = jenkins or user ~ nobody", "--json").err, "")


class Unreadable(Case):
    def refused(self, words, column, *said):
        house = self.house()
        run = self.three_parts(house.run(*words, "--profile", "p"), 2, "usage", f"at column {column}: ", *said)
        self.assertEqual(run.err.splitlines()[1].index("^"), column - 1, run)
        self.error(house.run(*words, "--profile", "p", "--json"), 2, "usage", f"at column {column}: ", *said)

    def test_queries_are_refused_with_the_place_and_what_fits(self):
        for query, column, *said in (("age > foo", 7, "a span of time", "age > 90d"), ("status < 3", 8, "status = Active"),
                                     ("idle in [1d]", 6, "idle > 90d"), ("aeg > 1d", 1, 'Did you mean "age"?'),
                                     ("(age > 1d", 1, "never closed"), ("age > 1d status = Active", 10, "`and` or `or`"),
                                     ("user ~ '('", 8, "no regular expression"), ("user = a\x07", 9, "no printable text"), ("user =\xa0ci", 7, "no-break space", "ordinary blank"),
                                     ("user not in []", 13, "empty"), ("age > 1d | count user", 10, "keybaton search")):
            with self.subTest(query):
                self.refused(["keys", "--where", query], column, *said)

    def test_searches_are_too(self):
        for query, column, *said in (("is(access_key) || count", 17, "two | in a row"), ("is(user)", 4, "behind <--"),
                                     ("is(access_key) --> is(user)", 16, "only <-- is known"),
                                     ("is(access_key) | cuont name", 18, 'Did you mean "count"?'),
                                     ("is(access_key) <-- is(user) and age > 1d", 33, "speaks of the user")):
            with self.subTest(query):
                self.refused(["search", query], column, *said)

    def test_an_empty_one_a_long_one_and_a_deep_one_are_too(self):
        house = self.house()
        self.three_parts(house.run("keys", "--where", "", "--profile", "p"), 2, "usage", "column 1: it is empty")
        self.three_parts(house.run("search", " ", "--profile", "p"), 2, "usage", "it is empty")
        long = self.three_parts(house.run("search", "user = " + "a" * 70000, "--profile", "p"), 2, "usage", "64 KiB")
        self.assertLess(len(long.err), 1000)
        deep = self.three_parts(house.run("search", "(" * 5000 + "age > 1d", "--profile", "p"), 2, "usage", "column 101: ")
        self.assertLess(len(deep.err), 1000)
        self.three_parts(house.run("search"), 2, "usage", "query")

    def test_a_place_deep_in_a_long_one_is_shown_with_what_surrounds_it(self):
        run = self.house().run("search", "user in [" + "ü, " * 100 + "] and age > 1d", "--profile", "p")
        shown, carets = run.err.splitlines()[:2]
        self.assertTrue(shown.startswith("...") and shown.endswith("] and age > 1d"), run)
        self.assertEqual(shown[carets.index("^")], "]")
        self.assertIn("at column 310: ", run.err)


if __name__ == "__main__":
    main()

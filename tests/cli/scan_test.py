"""Scans of whole accounts: every page, every fault, several accounts at once, and what is remembered of them."""
import http.server
import json
import os
import pty
import resource
import select
import signal
import sqlite3
import subprocess
import threading
import time
import urllib.request

from harness import Case, House, main

CREDENTIALS = "[b]\naws_access_key_id = AKIAIOSFODNN7STANDIN\naws_secret_access_key = wJalrXUtnFEMIK7MDENGbPxRfiCYSTANDIN\n"


class StandIn:
    def __init__(self, *words):
        self.child = subprocess.Popen([os.environ["IAM_STANDIN"], *map(str, words)], stdout=subprocess.PIPE, text=True)
        self.port = int(self.child.stdout.readline())
        self.url = f"http://127.0.0.1:{self.port}"

    def get(self, path):
        with urllib.request.urlopen(self.url + path, timeout=20) as reply:
            return reply.read().decode()

    def stats(self):
        return json.loads(self.get("/stats"))

    def keys(self):
        """What a complete scan must find: key id → (user, last use or None)."""
        rows = [line.split() for line in self.get("/keys").splitlines()]
        return {row[1]: (row[0], None if row[-1] == "-" else row[-1]) for row in rows}

    def close(self):
        self.child.send_signal(signal.SIGTERM)
        self.child.wait(timeout=20)
        self.child.stdout.close()


class Fleet(Case):
    def setUp(self):
        self.home = House()
        self.addCleanup(self.home.close)
        self.home.write(self.home.home / ".aws/credentials", CREDENTIALS)
        self.accounts = {}

    def stand_in(self, *words, account="b"):
        server = StandIn(*words)
        self.addCleanup(server.close)
        self.accounts[account] = f"{{profile: b, region: us-east-1, endpoints: {{iam: \"{server.url}\", sts: \"{server.url}\"}}}}"
        self.config()
        return server

    def config(self):
        lines = "".join(f"  {name}: {text}\n" for name, text in self.accounts.items())
        self.home.write(self.home.home / ".config/keybaton/config.yaml", "accounts:\n" + lines)

    def snapshot(self):
        return self.home.home / ".local/state/keybaton/journal-fleet.db"

    def run_keys(self, *words, **how):
        return self.home.run("keys", *words, "--json", timeout=110, **how)

    def whole(self, run, server):
        self.ends(run, 0)
        self.assertEqual(run.json["incomplete"], [])
        found = {key["key"]: (key["user"], key["last_used_at"]) for key in run.json["keys"]}
        self.assertEqual(len(found), len(run.json["keys"]))
        self.assertEqual(found, server.keys())


class Pages(Fleet):
    def test_no_page_is_skipped_whatever_the_number_of_users(self):
        for users in (0, 1, 999, 1000, 1001, 5000):
            server = self.stand_in("--users", users)
            self.whole(self.run_keys(), server)

    def test_a_hundred_thousand_users_are_read_in_a_memory_that_does_not_grow_with_them(self):
        server = self.stand_in("--users", 100_000)
        out = self.home.home / "out.json"
        child = subprocess.Popen([os.environ["KEYBATON"], "keys", "--json"], stdout=out.open("wb"), env=self.home.env)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual(child.returncode, 0)
        document = json.loads(out.read_text())
        self.assertEqual(len({key["user"] for key in document["keys"]}), 100_000)
        self.assertEqual(len({key["key"] for key in document["keys"]}), 200_000)
        self.assertEqual(server.stats()["users_asked"], 100_000)
        self.assertLess(usage.ru_maxrss, 64 * 1024, "in KiB; the whole list alone is more than that")


class Faults(Fleet):
    def test_throttling_loses_no_user_and_is_met_with_patience(self):
        server = self.stand_in("--users", 60, "--rate", 60, "--burst", 30)
        self.whole(self.run_keys(), server)
        self.assertGreater(server.stats()["refused"], 0)
        again = self.stand_in("--users", 60, "--rate", 60, "--burst", 30)
        self.whole(self.run_keys(), again)
        self.assertLessEqual(again.stats()["refused"], 8, "what the first scan found is remembered")

    def test_dropped_connections_and_server_errors_lose_nothing(self):
        server = self.stand_in("--users", 400, "--drop-every", 17, "--error-every", 13)
        self.whole(self.run_keys(), server)
        stats = server.stats()
        self.assertGreater(stats["dropped"], 30)
        self.assertGreater(stats["errors"], 30)

    def test_users_that_vanish_in_between_are_no_error(self):
        server = self.stand_in("--users", 300, "--vanish-every", 10)
        run = self.ends(self.run_keys(), 0)
        self.assertEqual(run.json["incomplete"], [])
        self.assertEqual({key["key"] for key in run.json["keys"]}, set(server.keys()))

    def test_a_server_that_is_not_there_is_told_in_good_time(self):
        server = self.stand_in("--users", 1)
        server.close()
        began = time.monotonic()
        self.error(self.run_keys(), 5, "refused")
        self.assertLess(time.monotonic() - began, 60)

    def test_the_scan_of_a_server_that_dies_half_way_keeps_what_it_has(self):
        server = self.stand_in("--users", 3000, "--latency-ms", 20)
        threading.Timer(1.0, server.child.kill).start()
        run = self.error(self.run_keys(), 5, "refused")
        self.assertEqual(run.json["incomplete"], ["b"])
        self.assertGreater(len(run.json["keys"]), 100)
        self.assertLess(len(run.json["keys"]), 6000)
        self.assertLess(len(run.json["error"]["message"]), 1500, "thousands of failures are not told one by one")


class Portal(Fleet):
    """Answers every call but the first with a page for people."""

    def setUp(self):
        super().setUp()
        portal = self
        self.asked = 0

        class Page(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                portal.asked += 1
                caller = b"GetCallerIdentity" in self.rfile.read(int(self.headers["Content-Length"]))
                body = (b"<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/admin</Arn>"
                        b"<UserId>AIDAADMIN</UserId><Account>123456789012</Account></GetCallerIdentityResult>"
                        b"</GetCallerIdentityResponse>" if caller else b"<!DOCTYPE html><html>log in</html>")
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.accounts["b"] = f'{{profile: b, region: us-east-1, endpoints: {{iam: "{url}", sts: "{url}"}}}}'
        self.config()

    def test_a_web_page_instead_of_a_reply_is_told_at_once(self):
        began = time.monotonic()
        self.error(self.run_keys(), 5, "refused", "ListUsers is a web page", "a proxy or a captive portal")
        self.assertLess(time.monotonic() - began, 10)
        self.assertLessEqual(self.asked, 4)


class Trend(Fleet):
    def test_for_machines_it_has_every_column_of_the_table(self):
        self.stand_in("--users", 30)
        self.ends(self.run_keys(), 0)
        document = self.ends(self.run_keys("--trend"), 0).json
        (day,) = document["trend"]
        self.assertEqual(day["active"] + day["inactive"], day["keys"])
        self.assertEqual(document["accounts"][0]["trend"][0]["inactive"], day["inactive"])

    def test_a_span_that_is_none_is_not_taken_for_an_account(self):
        self.stand_in("--users", 3)
        for word in ("30x", "-5d", "30", "5daysago"):
            self.three_parts(self.home.run("keys", "--trend", word), 2, "usage", "--trend is no duration", f'"{word}"', "90d")
        self.three_parts(self.home.run("keys", "--trend", "nosuch"), 2, "usage", "nosuch")
        self.ends(self.home.run("keys", "--trend", "b"), 0)
        self.ends(self.home.run("keys", "--trend", "5d", "b"), 0)


class Accounts(Fleet):
    def test_all_accounts_of_the_config_are_read_at_once(self):
        servers = [self.stand_in("--users", 200, "--latency-ms", 50, account=name) for name in ("one", "two", "three")]
        run = self.ends(self.run_keys(), 0)
        for name, server in zip(("one", "two", "three"), servers):
            mine = {key["key"] for key in run.json["keys"] if key["account"] == name}
            self.assertEqual(mine, set(server.keys()))
        self.assertEqual([key["account"] for key in run.json["keys"]],
                         sorted(key["account"] for key in run.json["keys"]))

    def test_one_that_is_described_wrongly_stops_no_other(self):
        server = self.stand_in("--users", 5, account="good")
        self.accounts["bad"] = "{profile: nosuch}"
        self.accounts["other"] = self.accounts["good"].replace("profile: b", 'profile: b, account_id: "999999999999"')
        self.config()
        run = self.error(self.run_keys(), 7, "wrong_account")
        self.assertEqual(sorted(run.json["incomplete"]), ["bad", "other"])
        self.assertEqual({key["key"] for key in run.json["keys"]}, set(server.keys()))
        del self.accounts["other"]
        self.config()
        run = self.error(self.run_keys(), 5, "refused")
        self.assertIn("nosuch", run.json["error"]["message"])
        self.assertEqual(len(run.json["keys"]), len(server.keys()))

    def test_one_whose_helper_hangs_keeps_the_others_waiting_only_for_the_end(self):
        server = self.stand_in("--users", 50, account="good")
        helper = self.home.home / "helper"
        self.home.write(helper, "#!/bin/sh\nsleep 3\nexit 1\n", 0o700)
        self.home.write(self.home.home / ".aws/config", f"[profile slow]\ncredential_process = {helper}\n")
        self.accounts["slow"] = "{profile: slow}"
        self.config()
        run = self.error(self.run_keys(), 5, "refused")
        self.assertEqual(run.json["incomplete"], ["slow"])
        self.assertEqual(len(run.json["keys"]), len(server.keys()))

    def test_profiles_may_be_named_several_times(self):
        first = self.stand_in("--users", 3, account="one")
        run = self.home.run("keys", "one", "--profile", "nosuch", "--json")
        self.error(run, 5, "refused")
        self.assertEqual(len(run.json["keys"]), len(first.keys()))


class Remembered(Fleet):
    def test_what_was_seen_is_shown_again_without_a_call(self):
        server = self.stand_in("--users", 30, "--keys-per-user", "mixed")
        fresh = self.run_keys()
        asked = server.stats()["requests"]
        cached = self.ends(self.run_keys("--cached"), 0)
        self.assertEqual([key["key"] for key in cached.json["keys"]], [key["key"] for key in fresh.json["keys"]])
        self.assertEqual(server.stats()["requests"], asked)
        self.assertEqual(self.ends(self.run_keys("--cached", "--where", "slots = 2"), 0).json["keys"],
                         [key for key in cached.json["keys"] if int(key["user"][-6:]) % 3 == 2])

    def test_nothing_remembered_is_said_and_not_taken_for_an_empty_account(self):
        self.stand_in("--users", 3)
        run = self.error(self.run_keys("--cached"), 5, "refused")
        self.assertIn("no whole scan", run.json["error"]["message"])
        self.assertEqual(run.json["error"]["hint"], "keybaton keys b")
        self.ends(self.home.run(*run.json["error"]["hint"].split()[1:]), 0)
        self.ends(self.run_keys("--cached"), 0)

    def test_of_a_profile_alone_the_scan_that_is_missing_is_named_too(self):
        server = self.stand_in("--users", 3)
        how = {"env": {"AWS_ENDPOINT_URL": server.url, "AWS_REGION": "us-east-1"}}
        run = self.error(self.run_keys("--cached", "--profile", "b", **how), 5, "refused")
        self.assertEqual(run.json["error"]["hint"], "keybaton keys --profile aws:b")
        self.ends(self.home.run(*run.json["error"]["hint"].split()[1:], **how), 0)
        self.ends(self.run_keys("--cached", "--profile", "b", **how), 0)

    def test_it_is_told_when_each_account_was_seen(self):
        self.stand_in("--users", 3)
        self.stand_in("--users", 3, account="c")
        self.assertNotIn("scanned", self.ends(self.run_keys(), 0).json)
        for words in ((), ("--count-by", "status")):
            scanned = self.ends(self.run_keys("--cached", *words), 0).json["scanned"]
            self.assertEqual(sorted(scanned), ["b", "c"])
            for at in scanned.values():
                self.assertRegex(at, r"^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$")

    def test_a_file_that_cannot_be_read_is_said_until_a_scan_makes_it_anew(self):
        server = self.stand_in("--users", 30)
        self.whole(self.run_keys(), server)
        content = self.snapshot().read_bytes()
        for name, damaged in (("random", os.urandom(65536)), ("zeros", bytes(8192)), ("half", content[:len(content) // 2]),
                              ("header", content[:100])):
            with self.subTest(name):
                self.snapshot().write_bytes(damaged)
                for words in (("keys", "--cached", "--json"), ("keys", "--trend", "30d", "--json"), ("metrics", "--cached"),
                              ("keys", "--cached", "--count-by", "status")):
                    run = self.home.run(*words)
                    self.ends(run, 9)
                    self.assertIn("What scans remembered", run.out + run.err)
                self.assertEqual(self.run_keys("--cached").json["error"]["hint"], "keybaton keys")
                self.whole(self.run_keys(), server)
                self.ends(self.run_keys("--cached"), 0)

    def test_the_file_may_be_deleted_or_damaged_at_any_time(self):
        server = self.stand_in("--users", 30)
        for spoil in (lambda path: path.unlink(), lambda path: path.write_bytes(b"x" * 5000), lambda path: path.write_bytes(b"")):
            self.whole(self.run_keys(), server)
            spoil(self.snapshot())
        self.whole(self.run_keys(), server)
        self.assertEqual(self.snapshot().stat().st_mode & 0o777, 0o600)

    def spoil_inside(self):
        """The pages behind the header, so that the file still opens."""
        path = self.snapshot()
        content = path.read_bytes()
        self.assertGreater(len(content), 3 * 4096)
        path.write_bytes(content[:2 * 4096] + b"\xff" * (len(content) - 2 * 4096))

    def test_a_damage_inside_the_file_stops_no_scan_and_is_not_blamed_on_the_journal(self):
        server = self.stand_in("--users", 300)
        self.whole(self.run_keys(), server)
        self.spoil_inside()
        run = self.error(self.run_keys("--cached"), 9, "storage")
        self.assertIn("What scans remembered", run.json["error"]["message"])
        self.assertEqual(run.json["error"]["hint"], "keybaton keys")
        for word in ("backup", "history", "the journal"):
            self.assertNotIn(word, run.out + run.err)
        for words in (("keys", "--json"), ("plan", "b", "--json"), ("metrics",)):
            with self.subTest(words=words):
                self.ends(self.home.run(*words, timeout=110), 0)
                self.assertEqual(len(self.ends(self.run_keys("--cached"), 0).json["keys"]), 600)
                self.spoil_inside()
        self.whole(self.run_keys(), server)

    def test_a_full_disk_costs_a_scan_no_key(self):
        server = self.stand_in("--users", 300)

        def no_room():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (48 * 1024, resource.RLIM_INFINITY))

        done = subprocess.run([os.environ["KEYBATON"], "keys", "--json"], env=self.home.env, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, timeout=110, preexec_fn=no_room)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual({key["key"] for key in json.loads(done.stdout)["keys"]}, set(server.keys()))
        self.assertIn("no whole scan", self.error(self.run_keys("--cached"), 5, "refused").json["error"]["message"])

    def hours_pass(self):
        with sqlite3.connect(self.snapshot()) as file:
            file.execute("UPDATE scan SET began = began - 7200, ended = ended - 7200")
        file.close()

    def test_a_list_that_is_replaced_while_it_waits_never_passes_for_the_whole(self):
        server = self.stand_in("--users", 6000, "--keys-per-user", 1)
        self.whole(self.run_keys(), server)
        waiting = subprocess.Popen([os.environ["KEYBATON"], "keys", "--cached", "--json"], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, env=self.home.env, text=True)
        self.assertTrue(select.select([waiting.stdout], [], [], 60)[0])  # and now it waits in the pipe
        for _ in range(2):
            self.hours_pass()
            self.ends(self.run_keys("--count-by", "status"), 0)
        out, _ = waiting.communicate(timeout=60)
        document = json.loads(out)
        self.assertEqual(waiting.returncode, 5)
        self.assertEqual(document["incomplete"], ["b"])
        self.assertIn("newer scan", document["error"]["message"])
        self.assertLess(len(document["keys"]), 6000)

    def test_a_list_outlives_the_next_scan(self):
        server = self.stand_in("--users", 6000, "--keys-per-user", 1)
        self.whole(self.run_keys(), server)
        self.hours_pass()
        waiting = subprocess.Popen([os.environ["KEYBATON"], "keys", "--cached", "--json"], stdout=subprocess.PIPE,
                                   env=self.home.env, text=True)
        self.assertTrue(select.select([waiting.stdout], [], [], 60)[0])
        self.ends(self.run_keys("--count-by", "status"), 0)
        out, _ = waiting.communicate(timeout=60)
        self.assertEqual(waiting.returncode, 0)
        self.assertEqual(len(json.loads(out)["keys"]), 6000)

    def test_a_scan_cut_short_is_not_remembered_as_the_account(self):
        server = self.stand_in("--users", 3000, "--latency-ms", 20)
        whole = self.stand_in("--users", 10)
        self.whole(self.run_keys(), whole)
        self.accounts["b"] = self.accounts["b"].replace(whole.url, server.url)
        self.config()
        child = subprocess.Popen([os.environ["KEYBATON"], "keys", "--json"], stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL, env=self.home.env)
        time.sleep(1)
        child.send_signal(signal.SIGINT)
        self.assertEqual(child.wait(timeout=20), 130)
        for words in (["keys"], ["metrics"], ["plan", "b"], ["run", "--once", "--json"]):
            child = subprocess.Popen([os.environ["KEYBATON"], *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                     env=self.home.env, text=True)
            time.sleep(1)
            child.send_signal(signal.SIGINT)
            out, err = child.communicate(timeout=20)
            self.assertEqual(child.returncode, 130, err)
            self.assertRegex(" ".join((out + err).split()), '(Next: |"hint":")run the (same )?command again', words)
            self.assertNotIn("doctor", out + err)
        killed = subprocess.Popen([os.environ["KEYBATON"], "keys", "--json"], stdout=subprocess.DEVNULL, env=self.home.env)
        time.sleep(1)
        killed.kill()
        killed.wait()
        cached = self.ends(self.run_keys("--cached"), 0)
        self.assertEqual({key["key"] for key in cached.json["keys"]}, set(whole.keys()))

    def test_writing_it_never_holds_the_journal(self):
        server = self.stand_in("--users", 20)
        self.whole(self.run_keys(), server)
        with sqlite3.connect(self.snapshot(), isolation_level=None) as other:
            other.execute("BEGIN EXCLUSIVE")
            began = time.monotonic()
            self.ends(self.home.run("history", "--json"), 0)
            self.ends(self.home.run("status", "--json"), 0)
            self.assertLess(time.monotonic() - began, 5)
            other.execute("ROLLBACK")
        other.close()


class Twice(Fleet):
    def test_an_account_that_is_named_twice_is_read_once(self):
        server = self.stand_in("--users", 20)
        for words in (("b", "b"), ("--profile", "b", "--profile", "b")):
            env = {"AWS_ENDPOINT_URL": server.url, "AWS_REGION": "us-east-1"}
            self.whole(self.run_keys(*words, env=env), server)


class Reports(Fleet):
    def test_the_credential_report_spares_calls_and_leaves_no_unused_key_out(self):
        server = self.stand_in("--users", 1200, "--offenders", "0.10")
        full = self.ends(self.run_keys("--unused-for", "90d"), 0)
        before = server.stats()["requests"]
        short = self.ends(self.run_keys("--unused-for", "90d", "--report"), 0)
        asked = server.stats()["requests"] - before
        self.assertGreater(len(full.json["keys"]), 100)
        known = lambda run: [(key["key"], key["last_used_at"], key["user_id"]) for key in run.json["keys"]]
        self.assertEqual(known(short), known(full))
        self.assertLess(asked, 0.15 * before)
        self.assertIn("By the credential report of", short.err)
        self.assertEqual(self.ends(self.run_keys("--cached"), 0).json["keys"][0]["account"], "b")
        self.assertEqual(len(self.run_keys("--cached").json["keys"]), 2400, "what was passed over is no whole scan")

    def test_one_that_is_days_old_rules_nothing_out(self):
        server = self.stand_in("--users", 300, "--offenders", "0.10", "--now", int(time.time()) - 25 * 3600)
        full = self.ends(self.run_keys("--unused-for", "90d"), 0)
        before = server.stats()["requests"]
        run = self.ends(self.run_keys("--unused-for", "90d", "--report"), 0)
        self.assertEqual([key["key"] for key in run.json["keys"]], [key["key"] for key in full.json["keys"]])
        self.assertGreaterEqual(server.stats()["requests"] - before, before)
        self.assertIn("too old to go by", run.err)
        self.assertNotIn("By the credential report", run.err)

    def test_it_is_refused_where_it_could_rule_nothing_out(self):
        self.stand_in("--users", 3)
        for words in ((), ("--where", "age > 90d"), ("--where", "never_used")):
            self.three_parts(self.home.run("keys", "--report", *words), 2, "usage", "--report can only rule out")


class Terminal(Fleet):
    def test_a_long_scan_says_how_far_it_is(self):
        self.stand_in("--users", 1500, "--latency-ms", 20)
        master, slave = pty.openpty()
        child = subprocess.Popen([os.environ["KEYBATON"], "keys", "--count-by", "status"], stdout=subprocess.PIPE,
                                 stderr=slave, env={**self.home.env, "TERM": "xterm", "COLUMNS": "120"}, text=True)
        os.close(slave)
        seen = b""
        while select.select([master], [], [], 20)[0]:
            try:
                piece = os.read(master, 4096)
            except OSError:
                break
            if not piece:
                break
            seen += piece
        out = child.communicate(timeout=20)[0]
        os.close(master)
        self.assertIn("total matched: 3000", out)
        self.assertRegex(seen.decode(), r"Scanning b: [\d,]+ of 1,500 users, [\d,]+ keys, [\d,]+ users/s, \d+s left")
        self.assertTrue(seen.endswith(b"\r\x1b[K"), "the line is taken away again")


if __name__ == "__main__":
    main()

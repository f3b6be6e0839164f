"""No piece of a live secret is anywhere but in the locations that are to hold it: invariants 14 and 15, looked at from
outside, in every state that a kill leaves."""
import base64
import json
import os
import pathlib
import resource
import signal
import stat
import subprocess
import sys
import threading
import time
import unittest
import urllib.parse

import killing
from harness import ADMIN_SECRET
from worlds import KEYBATON, KIND, OLD_SECRET, TARGET, OneWorld, World, must

PIECE = 12
ADVANCING = ("rotate", "resume", "rollback")
EVERY = int(os.environ.get("KEYBATON_SECRETS_EVERY", 29))  # each so manieth point is looked at here


def forms(secret):
    raw = secret.encode()
    yield raw
    for shift in range(3):  # base64 of the secret somewhere in a longer text
        text = base64.b64encode(b"\0" * shift + raw)
        yield text[4 if shift else 0:len(text) - 4]
    yield base64.urlsafe_b64encode(raw)
    yield raw.hex().encode()
    yield raw.hex().upper().encode()
    yield urllib.parse.quote(secret, safe="").encode()
    yield urllib.parse.quote(secret, safe="").lower().encode()
    yield json.dumps(secret)[1:-1].replace("/", "\\/").encode()
    yield json.dumps(secret)[1:-1].replace("+", "\\u002b").replace("/", "\\u002f").encode()


def pieces(secrets):
    return {form[at:at + PIECE] for secret in secrets for form in forms(secret) for at in range(len(form) - PIECE + 1)}


def found(content, wanted):
    """The first piece of a secret in these bytes, or None."""
    # Cutting the content once and looking each cut up is linear, however many pieces there are.
    return next((content[at:at + PIECE] for at in range(len(content) - PIECE + 1) if content[at:at + PIECE] in wanted),
                None)


def allow_cores():
    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (most, most))


class Watcher(threading.Thread):
    """Reads the argv and the environment of a process and its children for as long as they live."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.seen, self.looks, self.core = pid, set(), 0, None

    def run(self):
        while True:
            try:
                children = pathlib.Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
                for pid in (self.pid, *children):
                    here = pathlib.Path(f"/proc/{pid}")
                    self.seen.add((here / "cmdline").read_bytes())
                    try:
                        self.seen.add((here / "environ").read_bytes())
                    except PermissionError:
                        self.seen.add(b"(not even we may read its environment)")
                for line in pathlib.Path(f"/proc/{self.pid}/limits").read_text().splitlines():
                    if line.startswith("Max core file size"):
                        self.core = line.split()[4:6]
                self.looks += 1
            except (FileNotFoundError, ProcessLookupError):
                return


class Secrets(OneWorld):
    def live(self):
        """The secret of every key that the cloud knows, and those that the test began with."""
        known = {OLD_SECRET, ADMIN_SECRET}
        for account in self.world.control("GET", "state")["accounts"]:
            for user in account["users"]:
                known |= {key["secret"] for key in (*user["keys"], *user.get("bin", []))}
        return known

    def look_at_files(self, wanted):
        """Every file of the home but the two locations and, after a kill, their temporary files, which are private."""
        places = {self.world.credentials, self.world.home / "app.env"}
        looked = 0
        files = [file for file in self.world.home.rglob("*") if file.is_file()]
        files += [file for file in pathlib.Path("/tmp").glob("keybaton-*") if file.is_file()]
        for file in files:
            if file in places:
                continue
            if ".keybaton-" in file.name and file.name.startswith((f".{self.world.credentials.name}.", ".app.env.")):
                self.assertEqual(stat.S_IMODE(file.stat().st_mode) & 0o077, 0, file)
                continue
            try:
                content = file.read_bytes()
            except FileNotFoundError:  # of another process that keeps its notes in the same place, gone by now
                continue
            self.assertIsNone(found(content, wanted), file)
            looked += 1
        self.assertFalse(list(self.world.home.rglob("core*")), "a core")
        return looked

    def watched(self, *words):
        """One command with its log on, looked at from all sides while it runs."""
        if words[0] in ADVANCING:
            self.world.fault(fault="slow_before", action="GetCallerIdentity", wait_ms=200)
        process = subprocess.Popen([KEYBATON, *words, "-v", "--log-format", "json"], env=self.world.env,
                                   cwd=self.world.home, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, preexec_fn=allow_cores)
        watcher = Watcher(process.pid)
        watcher.start()
        out, err = process.communicate(timeout=60)
        watcher.join(10)
        if words[0] in ADVANCING:
            self.assertGreater(watcher.looks, 0, "it was looked at while it ran")
            self.assertEqual(watcher.core, ["0", "0"], "no core may be written")
        wanted = pieces(self.live())
        for what in (out, err, *watcher.seen):
            self.assertIsNone(found(what, wanted), (words, what))
        self.look_at_files(wanted)
        return process.returncode, err

    def test_this_would_find_one(self):
        self.world.back_to("moved")
        wanted = pieces(self.live())
        held = self.world.credentials.read_bytes()
        self.assertIsNotNone(found(held, wanted))
        secret = "ab/cd+ef/gh+ij/kl+mn/op+qr/st+uv/wx+yz/12"
        for text in (secret, base64.b64encode(f"id:{secret}".encode()).decode(), secret.encode().hex(),
                     urllib.parse.quote(secret, safe=""), json.dumps({"s": secret}), secret.replace("/", "\\/")):
            self.assertIsNotNone(found(text.encode(), pieces([secret])), text)
        self.assertIsNone(found(b"x" * 100, wanted))

    def test_a_whole_rotation(self):
        self.world.back_to("fresh")
        code, err = self.watched("rotate", TARGET, "--yes")
        self.assertEqual(code, 4, err)
        self.assertIn(b'"event":"request"', err, "the log is on")
        self.world.used(self.world.held())
        self.assertEqual(self.watched("resume", "--yes", "--wait")[0], 0)
        for words in (["status", "--all"], ["status", "--all", "--json"], ["history", "--limit", "0"],
                      ["history", "export"], ["history", "verify"], ["keys"], ["doctor"]):
            self.watched(*words)
        self.world.check_end(state="completed")

    def test_a_rollback(self):
        self.world.back_to("deactivated")
        self.assertEqual(self.watched("rollback", "--yes", "--wait")[0], 0)
        self.world.check_end(state="rolled_back")

    def test_replies_that_echo_the_secret_or_are_garbage(self):
        for fault in ("leak", "garbage", "error_500_after", "drop_reply"):
            with self.subTest(fault):
                self.world.back_to("fresh")
                self.world.fault(fault=fault, action="CreateAccessKey")
                code, _ = self.watched("rotate", TARGET, "--yes", "--json")
                self.assertIn(code, (4, 6))
                self.watched("status", "--json")

    def test_a_crash_on_purpose_leaves_no_core(self):
        self.world.back_to("fresh")
        self.world.fault(fault="slow_after", action="CreateAccessKey", wait_ms=500)
        process = subprocess.Popen([KEYBATON, "rotate", TARGET, "--yes"], env=self.world.env, cwd=self.world.home,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        deadline = time.monotonic() + 20
        while self.world.control("GET", "faults")[0]["struck"] == 0:
            must(time.monotonic() < deadline, "the create never came")
            time.sleep(0.005)
        process.send_signal(signal.SIGABRT)
        out, err = process.communicate(timeout=30)
        wanted = pieces(self.live())
        for what in (out, err):
            self.assertIsNone(found(what, wanted))
        self.look_at_files(wanted)

    def look_after_kills(self, moment, words):
        self.world.back_to(moment)
        points = killing.points(self.world, words)[1]
        # Each kind of file at its own calls, and a sample of the journal's many.
        chosen = [point for at, point in enumerate(points)
                  if at % EVERY == 0 or ("journal" not in point.about and point.call in killing.DISK)]
        for point in chosen:
            with self.subTest(str(point), moment=moment):
                self.world.back_to(moment)
                self.assertEqual(killing.kill_at(self.world, words, point), point)
                self.assertGreater(self.look_at_files(pieces(self.live())), 0)
        print(f"looked at what {len(chosen)} kills left ({moment})", file=sys.stderr)

    def test_what_a_kill_leaves_behind(self):
        self.look_after_kills("fresh", ["rotate", TARGET, "--yes"])
        self.look_after_kills("moved", ["resume", "--yes", "--wait"])
        self.look_after_kills("deactivated", ["rollback", "--yes", "--wait"])

    @unittest.skipUnless(KIND.has_bin, "what this cloud deletes is gone")
    def test_a_late_undo(self):
        self.world = World()
        self.addCleanup(self.world.close)
        self.world.remember_late()
        self.look_at_files(pieces(self.live()))
        self.look_after_kills("deactivated", ["resume", "--yes", "--wait"])
        self.look_after_kills("completed", ["rollback", TARGET, "--yes", "--wait"])
        self.world.back_to("completed")
        self.assertEqual(self.watched("rollback", TARGET, "--yes", "--wait")[0], 0)
        self.world.check_end(state="rolled_back")


if __name__ == "__main__":
    killing.run_suite()

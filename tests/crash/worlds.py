"""A world that can be put back to a moment: a home directory and a simulated cloud, and what must hold in it."""
import collections
import contextlib
import json
import os
import pathlib
import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "cli"))
import harness  # noqa: E402
from clouds import KIND  # noqa: E402,F401
from harness import ADMIN, OLD, OLD_SECRET, KEYBATON, STATE, Run  # noqa: E402,F401

CONSUMER = os.environ["CONSUMER"]
TARGET = "sim/app"
OPS = {"CreateAccessKey": "create_key", "DeleteAccessKey": "delete_key",
       "RestoreAccessKeyFromRecycleBin": "undelete_key"}
MUTATIONS = (*OPS, "UpdateAccessKey")
ENOUGH = 12  # commands, invariant 18
# A disk of memory makes thousands of durable commits affordable; what a kill leaves is the same there.
if os.access("/dev/shm", os.W_OK):
    tempfile.tempdir = "/dev/shm"


class Broken(AssertionError):
    """Something that must hold does not."""


def must(holds, *what):
    if not holds:
        raise Broken("; ".join(str(each) for each in what))


class World(harness.Cloud):
    def __init__(self, **how):
        super().__init__(**how)
        self.shelf = pathlib.Path(tempfile.mkdtemp(prefix="keybaton-shelf-"))
        self.moments = {}
        self.sealed_bytes = set()
        self.late = False  # the old values of the locations stay sealed after the delete

    def close(self):
        self.server.kill()
        self.server.wait()
        shutil.rmtree(self.home, ignore_errors=True)
        shutil.rmtree(self.shelf, ignore_errors=True)

    # ---- moments ---------------------------------------------------------------------------------------------

    def remember(self, name):
        copy = self.shelf / name
        shutil.copytree(self.home, copy, symlinks=True)
        state = self.control("GET", "state")
        self.moments[name] = (copy, {key: state[key] for key in ("options", "accounts") if key in state})

    def back_to(self, name):
        copy, state = self.moments[name]
        shutil.rmtree(self.home)
        shutil.copytree(copy, self.home, symlinks=True)
        self.control("POST", "reset", state)
        self.sealed_bytes = set()
        self.note_sealed()

    def remember_all(self):
        """fresh, moved (deployed, and the new key was used) and deactivated."""
        self.remember("fresh")
        self.to_deployed()
        self.remember("deployed")
        self.used(self.held())
        self.remember("moved")
        done = self.run("resume", "--yes", "--through", "deactivate", "--json")
        must(done.code == 0 and done.json["state"] == "deactivated", done)
        self.remember("deactivated")

    def remember_late(self):
        """completed, of a cloud with a recycle bin: the old values of the locations are kept for a late undo."""
        self.late = True
        self.config(policy=harness.FAST.replace("}", ", late_undo: 30d}"))
        self.remember_all()
        done = self.run("resume", "--yes", "--wait", "--json")
        must(done.code == 0 and done.json["state"] == "completed", done)
        must(list(self.bin()) == [OLD], "the old key is in the recycle bin", self.bin())
        self.remember("completed")

    # ---- what is there ---------------------------------------------------------------------------------------

    def held(self):
        """The key that the consumer's profile holds: with its own secret, or the file is torn."""
        text = self.credentials.read_text()
        pair = KIND.pair_in(text, "app")
        must(pair, "the credentials file is torn", text)
        must(text == KIND.credentials({"admin": (ADMIN, harness.ADMIN_SECRET), "app": pair}), text)
        return pair[0]

    def env_held(self):
        return re.search(rf"^{KIND.env_id}=(\S+)$", (self.home / "app.env").read_text(), re.M)[1]

    def rotations(self):
        return self.run("status", "--all", "--json").json["rotations"]

    def rotation(self):
        found = self.rotations()
        return found[0] if found else None

    def history(self):
        return [json.loads(line) for line in self.run("history", "--limit", "0", "--json").out.splitlines()]

    def mutations(self):
        return [entry for entry in self.control("GET", "log") if entry["action"] in MUTATIONS]

    # ---- what must hold --------------------------------------------------------------------------------------

    def check_always(self):
        """In every state, crashes included: nobody is left with a dead key, and the journal is whole."""
        keys = self.keys()
        must(keys.get(self.held()) == "Active", "the consumer's key is not Active", keys, self.held())
        must(keys.get(self.env_held()) == "Active", "the service's key is not Active", keys, self.env_held())
        if self.rotations():
            verified = self.run("history", "verify", "--json")
            must(verified.code == 0 and verified.json["ok"], "invariant 20", verified)  # Invariant 20
        self.note_sealed()

    def note_sealed(self):
        """Remembers every wrapped key and sealed secret seen, read from a copy: opening the journal may mend it."""
        if not self.journal.exists():
            return
        copy = self.shelf / "peek.db"
        for name in ("", "-journal"):
            pathlib.Path(f"{copy}{name}").unlink(missing_ok=True)
            if pathlib.Path(f"{self.journal}{name}").exists():
                shutil.copyfile(f"{self.journal}{name}", f"{copy}{name}")
        with contextlib.closing(sqlite3.connect(copy)) as file:
            if file.execute("select count(*) from sqlite_master where name = 'wrapped_key'").fetchone() == (1,):
                for table in ("wrapped_key", "sealed"):
                    self.sealed_bytes |= {row[0] for row in file.execute(f"select bytes from {table}")}

    def check_intents(self):
        """Invariants 3 and 20: each mutation the cloud saw was intended, a create attempt was sent at most once."""
        intended = collections.Counter()
        for record in self.history():
            if record["kind"] == "intent" or record["detail"].get("spilled_kind") == "intent":
                intended[record["detail"]["op"], record["key"] or ""] += 1
        seen = collections.Counter()
        for entry in self.mutations():
            op = OPS.get(entry["action"], "activate_key" if entry["asked_status"] == "Active" else "deactivate_key")
            seen[op, entry["target_key"]] += 1
        for (op, key), times in seen.items():
            # Reactivating is safe to repeat and goes out again under the intent that an interruption left.
            allowed = intended[op, key] if op != "activate_key" else intended[op, key] * ENOUGH
            must(times <= allowed, f"{op} of {key or 'a new key'}: {times} on the wire, {intended[op, key]} intended")

    def check_nothing_left(self):
        """No spill, no temporary file, no side file, no wrapped key but for a late undo (invariants 14 and 15)."""
        kept = self.late and self.rotation()["state"] == "completed"
        beside = {file.name for file in self.journal.parent.iterdir()}
        # A commit that was killed before it began to write the journal leaves its notes; the next commit clears them.
        snapshot = {"journal-fleet.db", "journal-fleet.db-journal"}  # of what scans saw; without a secret
        must(beside <= {"journal.db", "journal.db-journal"} | snapshot, "beside the journal", beside)
        for name in beside:
            content = (self.journal.parent / name).read_bytes()
            for sealed in () if kept else self.sealed_bytes:
                for at in range(0, len(sealed) - 12, 12):
                    must(sealed[at:at + 12] not in content, "invariant 15: sealed bytes in", name)
        must({file.name for file in self.credentials.parent.iterdir()} == {self.credentials.name},
             "beside the credentials", list(self.credentials.parent.iterdir()))
        must({file.name for file in (self.home / ".config/keybaton").iterdir()} <= {"config.yaml", "sealing.key"},
             "beside the config", list((self.home / ".config/keybaton").iterdir()))
        must({file.name for file in self.home.iterdir()} <= {"port", KIND.directory, ".config", ".local", "app.env"},
             "in the home", list(self.home.iterdir()))
        for record in self.rotations():
            must(not list(pathlib.Path("/tmp").glob(f"keybaton-spill-{record['rotation']}*")), "notes in /tmp")

    def check_end(self, *, state):
        record = self.rotation()
        must(record["state"] == state, f"{record['state']} instead of {state}")
        key = record["new_key"] if state == "completed" else OLD
        must(self.keys() == {key: "Active"}, "exactly one key, Active", self.keys(), key)
        gone = {each for each in (OLD, record["new_key"]) if each not in (None, key)}
        must(not KIND.has_bin or gone <= set(self.bin()), "the other key can come back", self.bin(), gone)
        must(self.held() == key and self.env_held() == key, "the locations hold another key")
        self.check_always()
        self.check_intents()
        self.check_nothing_left()

    # ---- the operator ----------------------------------------------------------------------------------------

    def follow(self, *first):
        """What an operator does who types `first` and then the hint of every stop, to the end."""
        said, words = [], list(first)
        for _ in range(ENOUGH):
            run = self.run(*words, "--yes", "--wait", "--json", timeout=120)
            said.append(f"{' '.join(words)} -> {run.code}")
            self.check_always()
            document = run.json
            if run.code == 0:
                return said
            must("error" in document, run)
            said.append(document["error"]["message"])
            hint = document["error"]["hint"]
            must(hint.startswith("keybaton "), "the hint is no command", *said, hint)
            words = [word for word in shlex.split(hint)[1:] if not word.startswith("--yes")]
        raise Broken(f"no end after {ENOUGH} commands: " + "\n".join(said))

    def consumer(self):
        return Consumer(self)


class Consumer:
    """The real one: signs a call with the key in its credentials file, over and over."""

    def __init__(self, world):
        self.file = world.shelf / "report"
        self.file.unlink(missing_ok=True)
        self.process = subprocess.Popen(
            [CONSUMER, "--endpoint", world.url, "--cloud", KIND.name, "--credentials-file", str(world.credentials),
             "--profile", "app", "--service", KIND.service, "--interval-ms", "30", "--report", str(self.file)],
            stdout=subprocess.DEVNULL, env=world.env)

    def report(self):
        """What it has seen so far."""
        return json.loads(self.file.read_text()) if self.file.exists() else {"calls_refused": 0, "keys": {}}

    def until_it_used(self, key):
        deadline = time.monotonic() + 20
        while not self.report()["keys"].get(key):
            must(time.monotonic() < deadline, "the consumer never signed with", key, self.report())
            time.sleep(0.005)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


def signs(world):
    """A call signed with what the credentials file holds was accepted by the cloud."""
    with world.consumer() as consumer:
        consumer.until_it_used(world.held())
        must(consumer.report()["calls_refused"] == 0, "the consumer was refused", consumer.report())
    return True


class OneWorld(unittest.TestCase):
    """A suite whose tests share one world, which remembers each moment to start from."""

    @classmethod
    def setUpClass(cls):
        cls.world = World()
        cls.addClassCleanup(cls.world.close)
        cls.world.remember_all()

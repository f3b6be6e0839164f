"""The way back, from every state before the delete and with everything gone that it can do without: the old key is
Active within two seconds of the command, and once the cause is mended the same command brings the rest back.
Invariants 12 and 16."""
import datetime
import json
import resource
import shutil
import signal
import subprocess
import sys
import time
import unittest

import killing
from worlds import KEYBATON, KIND, OLD, TARGET, Run, World, must, signs

ENOUGH_SECONDS = 2
STATES = ("planned", "created", "half deployed", "deployed", "verified", "deactivated", "delete pending")
NEVER_DEPLOYED = ("planned", "created")
NEEDS_ACTIVATION = ("deactivated", "delete pending", "completed")


def utc(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def remember_states(world):
    world.remember_all()
    world.back_to("fresh")
    world.fault(fault="access_denied", action="CreateAccessKey")
    must(world.run("rotate", TARGET, "--yes", "--json").code == 5, "a denied create")
    world.control("DELETE", "faults")
    world.remember("planned")
    must(world.run("resume", "--through", "create", "--json").code == 0, "the create")
    world.remember("created")
    words = ("resume", "--yes", "--through", "deploy")
    second = [point for point in killing.points(world, words)[1] if point.call == "rename"][1]
    world.back_to("created")
    must(killing.kill_at(world, words, second) == second, "a kill between two locations")
    world.remember("half deployed")
    must(world.held() != OLD and world.env_held() == OLD, "one location written, one not")
    world.back_to("moved")
    must(world.run("resume", "--yes", "--through", "verify", "--json").code == 0, "the verify")
    world.remember("verified")
    world.back_to("deactivated")
    words = ("resume", "--yes")
    last = [point for point in killing.points(world, words)[1] if point.call == "recvfrom"][-1]
    world.back_to("deactivated")
    world.fault(fault="drop_request", action="DeleteAccessKey")
    must(killing.kill_at(world, words, last) == last, "a kill after the delete was sent")
    must(world.control("GET", "faults")[0]["struck"] == 1, "its request was dropped")
    must(OLD in world.keys(), "the old key is there")
    world.control("DELETE", "faults")
    world.remember("delete pending")


class Trouble:
    """One thing that is wrong while the operator wants to go back."""

    words = ()
    env = {}

    def __init__(self, world):
        self.world = world

    def make(self):
        pass

    def mend(self):
        pass

    def code(self, _):
        return 0

    def preparation(self):
        return None


class Nothing(Trouble):
    pass


class BrokenConfig(Trouble):
    def make(self):
        self.world.write(".config/keybaton/config.yaml", "accounts: [oops\n\t%%%: {")


class NoConfig(Trouble):
    def make(self):
        (self.world.home / ".config/keybaton/config.yaml").unlink()


class HeldElsewhere(Trouble):
    """A process on this host that is alive, has the lease and will not answer."""

    def make(self):
        self.world.fault(fault="slow_before", action="GetCallerIdentity", wait_ms=1500)
        self.holder = subprocess.Popen([KEYBATON, "resume", "--yes", "--json"], env=self.world.env, text=True,
                                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        deadline = time.monotonic() + 20
        while self.world.control("GET", "faults")[0]["struck"] == 0:
            must(time.monotonic() < deadline, "the holder never asked")
            time.sleep(0.01)
        self.holder.send_signal(signal.SIGSTOP)
        must(self.world.run("resume", "--yes").code == 8, "another resume is kept out")

    def mend(self):
        before = self.world.mutations()
        self.holder.send_signal(signal.SIGCONT)
        out, err = self.holder.communicate(timeout=60)
        must(self.holder.returncode == 8, "the old holder is fenced off", self.holder.returncode, out, err)
        must(self.world.mutations() == before, "the old holder changed something")


class NoSealingKey(Trouble):
    def make(self):
        self.file = self.world.home / ".config/keybaton/sealing.key"
        self.kept = self.file.read_bytes() if self.file.exists() else None
        self.file.unlink(missing_ok=True)

    def mend(self):
        if self.kept is not None:
            self.file.write_bytes(self.kept)
            self.file.chmod(0o600)

    def code(self, state):
        return 0 if state in NEVER_DEPLOYED else 9


class FullDisk(Trouble):
    """A small file system filled to the last byte where that may be mounted, else a limit on every file's size."""

    def code(self, _):
        return 9

    def make(self):
        self.disk = self.world.shelf / "disk"
        self.disk.mkdir(exist_ok=True)
        self.mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(self.disk)],
                                      capture_output=True, check=False).returncode == 0
        self.usual = self.world.journal.parent
        shutil.copytree(self.usual, self.disk / "keybaton", symlinks=True)
        (self.disk / "keybaton").chmod(0o700)
        self.words = ("--journal", str(self.disk / "keybaton/journal.db"))
        if self.mounted:
            with open(self.disk / "filler", "wb", buffering=0) as filler:
                for size in (4096, 1):
                    try:
                        while True:
                            filler.write(b"x" * size)
                    except OSError:
                        pass

    def preparation(self):
        if self.mounted:
            return None

        def limit():
            # Room for the notes of an emergency, none for a page of the journal.
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
        return limit

    def mend(self):
        (self.disk / "filler").unlink(missing_ok=True)
        shutil.rmtree(self.usual)
        shutil.copytree(self.disk / "keybaton", self.usual, symlinks=True)
        if self.mounted:
            subprocess.run(["umount", "-l", str(self.disk)], check=False)
        else:
            shutil.rmtree(self.disk / "keybaton")
        self.words = ()


class AnotherHome(Trouble):
    """Another HOME, empty, with settings of another account in the environment: what is pinned counts."""

    def make(self):
        home = self.world.shelf / "elsewhere"
        home.mkdir(exist_ok=True)
        self.words = ("--journal", str(self.world.journal))
        self.env = {"HOME": str(home), "XDG_CONFIG_HOME": str(home / "x"), "XDG_STATE_HOME": str(home / "y"),
                    "KEYBATON_CONFIG": str(home / "none.yaml"), **KIND.misleading}


class Rollback(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = World()
        cls.addClassCleanup(cls.world.close)
        remember_states(cls.world)
        cls.slowest = 0.0

    @classmethod
    def tearDownClass(cls):
        print(f"the old key was Active again after at most {cls.slowest:.2f} s", file=sys.stderr)

    def active_within(self, began):
        """Seconds from the command to the cloud's own record of the reactivation."""
        active = [entry for entry in self.world.control("GET", "log")
                  if entry["asked_status"] == "Active" and entry["target_key"] == OLD and entry["worked"]]
        must(active, "no reactivation reached the cloud")
        return (utc(active[0]["at"]) - began).total_seconds()

    def three_parts(self, run, code):
        document = json.loads(run.out)
        self.assertEqual(document["error"]["exit"], code, run)
        for part in ("message", "keys", "hint"):
            self.assertTrue(document["error"][part], run)
        self.assertRegex(document["error"]["hint"], r"keybaton (rollback|resume) ")

    def go_back(self, state, kind):
        world = self.world
        world.back_to(state)
        trouble = kind(world)
        trouble.make()
        began = utc(world.control("GET", "state")["now"])
        # Without an argument: the one open rotation.
        named = [TARGET] if state == "completed" else []
        words = ["rollback", *named, "--reason", "it hurts", "--yes", "--wait", "--json", *trouble.words]
        done = subprocess.run([KEYBATON, *words],
                              env={**world.env, **trouble.env}, preexec_fn=trouble.preparation(), text=True, timeout=60,
                              stdin=subprocess.DEVNULL, capture_output=True, check=False, restore_signals=False)
        run = Run(done)
        try:
            self.assertEqual(run.code, trouble.code(state), run)
            self.assertEqual(world.keys().get(OLD), "Active", run)
            if state in NEEDS_ACTIVATION:
                seconds = self.active_within(began)
                type(self).slowest = max(self.slowest, seconds)
                self.assertLess(seconds, ENOUGH_SECONDS)
            self.assertEqual(world.keys().get(world.held()), "Active", "the consumer's key works")
            if run.code:
                self.three_parts(run, run.code)
        finally:
            trouble.mend()
        if run.code:
            said = world.follow("rollback", *named)
        else:
            said = [run]
        world.check_end(state="cancelled" if state == "planned" else "rolled_back")
        self.assertTrue(signs(world), said)

    def from_everywhere(self, kind):
        for state in STATES:
            with self.subTest(state, trouble=kind.__name__):
                self.go_back(state, kind)

    @unittest.skipUnless(KIND.has_bin, "what this cloud deletes is gone")
    def test_after_the_delete(self):
        self.world = World()
        self.addCleanup(self.world.close)
        self.world.remember_late()
        for kind in (Nothing, BrokenConfig, NoConfig, NoSealingKey, AnotherHome):
            with self.subTest(trouble=kind.__name__):
                self.go_back("completed", kind)

    def test_with_nothing_in_the_way(self):
        self.from_everywhere(Nothing)

    def test_with_a_broken_config(self):
        self.from_everywhere(BrokenConfig)

    def test_without_a_config(self):
        self.from_everywhere(NoConfig)

    def test_while_a_stopped_process_holds_the_lease(self):
        self.from_everywhere(HeldElsewhere)

    def test_without_the_sealing_key(self):
        self.from_everywhere(NoSealingKey)

    def test_with_the_journals_disk_full(self):
        self.from_everywhere(FullDisk)

    def test_from_another_home_and_environment(self):
        self.from_everywhere(AnotherHome)


if __name__ == "__main__":
    killing.run_suite()

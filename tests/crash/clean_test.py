"""A clean of several keys, killed at any of its calls: the same command again, under the same consent, ends it. No key
goes that was not agreed to, none is switched off or deleted twice, and the journal is whole."""
import os
import random
import signal
import subprocess
import time
import unittest

import killing
from worlds import KEYBATON, World, must

from clean_fleet import KEPT, UNUSED_KEYS, state


POINTS = int(os.environ.get("KEYBATON_CRASH_POINTS", "0"))  # 0: all of them
WIDE = POINTS or 40  # kills at whatever moment, with several threads at work
CLEAN = ("clean", "--unused-for", "90d", "--yes", "--json")


def remaining(world):
    return {key: world.keys(user).get(key) for key, user in {**UNUSED_KEYS, **KEPT}.items()}


class Clean(unittest.TestCase):
    def setUp(self):
        self.world = World(state=state())
        self.addCleanup(self.world.close)
        self.world.config(extra="clean: {parallel: 1}\n")  # one thread, whose every call is a point
        self.world.remember("fresh")

    def mutations(self, action):
        return [call for call in self.world.calls(action) if call["worked"]]

    def whole(self, point):
        world = self.world
        must(remaining(world) == {**dict.fromkeys(UNUSED_KEYS), **dict.fromkeys(KEPT, "Active")}, point,
             remaining(world))
        deleted = [call["target_key"] for call in self.mutations("DeleteAccessKey")]
        must(sorted(deleted) == sorted(UNUSED_KEYS), point, "each is deleted once", deleted)
        switched = [call["target_key"] for call in self.mutations("UpdateAccessKey")]
        must(sorted(switched) == sorted(UNUSED_KEYS), point, "each is switched off once", switched)
        world.check_always()
        consents = {line["rotation"] for line in world.history() if line["detail"].get("what") == "consent_batch"}
        acts = {line["rotation"] for line in world.history() if line["detail"].get("op")}
        must(acts <= consents, point, "an act without a consent", acts - consents)

    def ended(self):
        """The same command again: twice at the most, for a consent that the kill came before."""
        for _ in range(3):
            run = self.world.run(*CLEAN)
            must(run.code in (0, 3), run)
            if all(each["state"] == "completed" for each in self.world.rotations()) and len(self.world.rotations()) == 3:
                return
        must(False, "not ended", run)

    def test_killed_at_any_call_it_is_ended_by_the_same_command(self):
        world = self.world
        code, found, out, err = killing.points(world, CLEAN)
        must(code == 0, code, out, err)
        self.whole("without a kill")
        chosen = found if POINTS == 0 else sorted(random.Random(7).sample(found, min(POINTS, len(found))),
                                                  key=found.index)
        for point in chosen:
            world.back_to("fresh")
            killing.kill_at(world, CLEAN, point)
            must(remaining(world).items() >= dict.fromkeys(KEPT, "Active").items(), point, "a key that is to stay")
            self.ended()
            self.whole(point)

    def test_killed_while_many_are_at_work_it_is_ended_by_the_same_command(self):
        world = self.world
        world.config(extra="clean: {parallel: 3}\n")
        world.control("POST", "options", {"latency_ms": 2})
        world.remember("wide")
        begun = time.monotonic()
        must(world.run(*CLEAN).code == 0, "without a kill")
        whole = time.monotonic() - begun
        self.whole("without a kill")
        killed = 0
        for part in range(1, WIDE + 1):
            world.back_to("wide")
            run = subprocess.Popen([KEYBATON, *CLEAN], env=world.env, cwd=world.home, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(whole * part / (WIDE + 1))
            run.kill()
            killed += run.wait() == -signal.SIGKILL
            self.ended()
            self.whole(f"killed after {part} of {WIDE + 1} parts")
        must(killed > WIDE // 2, "most were killed in time", killed)

    def test_killed_and_taken_up_by_the_batch(self):
        """What had begun is ended by `resume BATCH` alone; nothing beyond it is started."""
        world = self.world
        _, found, _, _ = killing.points(world, CLEAN)
        late = [point for point in found if point.call == "sendto"][-6:]
        for point in late[:: max(len(late) // 3, 1)]:
            world.back_to("fresh")
            killing.kill_at(world, CLEAN, point)
            batches = {each["batch"] for each in world.rotations()}
            must(len(batches) == 1, batches)
            run = world.run("resume", *batches, "--json")
            must(run.code == 0 and set(run.json["counts"]) == {"completed"}, point, run)
            self.whole(point)


if __name__ == "__main__":
    killing.run_suite()

"""The worker, killed at points all over a pass: the next passes lead everything to its end, with nothing done twice."""
import os
import time
import unittest

import killing
from harness import FAST
from worlds import OLD, World, must

UNASKED = FAST.replace("}", ", confirm: [], auto_rotate: true}")
PASS = ("run", "--once", "--json")
POINTS = int(os.environ.get("KEYBATON_CRASH_POINTS", "30"))
PASSES = 6


def make_world():
    world = World(policy=UNASKED)
    must(world.run("jobs", "add", "--id", "count", "--wait-for-event", "post_collect",
                   "search is(access_key) | count").code == 0, "a job")
    world.remember("old")  # a rotation by max_age begins
    must(world.run(*PASS).json["started"][0]["rotation"]["state"] == "deployed", "the first pass")
    world.used(world.held())
    world.remember("moved")  # the next pass ends it
    return world


def spread(points):
    """The last of them too; those after the same kind of call at the same file tell the least."""
    count = min(POINTS, len(points))
    chosen = [points[at * len(points) // count] for at in range(count)]
    return list(dict.fromkeys([*chosen, points[-1]]))


def lead_to_the_end(world):
    """What the timer does, and a person who runs the hint of a stop."""
    said = []
    for _ in range(PASSES):
        run = world.run(*PASS)
        said.append((run.code, run.json.get("error")))
        must(run.code not in (1, 8, 9, 10), "a pass after the kill", run)
        world.check_always()
        record = world.rotation()
        must(record, "no rotation was begun", run)
        if record["attention"]:
            with world.consumer():  # a key that nobody has the secret of is replaced, and the next one has to be used
                said.append(world.follow("resume"))
        if world.rotation()["state"] == "completed":
            break
        if world.held() != OLD:
            time.sleep(1.1)  # last-used has whole seconds, and a pass may have signed with it in this one
            world.used(world.held())
    record = world.rotation()
    must(record["state"] == "completed" and len(world.rotations()) == 1, "one rotation, completed", said, record)
    must(world.keys() == {record["new_key"]: "Active"}, "one key, Active", world.keys())
    must(world.held() == world.env_held() == record["new_key"], "the places hold it")
    world.check_always()
    world.check_intents()


class Killed(unittest.TestCase):
    def test_the_next_pass_leads_every_kill_to_the_end(self):
        world = make_world()
        self.addCleanup(world.close)
        kills = tried = 0
        for moment in ("old", "moved"):
            world.back_to(moment)
            code, points, out, err = killing.points(world, PASS)
            self.assertIn(code, (0, 4), (out, err))
            chosen = spread(points)
            tried += len(chosen)
            for point in chosen:
                with self.subTest(f"{moment}: {point}"):
                    world.back_to(moment)
                    kills += killing.kill_at(world, PASS, point) is not None
                    world.check_always()
                    before = self.runs(world)
                    lead_to_the_end(world)
                    self.assertGreater(self.runs(world), before)
        self.assertGreater(kills, tried / 2)

    @staticmethod
    def runs(world):
        return world.run("jobs", "list", "--json").json["jobs"][0]["runs"]


if __name__ == "__main__":
    killing.run_suite()

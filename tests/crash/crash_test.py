"""The real program, killed at every system call of a rotation and of a rollback that changes the disk or the wire, and
then led to its end as an operator would: by resuming and by following the hint of every stop. Invariants 3, 12 to 15,
18, 20."""
import collections
import os
import sys
import time
import unittest

import killing
from campaign import RESUME, ROLLBACK, ROTATE, Campaign, finish_back, finish_forward, finish_forward_and_back
from worlds import KIND, OLD, World

# Each so manieth call on the journal, which are the most, and every other one.
STEP = int(os.environ.get("KEYBATON_CRASH_STEP", 1))


def some_of(points):
    return [point for at, point in enumerate(points) if at % STEP == 0 or "journal" not in point.about]


@unittest.skipIf(killing.traceable(), "needs strace")
class Crash(unittest.TestCase):
    def everywhere(self, moment, words, code, finish, prepare=World.remember_all):
        began = time.monotonic()
        campaign = Campaign(moment, words, finish, prepare)
        self.addCleanup(campaign.close)
        found, points, out, err = campaign.points(campaign.all[0])
        self.assertEqual(found, code, out + err)
        again = campaign.points(campaign.all[-1])[1]
        self.assertEqual(points, again, "the same run makes the same calls, so that a number names one of them")
        every, points = len(points), some_of(points)
        failures = campaign.run(points)
        calls = collections.Counter(point.call for point in points)
        disk = sum(times for call, times in calls.items() if call in killing.DISK)
        print(f"{' '.join(words)} ({moment}): {len(points)} of {every} points, {disk} of them change the disk, "
              f"{len(failures)} of the kills ended badly; {time.monotonic() - began:.0f} s", file=sys.stderr)
        self.assertGreater(disk * STEP, 100)
        self.assertGreater(campaign.sealed_seen, len(points) // 2, "sealed bytes were seen, and looked for at the end")
        self.assertEqual(failures, [], f"{len(failures)} of {len(points)}:\n" + "\n".join(failures[:20]))

    def test_a_kill_comes_before_the_call_takes_effect(self):
        world = World()
        self.addCleanup(world.close)
        world.remember_all()
        world.back_to("fresh")
        rename = next(p for p in killing.points(world, (*ROTATE, "--yes"))[1] if p.call == "rename")
        world.back_to("fresh")
        self.assertEqual(killing.kill_at(world, (*ROTATE, "--yes"), rename), rename)
        self.assertEqual(world.held(), OLD)
        self.assertEqual(len(list(world.credentials.parent.iterdir())), 2)

    def test_create_and_deploy(self):
        self.everywhere("fresh", (*ROTATE, "--yes"), 4, finish_forward)

    def test_verify_deactivate_and_delete(self):
        self.everywhere("moved", (*RESUME, "--yes", "--wait"), 0, finish_forward)

    def test_rollback_after_deactivate(self):
        self.everywhere("deactivated", (*ROLLBACK, "--yes", "--wait"), 0, finish_back)

    @unittest.skipUnless(KIND.has_bin, "what this cloud deletes is gone")
    def test_delete_that_is_undone_later(self):
        self.everywhere("deactivated", (*RESUME, "--yes", "--wait"), 0, finish_forward_and_back, World.remember_late)

    @unittest.skipUnless(KIND.has_bin, "what this cloud deletes is gone")
    def test_rollback_after_delete(self):
        self.everywhere("completed", (*ROLLBACK, "--yes", "--wait"), 0, finish_back, World.remember_late)


def main():
    reason = killing.traceable()
    if reason:
        print("skipped:", reason)
        sys.exit(77)
    unittest.main(verbosity=2)


if __name__ == "__main__":
    main()

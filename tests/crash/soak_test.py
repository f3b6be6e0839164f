"""Longer than a test may take that runs at each change: a rollback from every state, killed at every call, and a second
kill in what cleans up after the first. KEYBATON_SOAK_STEP looks at each so manieth point only."""
import os
import sys
import time
import unittest

import killing
from campaign import RESUME, ROLLBACK, ROTATE, Campaign, finish_back, finish_forward, finish_forward_and_back
from rollback_test import STATES, remember_states
from worlds import KIND, World

STEP = int(os.environ.get("KEYBATON_SOAK_STEP", 1))


class Soak(unittest.TestCase):
    def run_all(self, campaign, what, points):
        self.addCleanup(campaign.close)
        began = time.monotonic()
        failures = campaign.run(points)
        print(f"{what}: {len(points)} runs, {time.monotonic() - began:.0f} s", file=sys.stderr)
        self.assertGreater(len(points), 0)
        self.assertEqual(failures, [], f"{len(failures)} of {len(points)}:\n" + "\n".join(failures[:20]))

    def test_a_rollback_from_every_state_killed_at_every_call(self):
        for state in STATES:
            with self.subTest(state):
                campaign = Campaign(state, (*ROLLBACK, "--yes", "--wait"), finish_back, remember_states)
                self.run_all(campaign, f"rollback from {state}", campaign.points(campaign.all[0])[1][::STEP])

    def twice(self, moment, words, again, finish, prepare=World.remember_all):
        """Killed, and the command that cleans up killed as well, at calls further and further on."""
        def finish_killed_again(world):
            turn = finish_killed_again.turn = finish_killed_again.turn + 1
            command = again if world.rotation() else words
            killing.kill_at(world, command, killing.Point("pwrite64", turn * 37 % 900 + 1, ""))
            world.check_always()
            finish(world)
        finish_killed_again.turn = 0
        campaign = Campaign(moment, words, finish_killed_again, prepare)
        self.run_all(campaign, f"twice, {moment}", campaign.points(campaign.all[0])[1][::STEP])

    def test_a_second_kill_while_the_first_is_cleaned_up(self):
        self.twice("fresh", (*ROTATE, "--yes"), (*RESUME, "--yes"), finish_forward)
        self.twice("moved", (*RESUME, "--yes", "--wait"), (*RESUME, "--yes"), finish_forward)
        self.twice("deactivated", (*ROLLBACK, "--yes", "--wait"), (*ROLLBACK, "--yes"), finish_back)
        if KIND.has_bin:
            self.twice("deactivated", (*RESUME, "--yes", "--wait"), (*RESUME, "--yes"), finish_forward_and_back,
                       World.remember_late)
            self.twice("completed", (*ROLLBACK, "--yes", "--wait"), (*ROLLBACK, "--yes"), finish_back,
                       World.remember_late)


if __name__ == "__main__":
    killing.run_suite()

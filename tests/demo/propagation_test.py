"""A cloud that still refuses a key for a moment after it was turned on again must not show: neither to the consumers nor to
keybaton itself when the key is its own."""
import copy
import pathlib
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "cli"))
import harness  # noqa: E402

DELAY_MS = 900
POLICY = "{quiet: 0s, grace: 0s, lag: 0s, granularity: 0s, propagation: 1s, check_every: 0s}"


def slow_state():
    state = copy.deepcopy(harness.STATE)
    state["options"]["propagation_ms"] = DELAY_MS
    state["accounts"][0]["users"][1]["keys"][0]["last_used"]["at_days_ago"] = 0  # else quiet is raised to its idle time
    return state


class Rollback(harness.Case):
    def deactivated(self, *words):
        """A rotation of app's key that went as far as deactivate."""
        cloud = self.cloud(state=slow_state(), policy=POLICY)
        env = {"AWS_ENDPOINT_URL": cloud.url}  # a profile alone has no endpoints of its own
        self.ends(cloud.run("rotate", *words, "--yes", "--through", "deploy", env=env), 0)
        self.ends(cloud.run("resume", "--yes", "--override", "not what is tested here", "--through", "deactivate"), 0)
        self.assertEqual(cloud.keys()[harness.OLD], "Inactive")
        return cloud

    def test_a_place_gets_the_old_key_back_only_when_the_cloud_knows_it(self):
        cloud = self.deactivated("sim/app")
        credentials = cloud.home / ".aws/credentials"
        seen = {}

        def watch():
            while "restored" not in seen:
                if "active" not in seen and cloud.keys()[harness.OLD] == "Active":
                    seen["active"] = time.monotonic()
                if f"aws_access_key_id = {harness.OLD}" in credentials.read_text():
                    seen["restored"] = time.monotonic()
                time.sleep(0.02)

        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        cloud.run("rollback", "--yes", "--wait")
        watcher.join(10)
        self.assertGreater(seen["restored"] - seen["active"], DELAY_MS / 1000 - 0.2)
        self.assertEqual(cloud.keys(), {harness.OLD: "Active"})

    def test_its_own_old_key_signs_nothing_before_the_cloud_knows_it(self):
        cloud = self.deactivated("--profile", "app")
        done = cloud.run("rollback", "--yes", "--wait")
        self.ends(done, 0)
        refused = [call for call in cloud.control("GET", "log") if call["code"] == "InvalidClientTokenId"
                   and call["access_key"] == harness.OLD]
        self.assertEqual(refused, [])
        self.assertEqual(cloud.keys(), {harness.OLD: "Active"})


if __name__ == "__main__":
    unittest.main()

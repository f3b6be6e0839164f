"""Locations that hold a retired or an unknown key: told by status out of the journal, by doctor by looking."""
import json
import os
import subprocess
import unittest
import urllib.request

from clouds import KIND
from harness import OLD, OLD_SECRET, Case, main

HOOK = "      - {name: spare, type: env-file, path: ~/spare.env, id: %s, value: %s, optional: true}\n" % (
    KIND.env_id, KIND.env_secret)


class Status(Case):
    def at_rest(self):
        """A rotation that is over; somebody put the old key back into its optional place, which was waived."""
        cloud = self.cloud()
        cloud.config(extra=HOOK)
        cloud.write("spare.env", KIND.env_file(OLD, OLD_SECRET))
        cloud.run("rotate", "sim/app", "--yes", "--through", "deploy")
        cloud.write("spare.env", KIND.env_file(OLD, OLD_SECRET))  # by somebody who does not know better
        cloud.used(cloud.new_key())
        run = cloud.run("resume", "sim/app", "--yes", "--wait", "--accept", "waive_location:spare", "--json")
        self.assertEqual(run.json["state"], "completed", run)
        return cloud, run.json

    def test_a_retired_key_is_told_wherever_the_rotation_is_shown(self):
        cloud, shown = self.at_rest()
        drifts = {each["name"]: each.get("drift") for each in shown["locations"]}
        self.assertEqual(drifts, {"laptop": None, "service": None, "spare": "retired"})
        self.assertIn(f"{OLD} (old, retired)", cloud.run("status", shown["rotation"]).out)
        listed = cloud.run("status", "--all")
        self.assertIn(f"sim/app: location spare was last seen with {OLD}, which is retired", listed.out)
        self.assertIn("keybaton doctor", listed.out)

    def test_what_a_later_rotation_has_put_right_is_history(self):
        cloud, shown = self.at_rest()
        new = shown["new_key"]
        cloud.write("spare.env", (cloud.home / "app.env").read_text())
        cloud.run("rotate", "sim/app", "--yes", "--through", "deploy")
        cloud.used([key for key in cloud.keys() if key != new][0])
        self.assertEqual(cloud.run("resume", "sim/app", "--yes", "--wait", "--json").json["state"], "completed")
        self.assertNotIn("Look:", cloud.run("status", "--all").out)

    def test_an_unknown_key_in_an_open_rotation_is_told_in_the_list(self):
        cloud = self.cloud()
        cloud.config(extra=HOOK)
        stranger = KIND.key("ANOTHER")
        cloud.write("spare.env", KIND.env_file(stranger, OLD_SECRET))
        cloud.run("rotate", "sim/app", "--yes", "--through", "deploy")
        self.assertIn(f"location spare was last seen with {stranger}, no key of this rotation",
                      " ".join(cloud.run("status").out.split()))
        shown = cloud.run("status", "sim/app", "--json").json
        self.assertEqual({each["name"]: each.get("drift") for each in shown["locations"]}["spare"], "unknown")


class Doctor(Case):
    def store(self):
        process = subprocess.Popen([os.environ["EVERY_STORE"], OLD, OLD_SECRET], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait, 10)
        self.addCleanup(process.stdin.close)
        return json.loads(process.stdout.readline())["circleci"]

    def overwrite(self, address):
        """Somebody else sets the variable."""
        body = json.dumps({"name": "AWS_SECRET_ACCESS_KEY", "value": "of-somebody-else"}).encode()
        request = urllib.request.Request(f"{address}/api/v2/project/gh/octo/app/envvar", data=body, method="POST",
                                         headers={"Circle-Token": "CCIPAT_test", "Content-Type": "application/json"})
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10).close()

    def check(self, cloud):
        checks = cloud.run("doctor", "--json").json["checks"]
        return [each for each in checks if each["name"] == "location circle of sim/app"][0]

    def test_a_place_that_shows_nothing_and_was_written_since_is_told(self):
        address, cloud = self.store(), self.cloud()
        cloud.write("token", "CCIPAT_test\n")
        cloud.config(extra=f'      - {{name: circle, type: circleci, address: "{address}", project: gh/octo/app, '
                           'id: AWS_ACCESS_KEY_ID, value: AWS_SECRET_ACCESS_KEY, token_file: ~/token}\n')
        self.assertTrue(self.check(cloud)["ok"], "no rotation has ever known it")
        cloud.to_deployed()
        self.assertTrue(self.check(cloud)["ok"])
        self.overwrite(address)
        found = self.check(cloud)
        self.assertFalse(found["ok"])
        self.assertIn("somebody has written to it since", found["detail"])
        self.assertEqual(found["hint"], "keybaton status sim/app")


if __name__ == "__main__":
    main()

"""A journal that a team shares: what one member has begun another can take back, with credentials of his own."""
import json
import os
import subprocess
import unittest

from clouds import KIND
from harness import ADMIN, ADMIN_SECRET, FAST, KEYBATON, OLD, OLD_SECRET, Case, Run

GROUP = 54321


class Member:
    def __init__(self, cloud, name, uid):
        self.cloud, self.uid = cloud, uid
        self.home = cloud.home / name
        file = self.home / KIND.file
        file.parent.mkdir(parents=True)
        file.write_text(KIND.credentials({"admin": (ADMIN, ADMIN_SECRET)}))
        for path in (self.home, file.parent, file):
            os.chown(path, uid, GROUP)
            path.chmod(0o700 if path.is_dir() else 0o600)

    def run(self, *words):
        env = {**self.cloud.env, "HOME": str(self.home), "KEYBATON_CONFIG": str(self.cloud.home / "team.yaml"),
               "KEYBATON_JOURNAL": str(self.cloud.home / "journal/journal.db")}
        for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"):
            env.pop(name, None)
        return Run(subprocess.run([KEYBATON, *words], env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                  timeout=60, cwd=self.home, check=False, user=self.uid, group=GROUP,
                                  extra_groups=[GROUP], umask=0o007))


@unittest.skipUnless(os.geteuid() == 0, "acting as two people needs root")
class Team(Case):
    def team(self):
        cloud = self.cloud()
        cloud.home.chmod(0o711)
        for name in ("journal", "sealing", "shared"):
            (cloud.home / name).mkdir()
            os.chown(cloud.home / name, 0, GROUP)
            (cloud.home / name).chmod(0o2770)
        cloud.write("team.yaml", f"""\
accounts:
  sim: {KIND.account_entry(cloud.url)}
policy: {FAST}
sealing: {{key_file: {cloud.home}/sealing/sealing.key}}
targets:
  sim/app:
    cadence: 0s
    locations:
      - {{name: service, type: env-file, path: {cloud.home}/shared/app.env, id: ID, value: SECRET}}
""", mode=0o644)
        ann, ben = Member(cloud, "ann", 54001), Member(cloud, "ben", 54002)
        place = cloud.write("shared/app.env", f"ID={OLD}\nSECRET={OLD_SECRET}\n", mode=0o660)
        os.chown(place, ann.uid, GROUP)
        return cloud, ann, ben

    def test_another_member_brings_the_old_key_back_with_his_own_credentials(self):
        cloud, ann, ben = self.team()
        self.ends(ann.run("rotate", "sim/app", "--yes", "--through", "deploy"), 0)
        cloud.used(cloud.new_key())
        self.ends(ann.run("resume", "sim/app", "--yes", "--wait", "--through", "deactivate"), 0)
        self.assertEqual(cloud.keys()[OLD], "Inactive")
        self.ends(ben.run("status", "sim/app"), 0)
        run = ben.run("rollback", "sim/app", "--yes", "--json")
        self.assertEqual(cloud.keys()[OLD], "Active", run)
        self.assertIn(run.code, (0, 3, 5), run)  # what ben may not write, ann has to put back
        self.ends(ann.run("resume", "sim/app", "--yes", "--wait"), 0)
        self.assertIn(OLD, (cloud.home / "shared/app.env").read_text())
        self.assertEqual(cloud.keys(), {OLD: "Active"})
        history = ann.run("history", "--rotation", "sim/app", "--json", "--limit", "0")
        self.assertEqual(len({entry["actor"] for entry in map(json.loads, history.out.splitlines())}), 2)


if __name__ == "__main__":
    unittest.main()

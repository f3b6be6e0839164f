"""A batch of an account that wants a code: one code for all of its keys, whatever its first ones do."""
import contextlib
import sqlite3
import time
import unittest

from pseudo_terminal import ACCOUNT, AWS, KIND, TerminalCase, main, policy

from clean_fleet import state, user

MANY = {KIND.key(f"M{n:04}"): f"m{n:04}" for n in range(12)}
PROFILE = ("[profile mfa]\nrole_arn = arn:aws:iam::123456789012:role/ops\nsource_profile = admin\n")
DEVICE = "mfa_serial = arn:aws:iam::123456789012:mfa/ann\n"
ASKED = r"Code of the MFA device arn:aws:iam::123456789012:mfa/ann: $"


@unittest.skipUnless(KIND is AWS, "only the profiles of AWS name a device")
class Codes(TerminalCase):
    def batch(self):
        """Inactive and past its grace; since then the profile wants a code."""
        seed = state()
        seed["accounts"][0]["users"] += [user(name, (key[4:9], 150)) for key, name in MANY.items()]
        cloud = self.cloud(state=seed, policy=policy(grace="3s"))
        cloud.write(".aws/config", PROFILE)
        cloud.control("POST", "seed", {"accounts": [{"id": ACCOUNT, "users": [], "roles": [{"name": "ops"}]}]})
        config = (cloud.home / ".config/keybaton/config.yaml")
        config.write_text(config.read_text().replace("profile: admin", "profile: mfa"))
        self.ends(cloud.run("clean", "--unused-for", "90d", "--yes"), 3)
        rotations = cloud.run("status", "--json").json["rotations"]
        self.assertEqual([each["state"] for each in rotations], ["deactivated"] * (len(MANY) + 3))
        time.sleep(3.2)
        return cloud, rotations

    def one_code(self, cloud, rotations, code):
        cloud.write(".aws/config", PROFILE + DEVICE)
        terminal = self.at_terminal(cloud, "resume", rotations[0]["batch"], columns=160)
        terminal.sees(ASKED)
        terminal.enters("123456")
        terminal.sees(rf"batch \S+, {len(rotations)} keys: ", patience=30)
        terminal.ends(code)
        self.assertEqual(terminal.plain.count("mfa/ann: "), 1)
        self.assertEqual(set(cloud.keys(rotations[-1]["user"]).values()), set())

    def test_the_first_ones_are_closed(self):
        cloud, rotations = self.batch()
        self.ends(cloud.run("resume", *(each["rotation"] for each in rotations[:2])), 0)
        self.one_code(cloud, rotations, 0)

    def test_the_first_ones_cannot_be_read(self):
        cloud, rotations = self.batch()
        with contextlib.closing(sqlite3.connect(cloud.journal)) as file, file:
            for name, in file.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                file.execute(f"DROP TRIGGER {name}")
            for each in rotations[:2]:
                file.execute("UPDATE record SET detail = 'garbage{' WHERE seq = 2 AND rotation = "
                             "(SELECT id FROM name WHERE text = ?)", (each["rotation"],))
        self.one_code(cloud, rotations, 9)


if __name__ == "__main__":
    main()

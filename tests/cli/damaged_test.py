"""A rotation whose records cannot be read any more: no command goes on with it or turns it back, yet its old key can be
turned on, by just the command that each of them prints."""
import contextlib
import re
import shlex
import sqlite3

from clean_test import BOB, CleanCase
from clouds import KIND
from harness import FAST, OLD, Case, main

HOUR = FAST.replace("grace: 0s", "grace: 1h")


def damage(cloud, rotation, record):
    """The record of this number is no longer as it was written."""
    with contextlib.closing(sqlite3.connect(cloud.journal)) as file, file:
        for name, in file.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            file.execute(f"DROP TRIGGER {name}")
        file.execute("UPDATE record SET detail = 'garbage{' WHERE seq = ? AND rotation = "
                     "(SELECT id FROM name WHERE text = ?)", (record, rotation))


class Damaged(CleanCase):
    def rotation_in_its_grace(self):
        cloud = self.cloud(policy=HOUR)
        cloud.used(cloud.to_deployed())
        there = self.ends(cloud.run("resume", "sim/app", "--yes=deactivate", "--json"), 3).json
        self.assertEqual(cloud.keys()[OLD], "Inactive")
        return cloud, there["rotation"]

    def told(self, cloud, *words):
        """What a command that met the damage says of it."""
        document = self.ends(cloud.run(*words, "--json"), 9).json
        return [each for each in document.get("rotations", [document]) if each.get("error")][0]

    def turns_on(self, cloud, told, key, user):
        keys, hint = told["error"]["keys"], told["error"]["hint"]
        self.assertRegex(keys, KIND.activate.replace("KEY", key))
        self.ends(cloud.run(*shlex.split(hint)[1:]), 0)
        self.assertEqual(cloud.keys(user)[key], "Active", hint)
        cloud.play({"do": "set_status", "key": key, "status": "Inactive"})

    def test_every_command_prints_the_one_that_turns_the_old_key_on(self):
        for record in (1, 2, 4):
            cloud, rotation = self.rotation_in_its_grace()
            damage(cloud, rotation, record)
            for words in (("rollback", "--reason", "x"), ("rollback", rotation, "--reason", "x"), ("rollback", "sim/app"),
                          ("rollback", rotation, "--dry-run"), ("resume",), ("resume", "--all"), ("resume", rotation),
                          ("status",), ("status", rotation)):
                self.turns_on(cloud, self.told(cloud, *words), OLD, "app")

    def test_so_does_every_command_for_a_batch(self):
        for record in (1, 2, 3, 5):
            cloud, batch = self.started()
            [broken] = [each["rotation"] for each in cloud.run("status", batch, "--json").json["rotations"]
                        if each["old_key"] == BOB]
            damage(cloud, broken, record)
            for words in (("rollback", batch, "--reason", "x"), ("rollback", broken), ("status", batch), ("resume", batch)):
                self.turns_on(cloud, self.told(cloud, *words), BOB, "bob")

    def test_people_read_it_too(self):
        cloud, rotation = self.rotation_in_its_grace()
        damage(cloud, rotation, 4)
        for words in (("rollback", "--reason", "x"), ("status",), ("resume",)):
            shown = self.ends(cloud.run(*words), 9)
            self.assertRegex(shown.err, rf"(?m)^  Next: keybaton key activate sim/app --key {OLD}$")
            self.assertRegex(re.sub(r"\s+", " ", shown.err), KIND.activate.replace("KEY", OLD))

    def test_a_broken_config_leaves_the_vendors_command(self):
        cloud, rotation = self.rotation_in_its_grace()
        damage(cloud, rotation, 4)
        (cloud.home / ".config/keybaton/config.yaml").write_text("accounts: [oops\n")
        keys = self.told(cloud, "rollback", "--reason", "x")["error"]["keys"]
        self.assertRegex(keys, KIND.activate.replace("KEY", OLD))

    def test_that_is_on_record(self):
        cloud, rotation = self.rotation_in_its_grace()
        damage(cloud, rotation, 4)
        self.ends(cloud.run("key", "activate", "sim/app", "--key", OLD), 0)
        with contextlib.closing(sqlite3.connect(cloud.journal)) as file:
            kept = file.execute("SELECT detail FROM record WHERE rotation IS NULL ORDER BY id").fetchall()
        self.assertEqual(["activate" in str(detail) for detail, in kept], [True, True])

    def test_nothing_else_may_be_done_to_its_keys(self):
        cloud, rotation = self.rotation_in_its_grace()
        new = cloud.new_key()
        damage(cloud, rotation, 4)
        for words in (("deactivate", "--key", OLD), ("deactivate", "--key", new), ("activate", "--key", new),
                      ("delete", "--key", OLD), ("create", "--secret-file", "new.secret")):
            refused = cloud.run("key", words[0], "sim/app", *words[1:])
            self.three_parts(refused, 4, "needs-operator", "is open")
        self.assertEqual(cloud.keys(), {OLD: "Inactive", new: "Active"})

    def test_one_that_can_be_read_is_turned_back_by_rollback_alone(self):
        cloud, _ = self.rotation_in_its_grace()
        self.three_parts(cloud.run("key", "activate", "sim/app", "--key", OLD), 4, "needs-operator", "is open")
        self.assertEqual(cloud.keys()[OLD], "Inactive")


class Row(Case):
    def test_it_says_nothing_of_what_comes_next(self):
        cloud = self.cloud(policy=HOUR)
        cloud.used(cloud.to_deployed())
        rotation = self.ends(cloud.run("resume", "sim/app", "--yes=deactivate", "--json"), 3).json["rotation"]
        damage(cloud, rotation, 4)
        for words in (("status",), ("status", rotation), ("resume", "--all"), ("rollback", "--reason", "x")):
            document = self.ends(cloud.run(*words, "--json"), 9).json
            [shown] = document.get("rotations", [document])
            self.assertIsNone(shown["next"], words)
            shown = self.ends(cloud.run(*words), 9)
            for lie in ("not before", "keybaton resume", "Next: delete"):
                self.assertNotIn(lie, shown.out + shown.err)


if __name__ == "__main__":
    main()

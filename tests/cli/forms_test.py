"""What each command prints, in both its forms, to the byte."""
import unittest

from clouds import AWS, KIND
from harness import OLD, Case

once = unittest.skipUnless(KIND is AWS, "what another cloud says in other words is shown by the commands' own tests")


class Forms(Case):
    """Every command once for people and once for machines, in a situation in which it has something to say."""

    def both(self, cloud, name, *words, machine=None):
        self.golden(f"form_{name}", cloud.run(*words), cloud)
        self.golden(f"form_{name}_json", cloud.run(*(machine or words), "--json"), cloud)

    @once
    def test_before_anything_was_done(self):
        cloud = self.cloud()
        for name, *words in (("front",), ("status", "status"), ("status_all", "status", "--all"), ("history", "history"),
                             ("plan", "plan", "sim/app"), ("keys", "keys"), ("keys_count", "keys", "--count-by", "status"),
                             ("search", "search", "idle > 1d"), ("search_count", "search", "idle > 1d | count name"),
                             ("key_list", "key", "list", "sim/app"),
                             ("key_last_used", "key", "last-used", "sim/app", "--key", OLD), ("doctor", "doctor"),
                             ("rotate_dry_run", "rotate", "sim/app", "--dry-run")):
            with self.subTest(name):
                self.both(cloud, f"before_{name}", *words)

    @once
    def test_with_a_rotation_open(self):
        cloud = self.cloud()
        cloud.to_deployed()
        for name, *words in (("front",), ("status", "status"), ("status_one", "status", "sim/app"),
                             ("status_all", "status", "--all"), ("plan", "plan", "sim/app"), ("resume", "resume"),
                             ("resume_all", "resume", "--all"), ("rotate", "rotate", "sim/app"),
                             ("history", "history", "--kind", "intent"), ("history_verify", "history", "verify"),
                             ("history_export", "history", "export"), ("doctor", "doctor"),
                             ("resume_dry_run", "resume", "--dry-run"), ("rollback_dry_run", "rollback", "--dry-run")):
            with self.subTest(name):
                self.both(cloud, f"open_{name}", *words)
        self.golden("form_open_backup", cloud.run("journal", "backup", str(cloud.home / "a.db")), cloud)
        self.golden("form_open_backup_json", cloud.run("journal", "backup", str(cloud.home / "b.db"), "--json"), cloud)

    @once
    def test_a_rollback(self):
        for name, *machine in (("rollback",), ("rollback_json", "--json")):
            with self.subTest(name):
                cloud = self.cloud()
                cloud.to_deployed()
                self.golden(f"form_{name}", cloud.run("rollback", "--reason", "a test", "--yes", "--wait", *machine), cloud)
                self.assertEqual(cloud.keys(), {OLD: "Active"})

    def test_a_retire(self):
        cloud = self.cloud()
        for name, *machine in (("retire",), ("retire_json", "--json")):
            with self.subTest(name):
                spare = cloud.spare()
                cloud.play({"do": "advance", "ms": 1000})
                words = ("retire", "sim/app", "--key", spare, "--yes", "--wait", *machine)
                self.golden(f"form_{name}", cloud.run(*words), cloud)
                self.assertEqual(cloud.keys(), {OLD: "Active"})

    @once
    def test_the_single_calls(self):
        cloud = self.cloud()
        for name, *machine in (("", ), ("_json", "--json")):
            with self.subTest(name):
                file = cloud.home / f"secret{name}"
                self.golden(f"form_key_create{name}",
                            cloud.run("key", "create", "sim/app", "--secret-file", str(file), *machine), cloud)
                made = next(key for key in cloud.keys() if key != OLD)
                for call, consent in (("deactivate", "--yes"), ("activate", None), ("deactivate", "--yes"),
                                      ("delete", "--yes")):
                    words = ["key", call, "sim/app", "--key", made, *machine, *([consent] if consent else [])]
                    self.golden(f"form_key_{call}{name}", cloud.run(*words), cloud)
                self.assertEqual(cloud.keys(), {OLD: "Active"})


if __name__ == "__main__":
    unittest.main()

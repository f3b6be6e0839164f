"""What no plan foresees, offered to the person who is there; and the way back, where nothing may stand before it."""
from pseudo_terminal import CTRL_D, KIND, OLD, TerminalCase, main, policy

THIRD = KIND.key("THIRD")


class Orphan(TerminalCase):
    def stopped_at_orphan(self, cloud):
        """A create whose reply is lost; the key that it made."""
        cloud.fault(fault="drop_reply", action="CreateAccessKey")
        person = self.at_terminal(cloud, "rotate", "sim/app")
        person.sees(r"to go on: $")
        orphan = cloud.new_key()
        self.assertIn(orphan, person.plain)
        return person, orphan

    def test_an_orphan_goes_only_with_its_last_four_characters(self):
        cloud = self.cloud()
        person, orphan = self.stopped_at_orphan(cloud)
        person.enters(OLD[-4:])
        person.sees(r"is not the end of that key id\.")
        self.assertEqual(cloud.keys(), {OLD: "Active", orphan: "Active"})
        person.sees(r"to go on: $")
        person.enters(orphan[-4:])
        person.sees(rf"Write the new key ({KIND.key_pattern}) to its locations")
        person.sees(r"Go on\? \[y/N\] $")
        self.assertNotIn(orphan, cloud.keys())
        self.assertEqual(len(cloud.keys()), 2)
        person.enters("y")
        person.sees(r"s left")
        self.used(cloud)
        for _ in ("deactivate", "delete"):
            person.sees(rf"Type the last four characters of {OLD} to go on: $")
            person.enters(OLD[-4:])
        person.ends(0)
        self.assertEqual(cloud.keys(), {cloud.new_key(): "Active"})
        self.assertEqual(len(cloud.calls("CreateAccessKey")), 2)

    def test_a_declined_orphan_stays_and_the_stop_says_once_how_to_go_on(self):
        cloud = self.cloud()
        person, orphan = self.stopped_at_orphan(cloud)
        person.types(CTRL_D)
        person.sees(rf"Next: keybaton resume sim/app --accept orphan:{orphan}")
        person.ends(4)
        self.assertEqual(person.plain.count("  Next: keybaton resume"), 1, person.plain)
        self.assertEqual(cloud.keys(), {OLD: "Active", orphan: "Active"})
        self.assertEqual(len(cloud.calls("CreateAccessKey")), 1)
        unattended = self.ends(cloud.run("resume", "--yes"), 4)  # --yes does not cover it
        self.assertIn(f"--accept orphan:{orphan}", unattended.err)
        self.assertIn(f"Accepts: --accept orphan:{orphan}", unattended.err)
        self.assertNotIn("--accept", unattended.out)
        self.assertEqual(cloud.keys(), {OLD: "Active", orphan: "Active"})
        status = self.ends(cloud.run("status", "sim/app"), 0)  # here nothing else says it
        self.assertIn(f"Next: keybaton resume sim/app --accept orphan:{orphan}", status.out)


class Conflict(TerminalCase):
    def in_conflict(self):
        cloud = self.cloud()
        self.ends(cloud.run("rotate", "sim/app", "--yes", "--through", "create"), 0)
        file = cloud.home / "app.env"
        file.write_text(file.read_text().replace(OLD, THIRD))
        return cloud, file, file.read_text()

    def test_a_place_that_holds_a_third_key_is_waived_only_by_a_person(self):
        cloud, file, before = self.in_conflict()
        person = self.at_terminal(cloud, "resume", "--through", "deploy")
        person.sees(r"Go on\? \[y/N\] $")
        person.enters("y")
        person.sees(r"service")
        person.sees(THIRD)
        person.sees(r"Accept waive_location:service\? \[y/N\] $")
        person.enters("n")
        person.sees(r"Accepts: --accept waive_location:service")
        person.ends(4)
        self.assertEqual(file.read_text(), before)
        again = self.at_terminal(cloud, "resume", "--through", "deploy")
        again.sees(r"Accept waive_location:service\? \[y/N\] $")
        again.enters("y")
        again.ends(0)
        self.assertEqual(file.read_text(), before)
        self.assertEqual(cloud.run("status", "sim/app", "--json").json["state"], "deployed")


class Rollback(TerminalCase):
    # Invariant 12: one command leads back; section 7: the old key before anything else, a question included.
    def test_the_old_key_is_active_before_anybody_is_asked_anything(self):
        cloud = self.cloud()
        new = cloud.to_deployed()
        self.used(cloud)
        self.ends(cloud.run("resume", "--yes=deactivate", "--through", "deactivate"), 0)
        self.assertEqual(cloud.keys(), {OLD: "Inactive", new: "Active"})
        person = self.at_terminal(cloud, "rollback")
        person.sees(r"Why is this rolled back\? \(Enter to skip\) *$")
        self.assertEqual(cloud.keys(), {OLD: "Active", new: "Active"})
        person.enters("the monthly batch job")
        person.sees(rf"Deactivate the new key {new}")
        self.assertIn(OLD, (cloud.home / "app.env").read_text())
        for _ in ("deactivate", "delete"):
            person.sees(rf"Type the last four characters of {new} to go on: $")
            person.enters(new[-4:])
        person.sees(r"Rolled back\. Nothing is left to do\.")
        person.ends(0)
        self.assertEqual(cloud.keys(), {OLD: "Active"})
        self.assertIn("the monthly batch job", cloud.run("history", "--text", "batch job").out)

    def test_a_rollback_needs_nobody_and_no_reason(self):
        cloud = self.cloud(policy=policy(quiet="1h"))
        new = cloud.to_deployed()
        person = self.at_terminal(cloud, "rollback", "--no-wait")
        person.sees(r"Why is this rolled back\?")
        person.enters("")
        person.sees(r"Waiting: ")
        person.ends(3)
        self.assertEqual(cloud.keys(), {OLD: "Active", new: "Active"})
        self.assertIn(OLD, (cloud.home / "app.env").read_text())
        self.assertEqual(person.plain.count("Waiting: "), 1)


if __name__ == "__main__":
    main()

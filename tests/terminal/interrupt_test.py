"""Ctrl-C at every prompt and every wait: 130, a word on how to go on, and a resume that finishes."""
import signal
import threading

from pseudo_terminal import CTRL_C, OLD, TerminalCase, main, policy

AT_A_PROMPT = r"(Go on\? \[y/N\] |to go on: )$"


class Interrupted(TerminalCase):
    def stopped(self, person, *words):
        """130 and what to do next; nothing is shown as an error."""
        person.sees(r"Interrupted.*: Stopped by a signal, at a safe point\.")
        person.sees(r"Keys: ")
        person.sees(r"Next: keybaton resume sim/app")
        for word in words:
            self.assertIn(word, person.plain)
        return person.ends(130)

    def finishes(self, cloud):
        done = cloud.run("resume", "--yes", "--wait", "--json")
        self.ends(done, 0)
        self.assertEqual(done.json["state"], "completed")
        self.assertEqual(cloud.keys(), {cloud.new_key(): "Active"})
        self.ends(cloud.run("history", "verify"), 0)

    def test_ctrl_c_at_each_question_of_one_rotation(self):
        cloud = self.cloud()
        person = self.at_terminal(cloud, "rotate", "sim/app")
        person.sees(AT_A_PROMPT)
        self.stopped(person.types(CTRL_C), "nothing was lost")
        self.assertIn(OLD, (cloud.home / "app.env").read_text())
        person = self.at_terminal(cloud, "resume")
        person.sees(AT_A_PROMPT)
        person.enters("y")
        person.sees(r"s left")
        self.stopped(person.types(CTRL_C))
        self.used(cloud)
        person = self.at_terminal(cloud, "resume")
        person.sees(r"Deactivate the old key")
        person.sees(AT_A_PROMPT)
        person.types("zz" + CTRL_C)  # in the middle of an answer
        self.stopped(person)
        self.assertEqual(cloud.keys()[OLD], "Active")
        person = self.at_terminal(cloud, "resume")
        person.sees(AT_A_PROMPT)
        person.enters("zzzz")
        person.sees(AT_A_PROMPT)  # asked again
        self.stopped(person.types(CTRL_C))
        self.assertEqual(cloud.keys()[OLD], "Active")
        person = self.at_terminal(cloud, "resume")
        person.sees(AT_A_PROMPT)
        person.enters(OLD[-4:])
        person.sees(r"Delete the old key")
        person.sees(AT_A_PROMPT)
        self.stopped(person.types(CTRL_C), "one rollback away")
        self.assertEqual(cloud.keys()[OLD], "Inactive")
        self.finishes(cloud)

    def test_ctrl_c_while_the_new_key_is_probed(self):
        cloud = self.cloud(policy=policy(propagation="8s"))
        cloud.control("POST", "options", {"propagation_ms": 8000})
        person = self.at_terminal(cloud, "rotate", "sim/app")
        person.sees(r"\d+s left until the cloud knows the new key everywhere")
        self.stopped(person.types(CTRL_C))
        self.assertEqual(len(cloud.keys()), 2)
        self.assertIn(OLD, (cloud.home / "app.env").read_text())
        cloud.control("POST", "advance", {"ms": 9000})
        self.ends(cloud.run("resume", "--yes", "--through", "deploy"), 0)
        self.used(cloud)
        self.finishes(cloud)

    def test_ctrl_c_while_a_lost_create_is_settled(self):
        cloud = self.cloud(policy=policy(propagation="3s"))
        cloud.fault(fault="drop_request", action="CreateAccessKey")
        person = self.at_terminal(cloud, "rotate", "sim/app")
        person.sees(r"\d+s left until the cloud surely shows what became of the last call")
        self.stopped(person.types(CTRL_C))
        self.assertEqual(cloud.keys(), {OLD: "Active"})
        self.ends(cloud.run("resume", "--yes", "--through", "deploy"), 0)
        self.used(cloud)
        self.finishes(cloud)

    def test_ctrl_c_in_quiet_and_in_grace(self):
        cloud = self.cloud(policy=policy(quiet="2s", grace="2s"))
        cloud.to_deployed()
        self.used(cloud)
        person = self.at_terminal(cloud, "resume")
        person.sees(r"\d+s left: the new key is used; the old one needs 2s of quiet")
        self.stopped(person.types(CTRL_C))
        person = self.at_terminal(cloud, "resume")
        person.sees(AT_A_PROMPT)
        person.enters(OLD[-4:])
        person.sees(r"s left: the old key stays Inactive for a grace of 2s")
        self.stopped(person.types(CTRL_C), "one rollback away")
        self.finishes(cloud)

    def test_ctrl_c_while_the_create_is_on_the_wire_comes_through_once_its_secret_is_safe(self):
        cloud = self.cloud()
        cloud.fault(fault="slow_after", action="CreateAccessKey", wait_ms=1500)
        person = self.at_terminal(cloud, "rotate", "sim/app")
        person.sees(r"Rollback: full")
        self.wait_for(lambda: len(cloud.keys()) == 2)
        self.stopped(person.types(CTRL_C), f"created {cloud.new_key()}, its secret is sealed")
        self.assertEqual(len(cloud.calls("CreateAccessKey")), 1)
        self.ends(cloud.run("resume", "--yes", "--through", "deploy"), 0)
        self.used(cloud)
        self.finishes(cloud)

    def test_ctrl_c_while_a_rollback_waits_for_the_new_key_to_be_quiet(self):
        cloud = self.cloud(policy=policy(quiet="2s"))
        cloud.to_deployed()
        self.used(cloud)
        person = self.at_terminal(cloud, "rollback", "--reason", "the batch job")
        person.sees(r"s left: the new key needs 2s of quiet")
        self.stopped(person.types(CTRL_C))
        self.assertIn(OLD, (cloud.home / "app.env").read_text())
        person = self.at_terminal(cloud, "resume")
        person.sees(r"Deactivate the new key")
        person.sees(AT_A_PROMPT)
        self.stopped(person.types(CTRL_C))
        done = self.ends(cloud.run("resume", "--yes", "--wait", "--json"), 0)
        self.assertEqual(done.json["state"], "rolled_back")
        self.assertEqual(cloud.keys(), {OLD: "Active"})

    def test_ctrl_c_at_the_question_for_a_reason_leaves_the_old_key_active(self):
        cloud = self.cloud()
        cloud.to_deployed()
        self.used(cloud)
        self.ends(cloud.run("resume", "--yes=deactivate", "--through", "deactivate"), 0)
        person = self.at_terminal(cloud, "rollback")
        person.sees(r"Why is this rolled back\?")
        self.assertEqual(cloud.keys()[OLD], "Active")
        self.stopped(person.types(CTRL_C))
        done = self.ends(cloud.run("resume", "--yes", "--wait", "--json"), 0)
        self.assertEqual(done.json["state"], "rolled_back")
        self.assertEqual(cloud.keys(), {OLD: "Active"})

    def test_term_and_hangup_stop_a_wait_as_well(self):
        cloud = self.cloud(policy=policy(quiet="1h"))
        cloud.to_deployed()
        for number in (signal.SIGTERM, signal.SIGHUP):
            person = self.at_terminal(cloud, "resume")
            person.sees(r"s left")
            self.stopped(person.signalled(number))
        person = self.at_terminal(cloud, "resume")
        person.sees(r"s left")
        person.hangs_up()  # the window is closed: the kernel sends the hangup, and nobody reads any more
        self.assertEqual(person.process.wait(20), 130)
        self.ends(cloud.run("status"), 0)
        self.assertEqual(len(cloud.keys()), 2)

    def test_a_suspended_wait_goes_on_where_it_was(self):
        cloud = self.cloud(policy=policy(quiet="2s"))
        cloud.to_deployed()
        self.used(cloud)
        person = self.at_terminal(cloud, "resume")
        person.sees(r"s left")
        person.signalled(signal.SIGSTOP).signalled(signal.SIGCONT)
        person.sees(r"to go on: $")
        self.stopped(person.types(CTRL_C))

    def wait_for(self, holds):
        done = threading.Event()
        for _ in range(400):
            if holds():
                return
            done.wait(0.02)
        self.fail("it never came to that")


if __name__ == "__main__":
    main()

"""A whole rotation typed by hand, and what happens to answers that are no consent."""
import unittest

from pseudo_terminal import ACCOUNT, AWS, CTRL_D, KIND, OLD, TerminalCase, main, policy

WRONG = r"is not the end of that key id\."


class Guided(TerminalCase):
    def test_a_rotation_is_led_from_the_plan_to_the_delete(self):
        cloud = self.cloud(policy=policy(grace="3s"))
        person = self.at_terminal(cloud, "rotate", "sim/app")
        person.sees(r"Plan: rotate sim/app")
        for step in ("create", "deploy", "verify", "deactivate", "delete"):
            person.sees(rf"\n  {step} ")
        person.sees(r"Rollback: full\.")
        person.sees(rf"create: created {KIND.key_pattern}, its secret is sealed")
        person.sees(rf"Write the new key {KIND.key_pattern} to its locations")
        person.sees(r"Go on\? \[y/N\] $")
        self.assertIn(OLD, (cloud.home / "app.env").read_text())
        person.enters("y")
        person.sees(rf"wrote {KIND.key_pattern} to laptop")
        person.sees(rf"wrote {KIND.key_pattern} to service")
        person.sees(r"\d+s left: the old key is quiet, but nobody has used the new one yet")
        self.assertEqual(cloud.keys()[OLD], "Active")
        self.used(cloud)
        person.sees(rf"Deactivate the old key {OLD}")
        person.sees(r"the new key is used, the old one was last used at")
        person.sees(rf"To undo it, from any machine:\r\n.*{KIND.activate.replace('KEY', OLD)}")
        person.sees(rf"Type the last four characters of {OLD} to go on: $")
        person.enters(OLD[-4:])
        person.sees(rf"deactivate: {OLD} is Inactive")
        person.sees(r"3s left: the old key stays Inactive for a grace of 3s before the delete")
        person.sees(r"2s left: ")  # it counts down to the end of the wait, not to the next look
        person.sees(r"1s left: ")
        self.assertEqual(cloud.keys()[OLD], "Inactive")
        person.sees(rf"Delete the old key {OLD}")
        person.sees(KIND.after_delete)
        person.sees(rf"Type the last four characters of {OLD} to go on: $")
        person.enters(f"  {OLD[-4:].lower()} ")  # what a hand types
        person.sees(r"rotate sim/app: completed")
        person.sees(r"Completed\. Nothing is left to do\.")
        person.ends(0)
        self.assertEqual(cloud.keys(), {cloud.new_key(): "Active"})
        self.assertNotIn("Nothing was changed", person.plain)
        for file in ("app.env", KIND.file):
            self.assertIn(cloud.new_key(), (cloud.home / file).read_text())

    def test_a_wrong_confirmation_is_asked_again_and_the_third_declines(self):
        cloud = self.cloud()
        new = cloud.to_deployed()
        self.used(cloud)
        person = self.at_terminal(cloud, "resume")
        for typed in ("y", new[-4:], new):  # consent of another kind, and another key by its end and as a whole
            person.sees(r"to go on: $")
            person.enters(typed)
            person.sees(WRONG)
        person.sees(r"Nothing is done\.")
        person.sees(r"Needs an operator.*: Not done, for you did not agree")
        person.sees(r"Next: keybaton resume sim/app")
        person.ends(4)
        self.assertEqual(cloud.keys(), {OLD: "Active", new: "Active"})
        self.assertEqual(cloud.calls("UpdateAccessKey"), [])
        again = self.at_terminal(cloud, "resume")
        again.sees(r"to go on: $")
        again.enters("zzzz")
        again.sees(WRONG)
        again.sees(r"to go on: $")
        again.enters(OLD[-4:])
        again.sees(r"Delete the old key")
        again.sees(r"to go on: $")
        for _ in range(2):
            again.enters("nope")
            again.sees(WRONG)
            again.sees(r"to go on: $")
        again.enters("nope")
        again.ends(4)
        self.assertEqual(cloud.keys(), {OLD: "Inactive", new: "Active"})
        self.assertEqual(cloud.calls("DeleteAccessKey"), [])
        last = self.at_terminal(cloud, "resume")
        last.sees(r"to go on: $")
        last.enters(OLD[-4:]).ends(0)
        self.assertEqual(cloud.keys(), {new: "Active"})

    def test_the_deploy_wants_a_yes_and_takes_all_else_for_a_no(self):
        cloud = self.cloud()
        for number, answers in enumerate((["n"], [""], ["maybe", "perhaps", "later"], [CTRL_D])):
            person = self.at_terminal(cloud, "rotate", "sim/app")
            for answer in answers:
                person.sees(r"Go on\? \[y/N\] $")
                person.types(answer if answer == CTRL_D else answer + "\r")
            person.sees(r"Next: keybaton resume sim/app")
            person.ends(4)
            self.assertEqual("Plan: rotate" in person.plain, number == 0)  # a plan is for what is not begun
            self.assertIn(OLD, (cloud.home / "app.env").read_text())
        person = self.at_terminal(cloud, "resume", "--through", "deploy")
        person.sees(r"Go on\? \[y/N\] $")
        person.enters("YES").ends(0)
        self.assertIn(cloud.new_key(), (cloud.home / "app.env").read_text())

    def test_the_end_of_input_at_a_typed_confirmation_declines(self):
        cloud = self.cloud()
        cloud.to_deployed()
        self.used(cloud)
        for typed in (CTRL_D, "\r"):
            person = self.at_terminal(cloud, "resume")
            person.sees(r"to go on: $")
            person.types(typed).ends(4)
            self.assertEqual(cloud.keys()[OLD], "Active")

    def test_what_was_typed_before_the_question_is_no_answer_to_it(self):
        cloud = self.cloud(policy=policy(quiet="2s"))
        new = cloud.to_deployed()
        self.used(cloud)
        person = self.at_terminal(cloud, "resume")
        person.sees(r"s left")
        person.enters(OLD[-4:])
        person.sees(r"to go on: $")
        self.assertIsNone(person.process.poll())
        self.assertEqual(cloud.keys(), {OLD: "Active", new: "Active"})
        person.types(CTRL_D).ends(4)

    @unittest.skipUnless(KIND.endpoint_variable, "no variable of the environment leads this cloud's calls elsewhere")
    def test_a_profile_alone_hands_its_own_key_over(self):
        cloud = self.cloud()
        (cloud.home / ".config/keybaton/config.yaml").unlink()
        (cloud.home / "app.env").unlink()
        person = self.at_terminal(cloud, "rotate", "--profile", "app", "--quiet", "0s", "--grace", "0s",
                                  "--override", "a call of the profile app works",
                                  env={KIND.endpoint_variable: cloud.url})
        person.sees(r"Plan: rotate app/app")
        person.sees(r"Go on\? \[y/N\] ")
        person.enters("y")
        for _ in ("deactivate", "delete"):
            person.sees(rf"Type the last four characters of {OLD} to go on: $")
            person.enters(OLD[-4:])
        person.sees(r"Completed\.")
        person.ends(0)
        self.assertEqual(cloud.keys(), {cloud.new_key(): "Active"})
        self.assertIn(cloud.new_key(), cloud.credentials.read_text())

    @unittest.skipUnless(KIND is AWS, "only the profiles of AWS name a device")
    def test_a_device_code_is_asked_for_and_a_mistyped_one_is_asked_again(self):
        cloud = self.cloud()
        cloud.write(".aws/config", "[profile mfa]\nrole_arn = arn:aws:iam::123456789012:role/ops\n"
                                   "source_profile = admin\nmfa_serial = arn:aws:iam::123456789012:mfa/ann\n")
        cloud.control("POST", "seed", {"accounts": [{"id": ACCOUNT, "users": [], "roles": [{"name": "ops"}]}]})
        config = (cloud.home / ".config/keybaton/config.yaml")
        config.write_text(config.read_text().replace("profile: admin", "profile: mfa"))
        person = self.at_terminal(cloud, "plan", "sim/app")
        asked = r"Code of the MFA device arn:aws:iam::123456789012:mfa/ann: $"
        person.sees(asked)
        person.enters("12345")
        person.sees(r"A code has six digits\.")
        person.sees(asked)
        person.enters("123456")
        person.sees(r"Plan: rotate sim/app")
        person.sees("assumed-role/ops")
        person.ends(0)


if __name__ == "__main__":
    main()

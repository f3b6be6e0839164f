"""The old key is still used while a person waits for it to be quiet: who uses it, from where, and the forgotten place."""
import time

from pseudo_terminal import AWS, CTRL_C, KIND, OLD, OLD_SECRET, TerminalCase, main, policy

STILL = r"Look: the old key is still used: last used at \S+"


class Forgotten(TerminalCase):
    def deployed_and_used(self, cloud):
        """The old key as well as the new one, in a second after the deploy."""
        if not cloud.journal.exists():
            cloud.to_deployed()
        time.sleep(1.1)
        self.used(cloud)
        cloud.used(OLD)

    def waiting(self, *extra):
        """A rotation in its wait, and a file of its own that nobody has told it of."""
        cloud = self.cloud(policy=policy(quiet="4s"))
        cloud.config(policy(quiet="4s"), extra="search_paths: [~/notes]\n")
        config = cloud.home / ".config/keybaton/config.yaml"
        if KIND is AWS:  # the event history, too
            config.write_text(config.read_text().replace("endpoints: {", f'endpoints: {{cloudtrail: "{cloud.url}", '))
        mailer = cloud.write("notes/mailer.env", KIND.env_file(OLD, OLD_SECRET))
        self.deployed_and_used(cloud)
        return cloud, mailer, self.at_terminal(cloud, "resume", "sim/app", *extra)

    def test_it_is_shown_offered_and_brought_over(self):
        cloud, mailer, person = self.waiting()
        person.sees(STILL)
        person.sees(r"USED BY +FROM +WITH +OLD KEY LAST +NEW KEY LAST")
        person.sees(rf"{KIND.service} +\S+")
        person.sees(r"The old key also stands where this rotation does not look:")
        person.sees(r"notes/mailer\.env:1")
        person.sees(r"- \{name: mailer, type: env-file, ")
        person.sees(r"Add them\? \[y/N\] $")
        self.assertIn(OLD, mailer.read_text())
        person.enters("y")
        person.sees(r"mailer joins")
        person.sees(r"Write the new key .* to its locations")
        person.sees(r"Go on\? \[y/N\] $")
        person.enters("y")
        person.sees(rf"wrote {KIND.key_pattern} to mailer \(3 of 3\)")
        person.sees(r"left: ")
        self.used(cloud)
        person.sees(rf"Deactivate the old key {OLD}")
        person.sees(r"known consumer")
        person.sees(r"to go on: $")
        person.enters("")
        person.ends(4)
        self.assertIn(cloud.new_key(), mailer.read_text())
        self.assertIn("name: mailer", (cloud.home / ".config/keybaton/config.yaml").read_text())
        back = self.ends(cloud.run("rollback", "sim/app", "--yes", "--wait", "--reason", "test", "--json"), 0)
        self.assertEqual(back.json["state"], "rolled_back")
        self.assertEqual(mailer.read_text(), KIND.env_file(OLD, OLD_SECRET))

    def test_without_a_yes_nothing_joins_and_it_is_not_asked_again_for_the_same_place(self):
        cloud, mailer, person = self.waiting()
        before = (cloud.home / ".config/keybaton/config.yaml").read_text()
        person.sees(STILL)
        person.sees(r"Add them\? \[y/N\] $")
        person.enters("n")
        person.sees(r"so nothing was added")
        person.sees(r"left: the old key is still used")
        time.sleep(1.1)
        cloud.used(OLD)
        person.sees(STILL)
        person.sees(r"left: the old key is still used")
        self.assertNotIn("Add them", person.plain[person.plain.rindex("Look: the old key is still"):])
        person.types(CTRL_C)
        person.ends(130)
        self.assertEqual((cloud.home / ".config/keybaton/config.yaml").read_text(), before)
        self.assertIn(OLD, mailer.read_text())
        self.assertEqual([each["name"] for each in cloud.run("status", "sim/app", "--json").json["locations"]],
                         ["laptop", "service"])

    def test_a_place_that_came_into_the_config_meanwhile_is_offered_by_its_name(self):
        cloud = self.cloud(policy=policy(quiet="4s"))
        cloud.to_deployed()
        text = (cloud.home / ".config/keybaton/config.yaml").read_text()
        cloud.write("cron.env", KIND.env_file(OLD, OLD_SECRET))
        (cloud.home / ".config/keybaton/config.yaml").write_text(
            text.rstrip("\n") + f"\n      - {cloud.env_location('cron', '~/cron.env')}\n")
        self.deployed_and_used(cloud)
        person = self.at_terminal(cloud, "resume", "sim/app")
        person.sees(r"In the config, but not in this rotation, and holding the old key: cron")
        person.sees(r"Take them in\? \[y/N\] $")
        person.enters("y")
        person.sees(r"cron joins")
        person.sees(r"Go on\? \[y/N\] $")
        person.enters("y")
        person.sees(r"to cron \(3 of 3\)")
        person.types(CTRL_C)
        person.ends(130)

    def test_without_a_target_in_the_config_the_place_joins_the_rotation_alone(self):
        cloud = self.cloud(policy=policy(quiet="4s"))
        cloud.to_deployed()
        config = cloud.home / ".config/keybaton/config.yaml"
        config.write_text(config.read_text().split("targets:")[0] + "search_paths: [~/notes]\n")
        before = config.read_text()
        mailer = cloud.write("notes/mailer.env", KIND.env_file(OLD, OLD_SECRET))
        self.deployed_and_used(cloud)
        person = self.at_terminal(cloud, "resume", "sim/app")
        person.sees(STILL)
        person.sees(r"- \{name: mailer, type: env-file, ")
        person.sees(r"Add them to this rotation\? \[y/N\] $")
        person.enters("y")
        person.sees(r"Go on\? \[y/N\] $")
        person.enters("y")
        person.sees(r"to mailer \(3 of 3\)")
        person.types(CTRL_C)
        person.ends(130)
        self.assertIn(cloud.new_key(), mailer.read_text())
        self.assertEqual(config.read_text(), before)

    def test_a_config_that_broke_meanwhile_stops_nothing(self):
        cloud = self.cloud(policy=policy(quiet="3s"))
        self.deployed_and_used(cloud)
        (cloud.home / ".config/keybaton/config.yaml").write_text("accounts: [\n")
        person = self.at_terminal(cloud, "resume", "sim/app")
        person.sees(STILL)
        person.sees(r"Not searched: .*config\.yaml")
        person.sees(r"left: ")
        person.sees(rf"Deactivate the old key {OLD}")
        person.types(CTRL_C)
        person.ends(130)


if __name__ == "__main__":
    main()

"""The doctor finds what would stop a rotation, and is never well beside it."""
from clouds import KIND
from harness import ACCOUNT, ADMIN, ADMIN_SECRET, OLD, OLD_SECRET, Case, main


class TheDoctor(Case):
    def ill(self, cloud, *names, hint=""):
        run = self.ends(cloud.run("doctor", "--json"), 4)
        failed = [check for check in run.json["checks"] if not check["ok"]]
        self.assertEqual([check["name"] for check in failed], list(names), run)
        for check in failed:
            self.assertTrue(check["detail"] and check["hint"], run)
        if hint:
            self.assertIn(hint, [check["hint"] for check in failed])
        self.assertNotIn("All is well", self.ends(cloud.run("doctor"), 4).out)
        return failed[0]["detail"]

    def test_a_location_whose_key_is_not_the_users_or_is_inactive(self):
        cloud = self.cloud()
        cloud.play({"do": "set_status", "key": OLD, "status": "Inactive"})
        self.assertIn("Inactive", self.ill(cloud, "location laptop of sim/app", "location service of sim/app"))
        cloud.write_credentials(app=(ADMIN, ADMIN_SECRET))
        cloud.write("app.env", KIND.env_file(ADMIN, ADMIN_SECRET))
        self.assertIn("is no key of app", self.ill(cloud, "location laptop of sim/app", "location service of sim/app"))

    def test_a_user_that_is_gone_or_whose_keys_cannot_be_listed(self):
        cloud = self.cloud()
        cloud.deny("ListAccessKeys")
        self.ill(cloud, "permissions in sim", "keys of sim/app")
        gone = self.cloud()
        gone.play({"do": "delete_user", "account": ACCOUNT, "user": "app"})
        self.ill(gone, "user of sim/app")

    def permissions(self, cloud, code=0):
        run = self.ends(cloud.run("doctor", "--json"), code)
        return next(check for check in run.json["checks"] if check["name"] == "permissions in sim")

    def test_permissions_of_which_no_policy_tells_are_tried(self):
        cloud = self.cloud()
        self.assertEqual(self.permissions(cloud)["detail"], "all that a rotation needs")
        cloud.deny("SimulatePrincipalPolicy", "ListPoliciesForUser")
        before = cloud.keys()
        found = self.permissions(cloud)
        self.assertTrue(found["ok"])
        granted, unproven = found["detail"].split("; not to be proven without changing something: ")
        for call in ("ListUsers", "GetUser", "ListAccessKeys", "GetAccessKeyLastUsed"):
            self.assertIn(f"{KIND.actions}:{call}", granted)
        for call in ("CreateAccessKey", "UpdateAccessKey", "DeleteAccessKey"):
            self.assertIn(f"{KIND.actions}:{call}", unproven)
        self.assertIn(f"docs/{KIND.name}-policy.json", unproven)
        self.assertEqual(cloud.keys(), before)
        cloud.deny("GetAccessKeyLastUsed")
        denied = self.permissions(cloud, 4)
        self.assertEqual(denied["detail"], f"missing: {KIND.actions}:GetAccessKeyLastUsed")
        self.assertIn(f"docs/{KIND.name}-policy.json", denied["hint"])
        cloud.deny("ListUsers")
        self.assertIn(f"{KIND.actions}:ListUsers", self.permissions(cloud, 4)["hint"])

    def test_a_user_without_room_for_a_key(self):
        cloud = self.cloud()
        spare = cloud.spare()
        self.ill(cloud, "keys of sim/app", hint=f"keybaton retire sim/app --key {spare}")

    def test_a_config_that_others_may_write_or_that_has_no_account(self):
        cloud = self.cloud()
        config = cloud.home / ".config/keybaton/config.yaml"
        for mode in (0o666, 0o602):
            config.chmod(mode)
            self.ill(cloud, "config", hint=f"chmod o-w {config}")
        config.chmod(0o644)  # no secret stands in it
        self.ends(cloud.run("doctor"), 0)
        cloud.write(".config/keybaton/config.yaml", "policy: {quiet: 24h}\n")
        self.assertIn("no account", self.ill(cloud, "config"))

    def test_a_rotation_under_way_is_named_and_is_no_drift(self):
        cloud = self.cloud()
        self.ends(cloud.run("rotate", "sim/app", "--yes", "--through", "create"), 0)
        new = cloud.new_key()
        identity = cloud.run("status", "--json").json["rotations"][0]["rotation"]
        names = {check["name"]: check for check in cloud.run("doctor", "--json").json["checks"]}
        self.assertIn(identity, names["rotation of sim/app"]["detail"])
        failed = [name for name, check in names.items() if not check["ok"]]
        self.assertEqual(failed, ["backup"])
        self.ends(cloud.run("journal", "backup", str(cloud.home / "copy.db")), 0)
        cloud.play({"do": "set_status", "key": OLD, "status": "Inactive"})
        self.ill(cloud, "location laptop of sim/app", "location service of sim/app", hint="keybaton status sim/app")
        cloud.play({"do": "set_status", "key": OLD, "status": "Active"})
        self.ends(cloud.run("resume", "--yes", "--through", "deploy"), 0)
        cloud.write("app.env", KIND.env_file(OLD, OLD_SECRET))
        self.ends(cloud.run("doctor"), 0)
        cloud.write("app.env", KIND.env_file(ADMIN, ADMIN_SECRET))
        self.ill(cloud, "location service of sim/app", "drift of sim/app", hint="keybaton status sim/app")
        self.assertNotIn("keybaton plan", cloud.run("doctor").out)
        self.assertIn(new, cloud.credentials.read_text())


if __name__ == "__main__":
    main()

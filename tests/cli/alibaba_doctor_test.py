"""RAM simulates no policies: the doctor weighs their texts, as far as it may read them."""
from harness import Case, main


class TheTextsOfPolicies(Case):
    def permissions(self, cloud, code=0):
        run = self.ends(cloud.run("doctor", "--json"), code)
        return next(check for check in run.json["checks"] if check["name"] == "permissions in sim")

    def test_an_action_that_they_deny_is_named_before_it_is_needed(self):
        for action in ("CreateAccessKey", "UpdateAccessKey", "DeleteAccessKey", "RestoreAccessKeyFromRecycleBin"):
            cloud = self.cloud()
            cloud.deny(action)
            found = self.permissions(cloud, 4)
            self.assertEqual(found["detail"], f"missing: ram:{action}")
            self.assertIn("docs/alibaba-policy.json", found["hint"])

    def test_groups_that_cannot_be_read_may_deny_what_they_allow(self):
        cloud = self.cloud()
        cloud.deny("ListGroupsForUser")
        found = self.permissions(cloud)
        self.assertTrue(found["ok"])
        self.assertIn("under a condition or on some users only: ram:GetUser", found["detail"])
        self.assertIn("not read: the groups of admin (ram:ListGroupsForUser)", found["detail"])

    def test_texts_that_cannot_be_read_are_named_and_the_reads_are_tried(self):
        cloud = self.cloud()
        cloud.deny("GetPolicy")
        found = self.permissions(cloud)
        self.assertTrue(found["ok"])
        self.assertIn("tried, and granted: ram:ListUsers, ram:GetUser, ram:ListAccessKeys, ram:GetAccessKeyLastUsed, "
                      "ram:ListAccessKeysInRecycleBin; not to be proven without changing something: "
                      "ram:CreateAccessKey, ", found["detail"])
        self.assertIn("not read: policy admin-policy (ram:GetPolicy)", found["detail"])


if __name__ == "__main__":
    main()

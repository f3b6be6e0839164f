"""What moto refuses, and what keybaton refuses in front of it: nothing is opened, nothing is changed."""
from moto_peer import PeerCase, main


class Refusals(PeerCase):
    def test_two_keys_are_the_limit_and_none_is_chosen(self):
        peer = self.peer()
        second = peer.admin.create_access_key(UserName="app")["AccessKey"]["AccessKeyId"]
        stopped = self.three_parts(peer.run("rotate", "moto/app", "--yes"), 4, "needs_operator", peer.old, second)
        self.assertIn("keybaton plan moto", stopped.err)
        full = peer.run("key", "create", "moto/app", "--secret-file", str(peer.home / "secret"))
        self.three_parts(full, 5, "refused", "all the access keys that it may have", "LimitExceeded")
        self.assertEqual(peer.keys(), {peer.old: "Active", second: "Active"})
        self.assertEqual(peer.held(), peer.old)

    def test_the_doctor_takes_a_page_of_html_for_a_failed_read(self):
        peer = self.peer()
        done = self.silent(peer.run("doctor", "--json"), peer)
        self.assertIn(done.code, (0, 4), done)
        checks = {check["name"]: check for check in done.json["checks"]}
        self.assertTrue([name for name, check in checks.items() if "moto" in name and check["ok"]], done)
        for check in checks.values():
            self.assertTrue(check["ok"] or check["hint"], check)
        self.assertNotRegex(done.out + done.err, "(?i)<html|<!doctype|traceback")

    def test_what_moto_denies_opens_nothing(self):
        peer = self.peer()
        peer.admin.put_user_policy(UserName="admin", PolicyName="all", PolicyDocument=(
            '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:*", "Resource": "*"}]}'))
        self.three_parts(peer.run("rotate", "moto/app", "--yes"), 5, "refused", "AccessDenied")
        self.assertFalse(peer.journal.exists())

    def test_a_wrong_secret_and_an_unknown_key_are_told_apart_from_a_missing_permission(self):
        peer = self.peer()
        file = peer.home / ".aws/credentials"
        right = file.read_text()
        key, secret = peer.pairs["admin"]
        file.write_text(right.replace(secret, "x" * 40))
        self.three_parts(peer.run("plan", "moto/app"), 5, "refused", "SignatureDoesNotMatch")
        file.write_text(right.replace(key, "AKIAGONEGONEGONEGON1"))
        self.three_parts(peer.run("plan", "moto/app"), 5, "refused", "InvalidClientTokenId")
        self.assertEqual(peer.keys(), {peer.old: "Active"})

    def test_an_unknown_user_is_named(self):
        peer = self.peer()
        file = peer.home / ".config/keybaton/config.yaml"
        file.write_text(file.read_text().replace("moto/app", "moto/nobody"))
        self.three_parts(peer.run("rotate", "moto/nobody", "--yes"), 2, "usage", "nobody")

    def test_the_list_of_keys_is_the_one_that_boto3_sees(self):
        peer = self.peer()
        peer.admin.create_access_key(UserName="app")
        done = self.ends(peer.run("keys", "moto", "--json"), 0)
        seen = {key["key"]: key["status"] for key in done.json["keys"]}
        self.assertEqual(seen, {**peer.keys("app"), **peer.keys("admin")})
        self.assertEqual(done.json["incomplete"], [])


if __name__ == "__main__":
    main()

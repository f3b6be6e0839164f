"""What only the second cloud has: both clouds in one config, KMS secrets, who used a key, its tools' profiles."""
import json
import subprocess

from clouds import ALIBABA, AWS, KIND
from harness import ACCOUNT, ADMIN, ADMIN_SECRET, FAST, OLD, OLD_SECRET, STATE, Case, main

CHANGES = ("CreateAccessKey", "UpdateAccessKey", "DeleteAccessKey")
USERS = STATE["accounts"][0]["users"]
SECRET = {"name": "app/cloud", "value": json.dumps({"port": 80, "id": OLD, "secret": OLD_SECRET, "note": "käse ☂"})}
IN_KMS = "{name: kms, type: alibaba-kms-secret, secret: app/cloud, id: id, value: secret}"


def with_account(**more):
    return {**STATE, "accounts": [{**STATE["accounts"][0], **more}]}


class BothClouds(Case):
    def setUp(self):
        self.here = self.cloud()
        old, secret = AWS.key("OLD"), AWS.secret("old")
        theirs = AWS.seed([
            {"name": "admin", "keys": [{"id": AWS.key("ADMIN"), "secret": AWS.secret("admin")}]},
            {"name": "app", "id": AWS.user_ids["app"], "created_days_ago": 300,
             "keys": [{"id": old, "secret": secret, "created_days_ago": 95,
                       "last_used": {"at_days_ago": 2, "service": "s3", "region": "eu-west-1"}}]}])
        self.here.control("POST", "seed", theirs)
        self.here.write(AWS.file, AWS.credentials({"admin": (AWS.key("ADMIN"), AWS.secret("admin")),
                                                   "app": (old, secret)}))
        self.here.write(".config/keybaton/config.yaml", f"""\
accounts:
  hk: {ALIBABA.account_entry(self.here.url)}
  us: {AWS.account_entry(self.here.url)}
policy: {FAST}
targets:
  hk/app:
    cadence: 0s
    locations: [{{name: sdk, type: {ALIBABA.file_type}, path: ~/{ALIBABA.file}, profile: app}}]
  us/app:
    cadence: 0s
    locations: [{{name: laptop, type: {AWS.file_type}, path: ~/{AWS.file}, profile: app}}]
""")

    def of(self, account):
        for each in self.here.control("GET", "state")["accounts"]:
            if each["id"] == account:
                return {key["id"]: key["status"] for user in each["users"] if user["name"] == "app"
                        for key in user["keys"]}
        return {}

    def test_their_keys_stand_side_by_side_each_with_what_its_cloud_knows(self):
        rows = {row["key"]: row for row in self.ends(self.here.run("keys", "--json"), 0).json["keys"]}
        self.assertEqual(set(rows), {OLD, ADMIN, AWS.key("OLD"), AWS.key("ADMIN")})
        self.assertEqual({name: rows[OLD][name] for name in ("account", "provider", "account_id", "user", "user_id",
                                                             "status", "age_days", "last_used_service",
                                                             "last_used_region", "never_used")},
                         {"account": "hk", "provider": "alibaba", "account_id": ALIBABA.account, "user": "app",
                          "user_id": ALIBABA.user_ids["app"], "status": "Active", "age_days": 120,
                          "last_used_service": None, "last_used_region": None, "never_used": False})
        theirs = rows[AWS.key("OLD")]
        self.assertEqual((theirs["account"], theirs["provider"], theirs["account_id"], theirs["last_used_service"]),
                         ("us", "aws", AWS.account, "s3"))
        shown = self.ends(self.here.run("keys"), 0).out
        for word in (OLD, AWS.key("OLD"), "hk", "us"):
            self.assertIn(word, shown)
        one = self.ends(self.here.run("keys", "hk", "--json"), 0).json["keys"]
        self.assertEqual({row["account"] for row in one}, {"hk"})

    def test_one_that_cannot_be_read_leaves_the_other_to_be_shown(self):
        self.here.fault(fault="access_denied", action="ListUsers", count=0, signed_with=ADMIN)
        run = self.ends(self.here.run("keys", "--json"), 5)
        self.assertEqual(run.json["incomplete"], ["hk"])
        self.assertEqual({row["account"] for row in run.json["keys"]}, {"us"})

    def test_both_rotate_through_one_journal_to_the_end(self):
        runs = {account: self.ends(self.here.run("rotate", f"{account}/app", "--yes", "--through", "deploy", "--json"),
                                   0).json for account in ("hk", "us")}
        self.assertEqual([(each["provider"], each["partition"], each["account_id"], each["user_id"])
                          for each in runs.values()],
                         [("alibaba", "acs", ALIBABA.account, ALIBABA.user_ids["app"]),
                          ("aws", "aws", AWS.account, AWS.user_ids["app"])])
        open_ones = self.here.run("status", "--json").json["rotations"]
        self.assertEqual({each["account"]: each["partition"] for each in open_ones}, {"hk": "acs", "us": "aws"})
        for each in runs.values():
            self.here.play({"do": "use", "key": each["new_key"]})
        done = self.ends(self.here.run("resume", "--all", "--yes", "--json"), 0).json["rotations"]
        self.assertEqual({each["account"]: each["state"] for each in done}, {"hk": "completed", "us": "completed"})
        self.assertEqual([("restorable_until" in each) for each in sorted(done, key=lambda one: one["account"])],
                         [True, False])
        self.assertEqual(self.of(ALIBABA.account), {runs["hk"]["new_key"]: "Active"})
        self.assertEqual(self.of(AWS.account), {runs["us"]["new_key"]: "Active"})
        self.assertTrue(self.ends(self.here.run("history", "verify", "--json"), 0).json["ok"])
        callers = {entry["account"]: entry["caller"] for entry in map(json.loads, self.here.run(
            "history", "--limit", "0", "--kind", "outcome", "--json").out.splitlines())}
        self.assertEqual(callers, {"hk": f"acs:ram::{ALIBABA.account}:user/admin",
                                   "us": f"arn:aws:iam::{AWS.account}:user/admin"})
        shown = self.ends(self.here.run("history"), 0).out
        self.assertIn("hk/app", shown)
        self.assertIn("us/app", shown)
        one = self.here.run("history", "--account", "hk", "--limit", "0", "--json").out
        self.assertEqual({json.loads(line)["account"] for line in one.splitlines()}, {"hk"})
        self.error(self.here.run("rollback", "us/app", "--yes", "--json"), 2, "usage", "deleted")
        self.assertEqual(self.ends(self.here.run("rollback", "hk/app", "--json"), 4).json["attention"]["code"],
                         "location_stale")

    def test_the_doctor_looks_at_both(self):
        checks = {check["name"]: check for check in self.here.run("doctor", "--json").json["checks"]}
        self.assertEqual(checks["credentials of hk"]["detail"], f"acs:ram::{ALIBABA.account}:user/admin")
        self.assertEqual(checks["credentials of us"]["detail"], f"arn:aws:iam::{AWS.account}:user/admin")
        self.assertTrue(checks["permissions in hk"]["ok"] and checks["permissions in us"]["ok"])

    def test_a_late_undo_means_nothing_where_deleted_keys_are_gone(self):
        config = self.here.home / ".config/keybaton/config.yaml"
        config.write_text(config.read_text().replace("check_every: 0s", "check_every: 0s, late_undo: 30d"))
        told = {account: self.here.run("plan", f"{account}/app", "--json").json["warnings"] for account in ("hk", "us")}
        self.assertFalse([each for each in told["hk"] if "late_undo" in each])
        self.assertTrue([each for each in told["us"] if "late_undo does nothing" in each])


class TheDoctor(Case):
    def ill(self, cloud, name):
        run = self.ends(cloud.run("doctor", "--json"), 4)
        check = next(each for each in run.json["checks"] if each["name"] == name)
        self.assertFalse(check["ok"])
        self.assertTrue(check["hint"])
        self.no_secret(run)
        return check

    def test_says_which_permission_is_missing_and_who_wants_it(self):
        for action in ("CreateAccessKey", "DeleteAccessKey", "RestoreAccessKeyFromRecycleBin"):
            with self.subTest(action):
                cloud = self.cloud()
                cloud.deny(action)
                check = self.ill(cloud, "permissions in sim")
                self.assertIn(f"ram:{action}", check["detail"])
                self.assertIn(f"acs:ram::{ACCOUNT}:user/admin", check["hint"])

    def test_that_may_not_read_policies_tries_the_reads_and_says_where_the_policy_stands(self):
        cloud = self.cloud()
        cloud.deny("ListPoliciesForUser", "GetPolicy", "GetPolicyVersion")
        check = next(each for each in cloud.run("doctor", "--json").json["checks"] if each["name"].startswith("perm"))
        self.assertTrue(check["ok"], check)
        cloud.deny("ListUsers")
        self.assertIn("alibaba-policy.json", self.ill(cloud, "permissions in sim")["hint"])

    def test_says_which_secret_of_a_location_cannot_be_read(self):
        cloud = self.cloud(state=with_account(secrets=[SECRET]))
        cloud.config(extra=f"      - {IN_KMS}\n")
        self.assertTrue(all(check["ok"] for check in cloud.run("doctor", "--json").json["checks"]))
        cloud.play({"do": "deny", "account": ACCOUNT, "user": "admin", "action": "kms:GetSecretValue"})
        self.assertIn("KMS", self.ill(cloud, "location kms of sim/app")["detail"])

    def test_says_what_a_browser_login_needs_instead(self):
        cloud = self.cloud()
        cloud.write(KIND.file, KIND.credentials({"app": (OLD, OLD_SECRET)}))
        cloud.write(".aliyun/config.json", json.dumps({"profiles": [{"name": "admin", "mode": "CloudSSO"}]}))
        self.assertIn("External", self.ill(cloud, "credentials of sim")["hint"])


class InAKmsSecret(Case):
    def with_secret(self, secret=None, **more):
        cloud = self.cloud(state=with_account(secrets=[SECRET if secret is None else secret]))
        cloud.config(extra=f"      - {IN_KMS}\n", **more)
        return cloud

    @staticmethod
    def stored(cloud):
        secrets = cloud.control("GET", "state")["accounts"][0]["secrets"]
        versions = {stage: version for version in secrets[0]["versions"] for stage in version["stages"]}
        return versions

    def current(self, cloud):
        return json.loads(self.stored(cloud)["ACSCurrent"]["data"])

    def others_kept(self, cloud):
        text = self.stored(cloud)["ACSCurrent"]["data"]
        now = json.loads(text)
        self.assertEqual(text, SECRET["value"].replace(OLD, now["id"]).replace(OLD_SECRET, now["secret"]))

    def refused(self, cloud, code, name, *words):
        self.three_parts(cloud.run("plan", "sim/app"), code, name, *words)
        self.error(cloud.run("rotate", "sim/app", "--yes", "--json"), code, name)
        self.assertEqual(cloud.run("status", "--json").json, {"rotations": []})
        for action in (*CHANGES, "PutSecretValue", "UpdateSecretVersionStage"):
            self.assertEqual(cloud.calls(action), [])

    def test_a_rotation_hands_the_new_pair_over_and_keeps_the_other_members(self):
        cloud = self.with_secret()
        plan = self.ends(cloud.run("plan", "sim/app", "--json"), 0).json
        self.assertEqual([(place["name"], place["type"], place["restorable"]) for place in plan["locations"]],
                         [("laptop", KIND.file_type, True), ("service", "env-file", True),
                          ("kms", "alibaba-kms-secret", True)])
        new = cloud.to_completed()
        pair = KIND.pair_in(cloud.credentials.read_text(), "app")
        self.assertEqual((self.current(cloud)["id"], self.current(cloud)["secret"]), pair)
        self.assertEqual(pair[0], new)
        self.others_kept(cloud)
        self.assertEqual(json.loads(self.stored(cloud)["ACSPrevious"]["data"]), json.loads(SECRET["value"]))
        self.ends(cloud.run("history", "verify"), 0)

    def test_a_rollback_puts_the_old_pair_back(self):
        cloud = self.with_secret()
        cloud.to_deployed()
        self.ends(cloud.run("rollback", "--yes", "--wait"), 0)
        self.assertEqual(self.stored(cloud)["ACSCurrent"]["data"], SECRET["value"])
        self.assertEqual(KIND.pair_in(cloud.credentials.read_text(), "app"), (OLD, OLD_SECRET))
        self.assertEqual(cloud.keys(), {OLD: "Active"})

    def test_a_late_undo_puts_it_back_too(self):
        cloud = self.with_secret(policy=FAST[:-1] + ", late_undo: 30d}")
        cloud.to_completed()
        self.ends(cloud.run("rollback", "sim/app", "--yes", "--wait"), 0)
        self.assertEqual(self.stored(cloud)["ACSCurrent"]["data"], SECRET["value"])
        self.assertEqual(cloud.keys(), {OLD: "Active"})

    def test_lost_replies_of_its_changes_are_settled_by_reading(self):
        cloud = self.with_secret()
        cloud.fault(fault="drop_reply", action="PutSecretValue")
        cloud.fault(fault="drop_reply", action="UpdateSecretVersionStage")
        cloud.to_completed()
        self.others_kept(cloud)
        self.assertEqual(self.current(cloud)["id"], cloud.new_key())
        moved = [entry for entry in cloud.calls("PutSecretValue") if entry["worked"]]
        self.assertEqual(len(moved), 1)

    def test_no_secret_stands_in_a_query(self):  # Invariant 14
        cloud = self.with_secret()
        cloud.control("POST", "keep_bodies", {"on": True})
        cloud.to_deployed()
        secret = self.current(cloud)["secret"]
        self.assertTrue(cloud.calls("PutSecretValue"))
        for entry in cloud.control("GET", "log"):
            self.assertNotIn(secret[:12], entry["target"])
            self.assertNotIn(OLD_SECRET[:12], entry["target"])

    def test_one_that_kms_itself_manages_is_refused_before_anything_is_made(self):
        for kind in ("RAMCredentials", "Rds"):
            with self.subTest(kind):
                cloud = self.with_secret({**SECRET, "type": kind})
                self.refused(cloud, 5, "refused", "kms", kind)

    def test_one_that_is_not_there_stops_before_anything_is_made(self):
        cloud = self.with_secret({**SECRET, "name": "another"})
        self.refused(cloud, 4, "needs_operator", "kms")

    def test_a_third_value_stops_before_anything_is_made(self):
        cloud = self.with_secret({**SECRET, "value": json.dumps({"id": KIND.key("THIRD"), "secret": "x" * 30})})
        self.refused(cloud, 4, "needs_operator", "kms", KIND.key("THIRD"))

    def test_one_that_is_no_json_is_named(self):
        cloud = self.with_secret({**SECRET, "value": f"{OLD} {OLD_SECRET}"})
        self.refused(cloud, 2, "usage", "kms", "app/cloud")

    def test_a_third_value_put_there_meanwhile_is_not_overwritten(self):
        cloud = self.with_secret()
        self.ends(cloud.run("rotate", "sim/app", "--yes", "--through", "create"), 0)
        third = json.dumps({"id": KIND.key("THIRD"), "secret": "x" * 30})
        cloud.control("POST", "seed", {"accounts": [{"id": ACCOUNT, "partition": "acs", "users": [], "secrets": [
            {**SECRET, "value": third, "version": "theirs"}]}]})
        run = self.error(cloud.run("resume", "--yes", "--json"), 4, "needs_operator")
        self.assertEqual(run.json["attention"]["code"], "conflict", run)
        self.assertEqual(self.stored(cloud)["ACSCurrent"]["data"], third)

    def test_no_permission_to_write_it_stops_the_deploy_and_the_old_key_stays(self):
        cloud = self.with_secret()
        cloud.play({"do": "deny", "account": ACCOUNT, "user": "admin", "action": "kms:PutSecretValue"})
        run = self.error(cloud.run("rotate", "sim/app", "--yes", "--json"), 5, "refused")
        self.assertEqual((run.json["state"], cloud.keys()[OLD]), ("created", "Active"))
        self.assertEqual(self.stored(cloud)["ACSCurrent"]["data"], SECRET["value"])
        self.ends(cloud.run("rollback", "--yes", "--wait"), 0)
        self.assertEqual(cloud.keys(), {OLD: "Active"})

    def test_without_an_endpoint_of_kms_beside_a_ram_of_its_own_the_real_one_is_not_called(self):
        cloud = self.with_secret()
        config = cloud.home / ".config/keybaton/config.yaml"
        config.write_text(config.read_text().replace(f', kms: "{cloud.url}"', ""))
        run = cloud.run("plan", "sim/app", "--json")
        self.assertIn(run.code, (2, 5), run)
        self.assertIn("kms", run.json["error"]["message"].lower())


class WhoUsedAKey(Case):
    def test_is_told_by_service_and_address(self):
        cloud = self.cloud()
        cloud.play({"do": "use", "key": OLD, "service": "ecs", "address": "203.0.113.7", "event": "RunInstances"},
                   {"do": "use", "key": OLD, "service": "oss", "address": "203.0.113.9", "agent": "ossutil/1.7"})
        run = self.ends(cloud.run("key", "last-used", "sim/app", "--key", OLD, "--json"), 0).json
        self.assertEqual((run["key"], run["service"], run["region"], run["never_used"]), (OLD, None, None, False))
        self.assertEqual({(use["service"], use["address"]) for use in run["sources"]},
                         {("ecs", "203.0.113.7"), ("ecs", "127.0.0.1"), ("oss", "203.0.113.9")})
        shown = self.ends(cloud.run("key", "last-used", "sim/app", "--key", OLD), 0).out
        for words in ("ecs from 203.0.113.7", "oss from 203.0.113.9"):
            self.assertIn(words, shown)

    def test_is_left_out_where_it_may_not_be_asked(self):
        cloud = self.cloud()
        cloud.play({"do": "deny", "account": ACCOUNT, "user": "admin", "action": "actiontrail:*"})
        run = self.ends(cloud.run("key", "last-used", "sim/app", "--key", OLD, "--json"), 0).json
        self.assertEqual((run["sources"], run["never_used"]), ([], False))

    def test_of_a_key_that_nobody_used(self):
        cloud = self.cloud()
        spare = cloud.spare()
        run = self.ends(cloud.run("key", "last-used", "sim/app", "--key", spare, "--json"), 0).json
        self.assertEqual((run["last_used_at"], run["never_used"], run["sources"]), (None, True, []))

    def test_a_text_that_could_steer_the_terminal_is_not_shown(self):
        cloud = self.cloud()
        cloud.play({"do": "use", "key": OLD, "service": "ecs", "address": "\x1b[31m203.0.113.7"})
        shown = self.ends(cloud.run("key", "last-used", "sim/app", "--key", OLD), 0).out
        self.assertNotIn("\x1b", shown)


class ByProfile(Case):
    def only_own_key(self):
        """A user whose key stands in the command line's file alone, and who signs with it."""
        cloud = self.cloud()
        cloud.credentials.unlink()
        cloud.write(".aliyun/config.json", json.dumps({"current": "app", "profiles": [
            {"name": "app", "mode": "AK", "access_key_id": OLD, "access_key_secret": OLD_SECRET,
             "region_id": "cn-hangzhou", "language": "en"}]}, indent="\t"))
        cloud.write(".config/keybaton/config.yaml", f"""\
accounts:
  sim: {KIND.account_entry(cloud.url).replace("profile: admin", "profile: app")}
policy: {FAST}
targets:
  sim/app:
    cadence: 0s
    locations: [{{name: aliyun, type: alibaba-cli-config, path: ~/.aliyun/config.json, profile: app}}]
""")
        return cloud

    def pair(self, cloud):
        return json.loads((cloud.home / ".aliyun/config.json").read_text())["profiles"][0]

    def test_a_key_that_signs_for_itself_is_replaced_in_the_file_of_the_command_line(self):
        cloud = self.only_own_key()
        new = cloud.to_deployed()
        pair = self.pair(cloud)
        self.assertEqual((pair["access_key_id"], pair["language"], pair["region_id"]), (new, "en", "cn-hangzhou"))
        # What keybaton itself asked with the new key proves nothing.
        run = self.error(cloud.run("resume", "--yes", "--json"), 4, "needs_operator")
        self.assertEqual((run.json["state"], run.json["verdict"]), ("deployed", "both idle"))
        self.assertIn("aliyun ecs DescribeRegions --profile app", run.json["error"]["message"])
        cloud.used(new)
        self.ends(cloud.run("resume", "--yes", "--wait"), 0)
        self.assertEqual(cloud.keys(), {new: "Active"})
        signers = {entry["access_key"] for entry in cloud.calls("UpdateAccessKey") + cloud.calls("DeleteAccessKey")}
        self.assertEqual(signers, {new})

    def test_a_rollback_of_it_ends_with_the_old_key_signing_again(self):
        cloud = self.only_own_key()
        new = cloud.to_deployed()
        cloud.used(new)
        self.ends(cloud.run("resume", "--yes", "--wait", "--through", "deactivate"), 0)
        self.ends(cloud.run("rollback", "--yes", "--wait"), 0)
        self.assertEqual((cloud.keys(), list(cloud.bin())), ({OLD: "Active"}, [new]))
        self.assertEqual((self.pair(cloud)["access_key_id"], self.pair(cloud)["access_key_secret"]), (OLD, OLD_SECRET))

    def test_a_late_undo_of_it_signs_with_the_new_key_until_the_old_one_is_back(self):
        cloud = self.only_own_key()
        config = cloud.home / ".config/keybaton/config.yaml"
        config.write_text(config.read_text().replace("check_every: 0s", "check_every: 0s, late_undo: 30d"))
        new = cloud.to_completed()
        self.ends(cloud.run("rollback", "sim/app", "--yes", "--wait"), 0)
        self.assertEqual((cloud.keys(), list(cloud.bin())), ({OLD: "Active"}, [new]))
        self.assertEqual(self.pair(cloud)["access_key_id"], OLD)
        self.assertEqual(cloud.calls("RestoreAccessKeyFromRecycleBin")[0]["access_key"], new)

    def test_words_that_name_none_are_refused_before_anything_is_sent(self):
        house = self.house()
        self.three_parts(house.run("plan", "--profile", "alibaba:"), 2, "usage", "names no profile")
        self.three_parts(house.run("plan", "--profile", "alibaba:nosuch"), 2, "usage", "nosuch", ".aliyun/config.json")
        self.three_parts(house.run("plan", "--profile", "alybaba:nosuch"), 2, "usage", "alybaba:nosuch")
        self.three_parts(house.run("plan", "--profile", "alibaba:dev", "sim/app"), 2, "usage")

    def test_a_browser_login_is_no_key_to_rotate(self):
        house = self.house()
        house.write(".aliyun/config.json", json.dumps({"profiles": [{"name": "sso", "mode": "CloudSSO"}]}))
        self.three_parts(house.run("plan", "--profile", "alibaba:sso"), 2, "usage", "CloudSSO", "External")


class AKeyMadeByHand(Case):
    def test_whose_secret_cannot_be_kept_is_taken_away_again(self):
        cloud = self.cloud()
        disk = cloud.home / "full"
        disk.mkdir()
        run = self.three_parts(self.on_a_full_disk(cloud, disk), 9, "storage")
        self.assertEqual(cloud.keys(), {OLD: "Active"}, run)
        self.assertEqual(len(cloud.calls("CreateAccessKey")), 1)

    def on_a_full_disk(self, cloud, disk):
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)], capture_output=True,
                                 check=False)
        if mounted.returncode != 0:
            self.skipTest("no right to mount a small file system")
        self.addCleanup(subprocess.run, ["umount", "-l", str(disk)], check=False)
        with open(disk / "filler", "wb", buffering=0) as filler:
            try:
                while True:
                    filler.write(b"x" * 4096)
            except OSError:
                pass
        return cloud.run("key", "create", "sim/app", "--secret-file", str(disk / "new.secret"))


if __name__ == "__main__":
    main()

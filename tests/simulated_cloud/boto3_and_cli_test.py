"""boto3 and the AWS CLI, unmodified, against the simulated cloud.

    boto3_and_cli_test.py PATH/TO/simulated_cloud [unittest arguments]

Exits with 77 (skipped, for ctest) and says why if boto3 or the CLI is not installed.
"""
import datetime
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request

try:
    import boto3
    import botocore.exceptions
    import botocore.parsers
    from botocore.config import Config
except ImportError as why:
    print(f"skipped: boto3 is not installed ({why})")
    sys.exit(77)
AWS = shutil.which("aws")
if not AWS or subprocess.run([AWS, "--version"], capture_output=True, check=False).returncode != 0:
    print("skipped: the AWS CLI is not installed")
    sys.exit(77)

ACCOUNT = "123456789012"
KEY = "AKIAOLDKEYEXAMPLE234"
SECRET = "old/secret+forTheTests0123456789abcdefghi"
REGION = "us-east-1"
ONCE = {"total_max_attempts": 1, "mode": "standard"}


class Process:
    """The server as a child on a free port, stopped by its own pid."""

    def __init__(self, program):
        self.folder = tempfile.TemporaryDirectory()
        port_file = os.path.join(self.folder.name, "port")
        self.child = subprocess.Popen([program, "--port", "0", "--port-file", port_file], stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 20
        while not os.path.exists(port_file):
            if self.child.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the server did not start")
            time.sleep(0.005)
        with open(port_file, encoding="ascii") as file:
            self.url = "http://127.0.0.1:" + file.read().strip()

    def stop(self):
        self.child.send_signal(signal.SIGTERM)
        code = self.child.wait(timeout=20)
        self.folder.cleanup()
        return code

    def control(self, path, body=None, method=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + "/_control/" + path, data=data, method=method)
        with urllib.request.urlopen(request, timeout=20) as reply:
            return json.loads(reply.read())


class Case(unittest.TestCase):
    server: Process

    def setUp(self):
        self.control = self.server.control
        self.control("reset", {"accounts": [{
            "id": ACCOUNT,
            "users": [{"name": "dev", "created_days_ago": 200, "tags": {"team": "ops", "env": "test"},
                       "keys": [{"id": KEY, "secret": SECRET, "created_days_ago": 120}]}],
            "roles": [{"name": "rotator", "trust": [f"arn:aws:iam::{ACCOUNT}:root"]}]}]})

    def client(self, service, key=KEY, secret=SECRET, token=None, **config):
        config.setdefault("retries", ONCE)
        return boto3.Session(key, secret, token, region_name=REGION).client(
            service, endpoint_url=self.server.url, config=Config(**config))

    def code(self, call):
        with self.assertRaises(botocore.exceptions.ClientError) as caught:
            call()
        return caught.exception.response["Error"]["Code"]

    def fault(self, **rule):
        self.control("faults", {"rules": [rule]})

    def arrived(self, action):
        return sum(entry["action"] == action for entry in self.control("log"))


class Boto3(Case):
    def test_creates_lists_updates_and_deletes_a_key(self):
        iam = self.client("iam")
        made = iam.create_access_key(UserName="dev")["AccessKey"]
        self.assertRegex(made["AccessKeyId"], r"^AKIA[A-Z2-7]{16}$")
        self.assertEqual(len(made["SecretAccessKey"]), 40)
        self.assertEqual(made["Status"], "Active")
        self.assertEqual(self.code(lambda: iam.create_access_key(UserName="dev")), "LimitExceeded")
        new = self.client("sts", made["AccessKeyId"], made["SecretAccessKey"])
        self.assertEqual(new.get_caller_identity()["Arn"], f"arn:aws:iam::{ACCOUNT}:user/dev")
        iam.update_access_key(UserName="dev", AccessKeyId=made["AccessKeyId"], Status="Inactive")
        listed = {key["AccessKeyId"]: key["Status"] for key in
                  iam.list_access_keys(UserName="dev")["AccessKeyMetadata"]}
        self.assertEqual(listed, {KEY: "Active", made["AccessKeyId"]: "Inactive"})
        self.assertEqual(self.code(new.get_caller_identity), "InvalidClientTokenId")
        iam.delete_access_key(UserName="dev", AccessKeyId=made["AccessKeyId"])
        self.assertEqual(len(iam.list_access_keys(UserName="dev")["AccessKeyMetadata"]), 1)
        with self.assertRaises(iam.exceptions.NoSuchEntityException):
            iam.delete_access_key(UserName="dev", AccessKeyId=made["AccessKeyId"])

    def test_reads_a_seeded_user(self):
        iam = self.client("iam")
        user = iam.get_user()["User"]
        self.assertEqual(user["UserName"], "dev")
        self.assertEqual({tag["Key"]: tag["Value"] for tag in user["Tags"]}, {"team": "ops", "env": "test"})
        self.assertEqual(len(iam.list_user_tags(UserName="dev", MaxItems=1)["Tags"]), 1)
        key = iam.list_access_keys(UserName="dev")["AccessKeyMetadata"][0]
        age = datetime.datetime.now(datetime.timezone.utc) - key["CreateDate"]
        self.assertEqual(age.days, 120)

    def test_pages_over_250_users_by_marker(self):
        self.control("seed", {"accounts": [{"id": ACCOUNT, "generate": {"users": 249, "keys": 2}}]})
        iam = self.client("iam")
        pages = list(iam.get_paginator("list_users").paginate(PaginationConfig={"PageSize": 100}))
        self.assertEqual([len(page["Users"]) for page in pages], [100, 100, 50])
        names = [user["UserName"] for page in pages for user in page["Users"]]
        self.assertEqual(len(set(names)), 250)
        self.assertNotIn("Tags", pages[0]["Users"][0])
        self.control("options", {"page_cap": 30, "omit_is_truncated": True, "fractional_timestamps": True})
        pages = list(iam.get_paginator("list_users").paginate(PaginationConfig={"PageSize": 1000}))
        self.assertEqual([len(page["Users"]) for page in pages], [30] * 8 + [10])

    def test_knows_errors_by_botocores_own_exceptions(self):
        iam = self.client("iam")
        with self.assertRaises(iam.exceptions.NoSuchEntityException):
            iam.get_user(UserName="nobody")
        iam.create_access_key(UserName="dev")
        with self.assertRaises(iam.exceptions.LimitExceededException) as caught:
            iam.create_access_key(UserName="dev")
        self.assertEqual(caught.exception.response["ResponseMetadata"]["HTTPStatusCode"], 409)
        self.assertIn("AccessKeysPerUser: 2", str(caught.exception))
        self.assertTrue(caught.exception.response["ResponseMetadata"]["RequestId"])
        self.assertEqual(
            self.code(lambda: iam.update_access_key(UserName="dev", AccessKeyId=KEY, Status="Expired")),
            "ValidationError")
        self.control("play", {"moves": [
            {"do": "deny", "account": ACCOUNT, "user": "dev", "action": "iam:ListUsers"}]})
        self.assertEqual(self.code(iam.list_users), "AccessDenied")
        decisions = iam.simulate_principal_policy(
            PolicySourceArn=f"arn:aws:iam::{ACCOUNT}:user/dev",
            ActionNames=["iam:ListUsers", "iam:CreateAccessKey"])["EvaluationResults"]
        self.assertEqual([one["EvalDecision"] for one in decisions], ["explicitDeny", "allowed"])

    def test_refuses_wrong_secrets_and_inactive_and_unknown_keys(self):
        self.assertEqual(self.code(self.client("sts", secret="wrong").get_caller_identity), "SignatureDoesNotMatch")
        unknown = self.client("sts", key="AKIANOBODYKNOWS23456")
        self.assertEqual(self.code(unknown.get_caller_identity), "InvalidClientTokenId")
        self.control("play", {"moves": [{"do": "set_status", "key": KEY, "status": "Inactive"}]})
        self.assertEqual(self.code(self.client("iam").list_users), "InvalidClientTokenId")
        self.assertEqual(self.code(self.client("s3").list_buckets), "InvalidAccessKeyId")

    def test_assumes_a_role(self):
        sts = self.client("sts")
        answer = sts.assume_role(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/rotator", RoleSessionName="night")
        given = answer["Credentials"]
        session = self.client("sts", given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
        self.assertEqual(session.get_caller_identity()["Arn"],
                         f"arn:aws:sts::{ACCOUNT}:assumed-role/rotator/night")
        torn = self.client("sts", given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"] + "x")
        self.assertEqual(self.code(torn.get_caller_identity), "InvalidClientTokenId")
        self.assertEqual(self.code(lambda: sts.assume_role(
            RoleArn=f"arn:aws:iam::{ACCOUNT}:role/other", RoleSessionName="night")), "AccessDenied")

    def test_lets_a_new_key_in_only_after_it_has_propagated(self):
        self.control("options", {"propagation_ms": 300})
        made = self.client("iam").create_access_key(UserName="dev")["AccessKey"]
        sts = self.client("sts", made["AccessKeyId"], made["SecretAccessKey"])
        self.assertEqual(self.code(sts.get_caller_identity), "InvalidClientTokenId")
        time.sleep(0.35)
        self.assertEqual(sts.get_caller_identity()["Account"], ACCOUNT)

    def test_records_last_use_with_granularity_and_lag(self):
        iam = self.client("iam")
        made = iam.create_access_key(UserName="dev")["AccessKey"]

        def last_used():
            return iam.get_access_key_last_used(AccessKeyId=made["AccessKeyId"])["AccessKeyLastUsed"]

        self.assertEqual(last_used(), {"ServiceName": "N/A", "Region": "N/A"})
        self.control("options", {"lag_ms": 3600_000, "date_follows_world": False})
        self.client("s3", made["AccessKeyId"], made["SecretAccessKey"]).list_buckets()
        self.assertNotIn("LastUsedDate", last_used())
        self.control("advance", {"ms": 3600_000})
        first = last_used()
        self.assertEqual((first["ServiceName"], first["Region"]), ("s3", REGION))
        self.control("options", {"lag_ms": 0, "granularity_ms": 7200_000})
        self.client("sts", made["AccessKeyId"], made["SecretAccessKey"]).get_caller_identity()
        self.assertEqual(last_used(), first)
        self.control("advance", {"ms": 3600_000})
        self.client("sts", made["AccessKeyId"], made["SecretAccessKey"]).get_caller_identity()
        self.assertEqual(last_used()["ServiceName"], "sts")
        self.assertGreater(last_used()["LastUsedDate"], first["LastUsedDate"])

    def test_throttles_and_botocore_tries_again(self):
        iam = self.client("iam", retries={"total_max_attempts": 3, "mode": "standard"})
        self.fault(fault="throttle", action="ListUsers", count=2)
        answer = iam.list_users()
        self.assertEqual(answer["ResponseMetadata"]["RetryAttempts"], 2)
        self.control("options", {"throttle_rate": 0.001, "throttle_burst": 1})
        self.client("iam").list_users()
        self.assertEqual(self.code(self.client("iam").list_users), "Throttling")

    def test_shows_lost_and_cut_replies_as_botocores_connection_errors(self):
        iam = self.client("iam")
        self.fault(fault="drop_request", action="CreateAccessKey")
        with self.assertRaises(botocore.exceptions.ConnectionClosedError):
            iam.create_access_key(UserName="dev")
        self.assertEqual(len(self.control("counters")), 1)
        self.fault(fault="drop_reply", action="CreateAccessKey")
        with self.assertRaises(botocore.exceptions.ConnectionClosedError):
            iam.create_access_key(UserName="dev")
        self.assertEqual(len(self.control("counters")), 2)
        self.fault(fault="cut_reply", action="ListUsers", at_byte=30)
        with self.assertRaises((botocore.exceptions.HTTPClientError, botocore.exceptions.ResponseStreamingError)):
            iam.list_users()
        self.fault(fault="slow_before", action="ListUsers", wait_ms=1500)
        with self.assertRaises(botocore.exceptions.ReadTimeoutError):
            self.client("iam", read_timeout=0.3).list_users()
        self.fault(fault="garbage", action="ListUsers")
        with self.assertRaises(botocore.parsers.ResponseParserError):
            iam.list_users()
        self.fault(fault="error_503_before", action="ListUsers")
        self.assertEqual(self.code(iam.list_users), "ServiceUnavailable")

    def test_makes_two_keys_when_botocore_sends_a_create_again(self):
        # Why a create must be sent once: the usual retry of a lost reply leaves an orphan.
        self.fault(fault="drop_reply", action="CreateAccessKey")
        iam = self.client("iam", retries={"total_max_attempts": 3, "mode": "standard"})
        self.assertEqual(self.code(lambda: iam.create_access_key(UserName="dev")), "LimitExceeded")
        self.assertEqual(self.arrived("CreateAccessKey"), 2)

    def test_keeps_a_connection_alive(self):
        iam = self.client("iam")
        iam.list_users()
        iam.list_access_keys(UserName="dev")
        log = self.control("log")
        self.assertEqual(log[0]["connection"], log[1]["connection"])

    def test_refuses_by_its_own_clock(self):
        self.control("options", {"date_skew_ms": 20 * 60_000})
        self.assertEqual(self.code(self.client("sts").get_caller_identity), "SignatureDoesNotMatch")

    def test_writes_a_credential_report(self):
        iam = self.client("iam")
        self.assertEqual(self.code(iam.get_credential_report), "ReportNotPresent")
        self.assertEqual(iam.generate_credential_report()["State"], "STARTED")
        self.assertEqual(iam.generate_credential_report()["State"], "COMPLETE")
        lines = iam.get_credential_report()["Content"].decode().splitlines()
        self.assertTrue(lines[0].startswith("user,arn,user_creation_time,"))
        self.assertTrue(lines[1].startswith("<root_account>,"))
        self.assertEqual({line.count(",") for line in lines}, {21})
        self.assertNotIn("AKIA", "".join(lines))

    def test_lists_of_keys_lag_behind(self):
        self.control("options", {"stale_ms": 60_000})
        iam = self.client("iam")
        iam.create_access_key(UserName="dev")
        self.assertEqual(len(iam.list_access_keys(UserName="dev")["AccessKeyMetadata"]), 1)
        self.control("options", {"stale_alternates": True})
        sizes = {len(iam.list_access_keys(UserName="dev")["AccessKeyMetadata"]) for _ in range(2)}
        self.assertEqual(sizes, {1, 2})


class Cli(Case):
    def run_aws(self, *arguments, key=KEY, secret=SECRET):
        environment = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        environment |= {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret, "AWS_DEFAULT_REGION": REGION,
                        "AWS_ENDPOINT_URL": self.server.url, "AWS_EC2_METADATA_DISABLED": "true",
                        "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
                        "AWS_PAGER": "", "AWS_MAX_ATTEMPTS": "1"}
        return subprocess.run([AWS, *arguments, "--output", "json"], env=environment, capture_output=True, text=True,
                              timeout=60, check=False)

    def aws(self, *arguments, **credentials):
        run = self.run_aws(*arguments, **credentials)
        self.assertEqual(run.returncode, 0, run.stderr)
        return json.loads(run.stdout) if run.stdout.strip() else None

    def failing(self, *arguments):
        run = self.run_aws(*arguments)
        self.assertNotEqual(run.returncode, 0, run.stdout)
        return run.stderr

    def test_hands_a_key_over_by_hand(self):
        self.assertEqual(self.aws("sts", "get-caller-identity")["Arn"], f"arn:aws:iam::{ACCOUNT}:user/dev")
        made = self.aws("iam", "create-access-key", "--user-name", "dev")["AccessKey"]
        new = {"key": made["AccessKeyId"], "secret": made["SecretAccessKey"]}
        self.aws("iam", "update-access-key", "--user-name", "dev", "--access-key-id", KEY, "--status", "Inactive", **new)
        self.assertIn("InvalidClientTokenId", self.failing("sts", "get-caller-identity"))
        self.aws("iam", "delete-access-key", "--user-name", "dev", "--access-key-id", KEY, **new)
        keys = self.aws("iam", "list-access-keys", "--user-name", "dev", **new)["AccessKeyMetadata"]
        self.assertEqual([key["AccessKeyId"] for key in keys], [made["AccessKeyId"]])
        used = self.aws("iam", "get-access-key-last-used", "--access-key-id", made["AccessKeyId"], **new)
        self.assertEqual(used["UserName"], "dev")
        self.assertEqual(used["AccessKeyLastUsed"]["ServiceName"], "iam")

    def test_pages_and_names_errors(self):
        self.control("seed", {"accounts": [{"id": ACCOUNT, "generate": {"users": 249, "keys": 0}}]})
        users = self.aws("iam", "list-users", "--page-size", "60")["Users"]
        self.assertEqual(len(users), 250)
        self.assertEqual(self.arrived("ListUsers"), 5)
        self.assertIn("NoSuchEntity", self.failing("iam", "get-user", "--user-name", "nobody"))


if __name__ == "__main__":
    if len(sys.argv) < 2:
        print(__doc__)
        sys.exit(2)
    Case.server = Process(sys.argv.pop(1))
    try:
        result = unittest.main(exit=False).result
    finally:
        stopped = Case.server.stop()
    if stopped != 0:
        print(f"the server ended with {stopped}")
    sys.exit(0 if result.wasSuccessful() and stopped == 0 else 1)

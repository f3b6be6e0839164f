"""moto, an AWS that nobody here wrote, with authentication on; boto3 and the AWS CLI look at it from outside."""
import os
import pathlib
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "cli"))
os.environ.setdefault("SIMULATED_CLOUD", "")  # the other cloud, which these tests do without
for name in [each for each in os.environ if each.startswith("AWS_")]:
    del os.environ[name]

SKIPPED = 77  # CTest's word for it
try:
    import boto3
    import botocore.config
    import botocore.exceptions
    import botocore.session
    import moto  # noqa: F401
except ImportError as missing:
    print(f"skipped: {missing} (pip install 'moto[server]' boto3)")
    sys.exit(SKIPPED)
if not shutil.which("moto_server"):
    print("skipped: moto_server is not on PATH (pip install 'moto[server]')")
    sys.exit(SKIPPED)

from harness import ACCOUNT, Case, House, main  # noqa: E402,F401

REGION = "us-east-1"
ANYTHING = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'
# moto's last-used moves at once and to the second, also by our own probes.
WINDOWS = "{quiet: 1s, grace: 1s, lag: 0s, granularity: 1s, propagation: 0s, check_every: 0s}"


class Moto:
    def __init__(self, *options, scheme="http", trusted=False):
        self.trusted = trusted  # a file of certificates to trust, or False: take any
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"{scheme}://127.0.0.1:{port}"
        # A session of its own: the program on PATH may be a script that starts another.
        self.server = subprocess.Popen(["moto_server", "-H", "127.0.0.1", "-p", str(port), *options],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        for _ in range(600):
            if self.answers():
                return
            time.sleep(0.1)
        self.stop()
        raise RuntimeError("moto_server did not start")

    def answers(self):
        try:
            return bool(self.post("reset"))
        except (urllib.error.URLError, ConnectionError):
            return False

    def post(self, what, body=b""):
        context = ssl.create_default_context(cafile=self.trusted or None) if self.url.startswith("https") else None
        request = urllib.request.Request(f"{self.url}/moto-api/{what}", data=body, headers={"Content-Type": "text/plain"})
        handlers = [urllib.request.ProxyHandler({})]
        if context:
            handlers.append(urllib.request.HTTPSHandler(context=context))
        with urllib.request.build_opener(*handlers).open(request, timeout=10) as answer:
            return answer.read()

    def client(self, service, key="testing", secret="testing"):
        return boto3.client(service, aws_access_key_id=key, aws_secret_access_key=secret, region_name=REGION,
                            endpoint_url=self.url, verify=self.trusted or None, config=ONCE)

    def stop(self):
        os.killpg(self.server.pid, signal.SIGTERM)
        self.server.wait(60)


ONCE = botocore.config.Config(retries={"max_attempts": 1}, proxies={})


class Peer(House):
    """A home directory and, in moto, an admin who signs and a user `app` whose key is rotated."""

    def __init__(self, cloud):
        super().__init__()
        self.cloud = cloud
        cloud.post("reset")
        cloud.post("reset-auth", b"1000000")
        root = cloud.client("iam")
        self.pairs = {}
        for user in ("admin", "app"):
            root.create_user(UserName=user)
            root.put_user_policy(UserName=user, PolicyName="all", PolicyDocument=ANYTHING)
            made = root.create_access_key(UserName=user)["AccessKey"]
            self.pairs[user] = (made["AccessKeyId"], made["SecretAccessKey"])
        cloud.post("reset-auth", b"0")
        self.old = self.pairs["app"][0]
        self.admin = cloud.client("iam", *self.pairs["admin"])
        self.write(".aws/credentials", "".join(
            f"[{user}]\naws_access_key_id = {key}\naws_secret_access_key = {secret}\n# of {user}\n\n"
            for user, (key, secret) in self.pairs.items()))
        self.config()

    def config(self, policy=WINDOWS):
        self.write(".config/keybaton/config.yaml", f"""\
accounts:
  moto: {{profile: admin, region: {REGION}, endpoints: {{iam: "{self.cloud.url}", sts: "{self.cloud.url}"}}}}
policy: {policy}
targets:
  moto/app:
    cadence: 0s
    locations:
      - {{name: laptop, type: aws-credentials-file, path: ~/.aws/credentials, profile: app}}
""")

    def keys(self, user="app"):
        found = self.admin.list_access_keys(UserName=user)["AccessKeyMetadata"]
        return {key["AccessKeyId"]: key["Status"] for key in found}

    def new(self):
        (new,) = [key for key in self.keys() if key != self.old]
        return new

    def boto(self, service, profile="app"):
        """What a program with boto3 makes of the credentials file."""
        session = botocore.session.Session(profile=profile)
        session.set_config_variable("credentials_file", str(self.home / ".aws/credentials"))
        session.set_config_variable("config_file", str(self.home / ".aws/config"))
        return boto3.Session(botocore_session=session, region_name=REGION).client(
            service, endpoint_url=self.cloud.url, verify=self.cloud.trusted or None, config=ONCE)

    def held(self, profile="app"):
        """The key in the profile, once a call signed with it has proved that it works."""
        client = self.boto("sts", profile)
        assert client.get_caller_identity()["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/{profile}"
        return client._request_signer._credentials.access_key

    def used(self):
        self.boto("s3").list_buckets()

    def shell(self, line):
        """A command, pasted."""
        return subprocess.run(["sh", "-c", line], env={**self.env, "AWS_PAGER": ""}, capture_output=True, text=True,
                              timeout=60, cwd=self.home, check=False)


class PeerCase(Case):
    start = Moto

    @classmethod
    def setUpClass(cls):
        cls.moto = cls.start()
        cls.addClassCleanup(cls.moto.stop)

    def peer(self):
        peer = Peer(self.moto)
        self.addCleanup(peer.close)
        return peer

    def silent(self, run, peer):
        """No secret that the test knows of is in what was said."""
        for _, secret in peer.pairs.values():
            for at in range(len(secret) - 12):
                self.assertNotIn(secret[at:at + 12], run.out + run.err)
        return run

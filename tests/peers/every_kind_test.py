"""One rotation through one location of every kind at once, and back: real files, git, gpg and moto, and strict stand-ins
for the servers that cannot be had here."""
import base64
import hashlib
import hmac
import json
import os
import pathlib
import re
import subprocess
import sys
import unittest

from moto_peer import REGION, Peer, PeerCase, main

EVERY_STORE = os.environ["EVERY_STORE"]
KEYS = pathlib.Path(__file__).parent.parent / "secrets_adapters" / "data" / "eyaml"
PROGRAM = """\
import json, sys
path, asked = sys.argv[1], json.load(sys.stdin)
if asked["op"] == "read":
    print(open(path).read())
else:
    json.dump({"id": asked["id"], "secret": asked["secret"]}, open(path, "w"))
    print("{}")
"""


def openssl(*words, text):
    done = subprocess.run(["openssl", "smime", *words], input=text, capture_output=True, check=True, timeout=60)
    return done.stdout


def token(plain):
    """As hiera-eyaml makes one."""
    der = openssl("-encrypt", "-binary", "-aes-256-cbc", "-outform", "DER", str(KEYS / "public_key.pkcs7.pem"),
                  text=plain.encode())
    return f"ENC[PKCS7,{base64.b64encode(der).decode()}]"


def opened(text):
    der = base64.b64decode(re.fullmatch(r"ENC\[PKCS7,(.*)\]", text)[1])
    return openssl("-decrypt", "-binary", "-inform", "DER", "-recip", str(KEYS / "public_key.pkcs7.pem"), "-inkey",
                   str(KEYS / "private_key.pkcs7.pem"), text=der).decode()


def smtp_password(secret, region):
    """By the algorithm that Amazon SES documents."""
    digest = ("AWS4" + secret).encode()
    for part in ("11111111", region, "ses", "aws4_request", "SendRawEmail"):
        digest = hmac.new(digest, part.encode(), hashlib.sha256).digest()
    return base64.b64encode(b"\x04" + digest).decode()


class Everywhere(Peer):
    """A peer whose application's key stands in a place of every kind."""

    def __init__(self, cloud):
        super().__init__(cloud)
        key, secret = self.pairs["app"]
        self.stores = subprocess.Popen([EVERY_STORE, key, secret], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.urls = json.loads(self.stores.stdout.readline())
        self.sm = cloud.client("secretsmanager", *self.pairs["admin"])
        self.ssm = cloud.client("ssm", *self.pairs["admin"])
        self.sm.create_secret(Name="app", SecretString=json.dumps({"id": key, "n": 1.5, "secret": secret}))
        self.ssm.put_parameter(Name="/app/id", Value=key, Type="String")
        self.ssm.put_parameter(Name="/app/secret", Value=secret, Type="SecureString")
        self.write("app.env", f"# mine\nID={key}\nSECRET='{secret}'\n")
        self.write("mail.env", f"USER={key}\nPASSWORD={smtp_password(secret, 'eu-west-1')}\n")
        self.write(".alibabacloud/credentials", f"[app]\ntype=access_key\naccess_key_id={key}\naccess_key_secret={secret}\n")
        self.write(".aliyun/config.json", json.dumps({"profiles": [
            {"name": "app", "mode": "AK", "access_key_id": key, "access_key_secret": secret}]}))
        self.write("app.json", json.dumps({"Aws": {"Id": key, "Secret": secret}, "n": 1.0}))
        self.write("data.yaml", f"---\n# mine\naws_id: {key}\naws_secret: {token(secret)}\nother: {token('other')}\n")
        self.write("hook.json", json.dumps({"id": key, "secret": secret}))
        self.write("hook.py", PROGRAM)
        for name in ("vault", "github", "gitlab", "circleci", "fastly"):
            self.write(f"{name}.token", {"vault": "vault-token", "github": "ghp_test", "gitlab": "glpat-test",
                                         "circleci": "CCIPAT_test", "fastly": "fastly-token"}[name] + "\n")
        self.write("kubeconfig", f"""\
apiVersion: v1
kind: Config
clusters: [{{name: c, cluster: {{server: "{self.urls['kubernetes']}"}}}}]
users: [{{name: u, user: {{token: kube-token}}}}]
contexts: [{{name: prod, context: {{cluster: c, user: u}}}}]
""")
        self.repository(key, secret)
        self.describe()

    def git(self, *words, at="tree"):
        return subprocess.run(["git", "-C", str(self.home / at), *words], capture_output=True, text=True, check=True,
                              env={**self.env, "GIT_CONFIG_NOSYSTEM": "1"}).stdout

    def repository(self, key, secret):
        """A work tree with an origin, where changes wait for a review."""
        self.write(".gitconfig", "[user]\nname = ops\nemail = ops@example.com\n[init]\ndefaultBranch = main\n")
        for name in ("origin.git", "tree"):
            (self.home / name).mkdir()
        self.git("init", "-q", "--bare", at="origin.git")
        self.git("init", "-q")
        self.write("tree/prod.yaml", f"---\nid: {key}\nsecret: {token(secret)}\nlast: kept\n", mode=0o644)
        self.git("add", ".")
        self.git("commit", "-q", "-m", "begin")
        self.git("remote", "add", "origin", str(self.home / "origin.git"))
        self.git("push", "-q", "-u", "origin", "main")

    def merge(self):
        """The review is over: what waits on the branch comes in."""
        self.git("fetch", "-q")
        branch = self.git("branch", "-r", "--list", "origin/rotate-*").split()[0]
        self.git("merge", "-q", "--no-edit", branch)
        self.git("push", "-q", "origin", "main")

    def describe(self):
        keys = f"keys: {{private: {KEYS}/private_key.pkcs7.pem, public: {KEYS}/public_key.pkcs7.pem}}"
        endpoints = ", ".join(f'{name}: "{self.cloud.url}"' for name in ("iam", "sts", "secretsmanager", "ssm", "cloudtrail"))
        home, url, fastly = self.home, self.urls, self.urls["fastly"] + "/service/svc"
        header = 'headers: {Fastly-Key: "{token}"}'
        look = f'{{url: "{fastly}/details", {header}, take: {{active: /active_version/number}}}}'
        self.write(".config/keybaton/config.yaml", f"""\
accounts:
  moto: {{profile: admin, region: {REGION}, endpoints: {{{endpoints}}}}}
policy: {{quiet: 1s, grace: 1s, lag: 0s, granularity: 1s, propagation: 0s, check_every: 0s}}
targets:
  moto/app:
    cadence: 0s
    locations:
      - {{name: panel, type: manual, instructions: "The panel, S3 logging"}}
      - {{name: profile, type: aws-credentials-file, path: ~/.aws/credentials, profile: app, canary: true}}
      - {{name: env, type: env-file, path: ~/app.env, id: ID, value: SECRET}}
      - {{name: mail, type: env-file, path: ~/mail.env, id: USER, value: PASSWORD, as: ses-smtp-password, as_region: eu-west-1}}
      - {{name: sdk, type: alibaba-credentials-file, path: ~/.alibabacloud/credentials, profile: app}}
      - {{name: aliyun, type: alibaba-cli-config, path: ~/.aliyun/config.json, profile: app}}
      - {{name: json, type: structured-file, path: ~/app.json, id: /Aws/Id, value: /Aws/Secret}}
      - {{name: hiera, type: eyaml, path: ~/data.yaml, id: aws_id, secret: aws_secret, {keys}}}
      - {{name: reviewed, type: eyaml, path: ~/tree/prod.yaml, id: id, secret: secret, {keys}, git: {{commit: true, push: true, branch: "rotate-{{rotation}}", merged_into: origin/main}}}}
      - {{name: sm, type: aws-secrets-manager, secret: app, id: id, value: secret}}
      - {{name: ssm, type: aws-ssm, id: /app/id, value: /app/secret}}
      - {{name: vault, type: vault-kv2, address: "{url['vault']}", mount: secret, path: app, id: aws_id, value: aws_secret, token_file: ~/vault.token}}
      - {{name: k8s, type: kubernetes, kubeconfig: ~/kubeconfig, context: prod, namespace: apps, secret: aws, id: ID, value: SECRET}}
      - {{name: github, type: github-actions, address: "{url['github']}", repository: octo/app, id: AWS_ACCESS_KEY_ID, value: AWS_SECRET_ACCESS_KEY, token_file: ~/github.token}}
      - {{name: gitlab, type: gitlab-ci, address: "{url['gitlab']}", project: group/app, id: AWS_ACCESS_KEY_ID, value: AWS_SECRET_ACCESS_KEY, token_file: ~/gitlab.token}}
      - {{name: circle, type: circleci, address: "{url['circleci']}", project: gh/octo/app, id: AWS_ACCESS_KEY_ID, value: AWS_SECRET_ACCESS_KEY, token_file: ~/circleci.token}}
      - {{name: hook, type: exec, read: [{sys.executable}, {home}/hook.py, {home}/hook.json], write: [{sys.executable}, {home}/hook.py, {home}/hook.json]}}
      - name: fastly
        type: http
        token_file: ~/fastly.token
        steps:
          - {{method: GET, {look[1:]}
          - {{method: PUT, url: "{fastly}/version/{{active}}/clone", {header}, take: {{version: /number}}}}
          - {{method: PUT, url: "{fastly}/version/{{version}}/logging/s3/logs", {header}, form: {{access_key: "{{id}}", secret_key: "{{secret}}"}}}}
          - {{method: GET, url: "{fastly}/version/{{version}}/validate", {header}, expect: {{/status: ok}}}}
          - {{method: PUT, url: "{fastly}/version/{{version}}/activate", {header}, ok: [200]}}
        read: {{steps: [{look}], url: "{fastly}/version/{{active}}/logging/s3/logs", {header}, id: /access_key, value: /secret_key}}
""")

    def text(self, path):
        return (self.home / path).read_text()

    def pairs_held(self):
        """What each place holds, as others read it."""
        self.stores.stdin.write("\n")
        self.stores.stdin.flush()
        held = json.loads(self.stores.stdout.readline())
        variables = {name: value.strip("'") for name, value in re.findall(r"(?m)^(\w+)=(.*)$", self.text("app.env"))}
        profile = re.search(r"\[app\]\naws_access_key_id = (\S+)\naws_secret_access_key = (\S+)\n", self.text(".aws/credentials"))
        sdk = re.search(r"access_key_id=(\S+)\naccess_key_secret=(\S+)\n", self.text(".alibabacloud/credentials"))
        aliyun = json.loads(self.text(".aliyun/config.json"))["profiles"][0]
        hiera = dict(re.findall(r"(?m)^(\w+): (.*)$", self.text("data.yaml")))
        merged = dict(re.findall(r"(?m)^(\w+): (.*)$", self.git("show", "main:prod.yaml", at="origin.git")))
        sm = json.loads(self.sm.get_secret_value(SecretId="app", VersionStage="AWSCURRENT")["SecretString"])
        parameter = [self.ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]
                     for name in ("/app/id", "/app/secret")]
        names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
        hook, structured = json.loads(self.text("hook.json")), json.loads(self.text("app.json"))["Aws"]
        return {
            "profile": profile.groups(), "env": (variables["ID"], variables["SECRET"]), "sdk": sdk.groups(),
            "aliyun": (aliyun["access_key_id"], aliyun["access_key_secret"]),
            "json": (structured["Id"], structured["Secret"]), "hiera": (hiera["aws_id"], opened(hiera["aws_secret"])),
            "reviewed": (merged["id"], opened(merged["secret"])), "sm": (sm["id"], sm["secret"]), "ssm": tuple(parameter),
            "vault": (held["vault"]["aws_id"], held["vault"]["aws_secret"]),
            "github": tuple(held["github"][name] for name in names), "gitlab": tuple(held["gitlab"][name] for name in names),
            "circle": tuple(held["circleci"][name] for name in names), "hook": (hook["id"], hook["secret"]),
            "fastly": (held["fastly"]["access_key"], held["fastly"]["secret_key"]),
        }

    def close(self):
        self.stores.stdin.close()
        self.odd = self.stores.wait(20)
        self.stores.stdout.close()
        super().close()


class EveryKind(PeerCase):
    def setUp(self):
        self.at = Everywhere(self.moto)
        self.addCleanup(self.at.close)

    def go(self, code, *words):
        run = self.at.run(*words, "--json", timeout=300)
        self.assertEqual(run.code, code, run)
        return run.json

    def all_hold(self, pair):
        held = self.at.pairs_held()
        self.assertEqual(held, {name: pair for name in held})
        mail = f"USER={pair[0]}\nPASSWORD={smtp_password(pair[1], 'eu-west-1')}\n"
        self.assertEqual(self.at.text("mail.env"), mail)

    def states(self, said):
        return {each["name"]: each["state"] for each in said["locations"]}

    def revealed(self, name):
        self.go(0, "reveal", "moto/app", "panel", "--secret-file", name)
        return (self.at.home / name).read_text().strip()

    def test_a_rotation_reaches_every_kind_of_place_and_its_rollback_puts_all_of_them_back(self):
        old = self.at.pairs["app"]
        self.all_hold(old)
        plan = self.go(0, "plan", "moto/app")
        unrestorable = [each["name"] for each in plan["locations"] if not each["restorable"]]
        self.assertEqual(unrestorable, ["panel"])
        # All that needs nobody is written; one place waits for a person and one for a review.
        said = self.go(4, "rotate", "moto/app", "--yes", "--through", "deploy")
        states = self.states(said)
        self.assertEqual(states.pop("panel"), "manual")
        self.assertEqual(states.pop("reviewed"), "proposed")
        self.assertEqual(set(states.values()), {"written"})
        self.assertEqual(said["next"]["needs"], ["manual"])
        new_secret = self.revealed("panel.new")
        self.go(0, "confirm", "moto/app", "panel", "--note", "version 2 is live")
        said = self.go(3, "resume", "--yes", "--through", "deploy")
        self.assertEqual(said["next"]["needs"], ["wait"])
        self.at.merge()
        said = self.go(0, "resume", "--yes", "--through", "deploy")
        self.assertEqual(said["state"], "deployed")
        new = (said["new_key"], new_secret)
        self.all_hold(new)
        self.assertEqual(self.at.held(), new[0])
        # And back: the old key is Active throughout, so that both work until the last place is restored.
        said = self.go(4, "rollback", "--yes", "--reason", "a rehearsal")
        self.assertEqual(self.states(said)["panel"], "manual")
        self.assertEqual(self.at.keys(), {old[0]: "Active", new[0]: "Active"})
        self.assertEqual(self.revealed("panel.old"), old[1])
        self.go(0, "confirm", "moto/app", "panel", "--note", "back at version 1")
        self.go(3, "resume", "--yes")
        self.at.merge()
        said = self.go(0, "resume", "--yes", "--wait")
        self.assertEqual(said["state"], "rolled_back")
        self.all_hold(old)
        self.assertEqual(self.at.keys(), {old[0]: "Active"})
        self.everything_else_is_as_it_was()
        self.assertTrue(self.go(0, "history", "verify")["ok"])

    def everything_else_is_as_it_was(self):
        self.assertTrue(self.at.text("app.env").startswith("# mine\n"))
        self.assertTrue(self.at.text("data.yaml").startswith("---\n# mine\n"))
        self.assertEqual(opened(re.search(r"other: (.*)", self.at.text("data.yaml"))[1]), "other")
        self.assertIn("last: kept", self.at.git("show", "main:prod.yaml", at="origin.git"))
        self.at.stores.stdin.write("\n")
        self.at.stores.stdin.flush()
        held = json.loads(self.at.stores.stdout.readline())
        self.assertEqual(held["vault"]["other"], [1, 2.5])
        self.assertEqual(held["github"]["OTHER"], "other")

    def test_the_stores_were_asked_nothing_odd(self):
        self.go(4, "rotate", "moto/app", "--yes", "--through", "deploy")
        self.go(3, "rollback", "--yes", "--reason", "enough")  # nobody was shown the pair for the panel
        self.at.stores.stdin.close()
        self.assertEqual(self.at.stores.wait(20), 0)


if __name__ == "__main__":
    main()

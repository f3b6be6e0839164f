"""A place of every kind with the same pair in it, as data: how the config names it, and all that it holds as a text, so
that a rotation shows as another pair in the same text. Real files, git and gpg; strict stand-ins for servers."""
import base64
import dataclasses
import hashlib
import hmac
import json
import os
import re
import subprocess
import sys
import typing

from every_token import KEYS, WHO, gpg_home, in_block, sealed, sealed_for_gpg, with_tokens_opened

EYAML_KEYS = f"keys: {{private: {KEYS}/private_key.pkcs7.pem, public: {KEYS}/public_key.pkcs7.pem}}"
TOKENS = {"vault": "vault-token", "github": "ghp_test", "gitlab": "glpat-test", "circleci": "CCIPAT_test",
          "fastly": "fastly-token"}
REGION = "eu-west-1"  # of the mail password
NAMES = "id: AWS_ACCESS_KEY_ID, value: AWS_SECRET_ACCESS_KEY"
PROGRAM = """\
import json, sys
path, asked = sys.argv[1], json.load(sys.stdin)
if asked["op"] == "read":
    print(open(path).read())
else:
    json.dump({"id": asked["id"], "secret": asked["secret"]}, open(path, "w"))
    print("{}")
"""


def smtp_password(secret):
    """By the algorithm that Amazon SES documents."""
    digest = ("AWS4" + secret).encode()
    for part in ("11111111", REGION, "ses", "aws4_request", "SendRawEmail"):
        digest = hmac.new(digest, part.encode(), hashlib.sha256).digest()
    return base64.b64encode(b"\x04" + digest).decode()


def shape(text, pair):
    """The text without the pair: of two rotations of one place, the same."""
    key, secret = pair
    return text.replace(smtp_password(secret), "<PASSWORD>").replace(key, "<ID>").replace(secret, "<SECRET>")


def kinds(house):
    """As the program names them, and not from a list here: one that is new is missed where no place of it is."""
    house.write(".config/keybaton/config.yaml", "accounts: {a: {profile: x}}\ntargets:\n  a/b:\n    locations:\n"
                                                "      - {name: l, type: none-such}\n")
    return set(re.search(r"Allowed here: (.*)\.", house.run("plan", "a/b").err)[1].split(", "))


# ---- stores ----------------------------------------------------------------------------------------------------


class Stores:
    """One of each that answers over HTTP."""

    def __init__(self, pair):
        self.process = subprocess.Popen([os.environ["EVERY_STORE"], *pair], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.urls = json.loads(self.process.stdout.readline())
        self.odd = None  # once it is closed: what it was asked that no careful client asks

    def say(self, line=""):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self):
        if self.odd is not None:
            return
        _, self.odd = self.process.communicate(timeout=20)
        assert self.process.returncode in (0, 1) and bool(self.odd) == bool(self.process.returncode), self.odd


def decoded(cluster):
    """Opens what a Secret keeps. What a restart notes on the Deployment stays there, as its history."""
    data = cluster["secret"]["data"]
    cluster["secret"]["data"] = {name: base64.b64decode(value).decode() for name, value in data.items()}
    cluster["deployment"]["spec"]["template"]["metadata"].pop("annotations", None)
    return cluster


def kms_secrets(pair):
    """What the simulated cloud is to be seeded with."""
    value = f'{{"port": 80,  "secret": "{pair[1]}", "id":"{pair[0]}"}}'
    return [{"name": "app/cloud", "value": value}, {"name": "other", "value": "theirs"}]


def newest_in_kms(account):
    """Without the versions before."""
    now = {}
    for secret in account["secrets"]:
        (current,) = [version["data"] for version in secret["versions"] if "ACSCurrent" in version["stages"]]
        now[secret["name"]] = [secret["type"], current]
    return json.dumps(now)


# ---- places ----------------------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Place:
    name: str
    type: str
    settings: str
    text: typing.Callable[[], str]  # all that it holds, but its history

    @property
    def line(self):
        return f"      - {{name: {self.name}, type: {self.type}, {self.settings}}}\n"


class Maker:
    """Puts a pair into places in one home directory and in the stores."""

    def __init__(self, house, pair, stores):
        self.house, self.pair, self.stores = house, pair, stores

    def file(self, name, kind, path, content, settings, reads=lambda text: text):
        self.house.write(path, content, mode=0o640)
        where = self.house.home / path
        return Place(name, kind, f"path: ~/{path}, {settings}",
                     lambda: f"{where.stat().st_mode:o} {reads(where.read_text())}")

    def store(self, name, kind, settings, part, token=None, reads=lambda held: held):
        if token:
            self.house.write(f"{token}.token", TOKENS[token] + "\n")
            settings += f", token_file: ~/{token}.token"
        return Place(name, kind, settings, lambda: json.dumps(reads(self.stores.say()[part])))

    def env(self):
        key, secret = self.pair
        return self.file("env", "env-file", "every.env",
                         f"# mine\nexport ID={key}\nSECRET='{secret}' # theirs\n\nN=1\n", "id: ID, value: SECRET")

    def mail(self):
        key, secret = self.pair
        return self.file("mail", "env-file", "mail.env", f"USER={key}\nPASSWORD={smtp_password(secret)}\nHOST=smtp\n",
                         f"id: USER, value: PASSWORD, as: ses-smtp-password, as_region: {REGION}")

    def sdk(self):
        key, secret = self.pair
        return self.file("sdk", "alibaba-credentials-file", ".alibabacloud/every",
                         f"; mine\n[app]\ntype=access_key\naccess_key_id={key}\naccess_key_secret={secret}\n"
                         "[other]\ntype=x\n",
                         "profile: app")

    def aliyun(self):
        key, secret = self.pair
        return self.file("aliyun", "alibaba-cli-config", ".aliyun/every.json", json.dumps({"profiles": [
            {"name": "app", "mode": "AK", "access_key_id": key, "access_key_secret": secret, "retry": 1.0},
            {"name": "other", "mode": "AK"}]}), "profile: app")

    def json(self):
        key, secret = self.pair
        return self.file("json", "structured-file", "every.json",
                         f'{{"Aws": {{"Secret":"{secret}",\n\t"Id": "{key}"}}, "n": 1.0}}',
                         "id: /Aws/Id, value: /Aws/Secret")

    def hiera(self):
        key, secret = self.pair
        text = (f"---\n# mine\naws_id: {key}\naws_secret: {sealed(secret)}\nother: {sealed('other')}\n"
                f"worker_id: '{key}'\nworker_secret: {in_block(sealed(secret), '    ')}"
                f"batch_id: {sealed(key)}\nbatch_secret: \"{sealed(secret)}\"\n")
        also = "also: [{id: worker_id, secret: worker_secret}, {id: batch_id, secret: batch_secret}]"
        return self.file("hiera", "eyaml", "every.yaml", text, f"id: aws_id, secret: aws_secret, {also}, {EYAML_KEYS}",
                         with_tokens_opened)

    def hiera_gpg(self):
        key, secret = self.pair
        text = f"---\n# mine\naws_id: {key}\naws_secret: {sealed_for_gpg(secret)}\nother: {sealed_for_gpg('other')}\n"
        return self.file("hiera_gpg", "eyaml-gpg", "gpg.yaml", text, "id: aws_id, secret: aws_secret, "
                         f"keys: {{recipients: [{WHO}], gpg_home: {gpg_home()}}}", with_tokens_opened)

    def hook(self):
        key, secret = self.pair
        self.house.write("hook.py", PROGRAM)
        path = self.house.write("hook.json", json.dumps({"id": key, "secret": secret}))
        run = f"[{sys.executable}, -I, {self.house.home}/hook.py, {path}]"
        return Place("hook", "exec", f"read: {run}, write: {run}", path.read_text)

    def vault(self):
        settings = f'address: "{self.stores.urls["vault"]}", mount: secret, path: app, id: aws_id, value: aws_secret'
        return self.store("vault", "vault-kv2", settings, "vault_text", "vault")

    def kubernetes(self):
        self.house.write("kubeconfig", f"""\
apiVersion: v1
kind: Config
clusters: [{{name: c, cluster: {{server: "{self.stores.urls['kubernetes']}"}}}}]
users: [{{name: u, user: {{token: kube-token}}}}]
contexts: [{{name: prod, context: {{cluster: c, user: u}}}}]
""")
        settings = ("kubeconfig: ~/kubeconfig, context: prod, namespace: apps, secret: aws, id: ID, value: SECRET, "
                    "restart: [web]")
        return self.store("k8s", "kubernetes", settings, "kubernetes", reads=decoded)

    def github(self):
        settings = f'address: "{self.stores.urls["github"]}", repository: octo/app, {NAMES}'
        return self.store("github", "github-actions", settings, "github", "github")

    def gitlab(self):
        settings = f'address: "{self.stores.urls["gitlab"]}", project: group/app, {NAMES}'
        return self.store("gitlab", "gitlab-ci", settings, "gitlab", "gitlab")

    def circle(self):
        settings = f'address: "{self.stores.urls["circleci"]}", project: gh/octo/app, {NAMES}'
        return self.store("circle", "circleci", settings, "circleci", "circleci")

    def fastly(self):
        url, header = self.stores.urls["fastly"] + "/service/svc", 'headers: {Fastly-Key: "{token}"}'
        look = f'url: "{url}/details", {header}, take: {{active: /active_version/number}}'
        steps = [f"{{method: GET, {look}}}",
                 f'{{method: PUT, url: "{url}/version/{{active}}/clone", {header}, take: {{version: /number}}}}',
                 f'{{method: PUT, url: "{url}/version/{{version}}/logging/s3/logs", {header}, '
                 'form: {access_key: "{id}", secret_key: "{secret}"}}',
                 f'{{method: GET, url: "{url}/version/{{version}}/validate", {header}, expect: {{/status: ok}}}}',
                 f'{{method: PUT, url: "{url}/version/{{version}}/activate", {header}, ok: [200]}}']
        read = (f'{{steps: [{{{look}}}], url: "{url}/version/{{active}}/logging/s3/logs", {header}, '
                "id: /access_key, value: /secret_key}")
        return self.store("fastly", "http", f"steps: [{', '.join(steps)}], read: {read}", "fastly", "fastly")

    # ---- of AWS, where no real one is asked ----

    def secrets_manager(self):
        return self.store("sm", "aws-secrets-manager", "secret: app, id: id, value: secret", "secrets")

    def parameters(self):
        return self.store("ssm", "aws-ssm", "id: /app/id, value: /app/secret", "parameters")

    # ---- of Alibaba Cloud, in the simulated one ----

    def kms(self):
        return Place("kms", "alibaba-kms-secret", "secret: app/cloud, id: id, value: secret",
                     lambda: newest_in_kms(self.house.control("GET", "state")["accounts"][0]))

    # ---- what only a person can write ----

    def panel(self):
        return Place("panel", "manual", 'instructions: "The panel, S3 logging"', None)

    # ---- git ----

    def git(self, *words, at):
        env = {**self.house.env, "GIT_CONFIG_NOSYSTEM": "1"}
        return subprocess.run(["git", "-C", str(self.house.home / at), *words], capture_output=True, text=True,
                              check=True, env=env).stdout

    def repository(self, tree):
        """A work tree with an origin."""
        key, secret = self.pair
        self.house.write(".gitconfig", "[user]\nname = ops\nemail = ops@example.com\n[init]\ndefaultBranch = main\n")
        for name in (f"{tree}.git", tree):
            (self.house.home / name).mkdir()
        self.git("init", "-q", "--bare", at=f"{tree}.git")
        self.git("init", "-q", at=tree)
        self.house.write(f"{tree}/prod.yaml", f"---\nid: {key}\nsecret: {sealed(secret)}\nlast: kept\n", mode=0o644)
        self.house.write(f"{tree}/other", "theirs\n", mode=0o644)
        self.git("add", ".", at=tree)
        self.git("commit", "-q", "-m", "begin", at=tree)
        self.git("remote", "add", "origin", f"../{tree}.git", at=tree)
        self.git("push", "-q", "-u", "origin", "main", at=tree)

    def as_pushed(self, tree):
        """What the origin's main branch has, and whether the work tree is clean and no lock is left there."""
        origin = f"{tree}.git"
        others = re.sub(r"\S+\tprod.yaml", "prod.yaml", self.git("ls-tree", "-r", "main", at=origin))
        locks = sorted(str(lock) for lock in (self.house.home / tree).rglob("*.lock"))
        return (with_tokens_opened(self.git("show", "main:prod.yaml", at=origin)) + others +
                self.git("status", "--porcelain", at=tree) + str(locks))

    def reviewed(self):
        """Changes wait on a branch for somebody to merge it."""
        self.repository("reviewed")
        git = 'git: {commit: true, push: true, branch: "rotate-{rotation}", merged_into: origin/main}'
        return Place("reviewed", "eyaml", f"path: ~/reviewed/prod.yaml, id: id, secret: secret, {EYAML_KEYS}, {git}",
                     lambda: self.as_pushed("reviewed"))

    def merge(self):
        """The review is over: what waits on the branch comes in."""
        self.git("fetch", "-q", at="reviewed")
        branch = self.git("branch", "-r", "--list", "origin/rotate-*", at="reviewed").split()[0]
        self.git("merge", "-q", "--no-edit", branch, at="reviewed")
        self.git("push", "-q", "origin", "main", at="reviewed")

    def pushed(self):
        """Changes go onto the branch that is checked out, and out at once."""
        self.repository("pushed")
        git = "git: {commit: true, push: true}"
        return Place("pushed", "eyaml", f"path: ~/pushed/prod.yaml, id: id, secret: secret, {EYAML_KEYS}, {git}",
                     lambda: self.as_pushed("pushed"))


# What the same test has in every cloud.
ANYWHERE = (Maker.env, Maker.sdk, Maker.aliyun, Maker.json, Maker.hiera, Maker.hiera_gpg, Maker.reviewed, Maker.pushed,
            Maker.hook, Maker.vault, Maker.kubernetes, Maker.github, Maker.gitlab, Maker.circle, Maker.fastly)

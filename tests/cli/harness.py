"""Runs the real program as a process against the simulated cloud, in a home directory of its own."""
import difflib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request

KEYBATON = os.environ["KEYBATON"]
SIMULATED_CLOUD = os.environ["SIMULATED_CLOUD"]
GOLDEN = pathlib.Path(__file__).parent / "golden"
ACCOUNT = "123456789012"
OLD, OLD_SECRET = "AKIAOLDOLDOLDOLDOLD1", "oldoldoldoldoldoldoldoldoldoldoldoldold1"
ADMIN, ADMIN_SECRET = "AKIAADMINADMINADMIN1", "adminadminadminadminadminadminadminadmi1"
FAST = "{quiet: 0s, grace: 0s, lag: 0s, granularity: 0s, propagation: 0s, check_every: 0s}"

STATE = {
    "options": {"granularity_ms": 0, "lag_ms": 0, "propagation_ms": 0},
    "accounts": [{"id": ACCOUNT, "users": [
        {"name": "admin", "id": "AIDAADMINADMINADMIN11", "created_days_ago": 400,
         "keys": [{"id": ADMIN, "secret": ADMIN_SECRET, "created_days_ago": 30}]},
        {"name": "app", "id": "AIDAAPPAPPAPPAPPAPP11", "created_days_ago": 300,
         "keys": [{"id": OLD, "secret": OLD_SECRET, "created_days_ago": 120,
                   "last_used": {"at_days_ago": 2, "service": "s3"}}]}]}],
}


class Run:
    def __init__(self, done):
        self.code, self.out, self.err = done.returncode, done.stdout, done.stderr

    @property
    def json(self):
        lines = self.out.splitlines()
        assert len(lines) == 1, f"one document expected, not {self.out!r} / {self.err!r}"
        return json.loads(lines[0])

    def __repr__(self):
        return f"exit {self.code}\n--- stdout\n{self.out}--- stderr\n{self.err}"


class House:
    """A home directory without a cloud."""

    def __init__(self):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="keybaton-cli-"))
        self.env = {"HOME": str(self.home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "NO_PROXY": "*"}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"):
            if name in os.environ:
                self.env[name] = os.environ[name]

    def write(self, path, text, mode=0o600):
        file = self.home / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(mode)
        return file

    def run(self, *words, env=None, stdin=subprocess.DEVNULL, timeout=60):
        done = subprocess.run([KEYBATON, *words], env={**self.env, **(env or {})}, stdin=stdin, capture_output=True,
                              text=True, timeout=timeout, cwd=self.home, check=False)
        return Run(done)

    @property
    def journal(self):
        return self.home / ".local/state/keybaton/journal.db"

    def close(self):
        shutil.rmtree(self.home, ignore_errors=True)


class Cloud(House):
    """A home directory and a simulated cloud with an admin, who signs, and a user `app`, whose key is rotated."""

    def __init__(self, state=None, policy=FAST):
        super().__init__()
        port_file = self.home / "port"
        self.server = subprocess.Popen([SIMULATED_CLOUD, "--port-file", str(port_file)], stdout=subprocess.DEVNULL,
                                       env=self.env)
        for _ in range(200):
            if port_file.exists():
                break
            time.sleep(0.05)
        self.url = f"http://127.0.0.1:{port_file.read_text().strip()}"
        self.control("POST", "seed", state or STATE)
        self.write(".aws/credentials", self.profile("admin", ADMIN, ADMIN_SECRET) + self.profile("app", OLD, OLD_SECRET))
        self.write("app.env", f"# the app\nAWS_ACCESS_KEY_ID={OLD}\nAWS_SECRET_ACCESS_KEY={OLD_SECRET}\nPORT=80\n")
        self.config(policy)

    @staticmethod
    def profile(name, key, secret):
        return f"[{name}]\naws_access_key_id = {key}\naws_secret_access_key = {secret}\n\n"

    def config(self, policy=FAST, account="", extra=""):
        self.write(".config/keybaton/config.yaml", f"""\
accounts:
  sim: {{profile: admin, region: us-east-1, endpoints: {{iam: "{self.url}", sts: "{self.url}"}}{account}}}
policy: {policy}
targets:
  sim/app:
    cadence: 0s
    locations:
      - {{name: laptop, type: aws-credentials-file, path: ~/.aws/credentials, profile: app}}
      - {{name: service, type: env-file, path: ~/app.env, id: AWS_ACCESS_KEY_ID, value: AWS_SECRET_ACCESS_KEY}}
{extra}""")

    def control(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/_control/{path}", method=method, data=data)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=10) as answer:
            return json.loads(answer.read() or b"{}")

    def play(self, *moves):
        return self.control("POST", "play", {"moves": list(moves)})["answers"]

    def fault(self, **rule):
        self.control("POST", "faults", {"rules": [rule]})

    def keys(self, user="app"):
        for account in self.control("GET", "state")["accounts"]:
            for each in account["users"]:
                if each["name"] == user:
                    return {key["id"]: key["status"] for key in each["keys"]}
        return {}

    def calls(self, action):
        return [entry for entry in self.control("GET", "log") if entry["action"] == action]

    def new_key(self):
        others = [key for key in self.keys() if key != OLD]
        assert len(others) == 1, self.keys()
        return others[0]

    def to_deployed(self):
        done = self.run("rotate", "sim/app", "--yes", "--through", "deploy", "--json")
        assert done.code == 0 and done.json["state"] == "deployed", done
        return self.new_key()

    def to_completed(self):
        new = self.to_deployed()
        self.play({"do": "use", "key": new, "service": "s3"})
        done = self.run("resume", "sim/app", "--yes", "--wait", "--json")
        assert done.code == 0 and done.json["state"] == "completed", done
        return new

    def close(self):
        self.server.terminate()
        self.server.wait(10)
        super().close()


class Case(unittest.TestCase):
    maxDiff = None

    def house(self):
        house = House()
        self.addCleanup(house.close)
        return house

    def cloud(self, **how):
        cloud = Cloud(**how)
        self.addCleanup(cloud.close)
        return cloud

    def ends(self, run, code):
        self.assertEqual(run.code, code, run)
        return run

    def three_parts(self, run, code, name, *words):
        """The human form: what happened, what it means for the keys, what to run next; nothing on stdout."""
        self.ends(run, code)
        lines = run.err.strip().splitlines()
        self.assertTrue(any(line.startswith("  Keys: ") and len(line) > 12 for line in lines), run)
        self.assertTrue(any(line.startswith("  Next: ") and len(line) > 12 for line in lines), run)
        for word in words:
            self.assertIn(word, run.err, run)
        self.no_secret(run)
        return run

    def error(self, run, code, name, *words):
        """The JSON form, with the same three parts."""
        self.ends(run, code)
        error = run.json["error"]
        self.assertEqual(error["code"], name, run)
        self.assertEqual(error["exit"], code, run)
        for part in ("message", "keys", "hint"):
            self.assertTrue(error[part], run)
        for word in words:
            self.assertIn(word, error["message"] + error["hint"], run)
        self.no_secret(run)
        return run

    def no_secret(self, run):
        for secret in (OLD_SECRET, ADMIN_SECRET):
            for at in range(len(secret) - 12):
                self.assertNotIn(secret[at:at + 12], run.out + run.err)

    def golden(self, name, run, house):
        """Compares code, stdout and stderr with a file, ids and times replaced; KEYBATON_UPDATE_GOLDENS rewrites it."""
        text = f"exit {run.code}\n--- stdout\n{run.out}--- stderr\n{run.err}"
        text = normalised(text, house)
        file = GOLDEN / f"{name}.txt"
        if os.environ.get("KEYBATON_UPDATE_GOLDENS"):
            file.write_text(text)
        expected = file.read_text() if file.exists() else ""
        if text != expected:
            self.fail(f"{name}:\n" + "".join(difflib.unified_diff(expected.splitlines(True), text.splitlines(True),
                                                                    "expected", "found")))


def normalised(text, house):
    text = text.replace(str(house.home), "HOME")
    if isinstance(house, Cloud):
        text = text.replace(house.url, "http://127.0.0.1:PORT")
    for pattern, word in (
            (r"r-[0-9A-HJKMNP-TV-Z]{26}", "r-ROTATION"),
            (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "TIME"),
            (r"\b[0-9a-f]{64}\b", "HASH"),
            (r"\b[0-9a-f]{32}\b", "ATTEMPT"),
            (r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}\b", "BOOT"),
            (r'"boot_ms":"\d+"', '"boot_ms":"MS"'),
            (r'"idle_at_start":"\d+"', '"idle_at_start":"SECONDS"'),
            (r"AKIA(?!OLDOLD|ADMINADMIN|DRYRUN)[A-Z2-7]{16}", "AKIANEWNEWNEWNEWNEW1"),
            (r"\d+ MiB", "N MiB"),
            (r"\b(in|seen|since) (now|\d+[smhd]( \d+[smhd])?( ago)?)", r"\1 SPAN"),
            (r"[\w.-]+@[\w.-]+", "PERSON"),
            (r"request [0-9a-f-]{36}", "request ID")):
        text = re.sub(pattern, word, text)
    return text


def main():
    unittest.main(argv=[sys.argv[0], *sys.argv[1:]], verbosity=1)

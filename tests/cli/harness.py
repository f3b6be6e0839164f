"""Runs the real program as a process against the simulated cloud, in a home directory of its own."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request

import goldens
from clouds import KIND

KEYBATON = os.environ["KEYBATON"]
SIMULATED_CLOUD = os.environ["SIMULATED_CLOUD"]
ACCOUNT = KIND.account
OLD, OLD_SECRET = KIND.key("OLD"), KIND.secret("old")
ADMIN, ADMIN_SECRET = KIND.key("ADMIN"), KIND.secret("admin")
FAST = "{quiet: 0s, grace: 0s, lag: 0s, granularity: 0s, propagation: 0s, check_every: 0s}"

STATE = KIND.seed([
    {"name": "admin", "id": KIND.user_ids["admin"], "created_days_ago": 400,
     "keys": [{"id": ADMIN, "secret": ADMIN_SECRET, "created_days_ago": 30}]},
    {"name": "app", "id": KIND.user_ids["app"], "created_days_ago": 300,
     "keys": [{"id": OLD, "secret": OLD_SECRET, "created_days_ago": 120,
               "last_used": {"at_days_ago": 2, "service": KIND.service}}]}])


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
        self.write_credentials()
        self.write("app.env", f"# the app\n{KIND.env_file(OLD, OLD_SECRET)}PORT=80\n")
        self.config(policy)

    def write_credentials(self, admin=(ADMIN, ADMIN_SECRET), app=(OLD, OLD_SECRET)):
        self.write(KIND.file, KIND.credentials({"admin": admin, "app": app}))

    @property
    def credentials(self):
        return self.home / KIND.file

    def config(self, policy=FAST, account="", extra=""):
        self.write(".config/keybaton/config.yaml", f"""\
accounts:
  sim: {KIND.account_entry(self.url, account)}
policy: {policy}
targets:
  sim/app:
    cadence: 0s
    locations:
      - {{name: laptop, type: {KIND.file_type}, path: ~/{KIND.file}, profile: app}}
      - {self.env_location("service", "~/app.env")}
{extra}""")

    @staticmethod
    def env_location(name, path):
        return f"{{name: {name}, type: env-file, path: {path}, id: {KIND.env_id}, value: {KIND.env_secret}}}"

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

    def used(self, key):
        """Somebody uses this key."""
        self.play({"do": "use", "key": key, "service": KIND.service})

    def spare(self, user="app"):
        """A key that somebody made by hand."""
        return self.play({"do": "create_key", "account": ACCOUNT, "user": user})[0]["id"]

    def add_user(self, name):
        """One more user with a key and a target of its own; its env file."""
        made = self.play({"do": "create_user", "account": ACCOUNT, "user": name},
                         {"do": "create_key", "account": ACCOUNT, "user": name})[1]
        self.config(extra=f"  sim/{name}:\n    cadence: 0s\n    locations:\n"
                          f"      - {self.env_location(name, f'~/{name}.env')}\n")
        return self.write(f"{name}.env", KIND.env_file(made["id"], made["secret"]))

    def deny(self, *actions):
        """User calls, as their API names them, that the admin may not make."""
        self.play(*({"do": "deny", "account": ACCOUNT, "user": "admin", "action": f"{KIND.actions}:{action}"}
                    for action in actions))

    def keys(self, user="app", place="keys"):
        for account in self.control("GET", "state")["accounts"]:
            for each in account["users"]:
                if each["name"] == user:
                    return {key["id"]: key["status"] for key in each.get(place, [])}
        return {}

    def bin(self, user="app"):
        """The deleted keys that the cloud can still bring back."""
        return self.keys(user, "bin")

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
        self.used(new)
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
        same, told = goldens.same(name, run, house)
        if not same:
            self.fail(told)


def main():
    unittest.main(argv=[sys.argv[0], *sys.argv[1:]], verbosity=1)

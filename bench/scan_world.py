"""What the benchmark of the scan stands on: the stand-in, a home for keybaton, whole processes measured, the table."""
import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import urllib.request

BENCH = pathlib.Path(__file__).resolve().parent
PROFILE = "[scanner]\naws_access_key_id = AKIASTANDINSCANNER01\naws_secret_access_key = " + "x" * 40 + "\n"
# A child sees nothing of whoever started the benchmark.
CLEAN = {name: value for name, value in os.environ.items()
         if not name.startswith(("AWS_", "KEYBATON_", "XDG_")) and not name.lower().endswith("_proxy")}


class StandIn:
    """A fresh account behind a fresh token bucket; `stop` gives its counts."""

    def __init__(self, build, users, latency=0, **options):
        self.users = users
        words = ["--users", str(users), "--latency-ms", str(latency)]
        for name, value in options.items():
            words += ["--" + name.replace("_", "-"), str(value)]
        self.child = subprocess.Popen([build / "tests/iam_standin/iam_standin", *words], stdout=subprocess.PIPE, text=True)
        self.port = int(self.child.stdout.readline())
        self.url = f"http://127.0.0.1:{self.port}"

    def keys(self):
        """Every key that a complete scan finds: id -> (user, created, last used or None)."""
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(self.url + "/keys") as reply:
            rows = (line.split("\t") for line in reply.read().decode().splitlines())
            return {key: (user, created, None if used == "-" else used) for user, key, _, created, used in rows}

    def stop(self):
        self.child.send_signal(signal.SIGTERM)
        return json.loads(self.child.communicate(timeout=20)[0])


class Spent:
    """A whole process, from fork to exit."""

    def __init__(self, build, output, words, env):
        done = subprocess.run([build / "bench/spent", output, *map(str, words)], env=env, capture_output=True, text=True,
                              check=False)
        if done.returncode != 0:
            raise RuntimeError(done.stderr.strip())
        figures = json.loads(done.stdout)
        self.exit, self.wall, self.cpu = figures["exit"], figures["wall"], figures["cpu"]
        self.mib = figures["peak_kib"] / 1024
        self.output = pathlib.Path(output)
        self.counts = {}

    def text(self):
        return self.output.read_text(errors="replace")


class World:
    def __init__(self, build, program=None):
        self.build = pathlib.Path(build).resolve()
        self.program = pathlib.Path(program or self.build / "keybaton").resolve()
        memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        self.scratch = pathlib.Path(tempfile.mkdtemp(prefix="keybaton-scan-", dir=memory))
        self.homes = 0

    def close(self):
        shutil.rmtree(self.scratch, ignore_errors=True)

    @contextlib.contextmanager
    def standing(self, users, latency=0, **options):
        stand_in = StandIn(self.build, users, latency, **options)
        try:
            yield stand_in
        finally:
            if stand_in.child.poll() is None:
                stand_in.stop()

    def home(self):
        """A home where keybaton has never been."""
        self.homes += 1
        home = self.scratch / f"home-{self.homes}"
        home.mkdir()
        (home / "credentials").write_text(PROFILE)
        (home / "credentials").chmod(0o600)
        return home

    def keybaton(self, stand_in, *words, home=None, start=None):
        home = home or self.home()
        (home / "keybaton.yaml").write_text(
            "accounts:\n  bench: {profile: scanner, region: us-east-1, endpoints: "
            f'{{iam: "{stand_in.url}", sts: "{stand_in.url}"}}}}\n')
        env = {**CLEAN, "HOME": str(home), "KEYBATON_CONFIG": str(home / "keybaton.yaml"),
               "KEYBATON_JOURNAL": str(home / "journal.db"), "AWS_SHARED_CREDENTIALS_FILE": str(home / "credentials")}
        if start is not None:
            env["KEYBATON_SCAN_START"] = str(start)
        return Spent(self.build, home / "output", [self.program, "keys", *words, "--json"], env)

    def floor(self, stand_in, keys=2):
        spent = Spent(self.build, self.scratch / "floor", [self.build / "bench/scan_floor", stand_in.url, stand_in.users, keys],
                      CLEAN)
        if spent.exit != 0:
            raise RuntimeError(spent.text().strip())
        return spent

    def peer(self, words):
        return Spent(self.build, self.scratch / "peer", words, {**CLEAN, "HOME": str(self.scratch)})


def faults(output, expected):
    """What a scan's JSON lacks or has wrong, against what the stand-in says; empty: all of it is there, once, and right."""
    try:  # beside notes for people, which come on stderr
        document = json.loads(next((line for line in output.splitlines() if line.startswith("{")), output))
    except ValueError:
        return output.strip()[:300] or "no output"
    rows = document.get("keys", [])
    found = {row["key"]: (row["user"], row["created_at"], row["last_used_at"]) for row in rows}
    lost = {expected[key][0] for key in expected.keys() - found.keys()}
    wrong = sum(1 for key, row in found.items() if expected.get(key) != row)
    twice = len(rows) - len(found)
    said = [f"{number} {what}" for number, what in
            ((len(lost), "users lost"), (wrong, "rows wrong"), (twice, "rows twice")) if number]
    if document.get("incomplete"):
        said.append("says so: " + document.get("error", {}).get("message", "incomplete")[:120])
    return ", ".join(said)


def time_text(seconds):
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.0f} ms"


def figure(wall, cpu, mib):
    return f"{time_text(wall)}, cpu {time_text(cpu)}, {mib:.1f} MiB"


def heading(text):
    print(f"\n{text}\n  {'what':<46} {'figure':<34} {'ratio':<22} {'goal':<24}", flush=True)


def row(what, shown="", ratio="", value=None, limit=None, goal=""):
    """`limit` is the most that `value` may be."""
    verdict = "" if limit is None or value is None else "met" if value <= limit else "MISSED"
    print(f"  {what:<46} {shown:<34} {ratio:<22} {goal:<24} {verdict}".rstrip(), flush=True)

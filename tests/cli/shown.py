"""A page of docs/ shows what its commands print: each is run again, in the page's order, and what it prints is compared.

Of a page, every block between ``` that has a line "$ keybaton …" is run, each of its "$ …" lines by a shell of its own in
one home directory. A line <!-- name words --> calls that step of the page's scene: what happens between the commands,
or <!-- typed TEXT -->, which runs the next block at a terminal where somebody types that. Ids, times and names of the
machine differ each time: what a reader sees of them is made the same, what only the clock decides is not compared.
KEYBATON_UPDATE_GOLDENS=1 rewrites the pages.
"""
import datetime
import getpass
import os
import pathlib
import re
import shlex
import socket
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "terminal"))

import pseudo_terminal  # noqa: E402
from clouds import AWS  # noqa: E402
from harness import KEYBATON  # noqa: E402

DOCS = pathlib.Path(__file__).resolve().parents[2] / "docs"
NOW = datetime.datetime(2026, 11, 22, 18, 0, 0, tzinfo=datetime.timezone.utc)
STEP = 864  # seconds: what the scenes are made of is so many hundredths of a day ago
COLUMNS = 80
ID = "01M826CP6G6V66H21A68GB31"
PIECES = re.compile(r"^<!-- (?P<step>[a-z_]+)(?P<words>[^\n]*?) -->$|^```\n(?P<block>.*?)^```$|^```\w+\n.*?^```$", re.M | re.S)
COMMAND = re.compile(r"^\$ ((?:.*\\\n)*.*)$", re.M)


class Scene:
    """What a page is about. A step of the page is a method of it."""

    def __init__(self, cloud):
        self.cloud, self.names, self.keys, self.typing, self.code = cloud, {}, 0, None, 0
        self.began = time.time()

    def typed(self, text):
        self.typing = text

    def close(self):
        self.cloud.close()

    # ---- running -----------------------------------------------------------------------------------------------------

    def block(self, text):
        shown = ""
        for command in COMMAND.findall(text):
            real = command
            for ours, theirs in self.names.items():
                real = real.replace(theirs, ours)
            printed = self.at_terminal(real) if self.typing is not None else self.by_shell(real)
            shown += f"$ {command}\n" + self.plain(printed)
        self.typing = None
        return shown

    def by_shell(self, command):
        path = f"{pathlib.Path(KEYBATON).parent}:{os.environ['PATH']}"
        run = subprocess.run(["bash", "-c", f"(exit {self.code}); {command}"], env={**self.cloud.env, "PATH": path},
                             cwd=self.cloud.home, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
                             check=False)
        self.code = run.returncode
        assert self.code in (0, 2, 3, 4, 5), f"exit {self.code} of {command}\n{run.stdout}{run.stderr}"
        return run.stdout + run.stderr

    def at_terminal(self, command):
        terminal = pseudo_terminal.Terminal(self.cloud, *shlex.split(command)[1:], columns=COLUMNS, env={"NO_COLOR": "1"})
        try:
            terminal.sees(r"Type [^\n]*: $")
            terminal.enters(self.typing).ends(3)
        finally:
            terminal.close()
        lines = [re.split("\r|\x1b\\[2?K", line)[-1] for line in terminal.text.replace("\r\n", "\n").split("\n")]
        return "\n".join(lines).lstrip("\n")

    # ---- what a reader sees ------------------------------------------------------------------------------------------

    def plain(self, text):
        text = text.replace(str(self.cloud.home), "/home/ann").replace(f"{getpass.getuser()}@{socket.gethostname()}", "ann@ops1")
        text = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:5000", text)
        text = re.sub(r"\b[rb]-[0-9A-HJKMNP-TV-Z]{26}\b", self.id, text)
        text = re.sub(AWS.key_pattern, self.key, text)
        text = re.sub(r"\b(\d+)d 23h\b", lambda span: f"{int(span[1]) + 1}d", text)  # a second after it was said
        text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", self.time, text)
        text = re.sub(r"\b\d{4}-\d\d-\d\d\b(?!T)", self.day, text)
        text = re.sub(r"(?<= )1[789]\d{8}(?= |$)", self.epoch, text, flags=re.M)
        return re.sub(r"[ \t]+$", "", text, flags=re.M)

    def id(self, match):
        number = sum(1 for each in self.names if each[1] == "-")
        return self.names.setdefault(match[0], f"{match[0][:2]}{ID}{number // 10}{number % 10}")

    def key(self, match):
        made = sum(1 for each in self.names if each[1] != "-")
        return self.names.setdefault(match[0], AWS.key(f"MADE{chr(ord('A') + made)}"))

    def moved(self, then):
        """To where it would be if the page had been run at NOW, without the seconds that the running took."""
        return NOW + datetime.timedelta(seconds=round((then - self.began) / STEP) * STEP)

    def time(self, match):
        then = datetime.datetime.fromisoformat(match[0].replace("Z", "+00:00"))
        if then.timestamp() > self.began and then.minute == then.second == 0:
            return match[0]  # a job's next time
        return self.moved(then.timestamp()).strftime("%Y-%m-%dT%H:%M:%SZ")

    def day(self, match):
        today = datetime.datetime.fromtimestamp(self.began, datetime.timezone.utc).date()
        return (datetime.date.fromisoformat(match[0]) + (NOW.date() - today)).isoformat()

    def epoch(self, match):
        return str(int(self.moved(int(match[0])).timestamp()))


def compared(text):
    """Without what the clock alone decides."""
    text = re.sub(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ)?", "DATE", text)
    text = re.sub(r"(?<= )1[789]\d{8}(?= |$)", "EPOCH", text, flags=re.M)
    return re.sub(r"\b\d+[hms]( \d+[ms])?\b", "SPAN", text)


def again(page, scene):
    """The page as it would read now, and how many commands it shows."""
    count = 0

    def piece(match):
        nonlocal count
        if match["step"]:
            getattr(scene, match["step"])(*shlex.split(match["words"]))
            return match[0]
        if "$ keybaton" not in (match["block"] or ""):
            return match[0]
        count += len(COMMAND.findall(match["block"]))
        return f"```\n{scene.block(match['block'])}```"

    return PIECES.sub(piece, page), count

"""The program at a real pseudo-terminal: what a person would see, and what a person would type."""
import fcntl
import os
import pathlib
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "cli"))

from clouds import AWS, KIND  # noqa: E402,F401
from harness import ACCOUNT, KEYBATON, OLD, OLD_SECRET, ADMIN_SECRET, Case, Cloud, House, main  # noqa: E402,F401

PATIENCE = 20  # seconds until a person would call it hung
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
CTRL_C, CTRL_D, CTRL_Z = "\x03", "\x04", "\x1a"


class Terminal:
    """One command in the foreground of a terminal of its own. `stdout`, `stderr` and `stdin` may go elsewhere."""

    def __init__(self, house, *words, columns=100, env=None, stdin=None, stdout=None, stderr=None, program=KEYBATON):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        self.columns, self.text, self.mark, self.words = columns, "", 0, words
        environment = {**house.env, "TERM": "xterm-256color", **(env or {})}
        self.process = subprocess.Popen(
            [program, *words], cwd=house.home, env=environment, start_new_session=True,
            stdin=slave if stdin is None else stdin, stdout=slave if stdout is None else stdout,
            stderr=slave if stderr is None else stderr, preexec_fn=lambda: fcntl.ioctl(slave, termios.TIOCSCTTY, 0))
        os.close(slave)

    def _read(self, seconds):
        """False at the end: nobody holds the other side any more."""
        ready, _, _ = select.select([self.master], [], [], seconds)
        if not ready:
            return True
        try:
            piece = os.read(self.master, 65536)
        except OSError:  # EIO: the last one has hung up
            return False
        self.text += piece.decode()
        return bool(piece)

    def sees(self, pattern, patience=PATIENCE):
        """Waits for a pattern, colours taken out, in what came since the last one that was seen."""
        until = time.monotonic() + patience
        wanted = re.compile(pattern)
        open_ = True
        while True:
            found = wanted.search(COLOUR.sub("", self.text), self.mark)
            if found:
                self.mark = found.end()
                return found
            left = until - time.monotonic()
            assert open_ and left > 0, f"{pattern!r} was not seen {'in time' if open_ else 'before the end'}:\n{self}"
            open_ = self._read(min(left, 0.5))

    def types(self, text):
        """Just these bytes; a line ends with what the Enter key sends."""
        os.write(self.master, text.encode())
        return self

    def enters(self, line):
        return self.types(line + "\r")

    def signalled(self, number):
        self.process.send_signal(number)
        return self

    def ends(self, code, patience=PATIENCE):
        until = time.monotonic() + patience
        while self._read(0.2) and self.process.poll() is None:
            assert time.monotonic() < until, f"still running:\n{self}"
        found = self.process.wait(max(until - time.monotonic(), 1))
        while self._read(0) and select.select([self.master], [], [], 0)[0]:
            pass
        assert found == code, f"exit {found}, not {code}:\n{self}"
        for secret in (OLD_SECRET, ADMIN_SECRET):
            assert not any(secret[at:at + 12] in self.text for at in range(len(secret) - 12)), "a secret was shown"
        return self

    @property
    def lines(self):
        """What each line of the screen showed, redrawn ones as often as they were drawn; colours taken out."""
        return [COLOUR.sub("", line).replace("\x1b[2K", "") for line in re.split(r"\r\n|\r|\n", self.text)]

    @property
    def plain(self):
        return "\n".join(self.lines)

    def hangs_up(self):
        os.close(self.master)
        self.master = -1

    def close(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        if self.master >= 0:
            os.close(self.master)

    def __repr__(self):
        return f"$ keybaton {' '.join(self.words)}\n{self.text}\n--- exit {self.process.poll()}"


def policy(**spans):
    """Nothing waits but what is named."""
    named = {"quiet": "0s", "grace": "0s", "lag": "0s", "granularity": "0s", "propagation": "0s", "check_every": "0s"}
    return "{" + ", ".join(f"{name}: {span}" for name, span in {**named, **spans}.items()) + "}"


class TerminalCase(Case):
    def at_terminal(self, house, *words, **how):
        terminal = Terminal(house, *words, **how)
        self.addCleanup(terminal.close)
        return terminal

    def used(self, cloud):
        """Somebody uses the new key."""
        cloud.used(cloud.new_key())

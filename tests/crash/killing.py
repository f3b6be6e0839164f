"""Kills the program at a chosen system call, by strace's injection."""
import collections
import dataclasses
import os
import re
import signal
import subprocess
import sys
import unittest

from worlds import KEYBATON

# Everything that changes a disk, and the three calls by which a request leaves and its reply comes: what lies between
# two changes of the disk is only ever those, so that "after call n" is "before the next one of these".
DISK = ("mkdir mkdirat creat pwrite64 pwritev pwritev2 write writev sendfile copy_file_range splice fsync "
        "fdatasync sync_file_range msync rename renameat renameat2 unlink unlinkat rmdir link linkat symlink "
        "symlinkat ftruncate truncate fallocate chmod fchmod fchmodat chown fchown lchown fchownat setxattr "
        "fsetxattr utimensat mknodat open openat removexattr fremovexattr").split()
WIRE = ("connect", "sendto", "sendmsg", "recvfrom", "recvmsg")
LAST = "exit_group"


@dataclasses.dataclass(frozen=True)
class Point:
    call: str
    time: int  # the how manieth call of that name
    about: str  # the file, without what differs from run to run

    def __str__(self):
        return f"{self.call} {self.time} ({self.about})"


def traceable():
    """None, or why not."""
    try:
        done = subprocess.run(["strace", "-f", "-o", "/dev/null", "-e", "trace=exit_group", "true"],
                              capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return "strace is missing"
    return None if done.returncode == 0 else "strace may not trace here: " + done.stderr.strip()


def about(line, home):
    line = line.replace(str(home), "~")
    line = re.sub(r"spill-r-\w+-\w+", "spill", line)
    line = re.sub(r"\.keybaton-[0-9a-f]+", ".temp", line)
    paths = re.findall(r'[<"]((?:~|/)[^<>"]*)[>"]', line)
    return " ".join(dict.fromkeys(path.replace("~", "", 1) for path in paths if path.startswith("~/"))) or "-"


def changes_disk(call, line):
    if call in ("open", "openat"):
        return "O_CREAT" in line or "O_TRUNC" in line
    if call in ("write", "writev"):
        return re.match(r"\w+\(\d+</(?!dev/)", line) is not None
    return True


# The program alone, whose one thread does everything: what it starts (git, gpg, somebody's program) is not killed with it.
def strace(world, words, *options, env=None, timeout=60):
    log = world.shelf / "trace"
    run = subprocess.Popen(["strace", "-y", "-qq", "-o", str(log), *options, KEYBATON, *words],
                           env={**world.env, **(env or {})}, cwd=world.home, stdin=subprocess.DEVNULL,
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)
    try:
        out, err = run.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        os.killpg(run.pid, signal.SIGKILL)
        run.communicate()
        raise
    return run.returncode, log.read_text(errors="replace").splitlines(), out, err


def points(world, words):
    """Every call of a whole run where it can be killed, in order."""
    calls = (*DISK, *WIRE, LAST)
    code, lines, out, err = strace(world, words, "-e", "trace=" + ",".join("?" + call for call in calls))
    counted, found = collections.Counter(), []
    for line in lines:
        match = re.match(r"(\w+)\(", line)
        if not match:
            continue
        call = match[1]
        counted[call] += 1
        if call == "connect" and "AF_INET" not in line:
            continue
        if call in WIRE or call == LAST or changes_disk(call, line):
            found.append(Point(call, counted[call], about(line, world.home)))
    return code, found, out, err


def kill_at(world, words, point, **how):
    """Runs and kills on entering that call, before it takes effect. The point that was really hit, or None if the run
    came to its end."""
    code, lines, out, err = strace(world, words, "-e", f"trace={point.call}", "-e",
                                   f"inject={point.call}:signal=KILL:when={point.time}", **how)
    if code not in (-signal.SIGKILL, 128 + signal.SIGKILL):
        return None
    calls = [line for line in lines if line.startswith(point.call + "(")]
    return Point(point.call, len(calls), about(calls[-1], world.home))


def run_suite():
    """The body of a suite's main: skipped, with the reason, where no process may be traced."""
    reason = traceable()
    if reason:
        print("skipped:", reason)
        sys.exit(77)
    unittest.main(module="__main__", argv=sys.argv, verbosity=2)

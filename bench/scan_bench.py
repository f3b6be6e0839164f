"""A scan of every key: the libcurl floor, keybaton and its peers side by side, against the same stand-in.

    scan_bench.py BUILD_DIR [--full] [--runs N] [--keybaton PATH] [SECTION…]

Sections: plain memory throttled report peers

Without --full the rows that take minutes are left out, and slow peers are given fewer users and extrapolated; their rows
say so. Ends with 0: a benchmark is no test.
"""
import argparse
import datetime
import json
import statistics

import scan_peers
from scan_world import World, faults, figure, heading, row, time_text


# Users, milliseconds a request, and how many times the floor is allowed. The last one is for full runs.
PLAIN = [(1000, 20, 1.05), (1000, 50, 1.05), (5000, 0, 1.6), (5000, 20, 1.05), (5000, 50, 1.05)]


def median(runs, what):
    return statistics.median(getattr(run, what) for run in runs)


def shown(runs):
    return figure(median(runs, "wall"), median(runs, "cpu"), max(run.mib for run in runs))


def times(one, other):
    return f"{one / other:.2f} x"


class Bench:
    def __init__(self, world, full, runs):
        self.world, self.full, self.runs = world, full, runs
        self.floors = {}  # (users, latency) -> runs

    def floor(self, users, latency, keys=2):
        with self.world.standing(users, latency) as stand_in:
            return self.world.floor(stand_in, keys)

    def known_floor(self, users, latency):
        if (users, latency) not in self.floors:
            self.floors[users, latency] = [self.floor(users, latency) for _ in range(self.runs)]
        return self.floors[users, latency]

    def scan(self, users, latency, *words, home=None, start=None, wanted=lambda key: True, **options):
        """One run of keybaton, with what is wrong in its output and what the stand-in counted."""
        with self.world.standing(users, latency, **options) as stand_in:
            expected = {key: row for key, row in stand_in.keys().items() if wanted(row)}
            spent = self.world.keybaton(stand_in, *words, home=home, start=start)
            spent.counts, spent.port = stand_in.stop(), stand_in.port
        output = spent.text()
        spent.fault = faults(output, expected)
        spent.unknown_option = spent.exit != 0 and '"usage"' in output
        return spent

    def in_turns(self, users, latency, runs):
        floors, ours = [], []
        for _ in range(runs):
            floors.append(self.floor(users, latency))
            ours.append(self.scan(users, latency))
        self.floors[users, latency] = floors
        return floors, ours

    def plain(self):
        heading(f"A scan of every key, two keys a user; medians of {self.runs} runs in turns")
        for users, latency, most in PLAIN if self.full else PLAIN[:-1]:
            runs = self.runs if users * latency < 100_000 or self.full else 1
            floors, ours = self.in_turns(users, latency, runs)
            row(f"{users} users, {latency} ms: floor", shown(floors))
            wall = median(ours, "wall") / median(floors, "wall")
            row("  keybaton keys", shown(ours), f"{wall:.2f} x", wall, most, f"<= {most} x floor")
            cpu = median(ours, "cpu") / median(floors, "cpu")
            limit = 1.6 if latency == 0 else None
            row("    its processor time", time_text(median(ours, "cpu")), f"{cpu:.2f} x", cpu, limit,
                "<= 1.6 x floor" if limit else "")
            self.complete(ours)

    @staticmethod
    def complete(runs):
        for fault in {run.fault for run in runs if run.fault}:
            row("    INCOMPLETE", fault)

    def memory(self):
        heading("Memory, 0 ms")
        for users, most in ((5000, 24), (100_000, 32)):
            floor = self.floor(users, 0)
            ours = self.scan(users, 0)
            row(f"{users} users: floor", shown([floor]))
            row("  keybaton keys", shown([ours]), f"{ours.mib:.1f} MiB", ours.mib, most, f"<= {most} MiB")
            self.complete([ours])

    def throttled(self):
        heading("Throttled: HTTP 400 Throttling beyond a token bucket that holds a second's worth")
        cases = [(rate, users, start) for users in (100, 300, 1000) for rate in (50, 100) for start in (1, 8, 64)]
        if not self.full:
            cases = [(rate, users, start) for rate, users, start in cases
                     if users == 100 or (users == 300 and rate == 100 and start != 8)]
        for rate, users, start in cases:
            home = self.world.home()
            ours = self.scan(users, 0, home=home, start=start, rate=rate)
            self.throttled_row(f"keybaton, {rate}/s, {users} users, from {start}", rate, users, ours)
            if start == 64 and (self.full or users == 100):
                again = self.scan(users, 0, home=home, start=start, rate=rate, port=ours.port)  # the same service to it
                self.throttled_row("  again, with the rate that it found", rate, users, again)
        for peer in (scan_peers.javascript(self.world.build), scan_peers.boto3_threads(16)):
            if peer.missing:
                row(peer.name, "left out: " + peer.missing)
                continue
            spent, told = self.peer_run(peer, 100, 0, rate=50)
            lost = told.get("lost") if told else "all"
            self.limit_rows(f"{peer.name}, 50/s", 50, 100, spent, f"{lost} users lost", goals=False)

    def throttled_row(self, what, rate, users, ours):
        self.limit_rows(what, rate, users, ours, ours.fault or "no user lost", goals=True)

    @staticmethod
    def limit_rows(what, rate, users, spent, lost, goals):
        counts = spent.counts
        needed = -(-users // 1000) + 3 * users + counts["actions"].get("GetCallerIdentity", 0)
        wall = spent.wall / ((needed - rate) / rate)
        refused = counts["refused"] / max(1, counts["requests"])
        row(what, f"{time_text(spent.wall)}, {lost}", f"{wall:.3f} x", wall, 1.05 if goals else None,
            "<= 1.05 x the bucket's limit")
        row("    refused", f"{counts['refused']} of {counts['requests']}", f"{100 * refused:.1f} %", refused,
            0.02 if goals else None, "<= 2 %")

    def report(self):
        heading("The credential report as a shortcut: 5000 users, 50 ms")
        users, latency = 5000, 50
        # The full floor takes as long as its requests divided by 64 connections; once is enough.
        floor = self.floors.get((users, latency)) or [self.floor(users, latency)]
        row("full floor", shown(floor))
        before = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=90)
        limit = before.strftime("%Y-%m-%dT%H:%M:%SZ")
        words = ("--unused-for", "90d", "--report")

        def unused(key):
            return (key[2] or key[1]) < limit

        ours = [self.scan(users, latency, *words, wanted=unused) for _ in range(self.runs)]
        if ours[0].unknown_option:
            row("keybaton keys --unused-for 90d --report", "not in this keybaton")
        else:
            ratio = median(ours, "wall") / median(floor, "wall")
            row("keybaton, 10 % of the users are read", shown(ours), f"{ratio:.3f} x", ratio, 0.07, "<= 0.07 x full floor")
            self.complete(ours)
            alone = [self.scan(users, latency, *words, wanted=unused, offenders=0) for _ in range(self.runs)]
            row("keybaton, the report alone", shown(alone), "", median(alone, "wall"), 0.27, "<= 0.27 s")
            self.complete(alone)
        peer = scan_peers.report()
        if peer.missing:
            row(peer.name, "left out: " + peer.missing)
        else:
            row(peer.name, shown([self.peer_run(peer, users, latency)[0] for _ in range(self.runs)]))

    def peer_run(self, peer, users, latency, **options):
        with self.world.standing(users, latency, **options) as stand_in:
            spent = self.world.peer(peer.words(stand_in.url))
            spent.counts = stand_in.stop()
        last = (spent.text().strip().splitlines() or [""])[-1]
        return spent, json.loads(last) if spent.exit == 0 else None

    def peers(self):
        heading("How others read the same" + ("" if self.full else "; slow ones from fewer users, as said"))
        for users, latency in ((1000, 20), (1000, 50), (5000, 0)):
            floor = self.known_floor(users, latency)
            row(f"{users} users, {latency} ms: floor", shown(floor))
            one_by_one = scan_peers.boto3_threads(1, None if self.full else 500 if latency == 0 else 100)
            for peer in (scan_peers.javascript(self.world.build), scan_peers.boto3_threads(16), one_by_one,
                         scan_peers.command_line(), scan_peers.wavefront()):
                self.peer_row(peer, users, latency, median(floor, "wall"))

    def peer_row(self, peer, users, latency, floor):
        if peer.missing:
            return row("  " + peer.name, "left out: " + peer.missing)
        given = min(users, peer.most or users)
        spent, told = self.peer_run(peer, given, latency)
        if told is None:
            return row("  " + peer.name, "failed: " + (spent.text().strip().splitlines() or ["without a word"])[-1][-100:])
        name, wall, cpu = f"  {peer.name}", spent.wall, spent.cpu
        if given < users:  # what one more user costs, without the start
            name += f", from {given} users"
            one, _ = self.peer_run(peer, 1, latency)
            more = (users - given) / (given - 1)
            wall, cpu = wall + more * (wall - one.wall), cpu + more * (cpu - one.cpu)
        lost = f", {told['lost']} users lost" if told["lost"] else ""
        return row(name, figure(wall, cpu, spent.mib) + lost, times(wall, floor))


def main():
    parser = argparse.ArgumentParser(description="A scan of every key: floor, keybaton and peers side by side.")
    parser.add_argument("build")
    parser.add_argument("--full", action="store_true", help="all rows, all users: about twenty minutes")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--keybaton", help="another keybaton than that of the build")
    sections = ("plain", "memory", "throttled", "report", "peers")
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=", ".join(sections))
    words = parser.parse_intermixed_args()
    if unknown := set(words.sections) - set(sections):
        parser.error(f"no section is called {', '.join(sorted(unknown))}; there are {', '.join(sections)}")
    bench = Bench(World(words.build, words.keybaton), words.full, words.runs)
    try:
        for section in words.sections or sections:
            getattr(bench, section)()
    finally:
        bench.world.close()


if __name__ == "__main__":
    main()

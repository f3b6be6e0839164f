"""docs/fleet.md shows what its commands print: each is run again on the accounts that the page is about."""
import os
import pathlib
import re
import shlex

import goldens
from clouds import KINDS
from harness import Case, Cloud, main

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs/fleet.md"
AWS, ALIBABA = KINDS["aws"], KINDS["alibaba"]
A_LITTLE = 0.01  # of a day: what was 91 days ago must not become 90 by a second of the server's clock


def user(kind, name, *keys):
    """`keys`: (word of its id, age in days, last use in days ago or None, status)."""
    return {"name": name, "created_days_ago": 500, "keys": [
        {"id": kind.key(word), "secret": kind.secret(word.lower()), "status": status, "created_days_ago": age + A_LITTLE,
         **({} if used is None else {"last_used": {"at_days_ago": used + A_LITTLE, "service": kind.service}})}
        for word, age, used, status in keys]}


PROD = [
    user(AWS, "admin", ("ADMIN", 30, 0.2, "Active")),
    user(AWS, "ci", ("CIRUN", 300, 120, "Active")),
    user(AWS, "db-runner", ("DBONE", 400, 200, "Active"), ("DBTWO", 390, 95, "Inactive")),
    user(AWS, "jenkins", ("JENKI", 300, 100, "Active"), ("JNEVE", 300, None, "Active")),
    user(AWS, "mailer", ("MAILA", 200, 0.2, "Active"), ("MAILB", 3, 0.1, "Active")),
    user(AWS, "nancy", ("NANCY", 200, 91, "Active"), ("NAWRK", 60, 0.3, "Active")),
    user(AWS, "reports", ("REPOR", 120, 0.2, "Active")),
    user(AWS, "support-api", ("SUPPO", 20, 0.1, "Active"))]
HK = [user(ALIBABA, "admin", ("ADMIN", 30, 0.2, "Active")),
      user(ALIBABA, "exporter", ("EXPOR", 150, 0.4, "Active"), ("EXPNE", 140, None, "Active"))]


def fleet():
    state = AWS.seed(PROD, lag_ms=10 ** 9)
    state["accounts"] += ALIBABA.seed(HK)["accounts"]
    cloud = Cloud(state=state)
    for kind in (AWS, ALIBABA):
        cloud.write(kind.file, kind.credentials({"admin": (kind.key("ADMIN"), kind.secret("admin"))}))
    locations = {"mailer": {"first": "MAILB", "second": "MAILA"}, "reports": {"service": "REPOR"}}
    text = (f"accounts:\n  prod: {AWS.account_entry(cloud.url)}\n  hk: {ALIBABA.account_entry(cloud.url)}\n"
            "policy: {quiet: 24h, lag: 4h, propagation: 0s, check_every: 0s}\ntargets:\n")
    for name, places in locations.items():
        text += f"  prod/{name}:\n    locations:\n"
        for place, word in places.items():
            path = f"~/{name}-{place}.env"
            text += f"      - {{name: {place}, type: env-file, path: {path}, id: {AWS.env_id}, value: {AWS.env_secret}}}\n"
            cloud.write(path[2:], AWS.env_file(AWS.key(word), AWS.secret(word.lower())))
    cloud.write(".config/keybaton/config.yaml", text)
    return cloud


def with_a_broken_account(cloud):
    config = cloud.home / ".config/keybaton/config.yaml"
    broken = AWS.account_entry(cloud.url).replace("profile: admin", "profile: nosuch")
    config.write_text(config.read_text().replace("accounts:\n", f"accounts:\n  lab: {broken}\n"))


def plain(text, cloud):
    text = re.sub(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ)?", "2026-11-22", text.replace(str(cloud.home), "/home/ann"))
    text = text.replace(cloud.url.removeprefix("http://"), "127.0.0.1:5000")
    return re.sub(r"[ \t]+$", "", text, flags=re.M)


class Page(Case):
    def test_shows_what_is_printed(self):
        cloud = fleet()
        self.addCleanup(cloud.close)
        page = PAGE.read_text()
        count = 0

        def again(match):
            nonlocal count
            block = ""
            for command in re.findall(r"^\$ (keybaton.*)$", match[1], re.M):
                count += 1
                if " lab" in command and "lab:" not in (cloud.home / ".config/keybaton/config.yaml").read_text():
                    with_a_broken_account(cloud)
                run = cloud.run(*shlex.split(command)[1:])
                self.assertIn(run.code, (0, 3, 5), run)
                block += f"$ {command}\n{plain(run.out + run.err, cloud)}"
            return f"```\n{block}```" if block else match[0]

        found = re.sub(r"^```\n(.*?)^```", again, page, flags=re.M | re.S)
        self.assertGreater(count, 8)
        if goldens.UPDATE:
            PAGE.write_text(found)
        dates = re.compile(r"2026-\d\d-\d\d(T\d\d:\d\d:\d\dZ)?")
        self.assertEqual(dates.sub("DATE", page if not goldens.UPDATE else found), dates.sub("DATE", found))


if __name__ == "__main__":
    main()

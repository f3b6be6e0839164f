"""What the pages about whole accounts show is what is printed."""
import re

import goldens
import shown
from clean_test import fleet as small_state
from clouds import KINDS
from harness import FAST, Case, Cloud, main
from metric_sinks import Sink

AWS, ALIBABA = KINDS["aws"], KINDS["alibaba"]
CONFIG = ".config/keybaton/config.yaml"
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


def fleet(extra=""):
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
    cloud.write(CONFIG, text + extra)
    return cloud


class Fleet(shown.Scene):
    """Two accounts, in which nothing is in order."""

    def __init__(self):
        super().__init__(fleet())

    def anew(self, extra=""):
        """Another fleet, of which nothing was cleaned yet."""
        self.cloud.close()
        self.cloud = fleet(extra.replace("\\n", "\n"))

    def config(self, find, replacement):
        file = self.cloud.home / CONFIG
        assert find in file.read_text(), find
        file.write_text(file.read_text().replace(find, replacement.replace("\\n", "\n"), 1))

    def an_account_that_cannot_be_read(self):
        self.config("accounts:\n", "accounts:\n  lab: " + AWS.account_entry(self.cloud.url).replace(
            "profile: admin", "profile: nosuch") + "\n")

    def run(self, *words):
        run = self.cloud.run(*words)
        assert run.code in (0, 3), run

    def used(self, word):
        self.cloud.used(AWS.key(word))


class Small(Fleet):
    """A small account for a clean."""

    def __init__(self):
        shown.Scene.__init__(self, Cloud(state=small_state()))
        self.cloud.config(policy=FAST.replace("grace: 0s", "grace: 7d, exclude_users: [bob]"))
        self.cloud.deny("GenerateCredentialReport")


class Metrics(Fleet):
    """The same two accounts and a stand-in for Wavefront."""

    def __init__(self):
        super().__init__()
        self.sink = None

    def close(self):
        if self.sink:
            self.sink.close()
        super().close()

    def wavefront(self, *answers):
        if self.sink:
            self.sink.close()
        self.sink = Sink(*(int(each) for each in answers))
        self.cloud.write(".config/keybaton/wavefront-token", "wavefront-token-0123456789\n")
        file = self.cloud.home / CONFIG
        rest = re.sub(r"^metrics:.*\n(  .*\n)*", "", file.read_text(), flags=re.M)
        file.write_text(f'{rest}metrics:\n  retry_for: 1s\n  wavefront: {{url: "{self.sink.url}", '
                        "token_file: ~/.config/keybaton/wavefront-token}\n")


class Pages(Case):
    def shows_what_is_printed(self, name, scene, least):
        self.addCleanup(scene.close)
        file = shown.DOCS / name
        page = file.read_text()
        found, count = shown.again(page, scene)
        self.assertGreaterEqual(count, least)
        if goldens.UPDATE:
            if shown.compared(page) != shown.compared(found):
                file.write_text(found)
            return
        self.assertEqual(shown.compared(page), shown.compared(found), name)

    def test_fleet(self):
        self.shows_what_is_printed("fleet.md", Fleet(), 25)

    def test_clean(self):
        self.shows_what_is_printed("clean.md", Small(), 5)

    def test_queries(self):
        self.shows_what_is_printed("queries.md", Fleet(), 6)

    def test_metrics(self):
        self.shows_what_is_printed("metrics.md", Metrics(), 3)

    def test_worker(self):
        self.shows_what_is_printed("worker.md", Fleet(), 3)


if __name__ == "__main__":
    main()

"""Prometheus's own programs read what `metrics` writes: promtool, node-exporter's textfile collector, a server, a gateway."""
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "cli"))

SKIPPED = 77  # CTest's word for it
PLACES = os.pathsep.join([os.environ.get("KEYBATON_PEERS", ""), os.environ["PATH"]])
PROGRAMS = {name: shutil.which(name, path=PLACES)
            for name in ("promtool", "prometheus", "prometheus-node-exporter", "prometheus-pushgateway")}
if None in PROGRAMS.values():
    missing = [name for name, path in PROGRAMS.items() if path is None]
    print(f"skipped: {', '.join(missing)} not found (make peers, or apt-get install prometheus prometheus-node-exporter "
          "prometheus-pushgateway)")
    sys.exit(SKIPPED)

from harness import OLD, Case, main  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
RULES = ROOT / "docs/metrics/keybaton.rules.yml"
DASHBOARD = ROOT / "docs/metrics/dashboard.json"
METRIC = re.compile(r"\bkeybaton_\w+")


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def get(url):
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=10) as answer:
        return answer.read().decode()


class Peers(Case):
    def promtool(self, *words, text=None):
        return subprocess.run([PROGRAMS["promtool"], *map(str, words)], input=text, capture_output=True, text=True,
                              timeout=60, check=False)

    def server(self, name, *words):
        """A server of its own port on loopback, ended by its own pid."""
        port = free_port()
        child = subprocess.Popen([PROGRAMS[name], f"--web.listen-address=127.0.0.1:{port}", *words],
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(child.wait, 20)
        self.addCleanup(child.terminate)
        url = f"http://127.0.0.1:{port}"
        self.until(lambda: get(url + "/metrics"))
        return url

    def until(self, ask):
        for _ in range(200):
            try:
                found = ask()
            except (OSError, urllib.error.URLError):
                found = None
            if found:
                return found
            time.sleep(0.1)
        self.fail("nothing came in 20 s")

    def rotating(self):
        """A cloud with a rotation in every way in which one shows."""
        cloud = self.cloud()
        new = cloud.to_deployed()
        cloud.play({"do": "set_status", "key": new, "status": "Inactive"})
        self.assertNotEqual(cloud.run("resume", "sim/app").code, 0)
        return cloud


class Promtool(Peers):
    def test_finds_nothing_to_say_about_the_text(self):
        cloud = self.rotating()
        found = self.promtool("check", "metrics", text=self.ends(cloud.run("metrics"), 0).out)
        self.assertEqual((found.returncode, found.stdout, found.stderr), (0, "", ""))
        cloud.fault(fault="access_denied", action="*", count=0)
        found = self.promtool("check", "metrics", text=self.ends(cloud.run("metrics"), 5).out)
        self.assertEqual((found.returncode, found.stdout, found.stderr), (0, "", ""))

    def test_would_say_so(self):
        self.assertEqual(self.promtool("check", "metrics", text="a_total{} 1\n# TYPE b gauge\nb 1\n").returncode, 3)

    def test_takes_the_rules_and_each_alert_fires_when_it_must(self):
        found = self.promtool("check", "rules", RULES)
        self.assertEqual(found.returncode, 0, found)
        tests = ROOT / "tests/peers/keybaton.rules.test.yml"
        found = self.promtool("test", "rules", tests)
        self.assertEqual(found.returncode, 0, found.stdout + found.stderr)
        alerts = set(re.findall(r"alert: (\w+)", RULES.read_text()))
        text = tests.read_text()
        fires = set(re.findall(r"alertname: (\w+)\n +exp_alerts:\n", text))
        rests = set(re.findall(r"alertname: (\w+), exp_alerts: \[\]", text))
        self.assertEqual(alerts, fires)
        self.assertLessEqual(alerts, rests)


class Names(Peers):
    def told(self):
        code = (ROOT / "inventory/metrics_series.cpp").read_text()
        names = set(re.findall(r'Family\{"(keybaton_\w+)"', code))
        self.assertGreater(len(names), 15)
        return names

    def test_rules_ask_for_nothing_that_is_not_told(self):
        asked = set(METRIC.findall("\n".join(line for line in RULES.read_text().splitlines()
                                             if not line.lstrip().startswith(("#", "summary", "description")))))
        self.assertLessEqual(asked, self.told())

    def test_the_dashboard_asks_for_nothing_that_is_not_told_and_every_query_is_one(self):
        board = json.loads(DASHBOARD.read_text())
        queries = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
        queries += [each["query"] for each in board["templating"]["list"] if each["type"] == "query"]
        self.assertGreater(len(queries), 10)
        asked = set(METRIC.findall("\n".join(queries)))
        self.assertTrue(asked)
        self.assertLessEqual(asked, self.told())

    def test_what_the_files_ask_for_is_in_a_real_output(self):
        out = self.ends(self.rotating().run("metrics"), 0).out
        asked = set(METRIC.findall(DASHBOARD.read_text() + RULES.read_text())) & self.told()
        seldom = {"keybaton_rotations_closed_total", "keybaton_rotation_pending_since_timestamp_seconds"}
        self.assertEqual({name for name in asked if f"# TYPE {name} " not in out}, seldom)


class Servers(Peers):
    def test_prometheus_scrapes_the_textfile_through_node_exporter_and_answers_the_rules(self):
        cloud = self.rotating()
        folder = cloud.home / "textfiles"
        folder.mkdir()
        cloud.home.chmod(0o755)
        self.ends(cloud.run("metrics", "--textfile", "textfiles/keybaton.prom"), 0)
        exporter = self.server("prometheus-node-exporter", "--collector.disable-defaults", "--collector.textfile",
                               f"--collector.textfile.directory={folder}")
        page = get(exporter + "/metrics")
        self.assertIn("node_textfile_scrape_error 0", page)
        self.assertIn(f'access_key_id="{OLD}"', page)
        config = cloud.write("prometheus.yml", f"""\
global: {{scrape_interval: 1s, evaluation_interval: 1s}}
rule_files: ['{RULES}']
scrape_configs: [{{job_name: node, static_configs: [{{targets: ['{exporter.removeprefix("http://")}']}}]}}]
""")
        server = self.server("prometheus", f"--config.file={config}", f"--storage.tsdb.path={cloud.home}/tsdb")

        def ask(query):
            answer = json.loads(get(f"{server}/api/v1/query?query={urllib.parse.quote(query)}"))
            self.assertEqual(answer["status"], "success", answer)
            return answer["data"]["result"]

        (age,) = self.until(lambda: ask(f'time() - keybaton_access_key_created_timestamp_seconds{{access_key_id="{OLD}"}}'))
        self.assertEqual(int(float(age["value"][1])) // 86400, 120)
        alerts = self.until(lambda: ask('ALERTS{alertname="AccessKeyOlderThanMaxAge"}'))
        self.assertEqual([alert["metric"]["access_key_id"] for alert in alerts], [OLD])
        self.assertTrue(self.until(lambda: ask('ALERTS{alertname="RotationStuck"}')))
        for panel in json.loads(DASHBOARD.read_text())["panels"]:
            for target in panel["targets"]:
                with self.subTest(panel=panel["title"]):
                    ask(target["expr"].replace("$account", ".*"))

    def test_a_pushgateway_takes_the_text_and_forgets_the_last_one(self):
        cloud = self.cloud()
        gateway = self.server("prometheus-pushgateway")
        cloud.config(extra=f'metrics: {{pushgateway: {{url: "{gateway}"}}}}\n')
        spare = cloud.spare()
        self.ends(cloud.run("metrics", "--push"), 0)
        self.assertIn(spare, get(gateway + "/metrics"))
        cloud.play({"do": "delete_key", "key": spare})
        self.ends(cloud.run("metrics", "--push"), 0)
        page = get(gateway + "/metrics")
        self.assertIn(OLD, page)
        self.assertNotIn(spare, page)


if __name__ == "__main__":
    main()

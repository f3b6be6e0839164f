"""metrics: what is told of every key and every rotation, how it is sent, and what is said when it can't be."""
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import time
import unittest

from clouds import KIND
from harness import ADMIN, ADMIN_SECRET, KEYBATON, OLD, OLD_SECRET, STATE, Case, main
from metric_sinks import BadLine, Sink, otlp_points, wavefront_body, wavefront_line

AGE, SOURCE = {"aws": ("aws.iam.accessKey", "AWS"), "alibaba": ("alicloud.ram.accessKey", "AlibabaCloud")}[KIND.name]
TOKEN = "wavefront-token-0123456789"


def series(text):
    """{(name, labels as text): value} of Prometheus text."""
    found = {}
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        name, labels, value = re.fullmatch(r'(\w+)(?:\{(.*)\})? (-?\d+)', line).groups()
        assert (name, labels) not in found, line
        found[name, labels] = int(value)
    return found


class Metrics(Case):
    def sink(self, *answers):
        sink = Sink(*answers)
        self.addCleanup(sink.close)
        return sink

    def configured(self, cloud, text, accounts=""):
        """The usual config, with more accounts and a metrics: section; 1 s of patience unless the text says more."""
        cloud.config(extra=f"metrics:\n  retry_for: 1s\n{text}" if "retry_for" not in text else f"metrics:\n{text}")
        config = cloud.home / ".config/keybaton/config.yaml"
        config.write_text(config.read_text().replace("policy:", accounts + "policy:", 1))
        return cloud

    def pushing(self, *answers, more="", **how):
        cloud, sink = self.cloud(**how), self.sink(*answers)
        cloud.write("token", TOKEN + "\n")
        self.configured(cloud, f'  wavefront: {{url: "{sink.url}/", token_file: ~/token}}\n{more}')
        return cloud, sink


class Printed(Metrics):
    def test_prometheus_text_has_every_key_by_timestamps(self):
        cloud = self.cloud()
        found = series(self.ends(cloud.run("metrics"), 0).out)
        labels = f'account="sim",provider="{KIND.name}",user="app",access_key_id="{OLD}"'
        created = found["keybaton_access_key_created_timestamp_seconds", labels]
        self.assertEqual(found["keybaton_access_key_age_seconds", labels] // 86400, 120)
        now = found["keybaton_scan_last_run_timestamp_seconds", f'account="sim",provider="{KIND.name}"']
        self.assertEqual(now - created, found["keybaton_access_key_age_seconds", labels])
        self.assertEqual((now - found["keybaton_access_key_last_used_timestamp_seconds", labels]) // 86400, 2)
        self.assertEqual(found["keybaton_access_key_max_age_seconds", labels], 90 * 86400)
        self.assertEqual(found["keybaton_account_access_keys", f'account="sim",provider="{KIND.name}"'], 2)

    def test_wavefront_lines_are_those_of_the_script_with_a_time(self):
        cloud = self.cloud()
        lines = wavefront_body(self.ends(cloud.run("metrics", "--format", "wavefront"), 0).out.encode())
        ages = {line[4]["name"]: line for line in lines if line[0] == AGE}
        self.assertEqual(set(ages), {"admin", "app"})
        _, age, at, source, tags = ages["app"]
        self.assertEqual((age, source), (120, SOURCE))
        self.assertIsNotNone(at)
        self.assertEqual(tags, {"name": "app", "key": OLD, "status": "Active", "profile": "sim", "region": KIND.region})

    def test_otlp_json_is_a_request_a_line(self):
        cloud = self.cloud()
        (line,) = self.ends(cloud.run("metrics", "--format", "otlp-json"), 0).out.splitlines()
        ages = {point[4]["user"]: point for point in otlp_points(line) if point[0] == "keybaton.access_key_age"}
        self.assertEqual(ages["app"][1:3], ("gauge", "s"))
        self.assertEqual(ages["app"][3] // 86400, 120)

    def test_ids_are_cut_where_the_config_says_so(self):
        cloud = self.configured(self.cloud(), "  key_ids: last4\n")
        spare = cloud.spare()
        out = self.ends(cloud.run("metrics"), 0).out
        self.assertIn(f'access_key_id="{OLD[-4:]}"', out)
        self.assertIn(f'access_key_id="{spare[-4:]}"', out)
        self.assertNotIn(OLD, out)

    def test_max_age_is_that_of_each_target(self):
        cloud = self.cloud()
        config = cloud.home / ".config/keybaton/config.yaml"
        config.write_text(config.read_text().replace("    cadence: 0s\n", "    cadence: 0s\n    max_age: 30d\n", 1))
        found = series(self.ends(cloud.run("metrics"), 0).out)
        ages = {labels.split('user="')[1].split('"')[0]: value // 86400 for (name, labels), value in found.items()
                if name == "keybaton_access_key_max_age_seconds"}
        self.assertEqual(ages, {"app": 30, "admin": 90})

    def test_every_mark_that_a_user_name_may_have_survives_each_format(self):
        name = {"aws": "a+b=c,d.e@f-g_h", "alibaba": "a.b-c_d"}[KIND.name]
        users = STATE["accounts"][0]["users"] + [{"name": name, "keys": [{"created_days_ago": 3}]}]
        cloud = self.cloud(state={**STATE, "accounts": [{**STATE["accounts"][0], "users": users}]})
        self.assertIn(f'user="{name}"', self.ends(cloud.run("metrics"), 0).out)
        lines = wavefront_body(self.ends(cloud.run("metrics", "--format", "wavefront"), 0).out.encode())
        self.assertEqual({line[4]["name"] for line in lines if line[0] == AGE}, {"admin", "app", name})
        points = otlp_points(self.ends(cloud.run("metrics", "--format", "otlp-json"), 0).out)
        self.assertIn(name, {point[4].get("user") for point in points})

    @unittest.skipUnless(KIND.endpoint_variable, "this cloud's tools have no variable for the endpoint")
    def test_a_profile_whose_name_needs_escaping_survives_each_format(self):
        cloud = self.cloud()
        name, env = 'd\u00e9v "x\\y', {KIND.endpoint_variable: cloud.url}
        cloud.write(KIND.file, KIND.credentials({name: (ADMIN, ADMIN_SECRET)}))
        words = ("metrics", "--profile", name)
        escaped = name.replace("\\", "\\\\").replace('"', '\\"')
        self.assertIn(f'account="{escaped}"', self.ends(cloud.run(*words, env=env), 0).out)
        lines = wavefront_body(self.ends(cloud.run(*words, "--format", "wavefront", env=env), 0).out.encode())
        self.assertEqual({line[4]["profile"] for line in lines if line[0] == AGE}, {name.replace("\\", "_")})
        points = otlp_points(self.ends(cloud.run(*words, "--format", "otlp-json", env=env), 0).out)
        self.assertIn(name, {point[4].get("account") for point in points})

    def test_a_profile_alone_needs_no_config(self):
        house = self.cloud()
        (house.home / ".config/keybaton/config.yaml").unlink()
        env = {KIND.endpoint_variable: house.url} if KIND.endpoint_variable else {}
        if env:
            out = self.ends(house.run("metrics", "--profile", "admin", env=env), 0).out
            self.assertIn('account="admin"', out)
        self.three_parts(house.run("metrics"), 2, "usage", "No account is named")

    def test_a_rotation_shows_where_it_stands(self):
        cloud = self.cloud()
        new = cloud.to_deployed()
        found = series(self.ends(cloud.run("metrics"), 0).out)
        (state,) = [labels for name, labels in found if name == "keybaton_rotation_state"]
        self.assertIn('account="sim",user="app"', state)
        self.assertIn('procedure="rotate",state="deployed",direction="forward"', state)
        steps = [labels for name, labels in found if name == "keybaton_rotation_step_timestamp_seconds"]
        self.assertEqual([re.search('step="(\\w+)"', each)[1] for each in steps], ["create", "deploy"])
        of = state.split(",state=")[0]
        self.assertEqual(found["keybaton_rotation_stuck", of], 0)
        self.assertIn(("keybaton_rotation_next_due_timestamp_seconds", of), found)
        self.assertEqual(found["keybaton_drifted_locations", 'account="sim",user="app"'], 0)
        cloud.play({"do": "set_status", "key": new, "status": "Inactive"})
        self.assertNotEqual(cloud.run("resume", "sim/app").code, 0)
        stuck = series(self.ends(cloud.run("metrics"), 0).out)
        self.assertEqual(stuck["keybaton_rotation_stuck", of], 1)
        self.assertEqual(stuck["keybaton_rotation_attention", of + ',code="new_inactive"'], 1)

    def test_a_location_that_was_last_seen_with_a_retired_key_has_drifted_until_a_later_rotation(self):
        cloud = self.cloud()
        cloud.config(extra=f"      - {{name: spare, type: env-file, path: ~/spare.env, id: {KIND.env_id}, "
                           f"value: {KIND.env_secret}, optional: true}}\n")
        cloud.write("spare.env", KIND.env_file(OLD, OLD_SECRET))
        cloud.run("rotate", "sim/app", "--yes", "--through", "deploy")
        cloud.write("spare.env", KIND.env_file(OLD, OLD_SECRET))
        cloud.used(cloud.new_key())
        run = cloud.run("resume", "sim/app", "--yes", "--wait", "--accept", "waive_location:spare", "--json")
        self.assertEqual(run.json["state"], "completed", run)
        drifted = ("keybaton_drifted_locations", 'account="sim",user="app"')
        self.assertEqual(series(self.ends(cloud.run("metrics"), 0).out)[drifted], 1)
        cloud.write("spare.env", (cloud.home / "app.env").read_text())
        self.assertEqual(cloud.run("rotate", "sim/app", "--yes", "--through", "deploy", "--json").json["state"], "deployed")
        self.assertEqual(series(self.ends(cloud.run("metrics"), 0).out)[drifted], 0)

    def test_a_step_whose_outcome_is_not_known_is_stuck_after_a_while(self):
        for after, stuck in (("0s", 1), ("1h", 0)):
            with self.subTest(after=after):
                cloud = self.configured(self.cloud(), f"  stuck_after: {after}\n")
                cloud.to_deployed()
                cloud.used(cloud.new_key())
                cloud.fault(fault="slow_before", action="UpdateAccessKey", wait_ms=20_000)
                process = subprocess.Popen([KEYBATON, "resume", "sim/app", "--yes"], env=cloud.env, cwd=cloud.home,
                                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                for _ in range(200):
                    if cloud.run("status", "sim/app", "--json").json["pending"]:
                        break
                    time.sleep(0.05)
                process.kill()
                process.wait(10)
                time.sleep(1.1)
                found = series(self.ends(cloud.run("metrics"), 0).out)
                (of,) = [labels for name, labels in found if name == "keybaton_rotation_stuck"]
                self.assertEqual(found["keybaton_rotation_stuck", of], stuck)
                self.assertIn(("keybaton_rotation_pending_since_timestamp_seconds", of + ',step="deactivate"'), found)

    def test_a_rotation_that_ended_is_counted_and_leaves_no_series_of_its_own(self):
        cloud = self.cloud()
        cloud.to_completed()
        found = series(self.ends(cloud.run("metrics"), 0).out)
        self.assertEqual(found["keybaton_rotations_closed_total",
                               'account="sim",procedure="rotate",result="completed"'], 1)
        self.assertFalse([name for name, _ in found if name.startswith("keybaton_rotation_")])
        self.assertEqual(found["keybaton_drifted_locations", 'account="sim",user="app"'], 0)
        (line,) = self.ends(cloud.run("metrics", "--format", "otlp-json"), 0).out.splitlines()
        self.assertEqual([point[1] for point in otlp_points(line) if point[0] == "keybaton.rotations_closed"], ["sum"])
        began = int(re.search(r'"startTimeUnixNano":"(\d+)"', line).group(1)) // 10 ** 9
        self.assertTrue(0 < time.time() - began < 300, "when the rotation was started")

    def test_every_family_stands_in_the_table_of_the_document(self):
        page = (pathlib.Path(__file__).resolve().parents[2] / "docs/metrics.md").read_text()
        cloud = self.cloud()
        cloud.to_deployed()
        for name, _ in series(self.ends(cloud.run("metrics"), 0).out):
            self.assertIn(f"`{name}`", page)


class SeveralAccounts(Metrics):
    def other(self, cloud, name, profile):
        return f"  {name}: {KIND.account_entry(cloud.url, '').replace('profile: admin', f'profile: {profile}')}\n"

    def test_one_that_cannot_be_read_sends_no_key_and_leaves_the_others(self):
        cloud, sink = self.pushing()
        cloud.write_credentials(app=(KIND.key("NOBODY"), OLD_SECRET))
        config = cloud.home / ".config/keybaton/config.yaml"
        config.write_text(config.read_text().replace("policy:", self.other(cloud, "bad", "app") + "policy:", 1))
        run = self.three_parts(cloud.run("metrics", "--push"), 5, "refused", "bad: ")
        ages = [point for point in sink.points() if point[0] == AGE]
        self.assertEqual({point[4]["profile"] for point in ages}, {"sim"}, run)
        success = {point[4]["account"]: point[1] for point in sink.points() if point[0] == "keybaton.scan_success"}
        self.assertEqual(success, {"sim": 1, "bad": 0})
        report = self.ends(cloud.run("metrics", "--push", "--json"), 5).json
        self.assertEqual(report["incomplete"], ["bad"])
        self.assertEqual(report["error"]["code"], "refused")

    def test_one_that_is_read_only_in_part_sends_no_key_either(self):
        cloud, sink = self.pushing()
        cloud.fault(fault="access_denied", action="ListAccessKeys", user="app", count=0)
        self.three_parts(cloud.run("metrics", "--push"), 5, "refused", "app")
        self.assertEqual([point for point in sink.points() if point[0] == AGE], [])
        self.assertEqual([point[1] for point in sink.points() if point[0] == "keybaton.scan_success"], [0])

    def test_one_cloud_account_under_two_names_makes_no_series_twice(self):
        cloud = self.cloud()
        self.configured(cloud, "  key_ids: last4\n", accounts=self.other(cloud, "again", "admin"))
        found = series(self.ends(cloud.run("metrics"), 0).out)  # series() refuses a second one
        self.assertEqual({labels.split('"')[1] for name, labels in found if name == "keybaton_access_key_active"},
                         {"sim", "again"})
        lines = self.ends(cloud.run("metrics", "--format", "wavefront"), 0).out.splitlines()
        self.assertEqual(len(lines), len(set(lines)))

    def test_those_that_are_not_named_tell_no_rotation_either(self):
        cloud = self.cloud()
        self.configured(cloud, "  key_ids: whole\n", accounts=self.other(cloud, "again", "admin"))
        cloud.to_deployed()
        self.assertIn("keybaton_rotation_state", self.ends(cloud.run("metrics"), 0).out)
        out = self.ends(cloud.run("metrics", "again"), 0).out
        self.assertIn('account="again"', out)
        self.assertNotIn('account="sim"', out)

    def test_an_account_named_twice_is_read_once(self):
        cloud = self.cloud()
        series(self.ends(cloud.run("metrics", "sim", "sim"), 0).out)

    def test_a_profile_with_the_name_of_an_account_is_refused(self):
        cloud = self.cloud()
        self.configured(cloud, "  key_ids: whole\n", accounts=self.other(cloud, "app", "admin"))
        self.three_parts(cloud.run("metrics", "app", "--profile", "app"), 2, "usage", '"app"')


class ToWavefront(Metrics):
    def test_everything_goes_in_batches_with_the_token(self):
        state = {**STATE, "accounts": [{**STATE["accounts"][0], "generate": {"users": 1100, "keys": 1}}]}
        cloud, sink = self.pushing(state=state)
        run = self.ends(cloud.run("metrics", "--push", "--json"), 0)
        self.assertGreater(len(sink.requests), 1)
        for request in sink.requests:
            self.assertEqual((request["method"], request["path"]), ("POST", "/report?f=wavefront"))
            self.assertEqual(request["headers"]["Authorization"], f"Bearer {TOKEN}")
            self.assertEqual(request["headers"]["Content-Type"], "text/plain")
        points = sink.points()
        self.assertEqual(sum(point[0] == AGE for point in points), 1102)
        (sent,) = run.json["sent"]
        self.assertEqual((sent["sink"], sent["points"], sent["taken"]), ("wavefront", len(points), len(points)))
        self.assertEqual(sent["batches"], len(sink.requests))
        self.assertEqual(len({point[2] for point in points}), 1)
        self.assertNotIn(TOKEN, run.out + run.err)

    def test_pushback_throttling_errors_and_drops_are_tried_again(self):
        cloud, sink = self.pushing(406, (429, {"Retry-After": "1"}, b""), 500, "drop", more="  retry_for: 30s\n")
        run = self.ends(cloud.run("metrics", "--push"), 0)
        self.assertEqual(len(sink.requests), 5, run)
        self.assertEqual(len({request["body"] for request in sink.requests}), 1)
        self.assertIn("wavefront", run.out)

    def test_refusals_end_at_once_with_what_helps(self):
        for status, word in ((400, "malformed"), (401, "token"), (403, "Direct Data Ingestion"), (404, "metrics.wavefront.url")):
            with self.subTest(status=status):
                cloud, sink = self.pushing(*[status] * 4)
                run = self.three_parts(cloud.run("metrics", "--push"), 5, "refused", "0 of ", word, f"status {status}")
                self.assertEqual(len(sink.requests), 1)
                self.assertNotIn(TOKEN, run.out + run.err)
                if status == 400:
                    self.assertIn("`keybaton metrics --format wavefront`", " ".join(run.err.split()))
                self.error(cloud.run("metrics", "--push", "--json"), 5, "refused", f"status {status}")

    def test_one_that_never_answers_is_unknown_and_one_that_never_takes_is_refused(self):
        for answer, code, name in (("drop", 6, "unknown"), (503, 6, "unknown"), (406, 5, "refused"), (429, 5, "refused")):
            with self.subTest(answer=answer):
                cloud, sink = self.pushing(*[answer] * 40)
                self.three_parts(cloud.run("metrics", "--push"), code, name, "0 of ", "overwritten")
                self.assertGreater(len(sink.requests), 1)

    def test_one_that_hangs_takes_no_longer_than_the_patience_and_a_first_try(self):
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen()
            cloud = self.cloud()
            cloud.write("token", TOKEN + "\n")
            url = f"http://127.0.0.1:{silent.getsockname()[1]}"
            self.configured(cloud, f'  retry_for: 2s\n  wavefront: {{url: "{url}", token_file: ~/token}}\n')
            began = time.monotonic()
            self.three_parts(cloud.run("metrics", "--push"), 6, "unknown", "no reply")
            self.assertLess(time.monotonic() - began, 20)

    def test_a_batch_that_fails_after_others_went_says_how_many_were_taken(self):
        state = {**STATE, "accounts": [{**STATE["accounts"][0], "generate": {"users": 1100, "keys": 1}}]}
        cloud, sink = self.pushing(202, 400, state=state)
        run = self.three_parts(cloud.run("metrics", "--push"), 5, "refused", "has taken 1000 of 1", "overwritten")
        self.assertEqual(len(sink.requests), 2, run)

    def test_a_signal_ends_the_waiting_and_says_what_was_taken(self):
        cloud, sink = self.pushing(*[503] * 40, more="  retry_for: 60s\n")
        process = subprocess.Popen([KEYBATON, "metrics", "--push"], env=cloud.env, cwd=cloud.home, text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(200):
            if sink.requests:
                break
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)
        self.assertEqual(process.returncode, 130, err)
        self.assertIn("has taken 0 of ", err)

    def test_a_place_that_cannot_be_reached(self):
        cloud, sink = self.pushing()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.configured(cloud, f'  wavefront: {{url: "http://127.0.0.1:{port}", token_file: ~/token}}\n')
        self.three_parts(cloud.run("metrics", "--push"), 5, "refused", "not reached", "metrics.wavefront.url")

    def test_a_token_that_others_can_read_is_refused_before_anything_is_read(self):
        cloud, sink = self.pushing()
        (cloud.home / "token").chmod(0o644)
        self.three_parts(cloud.run("metrics", "--push"), 2, "usage", "can be read by others", "chmod 600")
        (cloud.home / "token").unlink()
        self.three_parts(cloud.run("metrics", "--push"), 2, "usage", "no such file")
        cloud.write("token", "\n")
        self.error(cloud.run("metrics", "--push", "--json"), 2, "usage", "empty")
        self.assertEqual(sink.requests, [])
        self.assertEqual(cloud.calls("ListUsers"), [])

    def test_a_proxy_gets_the_lines_without_a_token(self):
        cloud, sink = self.cloud(), self.sink(200)
        self.configured(cloud, f"  wavefront: {{proxy: \"127.0.0.1:{sink.port}\"}}\n")
        self.ends(cloud.run("metrics", "--push"), 0)
        (request,) = sink.requests
        self.assertEqual((request["method"], request["path"]), ("POST", "/"))
        self.assertNotIn("Authorization", request["headers"])
        self.assertEqual(sum(point[0] == AGE for point in sink.points()), 2)


class ToOthers(Metrics):
    def test_otlp_gets_json_with_the_headers_of_the_config(self):
        cloud, sink = self.cloud(), self.sink((200, {}, b"{}"), (200, {}, b"{}"))
        cloud.write("token", TOKEN)
        self.configured(cloud, f'  otlp: {{url: "{sink.url}/v1/metrics", token_file: ~/token, token_header: api-key, '
                               f'headers: {{X-Scope-OrgID: "17"}}}}\n')
        self.ends(cloud.run("metrics", "--push"), 0)
        for request in sink.requests:
            self.assertEqual((request["method"], request["path"]), ("POST", "/v1/metrics"))
            self.assertEqual(request["headers"]["Content-Type"], "application/json")
            self.assertEqual((request["headers"]["api-key"], request["headers"]["X-Scope-OrgID"]), (TOKEN, "17"))
        points = [point for request in sink.requests for point in otlp_points(request["body"])]
        self.assertEqual(sum(point[0] == "keybaton.access_key_active" for point in points), 2)

    def test_points_that_otlp_refuses_are_told_and_not_sent_again(self):
        body = json.dumps({"partialSuccess": {"rejectedDataPoints": "3", "errorMessage": "too old"}}).encode()
        cloud, sink = self.cloud(), self.sink((200, {}, body))
        self.configured(cloud, f'  otlp: {{url: "{sink.url}"}}\n')
        self.three_parts(cloud.run("metrics", "--push"), 5, "refused", "it refused 3", 'and says: "too old"')
        self.assertEqual(len(sink.requests), 1)

    def test_a_remark_of_otlp_on_points_that_it_took_is_passed_on(self):
        body = json.dumps({"partialSuccess": {"errorMessage": "use gzip"}}).encode()
        cloud, sink = self.cloud(), self.sink((200, {}, body), (200, {}, body))
        self.configured(cloud, f'  otlp: {{url: "{sink.url}"}}\n')
        run = self.ends(cloud.run("metrics", "--push", "--json"), 0)
        self.assertIn('says: "use gzip"', " ".join(run.err.split()))
        self.assertIsNone(run.json["sent"][0]["error"])

    def test_a_pushgateway_gets_the_whole_text_in_place_of_the_last_one(self):
        cloud, sink = self.cloud(), self.sink(200)
        self.configured(cloud, f'  pushgateway: {{url: "{sink.url}", job: keys}}\n')
        self.ends(cloud.run("metrics", "--push", "--format", "prometheus"), 0)
        (request,) = sink.requests
        self.assertEqual((request["method"], request["path"]), ("PUT", "/metrics/job/keys"))
        self.assertIn("version=0.0.4", request["headers"]["Content-Type"])
        self.assertTrue(series(request["body"].decode()))

    def test_one_place_that_fails_does_not_stop_the_others(self):
        cloud, bad, good = self.cloud(), self.sink(400), self.sink()
        cloud.write("token", TOKEN)
        self.configured(cloud, f'  wavefront: {{url: "{bad.url}", token_file: ~/token}}\n  otlp: {{url: "{good.url}"}}\n'
                               "  textfile: ~/keys.prom\n")
        report = self.ends(cloud.run("metrics", "--push", "--json"), 5).json
        self.assertEqual([(each["sink"], each["error"] is None) for each in report["sent"]],
                         [("textfile", True), ("wavefront", False), ("otlp", True)])
        self.assertTrue((cloud.home / "keys.prom").exists())


class Textfile(Metrics):
    def test_is_replaced_whole_and_readable_for_node_exporter(self):
        cloud = self.cloud()
        file = cloud.home / "keys.prom"
        run = self.ends(cloud.run("metrics", "--textfile", str(file)), 0)
        self.assertEqual(file.stat().st_mode & 0o777, 0o644)
        first = file.stat().st_ino
        self.assertTrue(series(file.read_text()), run)
        spare = cloud.spare()
        self.ends(cloud.run("metrics", "--textfile", "keys.prom"), 0)
        self.assertIn(spare, file.read_text())
        self.assertNotEqual(file.stat().st_ino, first)
        self.assertEqual([each.name for each in cloud.home.iterdir() if "keys.prom" in each.name], ["keys.prom"])

    def test_what_cannot_be_written_is_refused_before_anything_is_read(self):
        cloud = self.cloud()
        cloud.write("file", "")
        (cloud.home / "there.prom").mkdir()
        for path, word in (("no/such/keys.prom", "no directory"), ("file/keys.prom", "no directory"),
                           ("keys.txt", ".prom"), ("there.prom", "")):
            with self.subTest(path=path):
                self.three_parts(cloud.run("metrics", "--textfile", path), 2, "usage", "cannot go to", word)
        run = self.three_parts(cloud.run("metrics", "--textfile", ""), 2, "usage", "--textfile is empty", "PATH.prom")
        self.assertNotIn("filesystem", run.err)
        self.assertEqual(cloud.calls("ListUsers"), [])

    def test_a_directory_that_anybody_may_write_to_is_refused_before_anything_is_read(self):
        cloud = self.cloud()
        (cloud.home / "d").mkdir()
        (cloud.home / "d").chmod(0o777)
        self.three_parts(cloud.run("metrics", "--textfile", "d/keys.prom"), 2, "usage", "anybody may write")
        self.configured(cloud, "  textfile: ~/d/keys.prom\n")
        self.three_parts(cloud.run("metrics", "--push"), 2, "usage", "anybody may write")
        self.assertEqual(cloud.calls("ListUsers"), [])
        self.assertEqual(list((cloud.home / "d").iterdir()), [])
        (cloud.home / "d").chmod(0o1777)
        self.ends(cloud.run("metrics", "--textfile", "d/keys.prom"), 0)

    @unittest.skipIf(os.geteuid() == 0, "root writes everywhere")
    def test_a_directory_that_may_not_be_written(self):
        cloud = self.cloud()
        (cloud.home / "d").mkdir(mode=0o500)
        self.three_parts(cloud.run("metrics", "--textfile", "d/keys.prom"), 2, "usage", "Permission denied")


class Words(Metrics):
    def test_that_make_no_sense_together_are_refused(self):
        cloud = self.cloud()
        self.three_parts(cloud.run("metrics", "--push"), 2, "usage", "nowhere to send to")
        self.error(cloud.run("metrics", "--json"), 2, "usage", "otlp-json")
        self.three_parts(cloud.run("metrics", "--format", "wavefront", "--textfile", "a.prom"), 2, "usage", "node-exporter")
        self.three_parts(cloud.run("metrics", "--format", "graphite"), 2, "usage", "graphite")
        self.three_parts(cloud.run("metrics", "nosuch"), 2, "usage", "nosuch")
        self.three_parts(cloud.run("metrics", "sim/app"), 2, "usage", "no account", "keybaton metrics sim")
        self.three_parts(cloud.run("metrics", ""), 2, "usage", "no ")
        self.assertEqual(cloud.calls("ListUsers"), [])

    def test_a_format_chooses_among_the_places(self):
        cloud, sink = self.pushing()
        self.three_parts(cloud.run("metrics", "--push", "--format", "otlp-json"), 2, "usage", "takes otlp-json")
        self.assertEqual(sink.requests, [])


class TheParser(unittest.TestCase):
    def test_refuses_what_wavefront_refuses(self):
        good = 'a.b 1 1750000000 source="s" k="v"'
        self.assertEqual(wavefront_line(good), ("a.b", 1, 1750000000, "s", {"k": "v"}))
        self.assertEqual(wavefront_line(r'a 1 source="s" k="q\"x"')[4], {"k": 'q"x'})
        for bad in ('a/b 1 source="s"', 'a x source="s"', 'a 1 source=""', 'a 1 source="s" k=""', 'a 1 source="s" k="v\\"',
                    'a 1 source="s" k="v', 'a 1 k="v"', 'a 1 source="s" k="v" k="w"', 'a 1 source="s" k="\t"',
                    'a 1 source="s" k="' + "x" * 254 + '"', 'a 1 source="s"  k="v"', 'a 1 source="s" k=v'):
            with self.subTest(bad=bad), self.assertRaises(BadLine):
                wavefront_line(bad)


if __name__ == "__main__":
    main()

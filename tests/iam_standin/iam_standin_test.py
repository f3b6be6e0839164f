"""The stand-in as a client sees it: nothing left out, refusals counted, replies as late as they were ordered.

    iam_standin_test.py PATH/TO/iam_standin
"""
import base64
import csv
import http.client
import io
import json
import signal
import socket
import subprocess
import sys
import threading
import time
import unittest
import urllib.parse
import xml.etree.ElementTree

PROGRAM = ""
NOW = 1_800_000_000


class StandIn:
    def __init__(self, *words):
        self.child = subprocess.Popen([PROGRAM, "--now", str(NOW), *map(str, words)], stdout=subprocess.PIPE, text=True)
        self.port = int(self.child.stdout.readline())
        self.line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)

    def ask(self, action, line=None, **values):
        line = line or self.line
        line.request("POST", "/", urllib.parse.urlencode({"Action": action, **values}),
                     {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"})
        reply = line.getresponse()
        return reply.status, reply.read().decode()

    def tree(self, action, **values):
        status, text = self.ask(action, **values)
        assert status == 200, text
        return [(each.tag.split("}")[1], each.text) for each in xml.etree.ElementTree.fromstring(text).iter()]

    def rpc(self, action, **values):
        self.line.request("POST", "/?" + urllib.parse.urlencode(values), headers={"x-acs-action": action})
        reply = self.line.getresponse()
        return reply.status, json.loads(reply.read())

    def get(self, path):
        self.line.request("GET", path)
        return self.line.getresponse().read().decode()

    def stop(self):
        self.line.close()
        self.child.send_signal(signal.SIGTERM)
        counts = json.loads(self.child.communicate(timeout=20)[0])
        assert self.child.returncode == 0
        return counts


class StandInTest(unittest.TestCase):
    def stand_in(self, *words):
        self.server = StandIn(*words)
        self.addCleanup(self.server.child.kill)
        self.addCleanup(self.server.child.stdout.close)
        self.addCleanup(self.server.line.close)
        return self.server

    def every_user(self, most=1000):
        users, marker, pages = [], {}, 0
        while True:
            found = self.server.tree("ListUsers", MaxItems=most, **marker)
            users += [text for name, text in found if name == "UserName"]
            pages += 1
            if dict(found)["IsTruncated"] == "false":
                return users, pages
            marker = {"Marker": dict(found)["Marker"]}

    def test_no_user_is_left_out_at_the_edges_of_a_page(self):
        for users, pages in ((0, 1), (1, 1), (999, 1), (1000, 1), (1001, 2), (5000, 5)):
            self.stand_in("--users", users)
            found, seen = self.every_user()
            self.assertEqual(found, [f"user-{at:06d}" for at in range(users)])
            self.assertEqual(seen, pages)
            self.server.stop()

    def test_a_scan_finds_what_the_list_of_all_keys_says(self):
        self.stand_in("--users", 60, "--keys-per-user", "mixed", "--offenders", 0.5)
        rows = []
        for user in self.every_user(7)[0]:
            listed = self.server.tree("ListAccessKeys", UserName=user)
            for at, (name, key) in enumerate(listed):
                if name != "AccessKeyId":
                    continue
                used = dict(self.server.tree("GetAccessKeyLastUsed", AccessKeyId=key))
                self.assertEqual(used["UserName"], user)
                self.assertEqual(used["ServiceName"] == "N/A", "LastUsedDate" not in used)
                rows.append("\t".join([user, key, listed[at + 1][1], listed[at + 2][1], used.get("LastUsedDate", "-")]))
        self.assertEqual(rows, self.server.get("/keys").splitlines())
        self.assertEqual(len(rows), 60)
        counts = self.server.stop()
        self.assertEqual((counts["users_asked"], counts["keys_asked"]), (60, 60))
        self.assertEqual(counts["actions"], {"ListUsers": 9, "ListAccessKeys": 60, "GetAccessKeyLastUsed": 60})

    def test_the_other_cloud_says_the_same(self):
        self.stand_in("--users", 3)
        self.assertEqual(self.server.rpc("GetCallerIdentity")[1]["AccountId"], "1234567890123456")
        first = self.server.rpc("ListUsers", MaxItems=2)[1]
        second = self.server.rpc("ListUsers", MaxItems=2, Marker=first["Marker"])[1]
        self.assertEqual((first["IsTruncated"], second["IsTruncated"]), (True, False))
        rows = []
        for user in first["Users"]["User"] + second["Users"]["User"]:
            name = user["UserName"]
            for key in self.server.rpc("ListAccessKeys", UserName=name)[1]["AccessKeys"]["AccessKey"]:
                used = self.server.rpc("GetAccessKeyLastUsed", UserName=name, UserAccessKeyId=key["AccessKeyId"])[1]
                rows.append("\t".join([name, key["AccessKeyId"], key["Status"], key["CreateDate"],
                                       used["AccessKeyLastUsed"]["LastUsedDate"] or "-"]))
        self.assertEqual(rows, self.server.get("/keys/alibaba").splitlines())
        self.assertEqual(self.server.rpc("ListAccessKeys", UserName="nobody")[1]["Code"], "EntityNotExist.User")

    def test_the_bucket_refuses_what_is_beyond_it(self):
        self.stand_in("--users", 1, "--rate", 0.001, "--burst", 20)
        replies = [self.server.ask("GetCallerIdentity") for _ in range(30)]
        self.assertEqual([status for status, _ in replies], [200] * 20 + [400] * 10)
        self.assertIn("<Code>Throttling</Code><Message>Rate exceeded</Message>", replies[-1][1])
        counts = self.server.stop()
        self.assertEqual((counts["requests"], counts["refused"]), (30, 10))

    def test_the_bucket_fills_at_its_rate(self):
        self.stand_in("--rate", 100, "--burst", 1)
        start, served = time.monotonic(), 0
        while time.monotonic() - start < 1:
            served += self.server.ask("GetCallerIdentity")[0] == 200
        self.assertLessEqual(served, 1 + 100 * (time.monotonic() - start))
        self.assertGreater(served, 50)

    def test_a_late_reply_holds_off_nobody(self):
        self.stand_in("--latency-ms", 200)

        def ask():
            line = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=20)
            self.server.ask("GetCallerIdentity", line)
            line.close()

        threads = [threading.Thread(target=ask) for _ in range(32)]
        start = time.monotonic()
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        spent = time.monotonic() - start
        self.assertGreaterEqual(spent, 0.2)
        self.assertLess(spent, 3.2)  # one after the other it is 6.4
        self.assertGreater(self.server.stop()["max_in_flight"], 1)

    def test_replies_to_one_line_keep_their_order(self):
        self.stand_in("--users", 50, "--latency-ms", 5)
        asked = "".join(f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n{body}" for body in
                        (f"Action=ListAccessKeys&UserName=user-{at:06d}" for at in range(50)))
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=20) as line:
            line.sendall(asked[:100].encode())
            time.sleep(0.02)  # a request that comes in two pieces
            line.sendall(asked[100:].encode())
            told = b""
            while told.count(b"</ListAccessKeysResponse>") < 50 and (piece := line.recv(65536)):
                told += piece
        places = [told.find(f"<UserName>user-{at:06d}".encode()) for at in range(50)]
        self.assertEqual(places, sorted(places))
        self.assertGreaterEqual(places[0], 0)

    def test_faults_come_as_ordered_and_are_counted(self):
        self.stand_in("--drop-every", 5, "--error-every", 3)
        seen = []
        for _ in range(15):
            line = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=20)
            try:
                seen.append(self.server.ask("GetCallerIdentity", line)[0])
            except (http.client.RemoteDisconnected, ConnectionResetError):
                seen.append(0)
            line.close()
        self.assertEqual(seen, [200, 200, 500, 200, 0, 503, 200, 200, 500, 0, 200, 503, 200, 200, 0])
        counts = self.server.stop()
        self.assertEqual((counts["dropped"], counts["errors"]), (3, 4))

    def test_a_user_can_vanish_in_mid_scan(self):
        self.stand_in("--users", 4, "--vanish-every", 4)
        self.assertEqual(len(self.every_user()[0]), 4)
        status, text = self.server.ask("ListAccessKeys", UserName="user-000003")
        self.assertEqual((status, "<Code>NoSuchEntity</Code>" in text), (404, True))
        self.assertNotIn("user-000003", self.server.get("/keys"))

    def test_the_report_says_of_each_user_what_the_keys_say(self):
        self.stand_in("--users", 40, "--keys-per-user", "mixed", "--offenders", 0.3)
        self.assertEqual(self.server.ask("GetCredentialReport")[0], 410)
        self.assertEqual(dict(self.server.tree("GenerateCredentialReport"))["State"], "STARTED")
        self.assertEqual(dict(self.server.tree("GenerateCredentialReport"))["State"], "COMPLETE")
        plain = base64.b64decode(dict(self.server.tree("GetCredentialReport"))["Content"]).decode()
        rows = list(csv.DictReader(io.StringIO(plain)))
        self.assertEqual(rows[0]["user"], "<root_account>")
        self.assertTrue(all(None not in row and None not in row.values() for row in rows))
        told = [(row["user"], row[f"access_key_{at}_last_rotated"], row[f"access_key_{at}_last_used_date"])
                for row in rows[1:] for at in (1, 2) if row[f"access_key_{at}_last_rotated"] != "N/A"]
        keys = (line.split("\t") for line in self.server.get("/keys").splitlines())
        self.assertEqual(told, [(user, made, "N/A" if used == "-" else used) for user, _, _, made, used in keys])

    def test_as_many_users_offend_as_the_fraction_says(self):
        limit = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(NOW - 90 * 86400))
        for fraction, users in ((0, 0), (0.1, 20), (1, 200)):
            self.stand_in("--users", 200, "--offenders", fraction)
            keys = [line.split("\t") for line in self.server.get("/keys").splitlines()]
            self.assertEqual(len({user for user, _, _, made, used in keys if (used if used != "-" else made) < limit}), users)
            self.assertTrue(all(used == "-" or used >= made for _, _, _, made, used in keys))
            self.server.stop()

    def test_a_bad_marker_or_size_is_refused(self):
        self.stand_in("--users", 5)
        for values in ({"Marker": "5"}, {"MaxItems": 0}, {"MaxItems": 1001}, {"MaxItems": "x"}):
            self.assertEqual(self.server.ask("ListUsers", **values)[0], 400)


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main()

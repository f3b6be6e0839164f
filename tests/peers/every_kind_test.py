"""Rotations through one location of every kind at once, and back: real files, git, gpg and moto, and strict stand-ins
for the servers that cannot be had here. Of AWS with all of its own stores, and of Alibaba Cloud with its own."""
import json
import os
import subprocess
import time
import urllib.request

from moto_peer import REGION, WINDOWS, Peer, PeerCase, main

import every_place
from clouds import ALIBABA
from every_place import ANYWHERE, Maker, Place, Stores, shape
from harness import FAST, House


class Everywhere:
    """A house whose application's key stands in a place of every kind. `here`: what its cloud alone has."""

    def spread(self, target, account, policy, here):
        self.target, self.stores = target, Stores(self.pairs["app"])
        self.maker = Maker(self, self.pairs["app"], self.stores)
        self.places = [make(self.maker) for make in (*ANYWHERE, *here)]
        self.write(".config/keybaton/config.yaml", f"""\
accounts:
  {target.split("/")[0]}: {account}
policy: {policy}
targets:
  {target}:
    cadence: 0s
    locations:
{self.maker.panel().line}{''.join(place.line for place in self.places)}""")

    def texts(self):
        return {place.name: place.text() for place in self.places}

    def types(self):
        return {"manual"} | {place.type for place in self.places}

    def close_stores(self):
        """What they were asked that no careful client asks."""
        self.stores.close()
        return self.stores.odd


class OnAws(Peer, Everywhere):
    def config(self, policy=WINDOWS):
        key, secret = self.pairs["app"]
        self.sm = self.cloud.client("secretsmanager", *self.pairs["admin"])
        self.ssm = self.cloud.client("ssm", *self.pairs["admin"])
        self.sm.create_secret(Name="app", SecretString=f'{{"n": 1.50,  "secret": "{secret}", "id":"{key}"}}',
                              KmsKeyId="alias/app", Description="theirs", Tags=[{"Key": "team", "Value": "ops"}])
        self.ssm.put_parameter(Name="/app/id", Value=key, Type="String", Tier="Advanced", Description="whose key")
        self.ssm.put_parameter(Name="/app/secret", Value=secret, Type="SecureString", KeyId="alias/app",
                               Tier="Advanced")
        services = ("iam", "sts", "secretsmanager", "ssm", "cloudtrail")
        endpoints = ", ".join(f'{name}: "{self.cloud.url}"' for name in services)
        profile = Place("profile", "aws-credentials-file", "path: ~/.aws/credentials, profile: app, canary: true",
                        (self.home / ".aws/credentials").read_text)
        sm = Place("sm", "aws-secrets-manager", "secret: app, id: id, value: secret", self.secret)
        ssm = Place("ssm", "aws-ssm", "id: /app/id, value: /app/secret", self.parameters)
        self.spread("moto/app", f"{{profile: admin, region: {REGION}, endpoints: {{{endpoints}}}}}", policy,
                    [*(lambda _, place=place: place for place in (sm, ssm, profile)), Maker.mail])

    def text(self, path):
        return (self.home / path).read_text()

    def secret(self):
        about = self.sm.describe_secret(SecretId="app")
        now = self.sm.get_secret_value(SecretId="app", VersionStage="AWSCURRENT")
        return json.dumps([now["SecretString"], {name: about[name] for name in ("KmsKeyId", "Description", "Tags")}])

    def parameters(self):
        kept = ("Value", "Type", "KeyId", "Tier", "DataType", "Description")
        newest = [self.ssm.get_parameter_history(Name=name, WithDecryption=True)["Parameters"][-1]
                  for name in ("/app/id", "/app/secret")]
        return json.dumps([{name: one.get(name) for name in kept} for one in newest])

    def close(self):
        self.close_stores()
        super().close()


class OnAlibaba(House, Everywhere):
    """Not a harness.Cloud, which is of one kind of cloud for a whole process."""

    def __init__(self):
        super().__init__()
        self.pairs = {user: (ALIBABA.key(user.upper()), ALIBABA.secret(user)) for user in ("admin", "app")}
        self.server = subprocess.Popen([os.environ["SIMULATED_CLOUD"], "--port-file", str(self.home / "port")],
                                       stdout=subprocess.DEVNULL, env=self.env)
        while not (self.home / "port").exists():
            time.sleep(0.05)
        self.url = f"http://127.0.0.1:{self.text('port').strip()}"
        state = ALIBABA.seed([{"name": user, "id": ALIBABA.user_ids[user], "created_days_ago": 400,
                               "keys": [{"id": pair[0], "secret": pair[1], "created_days_ago": 120}]}
                              for user, pair in self.pairs.items()])
        state["accounts"][0]["secrets"] = every_place.kms_secrets(self.pairs["app"])
        self.control("POST", "seed", state)
        self.write(ALIBABA.file, ALIBABA.credentials(self.pairs))
        profile = Place("profile", ALIBABA.file_type, f"path: ~/{ALIBABA.file}, profile: app, canary: true",
                        (self.home / ALIBABA.file).read_text)
        self.spread("hk/app", ALIBABA.account_entry(self.url), FAST, [Maker.kms, lambda _: profile])

    def text(self, path):
        return (self.home / path).read_text()

    def control(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/_control/{path}", method=method, data=data)
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10) as answer:
            return json.loads(answer.read() or b"{}")

    def keys(self):
        users = self.control("GET", "state")["accounts"][0]["users"]
        (app,) = [user for user in users if user["name"] == "app"]
        return {key["id"]: key["status"] for key in app["keys"]}

    def close_stores(self):
        log = self.control("GET", "log")
        refused = {f'{entry["action"]}: {entry["code"]}' for entry in log if entry["status"] != 200}
        return super().close_stores() + " ".join(refused)

    def close(self):
        self.close_stores()
        self.server.terminate()
        self.server.wait(10)
        super().close()


class EveryKind(PeerCase):
    def go(self, at, code, *words):
        run = at.run(*words, "--json", timeout=300)
        self.assertEqual(run.code, code, run)
        return run.json

    def all_hold(self, at, pair, begin):
        """Every place has this pair where the old one was, and to the last byte nothing else has changed."""
        now = {name: shape(text, pair) for name, text in at.texts().items()}
        self.assertEqual(now, {name: shape(text, at.pairs["app"]) for name, text in begin.items()})
        for name, text in now.items():
            self.assertIn("<ID>", text, name)
            self.assertRegex(text, "<SECRET>|<PASSWORD>", name)

    def states(self, said):
        return {each["name"]: each["state"] for each in said["locations"]}

    def revealed(self, at, name):
        self.go(at, 0, "reveal", at.target, "panel", "--secret-file", name)
        return at.text(name).strip()

    def there(self, at, begin):
        """All that needs nobody is written; one place waits for a person and one for a review. The new pair."""
        said = self.go(at, 4, "rotate", at.target, "--yes", "--through", "deploy")
        states = self.states(said)
        self.assertEqual(states.pop("panel"), "manual")
        self.assertEqual(states.pop("reviewed"), "proposed")
        self.assertEqual(set(states.values()), {"written"})
        self.assertEqual(said["next"]["needs"], ["manual"])
        new_secret = self.revealed(at, "panel.new")
        self.go(at, 0, "confirm", at.target, "panel", "--note", "version 2 is live")
        self.assertEqual(self.go(at, 3, "resume", "--yes", "--through", "deploy")["next"]["needs"], ["wait"])
        at.maker.merge()
        said = self.go(at, 0, "resume", "--yes", "--through", "deploy")
        self.assertEqual(said["state"], "deployed")
        new = (said["new_key"], new_secret)
        self.all_hold(at, new, begin)
        self.assertEqual(at.stores.say()["rollouts"], 1)
        return new

    def back(self, at, new, begin):
        """The old key is Active throughout, so that both work until the last place is restored."""
        old = at.pairs["app"]
        said = self.go(at, 4, "rollback", "--yes", "--reason", "a rehearsal")
        self.assertEqual(self.states(said)["panel"], "manual")
        self.assertEqual(at.keys(), {old[0]: "Active", new[0]: "Active"})
        self.assertEqual(self.revealed(at, "panel.old"), old[1])
        self.go(at, 0, "confirm", at.target, "panel", "--note", "back at version 1")
        self.go(at, 3, "resume", "--yes")
        at.maker.merge()
        said = self.go(at, 0, "resume", "--yes", "--wait")
        self.assertEqual(said["state"], "rolled_back")
        self.all_hold(at, old, begin)
        self.assertEqual(at.stores.say()["rollouts"], 2)
        self.assertEqual(at.keys(), {old[0]: "Active"})

    def canary_came_first(self, at):
        lines = at.run("history", "--limit", "0", "--json").out.splitlines()
        intents = [record for record in map(json.loads, lines) if record["kind"] == "intent"]
        written = [record["location"] for record in intents if record.get("location")]
        self.assertEqual(written[0], "profile", written)

    def there_and_back(self, at):
        self.addCleanup(at.close)
        begin = at.texts()
        self.all_hold(at, at.pairs["app"], begin)
        plan = self.go(at, 0, "plan", at.target)
        self.assertEqual([each["name"] for each in plan["locations"] if not each["restorable"]], ["panel"])
        new = self.there(at, begin)
        self.canary_came_first(at)
        self.back(at, new, begin)
        self.assertTrue(self.go(at, 0, "history", "verify")["ok"])
        self.assertEqual(at.close_stores(), "", "a stand-in was asked something odd")
        return at.types()

    def test_a_rotation_reaches_every_kind_of_place_and_its_rollback_puts_all_of_them_back(self):
        reached = self.there_and_back(OnAws(self.moto)) | self.there_and_back(OnAlibaba())
        self.assertEqual(reached, every_place.kinds(self.house()), "a kind that no place here is of")

    def test_the_stores_were_asked_nothing_odd(self):
        at = OnAws(self.moto)
        self.addCleanup(at.close)
        self.go(at, 4, "rotate", "moto/app", "--yes", "--through", "deploy")
        self.go(at, 3, "rollback", "--yes", "--reason", "enough")  # nobody was shown the pair for the panel
        self.assertEqual(at.close_stores(), "")


if __name__ == "__main__":
    main()

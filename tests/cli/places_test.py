"""What a person does for places: reveal and confirm, locations add, adopt, and stops on the way."""
import base64
import json
import pathlib
import shutil
import subprocess
import time
import unittest

from clouds import KIND
from harness import KEYBATON, OLD, OLD_SECRET, Case, main

EYAML = pathlib.Path(__file__).parent.parent / "secrets_adapters/data/eyaml"
PANEL = "      - {name: panel, type: manual, instructions: Third party → S3 logging}\n"


class ByHand(Case):
    def start(self):
        cloud = self.cloud()
        cloud.config(extra=PANEL)
        return cloud

    def test_the_deploy_waits_for_a_person_who_is_told_how(self):
        cloud = self.start()
        run = cloud.run("rotate", "sim/app", "--yes", "--through", "deploy")
        self.three_parts(run, 4, "needs_operator", "Third party → S3 logging", "keybaton reveal sim/app panel",
                         "keybaton confirm sim/app panel --note TEXT")
        shown = cloud.run("status", "sim/app", "--json").json
        self.assertEqual(shown["next"]["needs"], ["manual"])
        self.assertEqual(shown["next"]["command"], "keybaton reveal sim/app panel")
        self.assertEqual([each["state"] for each in shown["locations"]], ["written", "written", "manual"])
        self.assertIsNone(shown["attention"])
        said = cloud.run("confirm", "sim/app", "panel", "--note", "ticket 4711")
        self.ends(said, 0)
        self.assertIn("panel holds " + cloud.new_key(), said.out)
        self.ends(cloud.run("resume", "--yes", "--through", "deploy"), 0)
        lines = [json.loads(line) for line in cloud.run("history", "--json").out.splitlines()]
        (word,) = [line for line in lines if line["detail"].get("what") == "confirm"]
        self.assertEqual((word["location"], word["detail"]["note"]), ("panel", "ticket 4711"))
        self.assertIn("@", word["actor"])

    def test_the_secret_goes_to_a_private_file_and_the_record_of_it_comes_first(self):
        cloud = self.start()
        cloud.run("rotate", "sim/app", "--yes", "--through", "deploy")
        said = self.ends(cloud.run("reveal", "sim/app", "panel", "--secret-file", "new.secret", "--json"), 0).json
        self.assertEqual(said["key"], cloud.new_key())
        file = cloud.home / "new.secret"
        self.assertEqual(file.stat().st_mode & 0o777, 0o600)
        held = dict(line.split("=", 1) for line in (cloud.home / "app.env").read_text().splitlines() if "=" in line)
        self.assertEqual(file.read_text().strip(), held[KIND.env_secret].strip("'\""))
        self.assertIn("the pair was shown", cloud.run("history", "--text", "shown").out + cloud.run("history").out)
        again = cloud.run("reveal", "sim/app", "panel", "--secret-file", "new.secret")
        self.three_parts(again, 2, "usage", "new.secret")
        # Without a terminal nothing is shown, and the journal says nothing of it.
        before = cloud.run("history", "--json", "--limit", "0").out
        self.three_parts(cloud.run("reveal", "sim/app", "panel"), 2, "usage", "--secret-file")
        self.assertEqual(cloud.run("history", "--json", "--limit", "0").out, before)

    def test_words_that_would_mean_nothing_are_refused(self):
        cloud = self.start()
        self.three_parts(cloud.run("confirm", "sim/app", "panel", "--note", "x"), 2, "usage")
        cloud.run("rotate", "sim/app", "--yes", "--through", "create")
        self.three_parts(cloud.run("confirm", "sim/app", "panel", "--note", "too early"), 4, "needs_operator", "no new key yet")
        cloud.run("resume", "--yes", "--through", "deploy")
        self.three_parts(cloud.run("confirm", "sim/app", "laptop", "--note", "x"), 4, "needs_operator", "keybaton writes it itself")
        self.three_parts(cloud.run("confirm", "sim/app", "nowhere", "--note", "x"), 4, "needs_operator", "nowhere")
        self.three_parts(cloud.run("confirm", "sim/app", "panel"), 2, "usage", "--note")

    def test_going_back_asks_for_the_old_pair_and_keeps_both_keys_active_until_then(self):
        cloud = self.start()
        cloud.run("rotate", "sim/app", "--yes", "--through", "deploy")
        cloud.run("confirm", "sim/app", "panel", "--note", "there")
        self.ends(cloud.run("resume", "--yes", "--through", "deploy"), 0)
        new = cloud.new_key()
        run = cloud.run("rollback", "--yes", "--reason", "test")
        self.three_parts(run, 4, "needs_operator", OLD, "panel")
        self.assertEqual(cloud.keys(), {OLD: "Active", new: "Active"})
        self.ends(cloud.run("reveal", "sim/app", "panel", "--secret-file", "old.secret"), 0)
        self.assertEqual((cloud.home / "old.secret").read_text().strip(), OLD_SECRET)
        self.ends(cloud.run("confirm", "sim/app", "panel", "--note", "back"), 0)
        done = cloud.run("resume", "--yes", "--wait", "--json")
        self.assertEqual(self.ends(done, 0).json["state"], "rolled_back")
        self.assertEqual(list(cloud.keys()), [OLD])


class Doctor(Case):
    def test_a_place_of_a_persons_is_no_place_without_a_key(self):
        cloud = self.cloud()
        cloud.config(extra=PANEL)
        checks = {each["name"]: each for each in cloud.run("doctor", "--json").json["checks"]}
        panel = checks["location panel of sim/app"]
        self.assertTrue(panel["ok"], panel)
        self.assertIn("by hand", panel["detail"])


class Consents(Case):
    def test_every_word_that_names_a_place_is_known(self):
        cloud = self.cloud()
        cloud.to_deployed()
        for word in ("waive_location:laptop", "overwrite_location:laptop"):
            run = cloud.run("resume", "sim/app", "--yes", "--accept", word, "--json")
            self.assertNotIn("knows no", run.out + run.err)
        self.three_parts(cloud.run("resume", "sim/app", "--accept", "overwrite:laptop"), 2, "usage", "overwrite_location:NAME")


class Again(Case):
    def test_an_optional_place_that_failed_is_tried_once_more_by_its_name_after_the_deploy(self):
        cloud = self.cloud()
        cloud.config(extra="      - " + cloud.env_location("batch", "~/away/batch.env")[:-1] + ", optional: true}\n")
        file = cloud.write("away/batch.env", KIND.env_file(OLD, OLD_SECRET))
        self.ends(cloud.run("rotate", "sim/app", "--yes", "--through", "create"), 0)
        file.parent.rename(cloud.home / "gone")
        self.ends(cloud.run("resume", "sim/app", "--yes", "--through", "deploy"), 0)
        (cloud.home / "gone").rename(file.parent)
        self.ends(cloud.run("resume", "sim/app", "--yes", "--through", "deploy", "--location", "batch"), 0)
        self.assertIn(cloud.new_key(), file.read_text())


class Retire(Case):
    def test_looks_into_encrypted_values_again_before_the_key_goes(self):
        if not shutil.which("openssl"):  # it only plays the one who wrote the file; nothing here depends on the version
            self.skipTest("no openssl to encrypt with")
        cloud = self.cloud()
        spare = cloud.spare()
        (cloud.home / "hiera").mkdir()
        shutil.copytree(EYAML, cloud.home / "hiera/keys")
        config = cloud.home / ".config/keybaton/config.yaml"
        config.write_text(config.read_text() + "search_paths: [~/hiera]\n")
        words = ("retire", "sim/app", "--key", spare, "--yes", "--wait")
        self.ends(cloud.run(*words, "--through", "deactivate"), 0)
        der = subprocess.run(["openssl", "smime", "-encrypt", "-binary", "-aes-256-cbc", "-outform", "DER",
                              str(EYAML / "public_key.pkcs7.pem")], input=spare.encode(), capture_output=True, check=True).stdout
        cloud.write("hiera/app.yaml", f"id: ENC[PKCS7,{base64.b64encode(der).decode()}]\n")
        self.three_parts(cloud.run(*words), 4, "needs_operator", "hiera")
        self.assertEqual(cloud.keys()[spare], "Inactive")


class LocationsAdd(Case):
    def test_a_forgotten_place_joins_and_is_given_the_new_key(self):
        cloud = self.cloud()
        new = cloud.to_deployed()
        cloud.write("batch.env", KIND.env_file(OLD, OLD_SECRET))
        self.three_parts(cloud.run("locations", "add", "sim/app"), 2, "usage", "no location that this rotation does not have")
        cloud.config(extra="      - " + cloud.env_location("batch", "~/batch.env") + "\n")
        self.three_parts(cloud.run("locations", "add", "sim/app", "laptop"), 2, "usage", "belongs to this rotation already")
        self.three_parts(cloud.run("locations", "add", "sim/app", "bach"), 2, "usage", "bach")
        said = self.ends(cloud.run("locations", "add", "sim/app", "--json"), 0).json
        self.assertEqual([each["name"] for each in said["locations"]], ["laptop", "service", "batch"])
        self.assertEqual(said["locations"][2]["holds"], OLD)
        self.ends(cloud.run("resume", "--yes", "--through", "deploy"), 0)
        self.assertIn(new, (cloud.home / "batch.env").read_text())
        self.assertTrue(cloud.run("history", "verify", "--json").json["ok"])

    def test_a_place_with_another_key_is_not_taken(self):
        cloud = self.cloud()
        cloud.to_deployed()
        other = KIND.key("OTHR")
        cloud.write("batch.env", KIND.env_file(other, OLD_SECRET))
        cloud.config(extra="      - " + cloud.env_location("batch", "~/batch.env") + "\n")
        self.three_parts(cloud.run("locations", "add", "sim/app"), 4, "needs_operator", other, OLD)

    def test_once_the_old_key_is_off_it_comes_too_late(self):
        cloud = self.cloud()
        new = cloud.to_deployed()
        cloud.used(new)
        self.ends(cloud.run("resume", "--yes", "--wait", "--through", "deactivate"), 0)
        cloud.write("batch.env", KIND.env_file(OLD, OLD_SECRET))
        cloud.config(extra="      - " + cloud.env_location("batch", "~/batch.env") + "\n")
        self.three_parts(cloud.run("locations", "add", "sim/app"), 4, "needs_operator", "keybaton rollback sim/app")


    # Once the old key is off, a place that holds it needs it back more than it needs the new one.
    def test_while_nobody_knows_whether_the_old_key_is_off_nothing_joins(self):
        cloud = self.cloud()
        cloud.used(cloud.to_deployed())
        cloud.fault(fault="slow_after", action="UpdateAccessKey", wait_ms=20000)
        process = subprocess.Popen([KEYBATON, "resume", "sim/app", "--yes"], env=cloud.env, cwd=cloud.home,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until = time.monotonic() + 20
        while cloud.keys()[OLD] == "Active" and time.monotonic() < until:
            time.sleep(0.05)
        process.kill()
        process.wait()
        cloud.write("batch.env", KIND.env_file(OLD, OLD_SECRET))
        cloud.config(extra="      - " + cloud.env_location("batch", "~/batch.env") + "\n")
        self.three_parts(cloud.run("locations", "add", "sim/app"), 4, "needs_operator", "has to be settled first",
                         "keybaton resume sim/app")


class Adopt(Case):
    def half_done(self):
        """Somebody made a second key by hand and put it into one of two places."""
        cloud = self.cloud()
        spare = cloud.play({"do": "create_key", "account": KIND.account, "user": "app"})[0]
        cloud.write("app.env", f"# the app\n{KIND.env_file(spare['id'], spare['secret'])}PORT=80\n")
        return cloud, spare

    def test_a_rotation_begun_by_hand_is_brought_to_its_end(self):
        cloud, spare = self.half_done()
        self.three_parts(cloud.run("rotate", "sim/app", "--yes"), 4, "needs_operator", spare["id"])
        dry = self.ends(cloud.run("adopt", "sim/app", "--old", OLD, "--new", spare["id"], "--yes", "--dry-run"), 0)
        self.assertIn(f"would write {spare['id']} to laptop", dry.out + dry.err)
        self.assertFalse(cloud.run("status", "--json").json["rotations"])
        said = cloud.run("adopt", "sim/app", "--old", OLD, "--new", spare["id"], "--yes", "--through", "deploy", "--json")
        self.assertEqual(self.ends(said, 0).json["state"], "deployed")
        self.assertEqual(said.json["new_key"], spare["id"])
        self.assertIn(spare["id"], cloud.credentials.read_text())
        cloud.used(spare["id"])
        done = cloud.run("resume", "--yes", "--wait", "--json")
        self.assertEqual(self.ends(done, 0).json["state"], "completed")
        self.assertEqual(list(cloud.keys()), [spare["id"]])
        self.assertTrue(cloud.run("history", "verify", "--json").json["ok"])

    def test_it_can_be_taken_back_in_every_place(self):
        cloud, spare = self.half_done()
        self.ends(cloud.run("adopt", "sim/app", "--old", OLD, "--new", spare["id"], "--yes", "--through", "deploy"), 0)
        done = cloud.run("rollback", "--yes", "--reason", "test", "--json")
        self.assertEqual(self.ends(done, 0).json["state"], "rolled_back")
        self.assertIn(OLD, (cloud.home / "app.env").read_text())
        self.assertIn(OLD, cloud.credentials.read_text())
        self.assertEqual(list(cloud.keys()), [OLD])

    def test_it_is_refused_without_the_secret_or_with_keys_that_do_not_fit(self):
        cloud = self.cloud()
        spare = cloud.spare()
        run = cloud.run("adopt", "sim/app", "--old", OLD, "--new", spare, "--yes")
        self.three_parts(run, 4, "needs_operator", "nobody here has its secret", f"keybaton retire sim/app --key {spare}")
        self.three_parts(cloud.run("adopt", "sim/app", "--old", OLD, "--new", OLD, "--yes"), 2, "usage")
        self.three_parts(cloud.run("adopt", "sim/app", "--old", OLD, "--new", KIND.key("NONE"), "--yes"), 2, "usage")
        self.three_parts(cloud.run("adopt", "sim/app", "--old", OLD), 2, "usage", "--new")
        self.assertEqual(set(cloud.keys().values()), {"Active"})


if __name__ == "__main__":
    main()

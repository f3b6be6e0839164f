"""find: where a key is used, who used it, and how what was found becomes part of a target."""
import os
import pathlib
import time
import unittest

from clouds import KIND
from harness import ACCOUNT, ADMIN, ADMIN_SECRET, OLD, OLD_SECRET, STATE, Case, main

STRANGER = KIND.key("ANOTHER")
EYAML = pathlib.Path(__file__).parent.parent / "secrets_adapters/data/eyaml"


class Find(Case):
    def places(self, run):
        return {(each["path"] or "", each["line"], each["location"]) for each in run.json["places"]}

    def with_notes(self, **files):
        cloud = self.cloud()
        cloud.config(extra="search_paths: [~/notes]\n")
        cloud.write("notes/readme.txt", "nothing\n")
        for name, text in files.items():
            cloud.write(f"notes/{name.replace('_', '.')}", text)
        return cloud

    def test_every_configured_place_is_told_with_its_owner_and_its_last_use(self):
        cloud = self.cloud()
        run = self.ends(cloud.run("find", OLD, "--json"), 0)
        self.assertEqual([run.json[name] for name in ("key", "account", "user", "status")], [OLD, "sim", "app", "Active"])
        self.assertEqual(self.places(run), {(str(cloud.credentials), run.json["places"][0]["line"], "laptop"),
                                            (str(cloud.home / "app.env"), 2, "service")})
        self.assertTrue(all(each["configured"] and each["target"] == "sim/app" for each in run.json["places"]))
        self.assertEqual((run.json["places_total"], run.json["accounts_total"]), (2, 1))
        self.assertFalse(run.json["last_used"]["never_used"])
        self.assertEqual(run.json["incomplete"], [])
        self.assertFalse(cloud.journal.exists())
        self.no_secret(run)
        self.golden("find", cloud.run("find", OLD), cloud)

    def test_files_below_the_search_paths_are_told_by_line_and_name(self):
        cloud = self.with_notes(old_txt=f"\nthe id is {OLD}\n", deploy_env=f"\n{KIND.env_file(OLD, OLD_SECRET)}")
        more = cloud.write("elsewhere/x.ini", f"[dev]\nkey_id = {OLD}\n")
        run = self.ends(cloud.run("find", OLD, "--json", "--path", "elsewhere"), 0)
        new = {(os.path.relpath(each["path"], cloud.home), each["line"], each["name"], each["type"])
               for each in run.json["places"] if not each["configured"]}
        self.assertIn(("notes/old.txt", 2, None, None), new)
        self.assertIn(("notes/deploy.env", 2, KIND.env_id, "env-file"), new)
        self.assertIn((os.path.relpath(more, cloud.home), 2, "key_id"), {each[:3] for each in new})
        self.assertEqual(run.json["places_total"], 5)
        self.golden("find_notes", cloud.run("find", OLD), cloud)

    def test_what_eyaml_encrypted_is_opened_in_memory(self):
        cloud = self.with_notes(hiera_yaml=(EYAML / "by_eyaml.yaml").read_text())
        key = "AKIAIOSFODNN7EXAMPLE"
        closed = self.error(cloud.run("find", key, "--json"), 5, "refused")
        self.assertEqual([each["name"] for each in closed.json["places"]], ["block::id"])
        self.assertIn("3 encrypted values in 1 file", closed.json["incomplete"][0]["why"])
        for half in ("private", "public"):
            cloud.write(f"notes/keys/{half}_key.pkcs7.pem", (EYAML / f"{half}_key.pkcs7.pem").read_text())
        run = self.ends(cloud.run("find", key, "--json"), 0)
        self.assertEqual([(each["name"], each["type"], each["encrypted"]) for each in run.json["places"]],
                         [("string::id", "eyaml", True), ("block::id", "eyaml", False)])
        self.ends(cloud.run("find", key, "--add-to", "sim/app", "--yes"), 0)
        again = self.ends(cloud.run("find", key, "--json"), 0)
        self.assertEqual([each["location"] for each in again.json["places"]], ["hiera", "hiera-2"])

    def test_the_next_command_is_one_that_works(self):
        cloud = self.with_notes(deploy_env=KIND.env_file(STRANGER, OLD_SECRET))
        cloud.write("app.env", KIND.env_file(STRANGER, OLD_SECRET))
        self.assertNotIn("keybaton rotate", cloud.run("find", STRANGER).out, "nobody has that key")
        self.assertIn("--add-to sim/app", cloud.run("find", STRANGER).out)
        made = cloud.play({"do": "create_user", "account": ACCOUNT, "user": "other"},
                          {"do": "create_key", "account": ACCOUNT, "user": "other"})[1]
        cloud.write("notes/deploy.env", KIND.env_file(made["id"], made["secret"]))
        self.assertIn("--add-to TARGET", cloud.run("find", made["id"]).out, "the config has no target of that user")

    def test_a_key_that_stands_nowhere_is_an_answer(self):
        cloud = self.cloud()
        run = self.ends(cloud.run("find", STRANGER, "--json"), 0)
        self.assertEqual((run.json["places"], run.json["account"], run.json["status"]), ([], None, None))
        self.golden("find_nothing", cloud.run("find", STRANGER), cloud)

    def test_a_malformed_id_is_a_slip(self):
        # A secret that was pasted by mistake is among them, and is not repeated.
        for word in ("AKIA", "AKIA/../../etc/passwd", OLD + "-", "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLE0KEY1"):
            run = self.three_parts(self.house().run("find", word), 2, "usage", "no access key id")
            self.assertNotIn(word, run.err)

    def test_a_place_that_cannot_be_read_is_told_beside_what_was_found(self):
        cloud = self.cloud()
        cloud.config(extra="search_paths: [~/gone]\n")
        run = self.error(cloud.run("find", OLD, "--json"), 5, "refused")
        self.assertEqual(run.json["places_total"], 2)
        self.assertEqual([each["what"] for each in run.json["incomplete"]], [str(cloud.home / "gone")])
        self.three_parts(cloud.run("find", OLD), 5, "refused")

    def test_a_cloud_that_says_no_is_told_and_the_places_all_the_same(self):
        cloud = self.cloud()
        cloud.deny("ListAccessKeys")
        run = self.error(cloud.run("find", OLD, "--json"), 5, "refused")
        self.assertEqual(run.json["places_total"], 2)
        self.assertIsNone(run.json["user"])
        self.assertIn(KIND.no_permission, run.json["incomplete"][0]["why"])

    def test_the_key_of_a_user_without_a_target_is_found_at_the_cloud(self):
        cloud = self.cloud()
        run = self.ends(cloud.run("find", ADMIN, "--json"), 0)
        self.assertEqual((run.json["account"], run.json["user"]), ("sim", "admin"))
        self.assertEqual([each["type"] for each in run.json["places"]], [KIND.file_type])

    def test_every_profile_with_the_key_is_a_place_of_its_own(self):
        cloud = self.cloud()
        pairs = {"admin": (ADMIN, ADMIN_SECRET), "app": (OLD, OLD_SECRET), "copy": (OLD, OLD_SECRET)}
        cloud.write(KIND.file, KIND.credentials(pairs))
        run = self.ends(cloud.run("find", OLD, "--json"), 0)
        self.assertEqual([(each["location"], each["type"]) for each in run.json["places"]],
                         [("laptop", KIND.file_type), ("service", "env-file"), (None, KIND.file_type)])
        self.ends(cloud.run("find", OLD, "--add-to", "sim/app", "--yes"), 0)
        again = self.ends(cloud.run("find", OLD, "--json"), 0)
        self.assertEqual([each["location"] for each in again.json["places"]], ["laptop", "service", "copy"])

    @unittest.skipUnless(KIND.endpoint_variable, "only where the environment can name a cloud")
    def test_without_a_config_the_profiles_are_what_is_known(self):
        cloud = self.cloud()
        (cloud.home / ".config/keybaton/config.yaml").unlink()
        run = self.ends(cloud.run("find", OLD, "--json", env={KIND.endpoint_variable: cloud.url}), 0)
        self.assertTrue(run.json["signed_this_look"])
        self.assertEqual([each["path"] for each in run.json["places"]], [str(cloud.credentials)])
        self.error(cloud.run("find", OLD, "--json", "--add-to", "sim/app"), 2, "usage")


class NotLookedInto(Case):
    def searching(self):
        cloud = self.cloud()
        cloud.config(extra="search_paths: [~/notes]\n")
        cloud.write("notes/readme.txt", "nothing\n")
        return cloud

    def test_text_of_16_bits_and_large_files_are_searched(self):
        cloud = self.searching()
        (cloud.home / "notes/wide.txt").write_text(f"x\r\nKEY_ID={OLD}\r\n", encoding="utf-16")
        with open(cloud.home / "notes/large.log", "wb") as large:
            large.write((b"x" * 99 + b"\n") * 400_000)
            large.write(b"KEY_ID=%s\n" % OLD.encode())
        run = self.ends(cloud.run("find", OLD, "--json"), 0)
        found = {(os.path.basename(each["path"]), each["line"], each["name"]) for each in run.json["places"]}
        self.assertLess({("wide.txt", 2, "KEY_ID"), ("large.log", 400_001, "KEY_ID")}, found)

    def test_a_link_out_of_what_is_searched_is_told_until_its_target_is_searched_too(self):
        cloud = self.searching()
        cloud.write("elsewhere/x.env", KIND.env_file(OLD, OLD_SECRET))
        (cloud.home / "notes/link").symlink_to(cloud.home / "elsewhere")
        (cloud.home / "notes/round").symlink_to(cloud.home / "notes")
        run = self.error(cloud.run("find", OLD, "--json"), 5, "refused", "--path")
        self.assertEqual([each["what"] for each in run.json["incomplete"]], [str(cloud.home / "notes/link")])
        self.assertIn(f"a link to {cloud.home}/elsewhere", run.json["incomplete"][0]["why"])
        self.assertEqual(run.json["places_total"], 2)
        again = self.ends(cloud.run("find", OLD, "--json", "--path", "elsewhere"), 0)
        self.assertEqual(again.json["places_total"], 3)

    def test_a_search_that_is_not_whole_has_one_next_step(self):
        cloud = self.searching()
        cloud.write("notes/sealed.yaml", "x: ENC[GPG,aGVsbG8=]\n")
        cloud.write("notes/deploy.env", KIND.env_file(OLD, OLD_SECRET))
        for words in ((), ("--add-to", "sim/app", "--yes")):
            run = self.three_parts(cloud.run("find", OLD, *words), 5, "refused", "make readable")
            self.assertNotIn("Next:", run.out)
            self.assertIn("Not read: 1 encrypted value in 1 file could not be opened", run.out)

    def test_a_file_that_names_it_in_every_line_is_told_in_brief(self):
        cloud = self.searching()
        cloud.write("notes/access.log", f"GET / {OLD}\n" * 1000)
        run = self.ends(cloud.run("find", OLD, "--json"), 0)
        self.assertEqual(run.json["places_total"], 1002)
        self.assertEqual([each["more_lines"] for each in run.json["places"] if each["more_lines"]], [950])
        self.assertIn("access.log: 950 more lines", cloud.run("find", OLD).out)


class Retire(Case):
    """A proof that nobody holds a key is none of what nobody looked into."""

    def searching(self):
        cloud = self.cloud()
        cloud.config(extra="search_paths: [~/notes]\n")
        cloud.write("notes/readme.txt", "nothing\n")
        spare = cloud.spare()
        cloud.play({"do": "advance", "ms": 1000})
        return cloud, spare

    def stops(self, cloud, spare, *accept, words=(), hint=None):
        run = self.error(cloud.run("retire", "sim/app", "--key", spare, "--yes", "--json", *words), 4, "needs_operator")
        self.assertEqual(run.json["attention"]["accept"], [f"unsearched:{cloud.home}/{path}" for path in accept])
        self.assertEqual(run.json["error"]["hint"], hint or f"keybaton find {spare}")
        self.assertFalse(cloud.journal.exists())
        return run

    def goes(self, cloud, spare, *accept):
        words = [word for path in accept for word in ("--accept", f"unsearched:{cloud.home}/{path}")]
        command = ("retire", "sim/app", "--key", spare, "--yes", "--wait", *words)
        self.ends(cloud.run(*command, "--through", "deactivate"), 0)
        run = self.ends(cloud.run(*command), 0)
        self.assertNotIn("did nothing", run.err)
        self.assertEqual(cloud.keys(), {OLD: "Active"})

    def test_what_nothing_opens_needs_a_word_that_yes_is_not(self):
        cloud, spare = self.searching()
        cloud.write("notes/deep/sealed.yaml", "x: ENC[GPG,aGVsbG8=]\ny: ENC[GPG,aGVsbG8=]\n")
        run = self.stops(cloud, spare, "notes/deep/sealed.yaml")
        self.assertIn("2 encrypted values could not be opened", run.json["error"]["message"])
        self.golden("retire_unsearched", cloud.run("retire", "sim/app", "--key", spare, "--yes"), cloud)
        self.stops(cloud, spare, "notes/deep/sealed.yaml",
                   words=("--accept", f"unsearched:{cloud.home}/notes/dee"))
        self.goes(cloud, spare, "notes/deep/sealed.yaml")

    def test_a_word_for_a_directory_stands_for_all_below_it(self):
        cloud, spare = self.searching()
        for at in range(5):
            cloud.write(f"notes/{at}.yaml", "x: ENC[GPG,aGVsbG8=]\n")
        run = self.stops(cloud, spare, "notes")
        self.assertIn("and 2 more", run.json["error"]["message"])
        self.goes(cloud, spare, "notes")

    def test_a_link_and_a_path_that_is_not_there_need_one_too(self):
        cloud, spare = self.searching()
        cloud.config(extra="search_paths: [~/notes, ~/gone]\n")
        cloud.write("elsewhere/x", "nothing\n")
        (cloud.home / "notes/link").symlink_to(cloud.home / "elsewhere")
        self.stops(cloud, spare, "notes/link", "gone")
        self.goes(cloud, spare, "notes/link", "gone")

    def test_what_comes_later_is_not_covered(self):
        cloud, spare = self.searching()
        cloud.write("notes/deep/sealed.yaml", "x: ENC[GPG,aGVsbG8=]\n")
        words = ("retire", "sim/app", "--key", spare, "--yes", "--wait",
                 "--accept", f"unsearched:{cloud.home}/notes/deep")
        self.ends(cloud.run(*words, "--through", "deactivate"), 0)
        cloud.write("notes/new.yaml", "x: ENC[GPG,aGVsbG8=]\n")
        self.error(cloud.run(*words, "--json"), 5, "refused", "notes/new.yaml", "waive_location")
        self.assertEqual(cloud.keys()[spare], "Inactive")
        (cloud.home / "notes/new.yaml").unlink()
        self.ends(cloud.run(*words), 0)

    def test_a_configured_file_that_is_not_there_may_only_be_away(self):
        cloud, spare = self.searching()
        (cloud.home / "app.env").unlink()
        run = self.stops(cloud, spare, "app.env", hint="keybaton doctor")
        self.assertIn("location service of sim/app", run.json["error"]["message"])
        self.assertIn("location service of sim/app", cloud.run("doctor").out)
        self.goes(cloud, spare, "app.env")

    def test_a_configured_file_without_its_entry_is_warned_of(self):
        cloud, spare = self.searching()
        cloud.write("app.env", "PORT=80\n")
        run = self.ends(cloud.run("retire", "sim/app", "--key", spare, "--yes", "--wait"), 0)
        self.assertIn("sim/app:service holds no key", run.err)

    def test_a_word_that_covers_nothing_is_told(self):
        cloud, spare = self.searching()
        run = self.ends(cloud.run("retire", "sim/app", "--key", spare, "--yes", "--wait", "--accept", "unsearched:/x"), 0)
        self.assertIn("--accept unsearched:/x was not asked for", run.err)


@unittest.skipUnless(KIND.name == "aws", "the other cloud's history is its own")
class History(Case):
    """CloudTrail: who used it, from where, with what, first and last."""

    def with_history(self, region="eu-west-1", **options):
        cloud = self.cloud(state={**STATE, "options": {**STATE["options"], **options}})
        file = cloud.home / ".config/keybaton/config.yaml"
        text = file.read_text().replace("endpoints: {", f'endpoints: {{cloudtrail: "{cloud.url}", ')
        file.write_text(text.replace(f"region: {KIND.region}", f"region: {region}"))
        return cloud

    @staticmethod
    def use(cloud, service, region, at, address, agent):
        cloud.play({"do": "use", "key": OLD, "service": service, "region": region, "at": at, "address": address,
                    "agent": agent})

    def test_service_region_address_program_and_times_are_told(self):
        cloud = self.with_history()
        now = int(time.time())
        times = [now - ago for ago in (9000, 7200, 3600)]
        stamps = [time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at)) for at in times]
        self.use(cloud, "iam", "us-east-1", stamps[0], "198.51.100.9", "aws-cli/2.15")
        self.use(cloud, "s3", "eu-west-1", stamps[1], "203.0.113.7", "Boto3/1.34")
        self.use(cloud, "s3", "eu-west-1", stamps[2], "203.0.113.7", "Boto3/1.34")
        run = self.ends(cloud.run("find", OLD, "--json"), 0)
        self.assertEqual([run.json["last_used"][name] for name in ("service", "region")], ["s3", "eu-west-1"])
        self.assertEqual(run.json["uses"], [
            {"service": "s3", "address": "203.0.113.7", "agent": "Boto3/1.34", "first": stamps[1], "last": stamps[2]},
            {"service": "iam", "address": "198.51.100.9", "agent": "aws-cli/2.15", "first": stamps[0],
             "last": stamps[0]}])
        self.assertIsNone(run.json["no_history"])
        # IAM's events stand in the partition's first region, the others in the account's own.
        self.assertEqual(len(cloud.calls("LookupEvents")), 2)
        self.golden("find_history", cloud.run("find", OLD), cloud)

    def test_pages_are_read_one_after_the_other_within_the_rate(self):
        cloud = self.with_history("us-east-1", page_cap=2, lookup_rate=2)
        now = int(time.time())
        for at in range(5):
            stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now - 9000 + at))
            self.use(cloud, f"svc{at}", "us-east-1", stamp, "203.0.113.7", "x")
        run = self.ends(cloud.run("find", OLD, "--json"), 0)
        told = {use["service"] for use in run.json["uses"]}
        self.assertLessEqual({f"svc{at}" for at in range(5)}, told)
        self.assertEqual({call["code"] for call in cloud.calls("LookupEvents")}, {""})  # none was throttled

    def test_a_history_that_may_not_be_read_is_a_line_and_no_error(self):
        cloud = self.with_history()
        cloud.play({"do": "deny", "account": KIND.account, "user": "admin", "action": "cloudtrail:LookupEvents"})
        run = self.ends(cloud.run("find", OLD), 0)
        self.assertRegex(run.out, r"Who used it is not known: AccessDenied")
        self.assertEqual(run.err, "")


class AddTo(Case):
    def test_pairs_in_mappings_of_any_markup_become_structured_files(self):
        cloud = self.cloud()
        texts = {"a.yaml": f"aws:\n  access_key_id: {OLD}\n  secret_access_key: {OLD_SECRET}\nother: 1\n",
                 "b.json": f'{{"aws": [{{"access_key_id": "{OLD}", "secret_access_key": "{OLD_SECRET}"}}]}}\n',
                 "c.toml": f'[aws.dev]\naccess_key_id = "{OLD}"\nsecret_access_key = "{OLD_SECRET}"\n',
                 "d.ini": f"[dev]\naccess_key = {OLD}\nsecret_key = {OLD_SECRET}\n"}
        for name, text in texts.items():
            cloud.write(f"notes/{name}", text)
        run = self.ends(cloud.run("find", OLD, "--path", "notes", "--add-to", "sim/app", "--yes", "--json"), 0)
        self.assertEqual([each["settings"]["id"] for each in run.json["added"]["locations"]],
                         ["/aws/access_key_id", "/aws/0/access_key_id", "/aws/dev/access_key_id", "/dev/access_key"])
        self.assertEqual({each["type"] for each in run.json["added"]["locations"]}, {"structured-file"})
        new = cloud.to_deployed()
        for name, text in texts.items():
            changed = (cloud.home / "notes" / name).read_text()
            self.assertIn(new, changed)
            self.assertEqual(len(changed), len(text))

    def prepared(self, text=None):
        cloud = self.cloud()
        cloud.write("notes/deploy.env", text or f"A=1\n{KIND.env_file(OLD, OLD_SECRET)}")
        cloud.write("notes/old.txt", f"the id is {OLD}\n")
        return cloud, cloud.home / ".config/keybaton/config.yaml"

    def test_nothing_is_written_without_a_yes(self):
        cloud, config = self.prepared()
        before = config.read_bytes()
        words = ("find", OLD, "--path", "notes", "--add-to", "sim/app")
        self.error(cloud.run(*words, "--json"), 4, "needs_operator", "1 location", "--yes")
        self.golden("find_add_ask", cloud.run(*words), cloud)
        self.assertEqual(config.read_bytes(), before)

    def test_found_pairs_become_locations_that_the_next_rotation_writes(self):
        cloud, config = self.prepared()
        before = config.read_text().splitlines()
        run = cloud.run("find", OLD, "--path", "notes", "--add-to", "sim/app", "--yes")
        self.golden("find_add", run, cloud)
        self.no_secret(run)
        after = config.read_text().splitlines()
        self.assertEqual([line for line in after if line not in before],
                         ["      - {name: deploy, type: env-file, "
                          f"id: {KIND.env_id}, path: ~/notes/deploy.env, value: {KIND.env_secret}}}"])
        self.assertEqual([line for line in after if line in before], before)
        again = self.ends(cloud.run("find", OLD, "--path", "notes", "--json"), 0)
        self.assertEqual([each["location"] for each in again.json["places"]], ["laptop", "service", "deploy", None])
        new = cloud.to_deployed()
        self.assertIn(new, (cloud.home / "notes/deploy.env").read_text())

    def test_an_id_without_its_secret_is_left_to_a_person(self):
        cloud, config = self.prepared(f"{KIND.env_id}={OLD}\n")
        before = config.read_bytes()
        run = self.ends(cloud.run("find", OLD, "--path", "notes", "--add-to", "sim/app", "--yes"), 0)
        self.assertIn("Nothing was found that could be added", run.out)
        self.assertIn("Left to a person: ", run.out)
        self.assertIn("an access key id without its secret", run.out)
        self.assertEqual(config.read_bytes(), before)

    def test_another_users_key_is_added_nowhere(self):
        cloud, config = self.prepared()
        cloud.write("notes/admin.env", KIND.env_file(ADMIN, ADMIN_SECRET))
        before = config.read_bytes()
        words = ("find", ADMIN, "--path", "notes", "--add-to", "sim/app", "--yes", "--json")
        self.error(cloud.run(*words), 4, "needs_operator", "sim/admin")
        self.assertEqual(config.read_bytes(), before)

    def test_a_target_that_is_none_is_told_before_the_search(self):
        cloud, _ = self.prepared()
        self.error(cloud.run("find", OLD, "--add-to", "sim/nobody", "--json"), 2, "usage", "sim/nobody")

    def test_a_config_that_a_program_cannot_add_to_gets_lines_to_paste(self):
        cloud, config = self.prepared()
        config.write_text(config.read_text().replace("    locations:\n", "    # none\n").replace("      - {", "    # {"))
        before = config.read_bytes()
        run = self.three_parts(cloud.run("find", OLD, "--path", "notes", "--add-to", "sim/app", "--yes"), 4,
                               "needs_operator", "paste", "- {name: deploy, type: env-file")
        self.assertEqual(config.read_bytes(), before)
        self.assertTrue(run.out)

    def test_with_a_rotation_open_the_command_that_covers_it_is_named(self):
        cloud, _ = self.prepared()
        cloud.to_deployed()
        run = self.ends(cloud.run("find", OLD, "--path", "notes", "--add-to", "sim/app", "--yes"), 0)
        self.assertRegex(run.out, "keybaton locations add r-")


if __name__ == "__main__":
    main()

"""find: where a key is used, who used it, and how what was found becomes part of a target."""
import os
import pathlib
import unittest

from clouds import KIND
from harness import ADMIN, ADMIN_SECRET, OLD, OLD_SECRET, Case, main

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


class AddTo(Case):
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

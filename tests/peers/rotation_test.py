"""Rotations against moto, seen from outside with boto3 and the AWS CLI at each step."""
import re
import shutil
import time
import unittest

from moto_peer import ACCOUNT, PeerCase, botocore, main

needs_cli = unittest.skipUnless(shutil.which("aws"), "the AWS CLI is not on PATH")


class Rotation(PeerCase):
    def refused(self, peer, key, secret):
        with self.assertRaises(botocore.exceptions.ClientError) as error:
            peer.cloud.client("sts", key, secret).get_caller_identity()
        return error.exception.response["Error"]["Code"]

    def deployed(self, peer):
        self.assertEqual(peer.held(), peer.old)  # a key that was never used gives no evidence
        done = self.ends(peer.run("rotate", "moto/app", "--yes", "--through", "deploy", "--json"), 0)
        self.assertEqual(done.json["state"], "deployed")
        return self.silent(done, peer).json["new_key"]

    def deactivated(self, peer):
        new = self.deployed(peer)
        peer.used()
        done = self.ends(peer.run("resume", "--yes=deactivate", "--wait", "--through", "deactivate"), 0)
        self.assertEqual(peer.keys(), {peer.old: "Inactive", new: "Active"})
        return new, self.silent(done, peer)

    def test_a_whole_rotation_step_by_step(self):
        peer = self.peer()
        file = peer.home / ".aws/credentials"
        before = file.read_text()
        self.ends(peer.run("plan", "moto/app"), 0)
        self.assertEqual(peer.keys(), {peer.old: "Active"})

        done = self.ends(peer.run("rotate", "moto/app", "--through", "create", "--json"), 0)
        self.assertEqual((done.json["account_id"], done.json["partition"], done.json["user"]), (ACCOUNT, "aws", "app"))
        self.assertEqual(done.json["user_id"], peer.admin.get_user(UserName="app")["User"]["UserId"])
        new = peer.new()
        self.assertEqual((done.json["old_key"], done.json["new_key"]), (peer.old, new))
        self.assertEqual(peer.keys(), {peer.old: "Active", new: "Active"})
        self.assertEqual(peer.held(), peer.old)
        self.assertEqual(file.read_text(), before)

        self.ends(peer.run("resume", "--yes=deploy", "--through", "deploy"), 0)
        self.assertEqual(peer.held(), new)
        self.assertEqual(peer.held("admin"), peer.pairs["admin"][0])
        kept = [line for line in before.splitlines() if not line.startswith("aws_")]
        self.assertEqual([line for line in file.read_text().splitlines() if not line.startswith("aws_")], kept)
        self.assertEqual(peer.keys(), {peer.old: "Active", new: "Active"})

        unused = peer.run("resume", "--json")
        self.assertIn(unused.code, (3, 4), unused)  # not quiet for a second yet; or quiet, and nobody on the new key
        self.assertEqual(unused.json["state"], "deployed")
        peer.used()
        done = self.ends(peer.run("resume", "--wait", "--through", "verify", "--json"), 0)
        self.assertEqual((done.json["state"], done.json["verdict"]), ("verified", "moved"))
        self.assertEqual(peer.keys(), {peer.old: "Active", new: "Active"})

        self.ends(peer.run("resume", "--yes=deactivate", "--through", "deactivate"), 0)
        self.assertEqual(peer.keys(), {peer.old: "Inactive", new: "Active"})
        self.assertEqual(peer.held(), new)

        done = self.ends(peer.run("resume", "--yes=delete", "--wait", "--json"), 0)
        self.assertEqual(done.json["state"], "completed")
        self.assertEqual(peer.keys(), {new: "Active"})
        self.assertEqual(peer.held(), new)
        self.assertEqual(self.refused(peer, *peer.pairs["app"]), "InvalidClientTokenId")
        self.ends(peer.run("history", "verify"), 0)
        self.silent(self.ends(peer.run("history", "export"), 0), peer)

    def test_the_old_key_being_used_again_holds_the_deactivation_back(self):
        peer = self.peer()
        new = self.deployed(peer)
        peer.used()
        time.sleep(1.1)  # last-used counts whole seconds
        peer.cloud.client("s3", *peer.pairs["app"]).list_buckets()  # a consumer that was forgotten
        done = self.ends(peer.run("resume", "--yes", "--json"), 3)
        self.assertEqual(done.json["verdict"], "old still used")
        self.assertEqual(peer.keys(), {peer.old: "Active", new: "Active"})

    def test_rollback_after_deactivate_brings_everything_back(self):
        peer = self.peer()
        before = (peer.home / ".aws/credentials").read_bytes()
        self.deactivated(peer)
        done = self.ends(peer.run("rollback", "--reason", "a batch job", "--yes", "--wait", "--json"), 0)
        self.assertEqual(done.json["state"], "rolled_back")
        self.assertEqual(peer.keys(), {peer.old: "Active"})
        self.assertEqual((peer.home / ".aws/credentials").read_bytes(), before)
        self.assertEqual(peer.held(), peer.old)

    @needs_cli
    def test_the_printed_undo_command_works_as_it_stands_and_what_it_did_is_respected(self):
        peer = self.peer()
        new, done = self.deactivated(peer)
        undo = re.search(r"To undo it, from any machine:\n +(aws iam .*)\n", done.err)
        self.assertTrue(undo, done)
        pasted = peer.shell(undo.group(1))
        self.assertEqual(pasted.returncode, 0, pasted.stderr)
        self.assertEqual(peer.keys(), {peer.old: "Active", new: "Active"})
        again = self.ends(peer.run("resume", "--yes", "--json"), 4)
        self.assertEqual(again.json["attention"]["code"], "reactivated_outside")
        self.assertEqual(peer.keys(), {peer.old: "Active", new: "Active"})
        back = self.ends(peer.run("rollback", "--yes", "--wait", "--json"), 0)
        self.assertEqual(back.json["state"], "rolled_back")
        self.assertEqual(peer.held(), peer.old)

    @needs_cli
    def test_the_aws_cli_reads_the_file_that_was_written(self):
        peer = self.peer()
        new = self.deployed(peer)
        found = peer.shell("aws configure get aws_access_key_id --profile app && aws sts get-caller-identity "
                           f"--profile app --region us-east-1 --endpoint-url {peer.cloud.url} --query Arn --output text")
        self.assertEqual(found.stdout, f"{new}\narn:aws:iam::{ACCOUNT}:user/app\n", found.stderr)

    def test_a_profile_rotates_its_own_key_with_no_config(self):
        peer = self.peer()
        (peer.home / ".config/keybaton/config.yaml").unlink()
        env = {"AWS_ENDPOINT_URL": peer.cloud.url, "AWS_REGION": "us-east-1"}
        done = self.ends(peer.run("rotate", "--profile", "app", "--quiet", "1s", "--grace", "1s", "--yes", "--through",
                                  "deploy", "--json", env=env), 0)
        new = peer.new()
        self.assertEqual((done.json["account"], done.json["user"], done.json["new_key"]), ("app", "app", new))
        self.assertEqual(peer.held(), new)
        peer.used()
        done = self.ends(peer.run("resume", "--profile", "app", "--yes", "--wait", "--override", "aws s3 ls works",
                                  "--json"), 0)
        self.assertEqual(done.json["state"], "completed")
        self.assertEqual(peer.keys(), {new: "Active"})
        self.assertEqual(peer.held(), new)
        self.silent(done, peer)


if __name__ == "__main__":
    main()

"""Secrets Manager and SSM parameters in moto: a rotation writes them, a rollback puts them back, boto3 looks."""
import json
import unittest

from moto_peer import REGION, Peer, PeerCase, main

SECRET = "support/aws"
ID, VALUE = "/support/id", "/support/secret"
# An order, blanks and a number of somebody's own.
TEXT = '{ "db": {"host": "db1"},\n  "secret_access_key": "%s",\n  "port": 5432.0,\n  "access_key_id":"%s"}\n'
WINDOWS = "{quiet: 1s, grace: 1s, lag: 0s, granularity: 1s, propagation: 0s, check_every: 0s}"


class Stores(Peer):
    """A peer whose application reads its key from a secret and from two parameters."""

    def __init__(self, cloud):
        super().__init__(cloud)
        self.sm = cloud.client("secretsmanager", *self.pairs["admin"])
        self.ssm = cloud.client("ssm", *self.pairs["admin"])
        key, secret = self.pairs["app"]
        self.sm.create_secret(Name=SECRET, SecretString=TEXT % (secret, key), KmsKeyId="alias/app")
        self.ssm.put_parameter(Name=ID, Value=key, Type="String", Description="whose key", Tier="Advanced")
        self.ssm.put_parameter(Name=VALUE, Value=secret, Type="SecureString", KeyId="alias/app", Tier="Standard",
                               Description="and its secret")

    def config(self, policy=WINDOWS):
        endpoints = ", ".join(f'{name}: "{self.cloud.url}"' for name in ("iam", "sts", "secretsmanager", "ssm"))
        self.write(".config/keybaton/config.yaml", f"""\
accounts:
  moto: {{profile: admin, region: {REGION}, endpoints: {{{endpoints}}}}}
policy: {policy}
targets:
  moto/app:
    cadence: 0s
    locations:
      - {{name: laptop, type: aws-credentials-file, path: ~/.aws/credentials, profile: app}}
      - {{name: sm, type: aws-secrets-manager, secret: {SECRET}, id: access_key_id, value: secret_access_key}}
      - {{name: ssm, type: aws-ssm, id: {ID}, value: {VALUE}}}
""")

    def secret(self):
        # Without a stage, moto goes by what was put as the current version, not by the label.
        return self.sm.get_secret_value(SecretId=SECRET, VersionStage="AWSCURRENT")["SecretString"]

    def stages(self):
        stages = {}
        for version, labels in self.sm.describe_secret(SecretId=SECRET)["VersionIdsToStages"].items():
            stages.update({label: version for label in labels})
        return stages

    def parameter(self, name):
        return self.ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]

    def pair(self):
        return self.parameter(ID)["Value"], self.parameter(VALUE)["Value"]

    def kept(self, name):
        """All but the value, as boto3 sees it."""
        newest = self.ssm.get_parameter_history(Name=name)["Parameters"][-1]
        return {what: newest.get(what) for what in ("Type", "KeyId", "Tier", "DataType", "Description")}


class AwsStores(PeerCase):
    def peer(self):
        peer = Stores(self.moto)
        self.addCleanup(peer.close)
        return peer

    def deployed(self, peer):
        self.assertEqual(peer.held(), peer.old)
        done = self.ends(peer.run("rotate", "moto/app", "--yes", "--through", "deploy", "--json"), 0)
        self.assertEqual(done.json["state"], "deployed")
        return self.silent(done, peer).json["new_key"]

    def test_a_rotation_hands_the_secret_and_the_parameters_over(self):
        peer = self.peer()
        kept = {name: peer.kept(name) for name in (ID, VALUE)}
        new = self.deployed(peer)
        held = json.loads(peer.secret())
        secret = held["secret_access_key"]
        self.assertEqual(peer.secret(), TEXT % (secret, new))
        self.assertNotEqual(secret, peer.pairs["app"][1])
        self.assertEqual(peer.pair(), (new, secret))
        who = peer.cloud.client("sts", new, secret).get_caller_identity()
        self.assertTrue(who["Arn"].endswith(":user/app"), who)
        self.assertEqual({name: peer.kept(name) for name in (ID, VALUE)}, kept)
        self.assertEqual(kept[VALUE]["KeyId"], "alias/app")
        self.assertEqual(peer.sm.describe_secret(SecretId=SECRET)["KmsKeyId"], "alias/app")
        stages = peer.stages()
        self.assertEqual(set(stages), {"AWSCURRENT", "AWSPREVIOUS"})
        self.assertTrue(stages["AWSCURRENT"].startswith(f"keybaton-{new}-"), stages)
        peer.used()
        done = self.ends(peer.run("resume", "--yes", "--wait", "--json"), 0)
        self.assertEqual(done.json["state"], "completed")
        self.assertEqual(peer.keys(), {new: "Active"})
        self.assertEqual(peer.pair(), (new, secret))
        peer.pairs["new"] = (new, secret)
        self.silent(self.ends(peer.run("history", "export"), 0), peer)

    def test_a_rollback_moves_the_label_back_and_writes_the_old_parameters_again(self):
        peer = self.peer()
        before, pair, stages = peer.secret(), peer.pair(), peer.stages()
        kept = {name: peer.kept(name) for name in (ID, VALUE)}
        self.deployed(peer)
        versions = len(peer.sm.describe_secret(SecretId=SECRET)["VersionIdsToStages"])
        done = self.ends(peer.run("rollback", "--reason", "a batch job", "--yes", "--wait", "--json"), 0)
        self.assertEqual(done.json["state"], "rolled_back")
        self.assertEqual((peer.secret(), peer.pair()), (before, pair))
        self.assertEqual(peer.stages()["AWSCURRENT"], stages["AWSCURRENT"])
        self.assertLessEqual(len(peer.sm.describe_secret(SecretId=SECRET)["VersionIdsToStages"]), versions)
        self.assertEqual({name: peer.kept(name) for name in (ID, VALUE)}, kept)
        self.assertEqual(peer.parameter(VALUE)["Version"], 3)
        self.assertEqual(peer.keys(), {peer.old: "Active"})

    def refused(self, peer, word, *codes):
        run = peer.run("rotate", "moto/app", "--yes")
        self.assertIn(run.code, codes or (4, 5), run)
        self.assertIn(word, run.err)
        self.assertEqual(peer.keys(), {peer.old: "Active"})
        self.silent(run, peer)

    def test_what_could_not_be_written_is_refused_before_a_key_is_made(self):
        peer = self.peer()
        peer.sm.put_secret_value(SecretId=SECRET, SecretString="{}", VersionStages=["AWSPENDING"],
                                 ClientRequestToken="somebody-elses-rotation-00000000001")
        self.refused(peer, "AWSPENDING")
        self.assertEqual(peer.stages()["AWSPENDING"], "somebody-elses-rotation-00000000001")

    def test_a_secret_that_is_to_be_deleted_is_refused_with_the_way_back(self):
        peer = self.peer()
        peer.sm.delete_secret(SecretId=SECRET)
        self.refused(peer, "restore-secret")

    def test_a_binary_secret_and_a_list_of_values_are_refused(self):
        peer = self.peer()
        peer.sm.put_secret_value(SecretId=SECRET, SecretBinary=b"\0\1")
        self.refused(peer, "binary")
        peer.sm.put_secret_value(SecretId=SECRET, SecretString=TEXT % peer.pairs["app"][::-1])
        peer.ssm.delete_parameter(Name=ID)
        peer.ssm.put_parameter(Name=ID, Value=peer.old, Type="StringList")
        self.refused(peer, "list")

    def test_a_denied_store_is_named(self):
        peer = self.peer()
        peer.admin.put_user_policy(UserName="admin", PolicyName="all", PolicyDocument=json.dumps(
            {"Version": "2012-10-17", "Statement": [
                {"Effect": "Allow", "Action": ["iam:*", "sts:*", "ssm:*"], "Resource": "*"}]}))
        self.refused(peer, "DescribeSecret")

    def test_a_history_that_answers_with_a_page_of_html_does_no_harm(self):
        peer = self.peer()
        file = peer.home / ".config/keybaton/config.yaml"
        file.write_text(file.read_text().replace("endpoints: {", f'endpoints: {{cloudtrail: "{peer.cloud.url}", '))
        new = self.deployed(peer)
        peer.used()
        done = self.ends(peer.run("resume", "--yes", "--wait", "--through", "verify", "--json"), 0)
        self.assertEqual((done.json["state"], done.json["verdict"]), ("verified", "moved"))
        used = self.ends(peer.run("key", "last-used", "moto/app", "--key", new, "--json"), 0)
        self.assertEqual(used.json["sources"], [])


if __name__ == "__main__":
    main()

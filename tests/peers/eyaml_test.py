"""What keybaton writes into an eyaml file, read by hiera-eyaml and by puppet; and what they wrote, read by keybaton."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

SKIPPED = 77  # CTest's word for it
if not shutil.which("eyaml"):
    print("skipped: eyaml is not on PATH (apt-get install hiera-eyaml)")
    sys.exit(SKIPPED)

WRITER = os.environ["LOCATION_WRITER"]
# As in tests/secrets_adapters/places.hpp.
OLD = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
NEW = "AKIAI44QH8DHBEXAMPLE", "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY=="
ID, SECRET = "govuk::apps::support_api::aws_access_key_id", "govuk::apps::support_api::aws_secret_access_key"
TOKEN = re.compile(r"ENC\[[^\]]*\]")


def run(*words, text=None, okay=(0,)):
    done = subprocess.run(words, input=text, capture_output=True, text=True, timeout=120)
    if done.returncode not in okay:
        raise AssertionError(f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done.stdout


class House:
    """Keys, a hierarchy with one file in it, and the two programs that read it."""

    def __init__(self):
        self.room = tempfile.TemporaryDirectory(prefix="keybaton-eyaml-")
        self.at = pathlib.Path(self.room.name)
        self.private, self.public = self.at / "private_key.pem", self.at / "public_key.pem"
        self.keys = [f"--pkcs7-private-key={self.private}", f"--pkcs7-public-key={self.public}"]
        run("eyaml", "createkeys", *self.keys)
        self.file = self.at / "data" / "common.yaml"
        self.file.parent.mkdir()

    def encrypt(self, plain, form="string"):
        """As it stands behind "NAME: " in a file."""
        said = run("eyaml", "encrypt", *self.keys, "--stdin", "-o", form, "-l", "name", text=plain)
        return said.strip("\n").removeprefix("name: ")

    def decrypted(self):
        return run("eyaml", "decrypt", *self.keys, "-f", str(self.file))

    def hand_over(self, way="--forward", *more):
        return run(WRITER, way, "r-1", "eyaml", f"path={self.file}", f"id={ID}", f"secret={SECRET}",
                   f"keys.public={self.public}", f"keys.private={self.private}", *more)

    def looked_up(self, name):
        (self.at / "hiera.yaml").write_text(
            "version: 5\nhierarchy:\n  - name: all\n    lookup_key: eyaml_lookup_key\n    path: common.yaml\n"
            f"    datadir: {self.file.parent}\n    options:\n      pkcs7_private_key: {self.private}\n"
            f"      pkcs7_public_key: {self.public}\n")
        (self.at / "facts.yaml").write_text("{os: x}\n")
        (self.at / "environments" / "production").mkdir(parents=True, exist_ok=True)
        return run("puppet", "lookup", "--confdir", str(self.at), "--vardir", str(self.at / "var"), "--hiera_config",
                   str(self.at / "hiera.yaml"), "--environmentpath", str(self.at / "environments"), "--render-as", "s",
                   "--node", "node.example", "--facts", str(self.at / "facts.yaml"), name).strip("\n")


class Eyaml(unittest.TestCase):
    def setUp(self):
        self.house = House()
        self.addCleanup(self.house.room.cleanup)

    def put(self, secret, access_key=OLD[0], end="\n"):
        other = self.house.encrypt("another")
        text = (f"---\n# the support api's key\n\n{ID}: {access_key}   # plain\n{SECRET}: {secret}\n"
                f"mixed: 'a {other} b {other}'\nlist: [1, 2]\nlast: \"\u00e4\"")
        self.house.file.write_bytes(text.replace("\n", end).encode() + end.encode())
        return self.house.file.read_bytes()

    def outside_of_the_pair(self, text, key):
        text = text.decode().replace(key, "ID", 1)
        at = text.index(SECRET)
        return text[:at] + TOKEN.sub("TOKEN", text[at:], count=1)

    def test_what_keybaton_wrote_decrypts_and_nothing_else_has_changed(self):
        for form, end in [("string", "\n"), ("block", "\n"), ("string", "\r\n")]:
            with self.subTest(form=form, end=end):
                secret = self.house.encrypt(OLD[1], form)
                before = self.put(secret, end=end)
                plain = self.house.decrypted()
                self.assertIn(OLD[1], plain)
                self.house.hand_over()
                after = self.house.file.read_bytes()
                self.assertEqual(self.house.decrypted(), plain.replace(OLD[0], NEW[0]).replace(OLD[1], NEW[1]))
                self.assertEqual(self.outside_of_the_pair(after, NEW[0]), self.outside_of_the_pair(before, OLD[0]))
                self.assertEqual(form == "block", b"aws_secret_access_key: >\n  ENC[PKCS7," in after)
                self.house.hand_over("--back")
                self.assertEqual(self.house.decrypted(), plain)

    def test_an_encrypted_id_is_written_encrypted(self):
        self.put(self.house.encrypt(OLD[1]), self.house.encrypt(OLD[0]))
        self.house.hand_over()
        self.assertNotIn(NEW[0].encode(), self.house.file.read_bytes())
        self.assertIn(f"{ID}: {NEW[0]} ", self.house.decrypted())

    def test_what_eyaml_encrypts_anew_is_read(self):
        self.put(self.house.encrypt(OLD[1]))
        self.house.hand_over()
        run("eyaml", "recrypt", *self.house.keys, str(self.house.file))
        self.house.hand_over("--back")
        self.assertIn(f"{SECRET}: {OLD[1]}\n", self.house.decrypted())

    def test_eyaml_edit_leaves_what_keybaton_wrote(self):
        secret = self.house.encrypt(OLD[1], "block")
        self.put(secret)
        self.house.hand_over()
        before = self.house.file.read_bytes()
        # An editor that changes something else, so that eyaml writes the whole file again.
        editor = self.house.at / "editor"
        editor.write_text("#!/bin/sh\nsed -i 's/list: .1, 2./list: [1, 2, 3]/' \"$1\"\n")
        editor.chmod(0o755)
        subprocess.run(["eyaml", "edit", *self.house.keys, str(self.house.file)], check=True, capture_output=True,
                       env={**os.environ, "EDITOR": str(editor)}, timeout=120)
        self.assertEqual(self.house.file.read_bytes(), before.replace(b"[1, 2]", b"[1, 2, 3]"))

    # A peer to compare with; `make peers` installs it.
    @unittest.skipUnless(shutil.which("puppet"), "puppet is not on PATH")
    def test_puppet_looks_the_new_pair_up(self):
        for form in ["string", "block"]:
            with self.subTest(form=form):
                secret = self.house.encrypt(OLD[1], form)
                self.put(secret)
                self.house.hand_over()
                self.assertEqual(self.house.looked_up(ID), NEW[0])
                self.assertEqual(self.house.looked_up(SECRET), NEW[1])


if __name__ == "__main__":
    unittest.main(verbosity=2)

"""moto behind TLS: a certificate authority that is named is trusted, another is not, and nothing is sent to it."""
import pathlib
import shutil
import subprocess
import sys
import tempfile

from moto_peer import SKIPPED, Moto, PeerCase, main

if not shutil.which("openssl"):
    print("skipped: openssl is not on PATH, so there is no certificate to test with")
    sys.exit(SKIPPED)

AUTHORITY = pathlib.Path(tempfile.mkdtemp(prefix="keybaton-tls-"))


def start():
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
                    "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout",
                    AUTHORITY / "key.pem", "-out", AUTHORITY / "cert.pem"], check=True, stderr=subprocess.DEVNULL)
    return Moto("-c", str(AUTHORITY / "cert.pem"), "-k", str(AUTHORITY / "key.pem"), scheme="https",
                trusted=str(AUTHORITY / "cert.pem"))


class Tls(PeerCase):
    start = staticmethod(start)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(AUTHORITY, ignore_errors=True)

    def test_a_rotation_over_tls(self):
        peer = self.peer()
        peer.env["AWS_CA_BUNDLE"] = str(AUTHORITY / "cert.pem")
        self.assertEqual(peer.held(), peer.old)
        self.ends(peer.run("rotate", "moto/app", "--yes", "--through", "deploy"), 0)
        new = peer.new()
        self.assertEqual(peer.held(), new)
        peer.used()
        done = self.ends(peer.run("resume", "--yes", "--wait", "--json"), 0)
        self.assertEqual(done.json["state"], "completed")
        self.assertEqual(peer.keys(), {new: "Active"})

    def test_an_unknown_certificate_gets_no_request(self):
        peer = self.peer()
        run = peer.run("rotate", "moto/app", "--yes")
        self.three_parts(run, run.code, "refused", "certificate")
        self.assertIn(run.code, (5, 6), run)
        self.assertFalse(peer.journal.exists())
        self.assertEqual(peer.keys(), {peer.old: "Active"})


if __name__ == "__main__":
    main()

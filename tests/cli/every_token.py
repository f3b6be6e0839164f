"""The tokens of hiera-eyaml and of hiera-eyaml-gpg, made and opened by openssl and gpg, with keys for the tests alone."""
import atexit
import base64
import functools
import pathlib
import re
import shutil
import subprocess
import tempfile

KEYS = pathlib.Path(__file__).parent.parent / "secrets_adapters" / "data" / "eyaml"
WHO = "places@keybaton.example"


def ran(*words, text):
    return subprocess.run(words, input=text, capture_output=True, check=True, timeout=60).stdout


def sealed(plain):
    """As hiera-eyaml makes a token."""
    der = ran("openssl", "smime", "-encrypt", "-binary", "-aes-256-cbc", "-outform", "DER",
              str(KEYS / "public_key.pkcs7.pem"), text=plain.encode())
    return f"ENC[PKCS7,{base64.b64encode(der).decode()}]"


@functools.cache
def gpg_home():
    """With one pair of keys and no passphrase; its agent ends with this process."""
    home = tempfile.mkdtemp(prefix="keybaton-gpg-")
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    atexit.register(subprocess.run, ["gpgconf", "--homedir", home, "--kill", "all"], check=False)
    ran("gpg", "--homedir", home, "--batch", "--quiet", "--passphrase", "", "--quick-gen-key", WHO, "future-default",
        "default", "never", text=b"")
    return home


def gpg(*words, text):
    return ran("gpg", "--homedir", gpg_home(), "--batch", "--quiet", *words, text=text)


def sealed_for_gpg(plain):
    message = gpg("--trust-model", "always", "--encrypt", "-r", WHO, text=plain.encode())
    return f"ENC[GPG,{base64.b64encode(message).decode()}]"


def opened(scheme, message):
    if scheme == "GPG":
        return gpg("--decrypt", text=message).decode()
    return ran("openssl", "smime", "-decrypt", "-binary", "-inform", "DER", "-recip",
               str(KEYS / "public_key.pkcs7.pem"), "-inkey", str(KEYS / "private_key.pkcs7.pem"), text=message).decode()


def with_tokens_opened(text):
    """All but a token of somebody else's, of which every byte counts."""
    def one(token):
        plain = opened(token[1], base64.b64decode(re.sub(r"\s", "", token[2])))
        return token[0] if plain == "other" else f"ENC[{token[1]},{plain}]"
    return re.sub(r"ENC\[(PKCS7|GPG),([^\]]*)\]", one, text)


def in_block(token, indent):
    """As eyaml folds one."""
    lines = [token[at:at + 60] for at in range(0, len(token), 60)]
    return ">\n" + "".join(f"{indent}{line}\n" for line in lines)

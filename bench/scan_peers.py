"""How others read every key, each as (name, words to run, users that it is given), or why it is not there."""
import json
import pathlib
import shutil
import subprocess
import sys

PEERS = pathlib.Path(__file__).resolve().parent / "peers"


def python_has(*modules):
    words = [sys.executable, "-c", "; ".join(f"import {module}" for module in modules)]
    return subprocess.run(words, capture_output=True, check=False).returncode == 0


def sdk(build):
    """Where node finds the SDK for JavaScript, and what is wrong where it does not."""
    folder = build / "bench/javascript"
    wanted = json.loads((PEERS / "package.json").read_text())["dependencies"]
    if not shutil.which("node"):
        return folder, "node is not installed"

    def installed():
        there = [folder / "node_modules" / name / "package.json" for name in wanted]
        return all(file.exists() and json.loads(file.read_text())["version"] == version
                   for file, version in zip(there, wanted.values()))

    if not installed():
        if not shutil.which("npm"):
            return folder, "npm is not installed"
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(PEERS / "package.json", folder)
        subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--no-package-lock"], cwd=folder,
                       capture_output=True, timeout=240, check=False)
    shutil.copy(PEERS / "sdk_scan.js", folder)
    return folder, "" if installed() else "npm could not install the SDK"


class Peer:
    def __init__(self, name, words, missing="", most=None):
        self.name, self.words, self.missing = name, words, missing
        self.most = most  # users that it is given in a short run; the rest is extrapolated


def boto3_threads(threads, most=None):
    name = "boto3, one by one" if threads == 1 else f"boto3, {threads} threads"
    return Peer(name, lambda url: [sys.executable, PEERS / "boto3_scan.py", url, threads],
                "" if python_has("boto3") else "boto3 is not installed", most)


def javascript(build):
    folder, missing = sdk(build)
    return Peer("SDK for JavaScript, 64 promises", lambda url: ["node", folder / "sdk_scan.js", url, 64], missing)


def wavefront():
    return Peer("the Wavefront seed's way, 100 users only", lambda url: [sys.executable, PEERS / "wavefront_seed.py", url],
                "" if python_has("boto3", "requests") else "boto3 or requests is not installed")


def command_line():
    return Peer("AWS CLI in a loop", lambda url: [sys.executable, PEERS / "aws_cli_scan.py", url],
                "" if shutil.which("aws") else "the AWS CLI is not installed", most=10)


def report():
    return Peer("boto3, the report alone", lambda url: [sys.executable, PEERS / "boto3_report.py", url],
                "" if python_has("boto3") else "boto3 is not installed")

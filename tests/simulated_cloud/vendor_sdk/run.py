"""Alibaba Cloud's own JavaScript SDK, unmodified, against the simulated cloud.

    run.py PATH/TO/simulated_cloud FOLDER_FOR_THE_SDK

Installs the packages of package.json into the folder once, starts the server, and runs sdk_test.js. Exits with 77
(skipped, for ctest) and says why if node or npm is not there, or the packages can't be had.
"""
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))


def skip(why):
    print(f"skipped: {why}")
    sys.exit(77)


def installed(folder):
    """Whether all that package.json names is there, in those versions."""
    with open(os.path.join(HERE, "package.json"), encoding="utf-8") as file:
        wanted = json.load(file)["dependencies"]
    for name, version in wanted.items():
        try:
            with open(os.path.join(folder, "node_modules", name, "package.json"), encoding="utf-8") as file:
                if json.load(file)["version"] != version:
                    return False
        except OSError:
            return False
    return True


def install(folder):
    os.makedirs(folder, exist_ok=True)
    shutil.copy(os.path.join(HERE, "package.json"), folder)
    if installed(folder):
        return
    npm = shutil.which("npm")
    if not npm:
        skip("npm is not installed")
    try:
        done = subprocess.run(
            [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", "--no-package-lock"], cwd=folder,
            capture_output=True, text=True, timeout=240, check=False)
    except subprocess.TimeoutExpired:
        skip("npm could not fetch the SDK in time")
    if done.returncode != 0 or not installed(folder):
        skip("npm can't install the SDK: " + done.stderr.strip()[-500:])


def start(program, folder):
    port_file = os.path.join(folder, "port")
    child = subprocess.Popen([program, "--port", "0", "--port-file", port_file], stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 20
    while not os.path.exists(port_file):
        if child.poll() is not None or time.monotonic() > deadline:
            child.kill()
            raise RuntimeError("the server did not start")
        time.sleep(0.005)
    with open(port_file, encoding="ascii") as file:
        return child, "127.0.0.1:" + file.read().strip()


def main(program, folder):
    node = shutil.which("node")
    if not node:
        skip("node is not installed")
    install(folder)
    # Beside its node_modules, where node looks for them.
    test = shutil.copy(os.path.join(HERE, "sdk_test.js"), folder)
    with tempfile.TemporaryDirectory() as scratch:
        server, endpoint = start(program, scratch)
        try:
            environment = {name: value for name, value in os.environ.items()
                           if not name.startswith("ALIBABA_CLOUD_") and not name.lower().endswith("_proxy")}
            environment["SIMULATED_CLOUD"] = endpoint
            return subprocess.run([node, test], env=environment, timeout=120, check=False).returncode
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(timeout=20)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))

"""Every key with its last use, as a shell script does it with the AWS CLI: aws_cli_scan.py URL. One process a request."""
import json
import os
import subprocess
import sys


def main(url):
    env = {**os.environ, "AWS_ACCESS_KEY_ID": "AKIASTANDINSCANNER01", "AWS_SECRET_ACCESS_KEY": "x" * 40,
           "AWS_DEFAULT_REGION": "us-east-1", "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null"}

    def aws(*words):
        done = subprocess.run(["aws", "--endpoint-url", url, "--output", "json", "iam", *words], env=env,
                              capture_output=True, text=True, check=True)
        return json.loads(done.stdout)

    keys = 0
    for user in aws("list-users")["Users"]:
        for key in aws("list-access-keys", "--user-name", user["UserName"])["AccessKeyMetadata"]:
            aws("get-access-key-last-used", "--access-key-id", key["AccessKeyId"])
            keys += 1
    print(json.dumps({"keys": keys, "lost": 0}))


if __name__ == "__main__":
    main(sys.argv[1])

"""The Wavefront integration's way with key ages: wavefront_seed.py URL. It reads the first page of users, asks for no last
use, and sends each key's age in a request of its own; the stand-in takes what is sent."""
import datetime
import json
import sys

import boto3
import requests


def main(url):
    iam = boto3.Session(aws_access_key_id="AKIASTANDINSCANNER01", aws_secret_access_key="x" * 40,
                        region_name="us-east-1").client("iam", endpoint_url=url)
    page = next(iter(iam.get_paginator("list_users").paginate()))
    sent = 0
    for user in page["Users"]:
        for keys in iam.get_paginator("list_access_keys").paginate(UserName=user["UserName"]):
            for key in keys["AccessKeyMetadata"]:
                age = (datetime.datetime.now() - key["CreateDate"].replace(tzinfo=None)).days
                line = (f'aws.iam.accessKey {age} source="AWS" name="{user["UserName"]}" key="{key["AccessKeyId"][-5:]}" '
                        f'status="{key["Status"]}" profile="default"')
                requests.post(f"{url}//report", data=line, timeout=30,
                              headers={"Authorization": "Bearer x", "Content-Type": "text/plain"})
                sent += 1
    print(json.dumps({"keys": sent, "lost": 0}))


if __name__ == "__main__":
    main(sys.argv[1])

"""Every key with its last use as one would write it with boto3: boto3_scan.py URL THREADS; one thread takes user by user.

Prints how many keys it has, and how many users it lost to an error, as JSON.
"""
import concurrent.futures
import json
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError


def main(url, threads):
    iam = boto3.client("iam", endpoint_url=url, region_name="us-east-1", aws_access_key_id="AKIASTANDINSCANNER01",
                       aws_secret_access_key="x" * 40, config=Config(max_pool_connections=threads))

    def keys_of(user):
        found = []
        try:
            for key in iam.list_access_keys(UserName=user)["AccessKeyMetadata"]:
                used = iam.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])["AccessKeyLastUsed"]
                found.append((key["AccessKeyId"], used.get("LastUsedDate")))
        except (ClientError, BotoCoreError):
            return None
        return found

    pages = iam.get_paginator("list_users").paginate(PaginationConfig={"PageSize": 1000})
    users = (user["UserName"] for page in pages for user in page["Users"])
    if threads == 1:
        rows = [keys_of(user) for user in users]
    else:
        with concurrent.futures.ThreadPoolExecutor(threads) as pool:
            rows = list(pool.map(keys_of, users))
    print(json.dumps({"keys": sum(len(row) for row in rows if row is not None), "lost": rows.count(None)}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))

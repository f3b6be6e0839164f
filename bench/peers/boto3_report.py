"""The credential report with boto3, made and read: boto3_report.py URL."""
import csv
import io
import json
import sys
import time

import boto3

iam = boto3.client("iam", endpoint_url=sys.argv[1], region_name="us-east-1",
                   aws_access_key_id="AKIASTANDINSCANNER01", aws_secret_access_key="x" * 40)
while iam.generate_credential_report()["State"] != "COMPLETE":
    time.sleep(0.05)
rows = list(csv.DictReader(io.StringIO(iam.get_credential_report()["Content"].decode())))
print(json.dumps({"users": len(rows) - 1}))

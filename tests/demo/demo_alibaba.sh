#!/usr/bin/env bash
# demo_alibaba.sh BUILD_DIR: what demo.sh shows, on Alibaba Cloud: one access key of a RAM user handed over through a
# SIGKILL, and brought back out of the recycle bin after its rotation was completed, while a consumer signs a V3 call with
# it every 100 ms and counts what is refused. Then a key of AWS beside it, in one config and one journal.
# Ends with 1 if a single call was refused, or if a rotation ended elsewhere than told. Everything is on loopback and in
# a directory that is removed at the end.
. "$(dirname "$0")/helpers.sh" "${1:?usage: demo_alibaba.sh BUILD_DIR}"

id_in() { grep -o 'LTAI[A-Za-z0-9]*' "$1" | tail -n 1; }
# all_hold KEY: the three files, and nothing else in them.
all_hold() {
  local place
  for place in .aliyun/config.json .alibabacloud/credentials service/support.env; do
    [ "$(id_in "$place")" = "$1" ] || failed "$place should hold $1"
  done
}

# ------------------------------------------------------------------------------------------------------------------
title "A RAM user whose key is 120 days old, and a program that lives on it"

old=LTAISupportApiOld120
# What keybaton may do here is what the documents say that it needs, and nothing else.
allowed=$(grep -oE '"[a-z]+:[A-Za-z]+"' "$root/docs/alibaba-policy.json" | paste -sd ,)
cat >state.json <<STATE
{"options": {"propagation_ms": 700, "deactivation_delay_ms": 300, "granularity_ms": 1000, "lag_ms": 500},
 "accounts": [
  {"id": "1234567890123456", "users": [
   {"name": "rotator", "created_days_ago": 400, "policy": {"allow": [$allowed]},
    "keys": [{"id": "LTAIRotatorRotator01", "secret": "RotatorRotatorRotatorRotator01", "created_days_ago": 20}]},
   {"name": "support-api", "created_days_ago": 300,
    "keys": [{"id": "LTAISupportApiOld120", "secret": "SupportApiSupportApiSupport120", "created_days_ago": 120,
              "last_used": {"at_days_ago": 0.00005, "service": "ecs", "region": "cn-hangzhou",
                            "address": "203.0.113.7"}}]}],
   "secrets": [{"name": "support-api", "value":
     "{\\"access_key_id\\": \\"LTAISupportApiOld120\\", \\"access_key_secret\\": \\"SupportApiSupportApiSupport120\\"}"}]},
  {"id": "123456789012", "users": [
   {"name": "rotator", "created_days_ago": 400,
    "keys": [{"id": "AKIAROTATORROTATOR01", "secret": "rotatorrotatorrotatorrotatorrotatorrota1", "created_days_ago": 20}]},
   {"name": "backup", "created_days_ago": 300,
    "keys": [{"id": "AKIABACKUPBACKUPOLD1", "secret": "backupbackupbackupbackupbackupbackupbac1", "created_days_ago": 95,
              "last_used": {"at_days_ago": 0.00005, "service": "s3", "region": "eu-west-1"}}]}]}]}
STATE
start_cloud state.json

mkdir -p .aliyun .alibabacloud .aws .config/keybaton service
cat >.aliyun/config.json <<'FILE'
{
  "current": "support-api",
  "profiles": [
    {"name": "support-api", "mode": "AK", "access_key_id": "LTAISupportApiOld120",
     "access_key_secret": "SupportApiSupportApiSupport120", "region_id": "cn-hangzhou"}
  ]
}
FILE
cat >.alibabacloud/credentials <<'FILE'
[rotator]
type = access_key
access_key_id = LTAIRotatorRotator01
access_key_secret = RotatorRotatorRotatorRotator01

[support-api]
type = access_key
access_key_id = LTAISupportApiOld120
access_key_secret = SupportApiSupportApiSupport120
FILE
cat >.aws/credentials <<'FILE'
[rotator]
aws_access_key_id = AKIAROTATORROTATOR01
aws_secret_access_key = rotatorrotatorrotatorrotatorrotatorrota1

[backup]
aws_access_key_id = AKIABACKUPBACKUPOLD1
aws_secret_access_key = backupbackupbackupbackupbackupbackupbac1
FILE
cat >service/support.env <<'FILE'
PORT=8080
ALIBABA_CLOUD_ACCESS_KEY_ID=LTAISupportApiOld120
ALIBABA_CLOUD_ACCESS_KEY_SECRET=SupportApiSupportApiSupport120
FILE
cat >.config/keybaton/config.yaml <<FILE
accounts:
  hk:
    provider: alibaba
    profile: rotator
    account_id: "1234567890123456"
    endpoints: {ram: "$url", sts: "$url", ims: "$url", actiontrail: "$url", kms: "$url"}
  demo: {provider: aws, profile: rotator, region: eu-west-1, endpoints: {iam: "$url", sts: "$url"}}
# These clouds are on loopback, so their delays may be told as they are: seconds instead of hours.
policy: {quiet: 3s, grace: 3s, lag: 1s, granularity: 1s, propagation: 1s, check_every: 1s, late_undo: 30d}
targets:
  hk/support-api:
    cadence: 1s
    locations:
      - {name: aliyun, type: alibaba-cli-config, path: ~/.aliyun/config.json, profile: support-api}
      - {name: sdk, type: alibaba-credentials-file, path: ~/.alibabacloud/credentials, profile: support-api}
      - {name: kms, type: alibaba-kms-secret, secret: support-api, id: access_key_id, value: access_key_secret}
      - {name: service, type: env-file, path: ~/service/support.env,
         id: ALIBABA_CLOUD_ACCESS_KEY_ID, value: ALIBABA_CLOUD_ACCESS_KEY_SECRET}
  demo/backup:
    cadence: 1s
    locations:
      - {name: credentials, type: aws-credentials-file, path: ~/.aws/credentials, profile: backup}
FILE

start_consumer ecs --cloud alibaba --credentials-file .aliyun/config.json --profile support-api --region cn-hangzhou
start_consumer s3 --credentials-file .aws/credentials --profile backup --region eu-west-1
say "The simulated RAM verifies V3 signatures, takes each nonce once, refuses Inactive and unknown keys, needs 0.7 s" \
  "to know a new key, and deletes only what is Inactive: into a recycle bin." \
  "A consumer signs a call of ECS every 100 ms with the key in ~/.aliyun/config.json. The same key stands in" \
  "~/.alibabacloud/credentials, in a secret of KMS, and in service/support.env." \
  "What would a rotation do?"
kb plan hk/support-api

# ------------------------------------------------------------------------------------------------------------------
title "1. Rotate, and pull the plug in the middle of deploy"

rotate_and_kill hk/support-api
say "" "The places now hold different keys, and both work:" \
  "  .aliyun/config.json        $(id_in .aliyun/config.json)" \
  "  .alibabacloud/credentials  $(id_in .alibabacloud/credentials)" \
  "  service/support.env        $(id_in service/support.env)"
[ "$(id_in service/support.env)" = $old ] || failed "the last place should still hold the old key"
kb status hk/support-api

title "2. Resume"
say "One command settles the broken write by reading the place, then goes on to the delete."
kb resume hk/support-api --yes --wait
ends_as hk/support-api completed
new=$(id_in .aliyun/config.json)
[ "$new" != $old ] || failed "the first place should hold the new key"
all_hold "$new"
kb key list hk/support-api
count

# ------------------------------------------------------------------------------------------------------------------
title "3. Completed, deleted - and somebody still needed it"

say "A deleted key of a RAM user lies in the recycle bin for 30 days, and this config keeps the old values of the" \
  "places sealed as long (policy: late_undo). So one command takes back what was completed: the key out of the bin," \
  "Active, back into its places, and then the new key away."
kb rollback hk/support-api --reason "a monthly job still used the old key" --yes --wait
ends_as hk/support-api rolled_back
all_hold $old
kb key list hk/support-api
say "" "What the journal says of the way back:"
kb history --kind outcome --limit 10
count

# ------------------------------------------------------------------------------------------------------------------
title "4. Two clouds, one command"

say "The same config has an account of AWS, and a user there whose key has a consumer of its own. A new key for each:"
kb rotate hk/support-api --yes --through create
kb rotate demo/backup --yes --through create
kb keys
say "" "One command takes both to their end:"
kb resume --all --yes --wait
ends_as hk/support-api completed
ends_as demo/backup completed
kb keys
kb history --kind outcome --limit 12

# ------------------------------------------------------------------------------------------------------------------
title "The count"

kb status --all
kb history verify
count
say "" "Three rotations on two clouds, a SIGKILL and a key out of the recycle bin in $((SECONDS - began)) s: not one call refused."

#!/usr/bin/env bash
# demo.sh BUILD_DIR: one access key handed over twice against the simulated cloud, the first time through a SIGKILL, the
# second time there and back again, while a consumer signs a call with it every 100 ms and counts what is refused.
# Ends with 1 if a single call was refused, or if a rotation ended elsewhere than told. Everything is on loopback and in
# a directory that is removed at the end.
. "$(dirname "$0")/helpers.sh" "${1:?usage: demo.sh BUILD_DIR}"

key_in() { sed -n "s/^$2 *= *\(AKIA[A-Z0-9]*\)$/\1/p" "$1"; }

# ------------------------------------------------------------------------------------------------------------------
title "A cloud, a user whose key is 120 days old, and a program that lives on it"

cat >state.json <<'STATE'
{"options": {"propagation_ms": 700, "deactivation_delay_ms": 300, "granularity_ms": 1000, "lag_ms": 500},
 "accounts": [{"id": "123456789012", "users": [
   {"name": "rotator", "created_days_ago": 400,
    "keys": [{"id": "AKIAROTATORROTATOR01", "secret": "rotatorrotatorrotatorrotatorrotatorrota1", "created_days_ago": 20}]},
   {"name": "support-api", "created_days_ago": 300,
    "keys": [{"id": "AKIASUPPORTAPIOLD120", "secret": "supportapisupportapisupportapisupportap1", "created_days_ago": 120,
              "last_used": {"at_days_ago": 0.00005, "service": "s3", "region": "eu-west-1"}}]}]}]}
STATE
start_cloud state.json

mkdir -p .aws .config/keybaton service
cat >.aws/credentials <<'FILE'
[rotator]
aws_access_key_id = AKIAROTATORROTATOR01
aws_secret_access_key = rotatorrotatorrotatorrotatorrotatorrota1

# The support team's program reads this profile before each call.
[support-api]
aws_access_key_id = AKIASUPPORTAPIOLD120
aws_secret_access_key = supportapisupportapisupportapisupportap1
region = eu-west-1
FILE
cat >service/support.env <<'FILE'
PORT=8080
AWS_ACCESS_KEY_ID=AKIASUPPORTAPIOLD120
AWS_SECRET_ACCESS_KEY=supportapisupportapisupportapisupportap1
FILE
cat >.config/keybaton/config.yaml <<FILE
accounts:
  demo: {provider: aws, profile: rotator, region: eu-west-1, endpoints: {iam: "$url", sts: "$url"}}
# This cloud is on loopback, so its delays may be told as they are: seconds instead of minutes and hours.
policy: {quiet: 3s, grace: 3s, lag: 1s, granularity: 1s, propagation: 1s, check_every: 1s}
targets:
  demo/support-api:
    cadence: 1s
    locations:
      - {name: credentials, type: aws-credentials-file, path: ~/.aws/credentials, profile: support-api}
      - {name: service, type: env-file, path: ~/service/support.env, id: AWS_ACCESS_KEY_ID, value: AWS_SECRET_ACCESS_KEY}
FILE

start_consumer s3 --credentials-file .aws/credentials --profile support-api --region eu-west-1
say "The simulated cloud verifies signatures, refuses Inactive and unknown keys, and needs 0.7 s to know a new key." \
  "The consumer signs a call every 100 ms with whatever key its credentials file holds." \
  "The same key stands in a second place, service/support.env." \
  "What would a rotation do?"
kb plan demo/support-api

# ------------------------------------------------------------------------------------------------------------------
title "1. Rotate, and pull the plug in the middle of deploy"

say "To hit the middle every time, a stand-in for another program holds the lock on service/, so keybaton must wait" \
  "there with the first place written and the second not. That is when it gets a SIGKILL: no handler, no goodbye."
rotate_and_kill demo/support-api

new=$(key_in .aws/credentials aws_access_key_id | tail -n 1)
old=$(key_in service/support.env AWS_ACCESS_KEY_ID)
[ "$new" != AKIASUPPORTAPIOLD120 ] || failed "the first place should hold the new key"
[ "$old" = AKIASUPPORTAPIOLD120 ] || failed "the second place should still hold the old key"
say "" "The two places now hold different keys, and both work: the old key goes only when nobody needs it." \
  "  .aws/credentials     $new" "  service/support.env  $old"
say "The journal knows what was begun, without asking the cloud:"
kb status demo/support-api
kb key list demo/support-api

title "2. Resume"
say "One command settles the broken write by reading the place, then goes on: deploy, verify, deactivate, delete." \
  "Verify waits until the new key is used and the old one has been quiet; delete waits for the grace."
kb resume demo/support-api --yes --wait
ends_as demo/support-api completed
kb key list demo/support-api
say "" "What came of each step; the write that the SIGKILL cut short is there too, settled by reading as not done:"
kb history --kind outcome
count

# ------------------------------------------------------------------------------------------------------------------
title "3. Once more, and change our mind after the deactivation"

say "The next rotation goes as far as deactivate: the old key is Inactive, but still there."
kb rotate demo/support-api --yes --wait --through deactivate
ends_as demo/support-api deactivated
kb key list demo/support-api

say "" "Somebody calls: a batch job still needed the old key. One command takes it all back, the old key first."
kb rollback demo/support-api --reason "a batch job still used the old key" --yes --wait
ends_as demo/support-api rolled_back
[ "$(key_in .aws/credentials aws_access_key_id | tail -n 1)" = "$new" ] || failed "the first place should be restored"
[ "$(key_in service/support.env AWS_ACCESS_KEY_ID)" = "$new" ] || failed "the second place should be restored"
kb key list demo/support-api
say "" "Why it was rolled back, and by whom:"
kb history --kind decision --text rollback

# ------------------------------------------------------------------------------------------------------------------
title "The count"

kb status --all
kb history verify
count
say "" "Two rotations, a SIGKILL and a rollback in $((SECONDS - began)) s: not one call refused."

# What the demos share: a home of their own, commands shown as they are typed, a consumer that counts, a plug to pull.
# Sourced with the build directory as its argument: `. helpers.sh BUILD_DIR`.
set -euo pipefail

build=$(cd "${1:?the build directory is missing}" && pwd)
keybaton=$build/keybaton
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
began=$SECONDS

# Nothing of the caller's that could lead anywhere else.
unset ${!AWS_@} ${!ALIBABA_CLOUD_@} ${!KEYBATON_@} ${!XDG_@}
here=$(mktemp -d "${TMPDIR:-/tmp}/keybaton-demo-XXXXXX")
export HOME=$here NO_PROXY='*'
cd "$here"
umask 077

started=()
clean_up() {
  local pid
  for pid in ${started[@]+"${started[@]}"}; do
    kill "$pid" 2>/dev/null || continue
    { wait "$pid"; } 2>/dev/null || true
  done
  rm -rf "$here"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then bold=$'\e[1;36m' grey=$'\e[2m' plain=$'\e[0m'; else bold='' grey='' plain=''; fi
title() { printf '\n%s== %s%s\n' "$bold" "$1" "$plain"; }
say() { printf '%s\n' "$@"; }
failed() {
  say "demo: $1" >&2
  exit 1
}

# A command as it would be typed, then what it says.
shown() {
  local word line=
  for word; do case $word in *' '*) line+=" \"$word\"" ;; *) line+=" $word" ;; esac done
  printf '\n%s$ keybaton%s%s\n' "$grey" "$line" "$plain"
}
kb() {
  shown "$@"
  "$keybaton" "$@" </dev/null 2>&1
}

# until_true SECONDS WHAT COMMAND…
until_true() {
  local end=$((SECONDS + $1)) what=$2
  shift 2
  until "$@"; do
    [ $SECONDS -lt $end ] || failed "waited in vain for $what"
    sleep 0.05
  done
}

# start_cloud STATE_FILE: sets $url.
start_cloud() {
  "$build/tests/simulated_cloud/simulated_cloud" --port-file port --state "$1" >/dev/null &
  started+=($!)
  until_true 20 "the simulated cloud" test -e port
  url=http://127.0.0.1:$(cat port)
}

# start_consumer SERVICE ARGUMENT…: signs a call of SERVICE every 100 ms.
consumers=()
start_consumer() {
  local service=$1
  shift
  "$build/tests/simulated_cloud/consumer" --endpoint "$url" --service "$service" "$@" --interval-ms 100 \
    --report "$service.json" >/dev/null &
  started+=($!)
  consumers+=("$service")
  until_true 20 "the consumer's first calls" test -s "$service.json"
}

count() {
  local service report
  calls() { sed -n "s/^  \"$1\": \([0-9]*\).*/\1/p" "$report"; }
  for service in "${consumers[@]}"; do
    report=$here/$service.json
    say "" "The consumer of $service: $(calls calls_made) calls made, $(calls calls_refused) refused."
    sed -nE 's/^    "((AKIA|LTAI)[A-Za-z0-9]*)": ([0-9]*).*/  \1 signed \3 of them/p' "$report"
    [ "$(calls calls_refused)" = 0 ] || failed "the consumer was refused: $(cat "$report")"
  done
}

# ends_as TARGET STATE: fails unless its latest rotation stands there.
ends_as() {
  local now
  now=$("$keybaton" status "$1" --json | sed -n 's/.*"new_key":[^,]*,"state":"\([a-z_]*\)".*/\1/p')
  [ "$now" = "$2" ] || failed "the rotation of $1 should be $2 and is $now"
}

# rotate_and_kill TARGET: a SIGKILL in the middle of its deploy, before its location "service" in service/ is written.
rotate_and_kill() {
  local rotation
  exec 9<service
  flock 9
  shown rotate "$1" --yes --wait
  "$keybaton" rotate "$1" --yes --wait </dev/null 2>&1 9<&- &
  rotation=$!
  started+=("$rotation")
  in_the_middle() {
    kill -0 "$rotation" 2>/dev/null || failed "the rotation ended before it could be killed"
    "$keybaton" status "$1" --json 2>/dev/null | grep -q '"pending":{"step":"deploy".*"location":"service"}'
  }
  until_true 20 "the write to service" in_the_middle "$1"
  kill -9 "$rotation"
  { wait "$rotation"; } 2>/dev/null || true
  say "" "*** kill -9: keybaton is gone in the middle of a write."
  exec 9<&-
}

#!/usr/bin/env bash
# Prints what the journal, the commands, a search and a scan cost, beside what they are held against. Only ratios travel between
# machines. bench/run.sh BUILD_DIR [ROTATIONS [RUNS [SCAN]]]: a million rotations take some minutes to make, and about 10 GB.
# SCAN: quick (some minutes), full (about twenty minutes: every row, peers with all users) or none.
set -euo pipefail

build=$(cd "${1:?usage: bench/run.sh BUILD_DIR [ROTATIONS [RUNS [SCAN]]]}" && pwd)
rotations=${2:-20000}
runs=${3:-200}
scan=${4:-quick}
memory=/dev/shm
[ -w "$memory" ] || memory=${TMPDIR:-/tmp}
scratch=$(mktemp -d "$build/bench-XXXXXX")
journals=$(mktemp -d "$memory/keybaton-bench-XXXXXX")
trap 'rm -rf "$scratch" "$journals"' EXIT

load=$(cut -d' ' -f1 /proc/loadavg)
echo "$(nproc) cores, load $load"
if [ "${load%.*}" -ge "$(nproc)" ]; then
  echo "The machine is busy: times of whole processes are those of its queue; trust the cpu ratios."
fi
"$build/bench/journal_bench" "$scratch"
"$build/bench/journal_bench" "$memory"

"$build/bench/fill_journal" "$journals/large.db" "$rotations" 3 >/dev/null
"$build/bench/verify_bench" "$journals/large.db"
"$build/bench/process_bench" "$build/keybaton" "$journals/large.db" "$runs"
"$build/bench/search_bench" "$build/keybaton" "$scratch"

case $scan in
  quick) words="" ;;
  full) words=--full ;;
  *) exit 0 ;;
esac
if command -v python3 >/dev/null; then
  python3 -B "$(dirname "$0")/scan_bench.py" "$build" $words
else
  echo "The scan is left out: python3 is not installed."
fi

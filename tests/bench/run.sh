#!/bin/sh
# Runs every benchmark of BIN and prints the table of figures. Results stay beside BIN in bench/:
# bench.json for machines, figures.md for people.
#
# FLEET says which fleets run: sizes of fleets at rest, and busy=N for the busy one (0: none).
# Without it 1000 and 10000 and a busy one of 20000, about ten minutes in all; "1000 10000 100000"
# takes about twenty more; FLEET=none leaves the fleets out. A fleet that does not settle is given up
# after a minute and 20 ms an object for each of its two starts, and the rest goes on.
#
# figures.md is docs/figures.md as a whole: copy it there when the machine was quiet.
set -eu
bin=$1
here=$(dirname "$0")
out=$(dirname "$bin")/bench
mkdir -p "$out"
rm -f "$out"/*.json

for bench in "$bin"/*_bench; do
  name=$(basename "$bench")
  [ "$name" != fleet_bench ] || continue
  echo "bench: $name" >&2
  timeout 180 "$bench" --benchmark_min_time=0.3 --benchmark_format=json >"$out/$name.json" ||
    echo "bench: $name failed" >&2
done
if [ "${FLEET:-}" != none ]; then
  # shellcheck disable=SC2086 # a list of words
  "$bin/fleet_bench" "$bin" ${FLEET:-} >"$out/fleet.json"
fi
"$bin/bench_report" "$out" "$(git rev-parse --short HEAD 2>/dev/null || echo unknown)" \
  "$(date -u +%F)" "$here/notes.md"

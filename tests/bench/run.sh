#!/bin/sh
# Runs every benchmark of BIN and prints the table of figures. Results stay beside BIN in bench/:
# bench.json for machines, figures.md for people. FLEET names the sizes of the fleets at rest
# ("1000 10000" by default; 100000 takes a quarter of an hour more), FLEET=none leaves them out.
set -eu
bin=$1
out=$(dirname "$bin")/bench
mkdir -p "$out"
rm -f "$out"/*.json

for bench in "$bin"/*_bench; do
  name=$(basename "$bench")
  [ "$name" != fleet_bench ] || continue
  echo "bench: $name" >&2
  "$bench" --benchmark_format=json >"$out/$name.json"
done
if [ "${FLEET:-}" != none ]; then
  # shellcheck disable=SC2086 # a list of numbers
  "$bin/fleet_bench" "$bin" ${FLEET:-} >"$out/fleet.json"
fi
"$bin/bench_report" "$out" "$(git rev-parse --short HEAD 2>/dev/null || echo unknown)" "$(date -u +%F)"

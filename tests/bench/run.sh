#!/bin/sh
# Runs every benchmark of BIN and prints the table of figures. Results stay beside BIN in bench/:
# bench.json for machines, figures.md for people.
#
# FLEET says which fleets run: sizes of fleets at rest, and busy=N for the busy one (0: none).
# Without it 1000 and 10000 and a busy one of 20000, about ten minutes in all; "1000 10000 100000"
# takes about twenty more; FLEET=none leaves the fleets out. A fleet that does not settle is given up
# after a minute and 20 ms an object for each of its two starts, and the rest goes on.
#
# KUBE does the same for fleets in a real API server: sizes, "none", or nothing for 1000 and 10000.
# Where there is no API server (make e2e builds one) they are left out, and the table says so.
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
  case $name in fleet_bench | kube_bench) continue ;; esac
  echo "bench: $name" >&2
  timeout 180 "$bench" --benchmark_min_time=0.3 --benchmark_format=json >"$out/$name.json" ||
    echo "bench: $name failed" >&2
done
if [ "${FLEET:-}" != none ]; then
  # shellcheck disable=SC2086 # a list of words
  "$bin/fleet_bench" "$bin" ${FLEET:-} >"$out/fleet.json"
fi
if [ "${KUBE:-}" != none ]; then
  e2e=$here/../e2e_kube
  if "$e2e/assets.sh" >/dev/null 2>&1; then
    for objects in ${KUBE:-1000 10000}; do
      echo "bench: kube_bench $objects" >&2
      "$e2e/apiserver.sh" "$here/../../api/crds" "$bin/kube_bench" "$bin" "$objects" \
        >"$out/kube-$objects.json" || echo "bench: kube_bench $objects failed" >&2
    done
  else
    echo "bench: no Kubernetes API server is built (make e2e builds one); its figures are left out" >&2
  fi
fi
"$bin/bench_report" "$out" "$(git rev-parse --short HEAD 2>/dev/null || echo unknown)" \
  "$(date -u +%F)" "$here/notes.md"

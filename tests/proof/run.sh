#!/bin/sh
# Runs the parts of the proof and writes what each printed, with commit and date, into
# docs/reliability.md. A part that is not run keeps what the page said of it.
#   tests/proof/run.sh [BUILD]
#   PARTS="seeds kills"    only these; all of them without it, in this order:
#     past seeds bugs crash_points states journal cel kills hostile image fuzz threads sanitizers valgrind soak
#   SEEDS=10000 FIRST=1000 KILLS=500 FUZZ_SECONDS=3600 SOAK_MINUTES=30 SOAK_OBJECTS=1000
#   SANITIZED_SEEDS=200 DECIDE_ONE_IN=1 PAIRS_ONE_IN=1 JOBS=2
#   FUZZ_TARGETS="kube manifest"   only these; their figures join those of earlier runs
# The values above are those of a full run; the page says when less was run. A part that this
# machine has no means for says why and is skipped; what the page said of it stays. Exit code 1 when
# a part failed.
set -u
cd "$(dirname "$0")/../.." || exit 1
build=${1:-build}
bin=$build/bin
page=${PAGE:-docs/reliability.md}
jobs=${JOBS:-$(nproc)}
out=$build/proof
mkdir -p "$out"
all='past seeds bugs crash_points states journal cel kills hostile image fuzz threads sanitizers valgrind soak'
failed=

need() { cmake --build "$build" -j "$jobs" --target "$@" >"$out/build.log" 2>&1 || { tail -n 20 "$out/build.log"; return 1; }; }

# What gtest and ctest print around the figures is left out.
figures() { grep -vE '^(\[|Note: |Running main|$)' "$1"; }

past() {
  command='build/bin/simulation --past 1 --again 1'
  need simulation && "$bin/simulation" --past 1 --again 1 --jobs "$jobs"
}

seeds() {
  full=10000 asked=${SEEDS:-10000}
  command="make proof PARTS=seeds SEEDS=$asked FIRST=${FIRST:-1000}"
  need simulation || return 1
  "$bin/simulation" --seeds "$asked" --first "${FIRST:-1000}" --jobs "$jobs" >"$out/seeds.all"
  status=$?
  grep -E '^seed [0-9]+: |^[0-9]+ seeds ' "$out/seeds.all"
  return $status
}

bugs() {
  command='build/bin/bugs_test'
  need bugs_test && "$bin/bugs_test" >"$out/bugs.all" 2>&1
  status=$?
  found=$(grep -cE '^[A-Za-z]+ +[0-9]+ seeds: .' "$out/bugs.all")
  open=$(grep -cE '^[A-Za-z]+ +open: ' "$out/bugs.all")
  echo "$((found + open)) deliberate bugs: $found caught, $open not"
  grep -E '^[A-Za-z]+ +([0-9]+ seeds|open): ' "$out/bugs.all"
  return $status
}

# Every pair, where `make test` tries a sample. The scenarios are shared out among JOBS processes.
crash_points() {
  full=1 asked=${PAIRS_ONE_IN:-1}
  command='make proof PARTS=crash_points'
  need crash_points_test || return 1
  running='' status=0
  for job in $(seq 0 $((jobs - 1))); do
    GTEST_TOTAL_SHARDS=$jobs GTEST_SHARD_INDEX=$job PAIRS_ONE_IN=$asked \
      "$bin/crash_points_test" >"$out/crash_points.$job" 2>&1 &
    running="$running $!"
  done
  for process in $running; do wait "$process" || status=1; done
  for job in $(seq 0 $((jobs - 1))); do cat "$out/crash_points.$job"; done >"$out/crash_points.all"
  for source in Files ClusterWithLeases; do
    awk -v source="$source" '
      $0 ~ "^crash points, " source "_" { trials += $4; covered += $6 }
      $0 ~ "^pairs of crash points, " source "_" { pairs += $6; tried += $8; twice += $10; if ($14 > in_) in_ = $14 }
      END { printf "crash points, %s: %d existing, %d covered\n", source, trials, covered
            printf "pairs of crash points, %s: %d existing, %d covered%s\n", source, pairs, twice,
              in_ > 1 ? ", a sample: one in " in_ : ""
            exit trials == 0 || trials != covered || tried != twice || (in_ == 1 && pairs != twice) }' "$out/crash_points.all" || status=1
  done
  grep -E '^\[  FAILED' "$out/crash_points.all" | sort -u
  return $status
}

states() {
  full=1 asked=${DECIDE_ONE_IN:-1}
  command="DECIDE_ONE_IN=$asked build/bin/reconcile_test --gtest_filter='*Combination*:Leaving.*:Living.*'"
  need reconcile_test && DECIDE_ONE_IN=$asked "$bin/reconcile_test" \
    --gtest_filter='*Combination*:Leaving.*:Living.*' >"$out/states.all" 2>&1
  status=$?
  grep -E 'combinations|PASSED|FAILED' "$out/states.all" | sed 's/^\[ *\(PASSED\|FAILED\) *\] /\1 /'
  return $status
}

journal() {
  command="build/bin/journal_file_test --gtest_also_run_disabled_tests --gtest_filter='JournalDamage.*:JournalWalDamage.*'"
  need journal_file_test && "$bin/journal_file_test" --gtest_also_run_disabled_tests \
    --gtest_filter='JournalDamage.*:JournalWalDamage.*'
}

# The code of an API server that knows CEL, which Debian's does not: from the Go module proxy, built
# by a Go that is newer than Debian's.
cel() {
  command='make proof PARTS=cel'
  go version >"$out/cel.go" 2>&1 || { echo 'skipped: there is no Go compiler'; return 77; }
  found=$(sed -E 's/^go version go([0-9]+\.[0-9]+).*/\1/' "$out/cel.go")
  if [ "$(printf '%s\n1.21\n' "$found" | sort -V | head -n 1)" != 1.21 ]; then
    echo "skipped: needs Go 1.21 or newer; this is Go $found"
    return 77
  fi
  (cd tests/cel && GOTOOLCHAIN=local go mod download) >"$out/cel.modules" 2>&1 || {
    echo "skipped: the modules cannot be had: $(tail -n 1 "$out/cel.modules")"
    return 77
  }
  (cd tests/cel && GOTOOLCHAIN=local go build -o "$OLDPWD/$out/cel" .) || return 1
  echo "k8s.io/apiextensions-apiserver $(sed -nE 's/.*apiextensions-apiserver (v[0-9.]+)$/\1/p' tests/cel/go.mod)"
  "$out/cel" .
}

kills() {
  full=500 asked=${KILLS:-500}
  command="make proof PARTS=kills KILLS=$asked"
  need e2e_kill_test && KILLS=$asked SEED=${SEED:-500} "$bin/e2e_kill_test"
}

# Servers that misbehave: at the HTTP client, the Kubernetes client and the channel to plugins.
hostile() {
  command='ctest --test-dir build -R "beast_http_client_test|kube_client_test|kube_watch_test|plugin_provider_test"'
  need beast_http_client_test kube_client_test kube_watch_test plugin_provider_test &&
    ctest --test-dir "$build" -R '^(beast_http_client_test|kube_client_test|kube_watch_test|plugin_provider_test)$' \
      >"$out/hostile.all" 2>&1
  status=$?
  grep -E 'Passed|Failed|tests passed' "$out/hostile.all"
  return $status
}

# The Dockerfile without an engine: its steps in a root made by debootstrap, then the image is started.
image() {
  command='make proof PARTS=image'
  tests/proof/image.py "$out/image"
  status=$?
  [ $status -ne 0 ] || rm -rf "$out/image"
  return $status
}

# One libFuzzer program for each target, JOBS at a time. Each goes on from what earlier runs found
# (build/proof/fuzz-TARGET and the kept corpus, which grows within limits: fuzz.sh); what all of them
# did adds up in docs/fuzz.tsv.
fuzz() {
  full=3600 asked=${FUZZ_SECONDS:-3600}
  command="make proof PARTS=fuzz FUZZ_SECONDS=$asked"
  [ -z "${FUZZ_TARGETS:-}" ] || command="$command FUZZ_TARGETS=\"$FUZZ_TARGETS\""
  sums=docs/fuzz.tsv targets='' programs=''
  for name in ${FUZZ_TARGETS:-$(cd tests/fuzz && ls -- *_fuzz.cc)}; do
    name=${name%.cc} name=${name%_fuzz}
    [ -e "tests/fuzz/${name}_fuzz.cc" ] || { echo "tests/fuzz has no target $name"; return 64; }
    targets="$targets $name" programs="$programs ${name}_fuzz"
  done
  cmake --preset fuzz >"$out/fuzz.configure" 2>&1 || { tail -n 20 "$out/fuzz.configure"; return 1; }
  # shellcheck disable=SC2086 # a list of names
  cmake --build build-fuzz -j "$jobs" --target $programs >"$out/fuzz.build" 2>&1 ||
    { tail -n 20 "$out/fuzz.build"; return 1; }
  status=0
  echo "$targets" | xargs -n 1 -P "$jobs" tests/proof/fuzz.sh "$out" "$asked" || status=1
  for name in $targets; do
    tests/proof/fuzz_sums.py add "$sums" "$(date -u +%F)" <"$out/fuzz-$name.result" || status=1
  done
  tests/proof/fuzz_sums.py table "$sums" || status=1
  return $status
}

# clang's analysis of locks over the product; its findings are errors in this tree.
threads() {
  command='make proof PARTS=threads'
  cmake --preset thread-safety >"$out/threads.configure" 2>&1 || { tail -n 20 "$out/threads.configure"; return 1; }
  cmake --build build-thread-safety -j "$jobs" --target instanced instancectl >"$out/threads.build" 2>&1
  status=$?
  echo "locks annotated: $(grep -rlE 'GuardedBy\(|INSTANCED_GUARDED_BY' controller | wc -l) files, $(grep -rhoE 'INSTANCED_GUARDED_BY\(' controller | wc -l) guarded members"
  echo "findings: $(grep -c 'Wthread-safety' "$out/threads.build")"
  return $status
}

# The simulation in a sanitizer's tree: so many seeds, every crash point and one pair in so many.
simulate_in() {
  tree=build-$1 seeds=$2 one_in=$3
  shift 3
  cmake --build "$tree" -j "$jobs" --target simulation crash_points_test "$@" >>"$out/$tree.build" 2>&1 || {
    tail -n 20 "$out/$tree.build"
    return 1
  }
  failures=0
  "$tree/bin/simulation" --seeds "$seeds" --first 60000 --jobs "$jobs" >"$out/$tree.seeds" 2>&1 || failures=1
  PAIRS_ONE_IN=$one_in "$tree/bin/crash_points_test" >"$out/$tree.crash_points" 2>&1 || failures=1
  for program in "$@"; do "$tree/bin/$program" >"$out/$tree.$program" 2>&1 || failures=1; done
  grep -hE '^[0-9]+ seeds ' "$out/$tree.seeds" | sed "s/^/$tree: /"
  awk -v tree="$tree" '/^crash points, / { all += $4 } /^pairs of crash points, / { pairs += $8 }
    END { printf "%s: %d crash points, %d pairs\n", tree, all, pairs }' "$out/$tree.crash_points"
  for program in "$@"; do
    sed -n "s/^\[  PASSED  \] /$tree: $program, /p" "$out/$tree.$program"
  done
  grep -hE '^(==[0-9]+==ERROR|WARNING: ThreadSanitizer|SUMMARY: )|^\[  FAILED' "$out/$tree".* | sort -u | head -n 20
  return $failures
}

sanitizers() {
  command='make proof PARTS=sanitizers'
  status=0
  for kind in asan tsan; do
    make -s $kind >"$out/$kind.log" 2>&1 || status=1
    grep -E '% tests passed' "$out/$kind.log" | tail -n 1 | sed "s/^/$kind: /"
    grep -E '\*\*\*(Failed|Timeout|Exception)' "$out/$kind.log" | sed "s/^ */$kind: /"
  done
  export LSAN_OPTIONS="suppressions=$PWD/cmake/sanitizers/leaks.txt"
  simulate_in asan "${SANITIZED_SEEDS:-200}" 199 bugs_test || status=1
  return $status
}

valgrind() {
  command='tests/proof/valgrind.sh'
  need instanced instancectl cloudsim && tests/proof/valgrind.sh "$bin" "$out"
}

soak() {
  full=30 asked=${SOAK_MINUTES:-30}
  command="make proof PARTS=soak SOAK_MINUTES=$asked SOAK_OBJECTS=${SOAK_OBJECTS:-1000}"
  need soak_test && SOAK_MINUTES=$asked "$bin/soak_test"
}

for part in ${PARTS:-$all}; do
  case " $all " in *" $part "*) ;; *) echo "proof: no part is called $part; there are: $all" >&2; exit 2 ;; esac
  full='' asked='' command=''
  begun=$(date +%s)
  echo "proof: $part begins, $(date -u +%H:%M:%S)"
  "$part" >"$out/$part.log" 2>&1
  case $? in
    0) verdict=passed ;;
    64) echo "proof: $part: $(tail -n 1 "$out/$part.log")" >&2; exit 2 ;;
    77) echo "proof: $part $(tail -n 1 "$out/$part.log")"; continue ;;
    *) verdict=FAILED failed="$failed $part" ;;
  esac
  figures "$out/$part.log" >"$out/$part.figures"
  commit=$(git rev-parse --short HEAD)
  git diff --quiet HEAD -- api controller tests || commit="$commit and changes"
  tests/proof/record.py "$page" "$part" --verdict "$verdict" --commit "$commit" \
    --date "$(date -u +%F)" --seconds $(($(date +%s) - begun)) --command "$command" \
    --full "$full" --asked "$asked" <"$out/$part.figures" || failed="$failed $part"
  echo "proof: $part $verdict"
done
[ -z "$failed" ] || { echo "proof: failed:$failed"; exit 1; }

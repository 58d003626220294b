#!/bin/sh
# Runs one fuzz target on from where earlier runs ended, and keeps what is worth it.
#   tests/proof/fuzz.sh OUT SECONDS TARGET      after the fuzz preset was built
# OUT/fuzz-TARGET holds every input that was found and is where the next run begins; one that crashes
# lies beside it. Those that reach what the kept corpus (CORPORA/TARGET) does not join it, first what
# reaches most: KEEP_NEW files of a run, while there are no more than KEEP_FILES, and none above
# KEEP_BYTES. Leaves in OUT/fuzz-TARGET.result what fuzz_sums.py reads. Exit code 1: a finding.
set -u
cd "$(dirname "$0")/../.." || exit 1
out=$1 seconds=$2 target=$3
corpus=${CORPORA:-tests/fuzz/corpus}/$target
files_max=${KEEP_FILES:-200}
new_max=${KEEP_NEW:-25}
bytes_max=${KEEP_BYTES:-1024}
found=$out/fuzz-$target
mkdir -p "$found"

# What the target reads beside its corpus, as tests/fuzz/CMakeLists.txt has it.
also=
[ "$target" != manifest ] || also=tests/golden/manifests

libfuzzer() { "build-fuzz/bin/${target}_fuzz" -timeout=10 -rss_limit_mb=2048 "$@"; }

begun=$(date +%s)
# shellcheck disable=SC2086 # one folder or none
libfuzzer -max_total_time="$seconds" -max_len=4096 -print_final_stats=1 -artifact_prefix="$found-" \
  "$found" "$corpus" $also >"$found.log" 2>&1
ended=$?
took=$(($(date +%s) - begun))

# libFuzzer merges into a copy of the kept inputs, named as it names those that it adds, one after
# the other by how much each adds.
merged=$found.merged
small=$found.small
rm -rf "$merged" "$small"
mkdir -p "$merged" "$small"
# shellcheck disable=SC2086 # one folder or none
find "$corpus" $also -type f | while read -r file; do
  cp "$file" "$merged/$(sha1sum <"$file" | cut -c1-40)"
done
find "$found" -type f -size "-$((bytes_max + 1))c" -exec cp -t "$small" {} +
find "$merged" -type f | sort >"$found.before"
libfuzzer -set_cover_merge=1 "$merged" "$small" >"$found.merge.log" 2>&1
room=$((files_max - $(find "$corpus" -type f | wc -l)))
room=$((room < new_max ? room : new_max))
find "$merged" -type f | sort | comm -13 "$found.before" - | xargs -r stat -c '%.9Y %n' | sort -n |
  head -n "$((room > 0 ? room : 0))" | cut -d' ' -f2 | xargs -r cp -t "$corpus"
rm -rf "$merged" "$small" "$found.before"

awk -v target="$target" -v seconds="$took" -v ended="$ended" '
  / cov: / { for (i = 1; i < NF; i++) if ($i == "cov:") edges = $(i + 1) }
  /number_of_executed_units/ { runs = $2 }
  END { print target, seconds, runs + 0, edges + 0, ended }' "$found.log" >"$found.result"
[ "$ended" = 0 ]

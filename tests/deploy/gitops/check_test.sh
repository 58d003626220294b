#!/bin/sh
# check_test.sh CHECK INSTANCED SAMPLES: what the pull request's check lets through and what not.
set -eu
check=$1
export INSTANCED="$2"
samples=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "check_test: $1"; cat "$work/out"; exit 1; }

"$check" "$samples" >"$work/out" 2>&1 || fail "the samples are refused"

mkdir "$work/good" "$work/bad"
cp "$samples"/provider-config.yaml "$work/good/"
sed 's/identityManagementType: .*/identityManagementType: NOBODY/' \
  "$samples/connect-instance.yaml" >"$work/bad/a.yaml"
echo 'kind: [' >"$work/bad/b.yaml"
if "$check" "$work/good" "$work/bad" >"$work/out" 2>&1; then fail "broken manifests pass"; fi
grep -q 'a.yaml:[0-9]*:[0-9]*:.*identityManagementType' "$work/out" || fail "the wrong field is not named"
grep -q 'b.yaml:[0-9]*:[0-9]*:' "$work/out" || fail "the second file is not named"

if "$check" "$work/none" >"$work/out" 2>&1; then fail "a folder that is not there passes"; fi
if "$check" >"$work/out" 2>&1; then fail "no folder at all passes"; fi
echo "all as expected"

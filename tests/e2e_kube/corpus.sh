#!/bin/bash
# Asks the API server what it makes of every manifest of a folder, by kubectl and without storing
# anything, and has PROGRAM compare the verdicts with what the folder expects.
#
#   corpus.sh MANIFESTS PROGRAM KUBECONFIG      started by apiserver.sh, which sets KUBECTL
set -euo pipefail

manifests="$1" program="$2" kubeconfig="$3"
answers="$(mktemp -d "${TMPDIR:-/tmp}/instanced-corpus.XXXXXX")"
trap 'rm -rf "$answers"' EXIT
ask() { "${KUBECTL:-kubectl}" --kubeconfig "$kubeconfig" --cache-dir "$answers/cache" "$@"; }

ask get --raw /version > "$answers/server-version"
grep -rhoE '"namespace": "[a-z0-9-]+"' "$manifests" | cut -d'"' -f4 | sort -u |
  while read -r namespace; do
    ask create namespace "$namespace" > "$answers/namespaces" 2>&1 < /dev/null ||
      grep -q AlreadyExists "$answers/namespaces"
  done
for file in "$manifests"/*.yaml; do
  name="$(basename "$file" .yaml)"
  if ask apply --dry-run=server -f "$file" -o json \
    > "$answers/$name.json" 2> "$answers/$name.refusal"; then
    touch "$answers/$name.accepted"
  fi
done
"$program" "$manifests" "$answers"

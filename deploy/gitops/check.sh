#!/bin/sh
# The check of a pull request: every folder of manifests is read by `instanced validate`, which
# contacts no cloud. All errors of all folders are shown; exit 1 when there is one.
#   check.sh FOLDER...       INSTANCED names the program (default: instanced)
set -u
program=${INSTANCED:-instanced}
[ $# -gt 0 ] || { echo "check.sh: which folders?" >&2; exit 2; }
command -v "$program" >/dev/null || { echo "check.sh: there is no program $program" >&2; exit 2; }
failed=0
for folder in "$@"; do
  if [ ! -d "$folder" ]; then
    echo "$folder: there is no such folder" >&2
    failed=1
  elif ! "$program" validate "$folder"; then
    failed=1
  fi
done
exit "$failed"

#!/bin/sh
# hardening_test.sh CHECK COMPILER PROGRAM...: the programs pass, and programs built without each
# protection do not.
set -u
check=$1
compiler=$2
shift 2
"$check" "$@" || exit 1

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/a.c" <<'SOURCE'
#include <stdio.h>
#include <string.h>
int main(int argc, char **argv) {
  char room[64];
  strcpy(room, argv[argc - 1]);
  return printf("%s\n", room) < 0;
}
SOURCE
good="-O2 -w -fPIE -pie -fstack-protector-strong -D_FORTIFY_SOURCE=2 -Wl,-z,relro -Wl,-z,now"

build() { # OUTPUT FLAGS...
  output=$1
  shift
  # shellcheck disable=SC2086 # a list of flags
  "$compiler" -x c "$work/a.c" -o "$work/$output" $good "$@" || exit 1
}
refused() { # WORDS FLAGS...
  words=$1
  shift
  build bad "$@"
  if "$check" "$work/bad" >"$work/said"; then echo "passes with $*"; exit 1; fi
  grep -q "$words" "$work/said" || { echo "with $*:"; cat "$work/said"; exit 1; }
}
build good
"$check" "$work/good" || exit 1
refused 'position independent' -fno-pie -no-pie
refused 'RELRO' -Wl,-z,norelro
refused 'BIND_NOW' -Wl,-z,lazy
refused 'executable stack' -Wl,-z,execstack
refused 'stack protector' -fno-stack-protector
refused 'FORTIFY' -U_FORTIFY_SOURCE
refused 'search path' -Wl,-rpath,/opt/lib

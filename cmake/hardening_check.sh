#!/bin/sh
# Says of each program whether it was built as a program with cloud credentials in its memory should
# be (cmake/Hardening.cmake asks for it): position independent, its relocations read-only before
# main, no executable stack, stack protector, checked copies, no search path of its own.
#   hardening_check.sh PROGRAM...      exit 1 when anything is missing
# Functions are called by check.
# shellcheck disable=SC2317
set -u
failed=0

check() { # PROGRAM WHAT COMMAND...
  name=$1 what=$2
  shift 2
  if "$@"; then return; fi
  echo "$name: $what"
  failed=1
}
has() { printf '%s\n' "$1" | grep -qE "$2"; }
lacks() { ! has "$1" "$2"; }

for program in "$@"; do
  head=$(readelf -hW "$program" 2>/dev/null) || { echo "$program: not a program"; failed=1; continue; }
  segments=$(readelf -lW "$program")
  dynamic=$(readelf -dW "$program")
  symbols=$(readelf --dyn-syms -W "$program")
  check "$program" "not position independent (PIE)" has "$head" 'Type: +DYN'
  check "$program" "no program interpreter: a library, not a PIE" has "$segments" 'INTERP'
  check "$program" "relocations stay writable (no RELRO)" has "$segments" 'GNU_RELRO'
  check "$program" "symbols are bound late (no BIND_NOW)" has "$dynamic" 'BIND_NOW|FLAGS.*NOW'
  check "$program" "executable stack" has "$segments" 'GNU_STACK.* RW +0x'
  check "$program" "a segment is writable and executable" lacks "$segments" 'LOAD.* RWE '
  check "$program" "relocations in code (TEXTREL)" lacks "$dynamic" 'TEXTREL'
  check "$program" "a library search path of its own" lacks "$dynamic" 'RPATH|RUNPATH'
  check "$program" "no stack protector" has "$symbols" '__stack_chk_fail'
  check "$program" "no checked copies (FORTIFY_SOURCE)" has "$symbols" '__(memcpy|memmove|memset|snprintf|sprintf|vsnprintf|fdelt|read|realpath|strncpy|strcpy|explicit_bzero|fprintf|printf|recv|poll)_chk'
done
[ "$failed" = 0 ] && echo "hardened: $*"
exit "$failed"

#!/bin/sh
# cmake/setup.sh over fakes of dpkg and apt-get that write down how they are called: what it installs,
# and what it does first where an earlier installation was interrupted.
#   setup_test.sh CMAKE_FOLDER
set -eu
setup=$1/setup.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin" "$work/updates"

fake() { { echo '#!/bin/sh'; cat; } >"$work/bin/$1"; chmod +x "$work/bin/$1"; }
# "present" is installed, "unpacked" was left half-way, all others are not there.
fake dpkg-query <<'EOF'
for package in "$@"; do :; done
case $package in
present) printf 'install ok installed' ;;
unpacked) printf 'install ok unpacked' ;;
*) exit 1 ;;
esac
EOF
fake dpkg <<'EOF'
case "$*" in
--audit) cat "$SETUP_TEST/audit" ;;
*) echo "dpkg $*" >>"$SETUP_TEST/calls"; : >"$SETUP_TEST/audit" ;;
esac
EOF
fake apt-get <<'EOF'
for verb in "$@"; do case $verb in update | install) break ;; esac; done
echo "apt-get $verb ${*##*--no-install-recommends}" >>"$SETUP_TEST/calls"
EOF
# Nothing of the machine is touched, whoever runs this.
for program in tee chmod rm; do fake $program </dev/null; done
echo 'echo 0' | fake id

failed=
# case_of NAME AUDIT PACKAGES WANTED-CALLS, the last in one line
case_of() {
  printf '%s' "$2" >"$work/audit"
  # shellcheck disable=SC2086 # one a line
  printf '%s\n' $3 >"$work/list"
  : >"$work/calls"
  PATH="$work/bin:$PATH" SETUP_TEST=$work DPKG_ADMINDIR="$work" \
    "$setup" "$work/list" >"$work/output" 2>&1 || failed="$failed, $1 (exit $?)"
  calls=$(sed 's/apt-get update.*/update/; s/apt-get install */install /; s/^dpkg .*configure -a/configure/' \
    "$work/calls" | paste -sd';')
  [ "$calls" = "$4" ] || failed="$failed, $1 (called: $calls; wanted: $4)"
}

case_of 'nothing is missing' '' present ''
[ ! -s "$work/output" ] || failed="$failed, nothing is missing (it printed something)"
case_of 'one is missing' '' 'present absent' 'update;install absent'
case_of 'one was left unpacked' 'unpacked: not configured' 'present unpacked' \
  'configure;update;install unpacked'
case_of 'the same again' '' 'present unpacked' 'update;install unpacked'
# What apt-get refuses to begin over even where the audit finds nothing.
echo x >"$work/updates/0001"
case_of 'dpkg was cut off in a write' '' 'present absent' 'configure;update;install absent'

/bin/rm -f "$work/updates/0001"
[ -z "$failed" ] || { echo "setup_test:${failed#,}"; exit 1; }
echo "setup_test: 5 cases"

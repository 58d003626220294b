#!/bin/sh
# systemd_test.sh SERVICE INSTANCED: systemd itself reads the unit without a complaint and finds
# little to be afraid of. 77 without systemd-analyze, or on one that cannot work offline.
set -u
service=$1
program=$2
command -v systemd-analyze >/dev/null || { echo "no systemd-analyze"; exit 77; }
systemd-analyze --help 2>/dev/null | grep -q -- --offline || { echo "too old"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# verify wants every program to be there.
mkdir -p "$work/etc/systemd/system" "$work/usr/bin" "$work/bin"
cp "$service" "$work/etc/systemd/system/instanced.service"
ln -s "$program" "$work/usr/bin/instanced"
sed "s|/usr/bin/instanced|$program|" "$service" >"$work/instanced.service"
if ! SYSTEMD_LOG_LEVEL=warning systemd-analyze verify --man=no "$work/instanced.service" 2>"$work/said"; then
  cat "$work/said"
  echo "systemd does not take the unit"
  exit 1
fi
if grep -F instanced.service "$work/said"; then echo "systemd complains"; exit 1; fi

# Exposure from 0.0 (locked in) to 10.0; --threshold is in tenths.
systemd-analyze security --no-pager --offline=true --threshold=15 \
  "$work/etc/systemd/system/instanced.service" >"$work/security" || {
  grep -v '✓' "$work/security"
  echo "the unit is more exposed than 1.5"
  exit 1
}
tail -n 1 "$work/security"

# The grace is the drain time and ten seconds.
drain=$(sed -n 's/.*--drain-timeout \([0-9]*\)s.*/\1/p' "$service")
stop=$(sed -n 's/^TimeoutStopSec=\([0-9]*\)s$/\1/p' "$service")
[ "$stop" = "$((drain + 10))" ] || { echo "TimeoutStopSec=$stop with a drain time of $drain"; exit 1; }

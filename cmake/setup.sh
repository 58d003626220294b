#!/bin/sh
# Installs the Debian packages named in the given lists. Asks nothing, and is done at once when all
# of them are there already.
#   cmake/setup.sh cmake/packages.txt [LIST...]
set -eu

wanted=$(sed -e 's/#.*//' "$@" | awk 'NF { print $1 }' | sort -u)
missing=
for package in $wanted; do
  status=$(dpkg-query -W -f='${Status}' "$package" 2>/dev/null || true)
  [ "$status" = "install ok installed" ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

as_root=
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || { echo "setup: be root, or install sudo" >&2; exit 1; }
  as_root=sudo
fi
echo "setup: installing$missing"

# A package's own daemon (prometheus comes with promtool) is for its users to start, not for a build.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap '$as_root rm -f "$policy"' EXIT
  trap 'exit 1' INT TERM
  printf '#!/bin/sh\nexit 101\n' | $as_root tee "$policy" >/dev/null
  $as_root chmod +x "$policy"
fi

# apt-get begins nothing while an installation that was interrupted is not brought to its end.
if [ -n "$(dpkg --audit 2>&1)" ] || [ -n "$(ls "${DPKG_ADMINDIR:-/var/lib/dpkg}/updates")" ]; then
  echo "setup: bringing an interrupted installation to its end"
  $as_root env DEBIAN_FRONTEND=noninteractive dpkg --force-confold --configure -a
fi
$as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o Acquire::Retries=3 update
# shellcheck disable=SC2086 # word splitting makes the list
$as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y \
  -o Acquire::Retries=3 -o Dpkg::Options::=--force-confold -o Dpkg::Use-Pty=0 \
  install --no-install-recommends $missing

#!/bin/sh
# Gathers in a folder all that programs need to run without a distribution around them: the
# programs, the shared libraries they load, certificates, time zones, a user. No shell, no package
# manager.
#   cmake/image_root.sh OUT PROGRAM...
set -eu
umask 022
out=$1
shift

take() { # a file to its place below $out, through links
  mkdir -p "$out$(dirname "$1")"
  cp -Lp "$1" "$out$1"
}

mkdir -p "$out/usr/bin" "$out/etc" "$out/tmp" "$out/manifests" "$out/var/lib/dpkg/status.d"
chmod 1777 "$out/tmp"
packages="ca-certificates tzdata"
for program in "$@"; do
  cp "$program" "$out/usr/bin/"
  for library in $(ldd "$program" | grep -o '/[^ ]*'); do
    [ -e "$out$library" ] && continue
    take "$library"
    owner=$(dpkg -S "$(readlink -f "$library")" 2>/dev/null || dpkg -S "$library" 2>/dev/null || true)
    packages="$packages ${owner%%:*}"
  done
done

take /etc/ssl/certs/ca-certificates.crt
if [ -d /usr/share/zoneinfo ]; then
  mkdir -p "$out/usr/share"
  cp -R /usr/share/zoneinfo "$out/usr/share/"
fi
echo 'hosts: files dns' >"$out/etc/nsswitch.conf"
echo 'instanced:x:65532:65532::/var/lib/instanced:/nonexistent' >"$out/etc/passwd"
echo 'instanced:x:65532:' >"$out/etc/group"
install -d -m 0700 "$out/var/lib/instanced"

# What scanners for known vulnerabilities read in images without a package manager.
# shellcheck disable=SC2086 # a list of words
for package in $(printf '%s\n' $packages | sort -u); do
  dpkg-query -s "$package" >"$out/var/lib/dpkg/status.d/$package" 2>/dev/null ||
    rm -f "$out/var/lib/dpkg/status.d/$package"
done
cp /etc/os-release "$out/etc/os-release"

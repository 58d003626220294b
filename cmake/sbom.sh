#!/bin/sh
# Writes a bill of materials (CycloneDX 1.5, JSON) of the programs: the Debian packages whose
# libraries they load, and those whose headers were compiled into them.
#   sbom.sh BUILD VERSION PROGRAM...       to standard output; BUILD is the ninja build tree
set -eu
build=$1
version=$2
shift 2

# Paths, one a line, to the packages they are from.
owners() {
  xargs -r -n 200 dpkg -S 2>/dev/null | sed -n 's/^\([^:,]*\)\(:[a-z0-9]*\)\{0,1\}: .*/\1/p' | sort -u
}

# Debian 12 has merged /lib into /usr/lib, and dpkg knows some files under the older name.
both_names() { awk '{ print; sub("^/usr/lib", "/lib"); print; sub("^/lib", "/usr/lib"); print }' | sort -u; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for program in "$@"; do ldd "$program"; done | grep -o '/[^ ]*' | both_names | owners >"$work/linked"
# Of the product's own objects, not of its tests.
ninja -C "$build" -t deps |
  awk '/^[^ ]/ { ours = /^(api|controller)\// } ours && /^    \/usr\// { print $1 }' |
  sort -u | owners >"$work/compiled"

component() { # PACKAGE USE
  dpkg-query -W -f='${binary:Package}\t${Version}\t${Architecture}\t${source:Package}\n' "$1" | head -n 1 |
    awk -F '\t' -v use="$2" '{
      sub(":.*", "", $1)
      printf "    {\"type\": \"library\", \"name\": \"%s\", \"version\": \"%s\",\n", $1, $2
      encoded = $2; gsub("\\+", "%2B", encoded); gsub(":", "%3A", encoded)
      printf "     \"bom-ref\": \"%s\", \"purl\": \"pkg:deb/debian/%s@%s?arch=%s&distro=debian-12\",\n",
        $1, $1, encoded, $3
      printf "     \"properties\": [{\"name\": \"instanced:use\", \"value\": \"%s\"}, " \
        "{\"name\": \"debian:source\", \"value\": \"%s\"}]}", use, $4
    }'
}

cat <<HEAD
{
  "bomFormat": "CycloneDX",
  "specVersion": "1.5",
  "version": 1,
  "metadata": {
    "component": {"type": "application", "name": "instanced", "version": "$version", "bom-ref": "instanced",
                  "licenses": [{"license": {"id": "Apache-2.0"}}]}
  },
  "components": [
HEAD
first=1
sort -u "$work/linked" "$work/compiled" | while read -r package; do
  use=compiled-in
  if grep -qx "$package" "$work/linked"; then use=loaded; fi
  [ "$first" = 1 ] || echo ','
  first=0
  component "$package" "$use"
done
printf '\n  ]\n}\n'

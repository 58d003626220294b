#!/bin/bash
# Prints a folder that holds kube-apiserver, etcd and kubectl.
#
#   assets.sh           the folder, or exit 1 with the reason when it is not there yet
#   assets.sh --build   makes it first: Debian's kubernetes source, built with Debian's Go 1.19
#
# KUBEBUILDER_ASSETS names a folder to use as it is: any newer version. Otherwise the folder lies
# in ${XDG_CACHE_HOME:-$HOME/.cache}/instanced and is kept between runs (4 minutes on two cores).
# Needs the packages of cmake/packages-kube.txt. Nothing on the system is changed: the source lists
# used to fetch are private to the folder.
set -euo pipefail

readonly reflect2=/usr/share/gocode/src/github.com/modern-go/reflect2
readonly cache="${XDG_CACHE_HOME:-$HOME/.cache}/instanced/kubernetes-debian12"

fail() { echo "assets.sh: $*" >&2; exit 1; }

if [[ -n "${KUBEBUILDER_ASSETS:-}" ]]; then
  for program in kube-apiserver etcd; do
    [[ -x "$KUBEBUILDER_ASSETS/$program" ]] ||
      fail "KUBEBUILDER_ASSETS=$KUBEBUILDER_ASSETS has no $program"
  done
  echo "$KUBEBUILDER_ASSETS"
  exit 0
fi

complete() { [[ -x "$cache/bin/kube-apiserver" && -x "$cache/bin/etcd" ]]; }

fetch_source() {  # into $1
  local lists="$1/apt"
  mkdir -p "$lists/lists/partial" "$lists/cache/archives/partial"
  echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]" \
    "http://deb.debian.org/debian bookworm main" > "$lists/sources.list"
  local options=(-o "Dir::Etc::sourcelist=$lists/sources.list" -o Dir::Etc::sourceparts=-
    -o "Dir::State::lists=$lists/lists" -o "Dir::Cache=$lists/cache" -o APT::Sandbox::User=root)
  apt-get "${options[@]}" -q update
  (cd "$1" && apt-get "${options[@]}" -q source kubernetes)
  rm -rf "$lists"
}

build() {
  [[ -x /usr/lib/go-1.19/bin/go ]] || fail "golang-1.19-go is not installed"
  [[ -d "$reflect2" ]] || fail "golang-github-modern-go-reflect2-dev is not installed"
  command -v rsync > /dev/null || fail "rsync is not installed"  # Kubernetes' own build needs it
  local etcd
  etcd="$(command -v etcd)" || fail "etcd-server is not installed"
  local work="$cache/work"
  rm -rf "$work"
  mkdir -p "$work" "$cache/bin"
  fetch_source "$work"
  cd "$work"/kubernetes-*/
  # The reflect2 of 2018 in vendor/ crashes with Go 1.18 and later.
  rm -rf vendor/github.com/modern-go/reflect2
  cp -rL "$reflect2" vendor/github.com/modern-go/reflect2
  mkdir -p .go/src/k8s.io
  ln -sfn "$PWD" .go/src/k8s.io/kubernetes
  cd .go/src/k8s.io/kubernetes
  env PATH="/usr/lib/go-1.19/bin:$PATH" GOROOT=/usr/lib/go-1.19 GOPATH="$work/gopath" \
    GOCACHE="$work/gocache" GOFLAGS=-buildvcs=false GO111MODULE=off GOTOOLCHAIN=local \
    CGO_ENABLED=0 nice make WHAT=cmd/kube-apiserver
  local made
  made="$(find "$work"/kubernetes-*/_output -type f -name kube-apiserver | head -n 1)"
  [[ -n "$made" ]] || fail "the build left no kube-apiserver"
  ln -sfn "$etcd" "$cache/bin/etcd"
  mv "$made" "$cache/bin/kube-apiserver"
  cd "$cache"
  chmod -R u+w "$work"
  rm -rf "$work"
}

if ! complete; then
  [[ "${1:-}" == --build ]] || fail "no kube-apiserver in $cache; run $0 --build"
  build >&2
fi
echo "$cache/bin"

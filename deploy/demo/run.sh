#!/bin/sh
# Starts simulated clouds and the daemon on deploy/samples, and shows each instance's way to Ready.
# On a terminal it goes on watching until Ctrl-C; without one, or with ONCE=1, it ends with 0 once
# everything is ready and quiet, and with 1 when that takes longer than SETTLE_SECONDS.
# What a trap calls is reached.
# shellcheck disable=SC2317
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
bin=${BIN:-$root/${BUILD:-build}/bin}
settle_seconds=${SETTLE_SECONDS:-120}
work=$(mktemp -d)
clouds_pid=
daemon_pid=
esc=$(printf '\033')

end_program() { # PID: asks it to end, and makes it after ten seconds
  [ -n "$1" ] || return 0
  kill "$1" 2>/dev/null || return 0
  waited=0
  while kill -0 "$1" 2>/dev/null && [ "$waited" -lt 50 ]; do
    sleep 0.2
    waited=$((waited + 1))
  done
  kill -9 "$1" 2>/dev/null || true
  wait "$1" 2>/dev/null || true
}

leave() {
  status=$?
  trap - EXIT INT TERM HUP
  end_program "$daemon_pid"
  end_program "$clouds_pid"
  rm -rf "$work"
  exit "$status"
}
trap leave EXIT
trap 'exit 0' INT
trap 'exit 143' TERM HUP

live=
if [ -t 1 ] && [ "${ONCE:-0}" != 1 ]; then live=1; fi

fail() {
  echo "demo: $1" >&2
  if [ -s "$work/daemon.log" ]; then tail -n 20 "$work/daemon.log" >&2; fi
  exit 1
}

field() { # NAME FILE: a number of a JSON line
  sed -n "1s/.*\"$1\":\\([0-9]*\\).*/\\1/p" "$2"
}

start_clouds() {
  "$bin/cloudsim" --provision-time 4000 --no-rates --with-parent \
    >"$work/clouds.out" 2>"$work/clouds.log" &
  clouds_pid=$!
  waited=0
  until [ -n "$(field port "$work/clouds.out")" ]; do
    kill -0 "$clouds_pid" 2>/dev/null || fail "the simulated clouds ended: $(cat "$work/clouds.log")"
    [ "$waited" -lt 100 ] || fail "the simulated clouds did not start"
    sleep 0.1
    waited=$((waited + 1))
  done
  url=http://127.0.0.1:$(field port "$work/clouds.out")
  control=http://127.0.0.1:$(field control_port "$work/clouds.out")
}

secret_of() { # ACCESS-KEY: cloudsim tells its made-up secrets in its first line
  sed -n "1s/.*\"access_key\":\"$1\"[^}]*\"secret\":\"\\([^\"]*\\)\".*/\\1/p" "$work/clouds.out"
}

start_daemon() {
  env \
    AWS_ACCESS_KEY_ID=AKIACLOUDSIM00000001 \
    AWS_SECRET_ACCESS_KEY="$(secret_of AKIACLOUDSIM00000001)" \
    AWS_ENDPOINT_URL="$url" \
    ALIBABA_CLOUD_ACCESS_KEY_ID=LTAICLOUDSIM0001 \
    ALIBABA_CLOUD_ACCESS_KEY_SECRET="$(secret_of LTAICLOUDSIM0001)" \
    ALIBABA_CLOUD_ENDPOINT_CCC="$url" \
    ALIBABA_CLOUD_ENDPOINT_OUTBOUNDBOT="$url" \
    ALIBABA_CLOUD_ENDPOINT_STS="$url" \
    "$bin/instanced" run --manifests "$work/manifests" --state "$work/state.db" \
    --metrics-address off --health-address off --log-format text \
    --poll-in-transition 1s --poll-stable 5s --consistency-window 5s \
    2>"$work/daemon.log" &
  daemon_pid=$!
}

table() {
  "$bin/instancectl" get all --socket "$work/state.sock" 2>/dev/null || echo "(the daemon is starting)"
}

recent() { # how many, how wide: the newest lines of the log
  tail -n "$1" "$work/daemon.log" | cut -c"1-$2"
}

# Every declared instance is there, ready and in line.
settled() { # FILE
  awk -v wanted="$declared" '
    NR > 1 { rows++; if ($2 != "True" || $3 != "True") waiting++ }
    END { exit !(rows == wanted && !waiting) }' "$1"
}

hints() {
  cat <<HINTS
Try, in another terminal:
  edit a manifest      \$EDITOR $work/manifests/connect-instance.yaml
  remove one           rm $work/manifests/outbound-bot-instance.yaml
  look closer          $bin/instancectl describe ConnectInstance/front-desk --socket $work/state.sock
  drift by a stranger  curl -s $control/control/instances      (ids)
                       curl -s $control/control/drift -d '{"service":"connect","id":"ID","attributes":{"INBOUND_CALLS":"false"}}'
  trouble              curl -s $control/control/faults -d '{"service":"connect","action":"throttle","count":20}'
Ctrl-C ends it all.
HINTS
}

draw() { # FILE: in place; each line is cleared to its end, and what is below the last one
  columns=$( (stty size </dev/tty) 2>/dev/null | cut -d' ' -f2)
  if [ "${columns:-0}" -lt 40 ]; then columns=120; fi
  {
    printf '%s[H' "$esc"
    echo "instanced on $work/manifests, simulated clouds on $url"
    echo
    cat "$1"
    echo
    recent 8 "$columns"
    echo
    hints
  } | sed "s/\$/${esc}[K/"
  printf '%s[J' "$esc"
}

mkdir "$work/manifests"
cp "$root"/deploy/samples/*.yaml "$work/manifests"
declared=$(cat "$work"/manifests/*.yaml | grep -c '^kind: [A-Za-z]*Instance$')
start_clouds
start_daemon

if [ -n "$live" ]; then printf '%s[2J' "$esc"; else echo "instanced on deploy/samples, simulated clouds on $url"; fi
: >"$work/shown"
quiet=0
began=$(date +%s)
while kill -0 "$daemon_pid" 2>/dev/null; do
  table >"$work/table"
  if [ -n "$live" ]; then
    draw "$work/table"
  else
    # The age alone is no news.
    awk '{ $6 = ""; print }' "$work/table" >"$work/news"
    if ! cmp -s "$work/news" "$work/shown"; then
      cat "$work/table"
      echo
      cp "$work/news" "$work/shown"
      quiet=0
    elif settled "$work/table"; then
      quiet=$((quiet + 1))
    fi
    if [ "$quiet" -ge 5 ]; then
      echo "Settled: $declared instances are ready, as declared."
      exit 0
    fi
    if [ $(($(date +%s) - began)) -gt "$settle_seconds" ]; then
      fail "not settled after $settle_seconds seconds"
    fi
  fi
  sleep 0.5
done
fail "the daemon ended"

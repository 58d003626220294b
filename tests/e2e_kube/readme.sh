#!/bin/bash
# Runs the console block of the README's Kubernetes part, command by command, and compares what is
# printed with what is shown. Ids, ages and the width of columns may differ. At the end the clouds
# hold what they held in the beginning.
#
#   readme.sh ROOT BIN KUBECONFIG      started by apiserver.sh
#
# Substitutions: the clouds are simulated (AWS_ENDPOINT_URL and the like), CRDs are applied with
# --validate=false (1.20 knows no CEL rules), polls are short, and no ports are opened. All but the
# second are made by environment variables that the README's commands do not see.
set -euo pipefail

root="$1" bin="$2"
export KUBECONFIG="$3"
work="$(mktemp -d "${TMPDIR:-/tmp}/instanced-readme.XXXXXX")"
clouds=
leave() {
  local status=$?
  trap - EXIT
  for pid in $(jobs -p) $clouds; do
    kill "$pid" 2> /dev/null || true
  done
  [[ $status -eq 0 ]] || tail -n 5 "$work/instanced.log" >&2 2> /dev/null || true
  rm -rf "$work"
  exit "$status"
}
trap leave EXIT

"$bin/cloudsim" --provision-time 500 --no-rates --with-parent > "$work/clouds" &
clouds=$!
for ((tries = 0; tries < 100; tries++)); do
  if grep -q control_port "$work/clouds"; then break; fi
  sleep 0.1
done
secret_of() { sed -n "1s/.*\"access_key\":\"$1\"[^}]*\"secret\":\"\\([^\"]*\\)\".*/\\1/p" "$work/clouds"; }
control="http://127.0.0.1:$(sed -n '1s/.*"control_port":\([0-9]*\).*/\1/p' "$work/clouds")/control"
url="http://127.0.0.1:$(sed -n '1s/.*"port":\([0-9]*\).*/\1/p' "$work/clouds")"
AWS_SECRET_ACCESS_KEY="$(secret_of AKIACLOUDSIM00000001)"
ALIBABA_CLOUD_ACCESS_KEY_SECRET="$(secret_of LTAICLOUDSIM0001)"
export AWS_SECRET_ACCESS_KEY ALIBABA_CLOUD_ACCESS_KEY_SECRET
export AWS_ACCESS_KEY_ID=AKIACLOUDSIM00000001 ALIBABA_CLOUD_ACCESS_KEY_ID=LTAICLOUDSIM0001
export AWS_ENDPOINT_URL="$url" ALIBABA_CLOUD_ENDPOINT_CCC="$url"
export ALIBABA_CLOUD_ENDPOINT_OUTBOUNDBOT="$url" ALIBABA_CLOUD_ENDPOINT_STS="$url"
export INSTANCED_STATE="$work/state.db" INSTANCED_METRICS_ADDRESS=off INSTANCED_HEALTH_ADDRESS=off
export INSTANCED_POLL_IN_TRANSITION=500ms INSTANCED_CONSISTENCY_WINDOW=2s

mkdir "$work/bin"
cat > "$work/bin/kubectl" << SHIM
#!/bin/bash
case "\$*" in
  "apply -f api/crds/") set -- apply --validate=false -f api/crds/ ;;
esac
exec "$KUBECTL" --cache-dir "$work/cache" "\$@"
SHIM
chmod +x "$work/bin/kubectl"
export PATH="$work/bin:$bin:$PATH"

# Every instance that is not deleted, one a line.
instances() {
  curl -fsS "$control/instances" | python3 -c '
import json, sys
for instance in json.load(sys.stdin)["instances"]:
    if "deleted_at" not in instance:
        print(json.dumps(instance, sort_keys=True))'
}
curl -fsS -o "$work/foreign" -d '{"service": "connect", "account": "123456789012"}' "$control/instances"
instances > "$work/before"
grep -q '"service": "connect"' "$work/before"

# What is left are words: ids and ages are replaced, runs of blanks are one.
plain() {
  sed -E -e 's/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/ID/g' \
    -e 's/ ([0-9]+m)?[0-9]+s$/ AGE/' -e 's/[ \t]+/ /g' -e 's/ $//'
}

# shellcheck disable=SC2016 # the backticks are the README's
mapfile -t lines < <(sed -n '/^## On Kubernetes/,/^## Kinds/p' "$root/README.md" |
  sed -n '/^```console$/,/^```$/p' | sed -e '/^```/d')
((${#lines[@]} > 20)) || { echo "readme.sh: the README has no console block" >&2; exit 1; }

ln -s "$root/api" "$root/deploy" "$work/"
cd "$work"
command='' shown='' commands=0
run_one() {
  [[ -n "$command" ]] || return 0
  commands=$((commands + 1))
  echo "\$ $command"
  if [[ "$command" == *'&' ]]; then
    eval "$command"
    return
  fi
  local printed
  printed="$(eval "$command" 2>&1)" || { echo "$printed"; echo "readme.sh: failed" >&2; exit 1; }
  echo "$printed"
  if ! diff <(plain <<< "${shown%$'\n'}") <(plain <<< "$printed"); then
    echo "readme.sh: the README shows something else for: $command" >&2
    exit 1
  fi
}
for line in "${lines[@]}"; do
  if [[ "$line" == '$ '* ]]; then
    run_one
    command="${line#\$ }" shown=''
  else
    shown+="$line"$'\n'
  fi
done
run_one
if ! diff "$work/before" <(instances); then
  echo "readme.sh: the clouds hold something else than before" >&2
  exit 1
fi
echo "readme.sh: $commands commands as shown"

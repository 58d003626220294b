#!/bin/bash
# Runs a command beside a real etcd and kube-apiserver, and ends both when it is done.
#
#   apiserver.sh CRD_DIRECTORY COMMAND...     COMMAND gets the kubeconfig as its last argument
#
# COMMAND finds in the environment: KUBECTL, KUBE_CRDS (CRD_DIRECTORY), KUBE_START (a program that
# starts the same API server again when it has ended), KUBE_PID (the file with its process id),
# KUBE_AUDIT (the audit log: every finished request, without bodies), KUBE_URL (the API server) and
# KUBE_ETCD (its etcd). Beside the kubeconfig lie clients.crt and clients.key, the authority whose
# certificates name users, and start-etcd, etcd.pid and the folder etcd: the same for etcd and its
# data.
# Everything is on loopback, on free ports, in a folder of its own that is removed at the end. The
# CRDs of CRD_DIRECTORY ("-": none) are applied by kubectl and established before COMMAND starts.
# Programs come from assets.sh. Exit: COMMAND's own; 77 when there is no API server to run.
set -euo pipefail

here="$(cd "$(dirname "$0")" && pwd)"
crds="$1"
shift
assets="$("$here/assets.sh")" || exit 77
kubectl="$assets/kubectl"
[[ -x "$kubectl" ]] || kubectl="$(command -v kubectl)" || { echo "no kubectl" >&2; exit 77; }

home="$(mktemp -d "${TMPDIR:-/tmp}/instanced-kube.XXXXXX")"
# They may have been started by COMMAND, and are then nobody's children here.
end_server() {
  local pid tries
  pid="$(cat "$home/$1.pid" 2> /dev/null)" || return 0
  kill "$pid" 2> /dev/null || return 0
  for ((tries = 0; tries < 100; tries++)); do
    kill -0 "$pid" 2> /dev/null || return 0
    sleep 0.1
  done
  kill -9 "$pid" 2> /dev/null || true
}
finish() {
  local status=$?
  trap - EXIT
  if [[ $status -ne 0 && $status -ne 77 ]]; then
    echo "--- the end of the API server's log" >&2
    tail -n 15 "$home/apiserver.log" >&2 2> /dev/null || true
  fi
  end_server apiserver
  end_server etcd
  rm -rf "$home"
  exit "$status"
}
trap finish EXIT
trap 'exit 130' INT TERM

free_port() {
  local port
  while true; do
    port=$((20000 + RANDOM % 12000))
    (exec 3<> "/dev/tcp/127.0.0.1/$port") 2> /dev/null || { echo "$port"; return; }
  done
}

await() {  # seconds, command...
  local left=$(($1 * 10))
  shift
  until "$@" > /dev/null 2>&1; do
    ((left-- > 0)) || { echo "gave up waiting for: $*" >&2; return 1; }
    sleep 0.1
  done
}

client="$(free_port)"
peer="$(free_port)"
cat > "$home/start-etcd" << START
#!/bin/bash
"$assets/etcd" --data-dir "$home/etcd" --unsafe-no-fsync \\
  --listen-client-urls "http://127.0.0.1:$client" \\
  --advertise-client-urls "http://127.0.0.1:$client" \\
  --listen-peer-urls "http://127.0.0.1:$peer" \\
  --initial-advertise-peer-urls "http://127.0.0.1:$peer" \\
  --initial-cluster "default=http://127.0.0.1:$peer" >> "$home/etcd.log" 2>&1 < /dev/null &
echo \$! > "$home/etcd.pid"
START
chmod +x "$home/start-etcd"
"$home/start-etcd"

openssl genrsa -out "$home/sa.key" 2048 2> /dev/null
# The authority of users with certificates; COMMAND may sign with it.
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=clients \
  -keyout "$home/clients.key" -out "$home/clients.crt" 2> /dev/null
token="$(openssl rand -hex 24)"
echo "$token,admin,admin,system:masters" > "$home/tokens.csv"
secure="$(free_port)"
cat > "$home/audit.yaml" << AUDIT
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules: [{level: Metadata}]
AUDIT
cat > "$home/start" << START
#!/bin/bash
"$assets/kube-apiserver" --etcd-servers "http://127.0.0.1:$client" \\
  --cert-dir "$home/certificates" \\
  --bind-address 127.0.0.1 --advertise-address 127.0.0.1 --secure-port "$secure" \\
  --service-account-issuer https://kubernetes.default.svc \\
  --service-account-signing-key-file "$home/sa.key" --service-account-key-file "$home/sa.key" \\
  --token-auth-file "$home/tokens.csv" --client-ca-file "$home/clients.crt" --authorization-mode RBAC \\
  --service-cluster-ip-range 10.0.0.0/24 --disable-admission-plugins ServiceAccount \\
  --audit-policy-file "$home/audit.yaml" --audit-log-path "$home/audit.log" \\
  >> "$home/apiserver.log" 2>&1 < /dev/null &
echo \$! > "$home/apiserver.pid"
for tries in {1..2400}; do
  if "$kubectl" --kubeconfig "$home/kubeconfig" --cache-dir "$home/kubectl" get --raw /readyz \\
    > /dev/null 2>&1; then exit 0; fi
  sleep 0.1
done
echo "the API server did not become ready" >&2
exit 1
START
chmod +x "$home/start"

# The server's own certificate comes with the authority that signed it.
cat > "$home/kubeconfig" << CONFIG
apiVersion: v1
kind: Config
current-context: test
clusters:
- name: test
  cluster: {server: "https://127.0.0.1:$secure", certificate-authority: certificates/apiserver.crt}
users:
- name: admin
  user: {token: "$token"}
contexts:
- name: test
  context: {cluster: test, user: admin}
CONFIG

run_kubectl() { "$kubectl" --kubeconfig "$home/kubeconfig" --cache-dir "$home/kubectl" "$@"; }
"$home/start"
await 30 run_kubectl get namespace default
# 1.20 knows no CEL rules, which newer kubectls check fields against.
if [[ "$crds" != - ]]; then
  run_kubectl apply --validate=false -f "$crds" > /dev/null
  run_kubectl wait --for condition=established --timeout 30s crd --all > /dev/null
fi

export KUBECTL="$kubectl" KUBE_CRDS="$crds" KUBE_START="$home/start" KUBE_PID="$home/apiserver.pid" \
  KUBE_AUDIT="$home/audit.log" KUBE_URL="https://127.0.0.1:$secure" KUBE_ETCD="http://127.0.0.1:$client"
"$@" "$home/kubeconfig"

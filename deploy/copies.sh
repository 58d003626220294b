#!/bin/sh
# Brings the files that charts and kustomizations must hold themselves in step with the originals.
set -eu
cd "$(dirname "$0")"

copy() { # FOLDER SUFFIX DESTINATION
  mkdir -p "$3"
  find "$3" -name "*.$2" ! -name kustomization.yaml -delete
  cp "$1"/*."$2" "$3"/
}
copy ../api/crds yaml helm/instanced/crds
copy ../api/crds yaml kustomize/crds
copy prometheus/rules yaml helm/instanced/files/rules
copy grafana json helm/instanced/files/dashboards

{
  cat <<HEAD
# deploy/prometheus/rules for the Prometheus Operator; deploy/copies.sh writes it.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: instanced
  namespace: instanced-system
  labels:
    app.kubernetes.io/name: instanced
spec:
  groups:
HEAD
  for rules in prometheus/rules/*.yaml; do
    sed -n '/^groups:/,$p' "$rules" | sed '1d; s/^\(.\)/  \1/'
  done
} >kustomize/monitoring/prometheusrule.yaml

{{/* What the daemon asks of the API server, and no more: tests/e2e_kube/rights_test.cc holds it to both. */}}

{{- define "instanced.kindRules" -}}
# The declared objects: read, and written as to finalizers and annotations.
- apiGroups: [instanced.dev]
  resources:
    - cloudcallcenterinstances
    - connectinstances
    - outboundbotinstances
    - plugininstances
    - providerconfigs
    - supplychaininstances
  verbs: [list, watch, patch]
- apiGroups: [instanced.dev]
  resources:
    - cloudcallcenterinstances/status
    - connectinstances/status
    - outboundbotinstances/status
    - plugininstances/status
    - supplychaininstances/status
  verbs: [update]
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create, patch]
# Is it the namespace that goes, with all in it?
- apiGroups: [""]
  resources: [namespaces]
  verbs: [get]
{{- end -}}

{{- define "instanced.ownRules" -}}
# Who acts, and who has taken which share of the work.
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  {{- /* Each replica that shares the work has a lease of its own, which it takes away with it. */}}
  verbs: [list, watch, create, update{{ if .Values.sharding.enabled }}, delete{{ end }}]
# The churn ledger, learned budgets and brakes.
- apiGroups: [""]
  resources: [configmaps]
  verbs: [create]
- apiGroups: [""]
  resources: [configmaps]
  resourceNames: [instanced-ledger]
  verbs: [get, update]
{{- end -}}

{{- define "instanced.clusterRules" -}}
# Is it the kind that goes, with all its objects?
- apiGroups: [apiextensions.k8s.io]
  resources: [customresourcedefinitions]
  resourceNames:
    - cloudcallcenterinstances.instanced.dev
    - connectinstances.instanced.dev
    - outboundbotinstances.instanced.dev
    - plugininstances.instanced.dev
    - supplychaininstances.instanced.dev
  verbs: [get]
{{- if and (eq .Values.scope "Namespace") (not .Values.ownerId) }}
# The cluster's own name.
- apiGroups: [""]
  resources: [namespaces]
  resourceNames: [kube-system]
  verbs: [get]
{{- end }}
{{- end -}}

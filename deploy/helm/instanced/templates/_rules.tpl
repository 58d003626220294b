{{/* What the daemon asks of the API server, and no more: the test of the role holds it to both. */}}

{{- define "instanced.kindRules" -}}
- apiGroups: [instanced.dev]
  resources:
    - cloudcallcenterinstances
    - connectinstances
    - outboundbotinstances
    - plugininstances
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
- apiGroups: [instanced.dev]
  resources: [providerconfigs]
  verbs: [list, watch]
{{- end -}}

{{- define "instanced.ownRules" -}}
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  verbs: [get, list, watch, create, update]
- apiGroups: [""]
  resources: [configmaps]
  verbs: [get, create, update]
{{- end -}}

{{- define "instanced.clusterRules" -}}
{{- if not .Values.ownerId }}
- apiGroups: [""]
  resources: [namespaces]
  resourceNames: [kube-system]
  verbs: [get]
{{- end }}
{{- end -}}

{{- define "instanced.name" -}}
{{- if contains "instanced" .Release.Name -}}
{{- .Release.Name | trunc 53 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-instanced" .Release.Name | trunc 53 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "instanced.selector" -}}
app.kubernetes.io/name: instanced
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "instanced.labels" -}}
{{ include "instanced.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- define "instanced.account" -}}
{{- if .Values.serviceAccount.name -}}
{{- .Values.serviceAccount.name -}}
{{- else if .Values.serviceAccount.create -}}
{{- include "instanced.name" . -}}
{{- else -}}
default
{{- end -}}
{{- end -}}

{{- define "instanced.image" -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) -}}
{{- end -}}
{{- end -}}

{{/* The daemon's flags. Its own come last, so that they win over anything in values.flags. */}}
{{- define "instanced.arguments" -}}
- run
- --kubernetes
{{- range $name, $value := .Values.flags }}
- {{ printf "--%s=%v" $name $value | quote }}
{{- end }}
{{- if .Values.ownerId }}
- {{ printf "--owner-id=%s" .Values.ownerId | quote }}
{{- end }}
{{- if eq .Values.scope "Namespace" }}
- --namespace=$(POD_NAMESPACE)
{{- end }}
{{- if .Values.sharding.enabled }}
- --sharding=domains
{{- end }}
- --metrics-address=:8080
- --health-address=:8081
- --drain-timeout={{ .Values.drainSeconds }}s
{{- end -}}

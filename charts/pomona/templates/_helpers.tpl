{{/* What the application is called; `nameOverride` says otherwise. */}}
{{- define "pomona.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* What the objects of this release are called: the release's name, with the application's where it lacks it. */}}
{{- define "pomona.fullname" -}}
{{- $name := include "pomona.name" . }}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- else if contains $name .Release.Name }}
{{- .Release.Name | trunc 63 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 63 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{/* Name and version of the chart, as a label's value. */}}
{{- define "pomona.chart" -}}
{{- printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* Where everything of this release is, but for what stands in watched namespaces. */}}
{{- define "pomona.namespace" -}}
{{- .Release.Namespace }}
{{- end }}

{{/* The labels of every object. */}}
{{- define "pomona.labels" -}}
helm.sh/chart: {{ include "pomona.chart" . }}
{{ include "pomona.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: pomona
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* The labels that tell the operator's pods from all others. */}}
{{- define "pomona.selectorLabels" -}}
app.kubernetes.io/name: {{ include "pomona.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: operator
{{- end }}

{{/* The service account of the operator. */}}
{{- define "pomona.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "pomona.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- required "serviceAccount.name: the name of a service account is expected where serviceAccount.create is false" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{/* Whom the operator's roles are bound to. */}}
{{- define "pomona.subjects" -}}
- kind: ServiceAccount
  name: {{ include "pomona.serviceAccountName" . }}
  namespace: {{ include "pomona.namespace" . }}
{{- end }}

{{/* The image, by its digest where that is given. */}}
{{- define "pomona.image" -}}
{{- with .Values.image }}
{{- if .digest }}
{{- printf "%s@%s" .repository .digest }}
{{- else }}
{{- printf "%s:%s" .repository (default $.Chart.AppVersion .tag) }}
{{- end }}
{{- end }}
{{- end }}

{{/* What every container of ours is not allowed. */}}
{{- define "pomona.containerSecurityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{/* The labels of the pod of `helm test`, which is none of the operator's. */}}
{{- define "pomona.testLabels" -}}
app.kubernetes.io/name: {{ include "pomona.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: test
{{- end }}

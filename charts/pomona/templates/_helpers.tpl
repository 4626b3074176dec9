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

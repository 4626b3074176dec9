{{/*
How one process is scraped: an item of a monitor. A dict of the values of that monitor and the root.
The job is the name of the release however it is scraped, since the rules name it.
*/}}
{{- define "pomona.scraping" -}}
port: metrics
path: /metrics
honorLabels: true
{{- with .monitor.interval }}
interval: {{ . }}
{{- end }}
{{- with .monitor.scrapeTimeout }}
scrapeTimeout: {{ . }}
{{- end }}
relabelings:
  - {action: replace, targetLabel: job, replacement: {{ include "pomona.fullname" .root | quote }}}
  {{- with .monitor.relabelings }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with .monitor.metricRelabelings }}
metricRelabelings:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* Metadata of a monitoring object: a dict of its values and the root. */}}
{{- define "pomona.monitoringMetadata" -}}
name: {{ include "pomona.fullname" .root }}
namespace: {{ include "pomona.namespace" .root }}
labels:
  {{- include "pomona.labels" .root | nindent 2 }}
  {{- with .monitor.labels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with .monitor.annotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

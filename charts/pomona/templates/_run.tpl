{{/* The flags of `pomona run`. What a value leaves empty is the operator's own default. */}}
{{- define "pomona.args" -}}
- run
- --listen=:{{ .Values.ports.webhook }}
- --metrics-listen=:{{ .Values.ports.metrics }}
- --log-level={{ .Values.log.level }}
- --log-format={{ .Values.log.format }}
{{- range .Values.watch.namespaces }}
- {{ printf "--namespace=%s" . | quote }}
{{- end }}
{{- with .Values.lookup.url }}
- {{ printf "--lookup-url=%s" . | quote }}
{{- end }}
{{- if include "pomona.lookupCA" . }}
- {{ printf "--lookup-ca-file=/etc/pomona/lookup/%s" .Values.lookup.ca.key | quote }}
{{- end }}
{{- with .Values.lookup.interval }}
- --lookup-interval={{ . }}
{{- end }}
{{- range .Values.exploitedUrls }}
- {{ printf "--exploited-url=%s" . | quote }}
{{- end }}
{{- with .Values.reportInterval }}
- --report-interval={{ . }}
{{- end }}
{{- if .Values.allowFileUrls }}
- --allow-file-urls
{{- end }}
{{- range .Values.extraArgs }}
- {{ quote . }}
{{- end }}
{{- end }}

{{/* The volume with the mirror's root certificate; empty without one. */}}
{{- define "pomona.lookupCA" -}}
{{- with .Values.lookup.ca }}
{{- if and .configMap .secret }}
{{- fail "lookup.ca: configMap or secret is expected, not both" }}
{{- else if .configMap }}
configMap: {name: {{ .configMap | quote }}, items: [{key: {{ .key | quote }}, path: {{ .key | quote }}}]}
{{- else if .secret }}
secret: {secretName: {{ .secret | quote }}, items: [{key: {{ .key | quote }}, path: {{ .key | quote }}}]}
{{- end }}
{{- end }}
{{- end }}

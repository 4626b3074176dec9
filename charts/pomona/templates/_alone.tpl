{{/*
Two releases must not act in one namespace: each would undo what the other does. Where the cluster can be asked,
that is said here; elsewhere Helm refuses the role of the same name, which is another release's.
*/}}
{{- define "pomona.checkAlone" -}}
{{- if .Values.rbac.create }}
{{- $roles := "rbac.authorization.k8s.io/v1" }}
{{- $home := lookup $roles "Role" .Release.Namespace "pomona" }}
{{- with include "pomona.another" (list $ $home) }}
{{- fail (printf "namespace %s holds release %s already, and the Lease and ConfigMaps of both would be the same: another namespace is expected for this one" $.Release.Namespace .) }}
{{- end }}
{{- range $namespace := .Values.watch.namespaces }}
{{- with include "pomona.another" (list $ (lookup $roles "Role" $namespace "pomona-operator")) }}
{{- fail (printf "watch.namespaces: release %s acts in %s already, a namespace of one release alone is expected" . $namespace) }}
{{- end }}
{{- end }}
{{- if or .Values.crds.enabled (not .Values.watch.namespaces) }}
{{- /* Only who may install cluster-wide objects may look for them. */}}
{{- with include "pomona.another" (list $ (lookup $roles "ClusterRole" "" "pomona-operator")) }}
{{- fail (printf "watch.namespaces: release %s acts in all namespaces already: give it watch.namespaces, too" .) }}
{{- end }}
{{- end }}
{{- if not .Values.watch.namespaces }}
{{- range (lookup $roles "Role" "" "").items }}
{{- if eq .metadata.name "pomona-operator" }}
{{- $namespace := .metadata.namespace }}
{{- with include "pomona.another" (list $ .) }}
{{- fail (printf "watch.namespaces: release %s acts in %s already, namespaces without it are expected" . $namespace) }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{/*
The release that a found object belongs to, as namespace/name, where it is another one than this; else empty. What no
release made is not said here: Helm refuses it, unless it is told to take ownership.
*/}}
{{- define "pomona.another" -}}
{{- $release := (index . 0).Release }}
{{- with index . 1 }}
{{- $annotations := .metadata.annotations | default dict }}
{{- with index $annotations "meta.helm.sh/release-name" }}
{{- $of := printf "%s/%s" (index $annotations "meta.helm.sh/release-namespace") . }}
{{- if ne $of (printf "%s/%s" $release.Namespace $release.Name) }}
{{- $of }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

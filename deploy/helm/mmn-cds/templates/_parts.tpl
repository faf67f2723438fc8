{{- define "mmn-cds.labels" -}}
app.kubernetes.io/name: mmn-cds
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "mmn-cds.image" -}}
{{- $tag := toString .Values.image.tag -}}
{{ .Values.image.repository }}{{ if hasPrefix "sha256:" $tag }}@{{ else }}:{{ end }}{{ $tag }}
{{- end }}

{{- /* What every container of ours has: nothing that it could write to but memory, and no right that it does not need. */ -}}
{{- define "mmn-cds.container" -}}
image: {{ include "mmn-cds.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
env:
  - {name: MMN_CDS_CONFIG, value: /etc/mmn-cds/mmn-cds.toml}
  - {name: MMN_CDS_PUBLIC_URL, value: {{ .Values.publicUrl | quote }}}
  - {name: MMN_CDS_WORKERS, value: {{ .Values.workers | quote }}}
  - {name: TMPDIR, value: /tmp}
  - name: MMN_CDS_STORE
    valueFrom: {secretKeyRef: {name: {{ .Values.storeSecret | quote }}, key: url}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
volumeMounts:
  - {name: config, mountPath: /etc/mmn-cds, readOnly: true}
  - {name: scratch, mountPath: /tmp}
{{- end }}

{{- define "mmn-cds.pod" -}}
automountServiceAccountToken: false
# Or a Service called mmn-cds would be handed over as MMN_CDS_… variables of another meaning.
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  seccompProfile: {type: RuntimeDefault}
volumes:
  - name: config
    secret: {secretName: {{ .Values.configSecret | quote }}, defaultMode: 0440}
  - name: scratch
    emptyDir: {medium: Memory, sizeLimit: 32Mi}
{{- with .Values.imagePullSecrets }}
imagePullSecrets: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{ toYaml . | nindent 2 }}
{{- end }}
{{- end }}

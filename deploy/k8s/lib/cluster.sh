# shellcheck shell=bash disable=SC2154,SC2016 # krapp-k8s sets what is used here; go-templates are not expanded
# apply, query and delete. Part of krapp-k8s.

label=app.kubernetes.io/component
ours=app.kubernetes.io/name=krapp

# select_component lets through what one component needs: what is its own, and what all share.
select_component() {
  if [ -z "$component" ]; then cat; return; fi
  awk -v want="$component" 'BEGIN {RS = "---\n"; ORS = ""}
    $0 ~ "\n  name: krapp\n" && /(^|\n)kind: Namespace\n/ || $0 ~ "\n    app.kubernetes.io/component: (" want "|settings|kafka)\n" {print n++ ? "---\n" $0 : $0}'
}

context() { "${kubectl[@]}" config current-context 2>/dev/null || echo "this pod's own cluster"; }

verb_apply() {
  local text
  text=$(rendered | select_component)
  say "applying ${component:-everything} of the overlay $overlay to $(context)"
  make_namespace
  make_secrets
  local fresh w
  fresh=$(new_and_scaled "$text")
  [ "$scaling" = keda ] || k delete scaledobjects.keda.sh -l "$ours${component:+,$label=$component}" --ignore-not-found --timeout=60s >&2 2>/dev/null || true
  [ "$scaling" = hpa ] || k delete hpa -l "$ours,!scaledobject.keda.sh/name${component:+,$label=$component}" --ignore-not-found >&2
  apply_text "$(not_read <<<"$text")"
  for w in $fresh; do k scale "deployment/$w" --replicas=0 >&2; done
  [ "$scaling" = keda ] || wake
  [ -n "$component" ] || make_dashboards "$text"
  if [ -z "$component" ] || [ "$component" = read ]; then apply_read "$(only_read <<<"$text")"; fi
  await_kafka
  await_ready
}

make_namespace() {
  k get namespace "$ns" >/dev/null 2>&1 || "${kubectl[@]}" apply --server-side --field-manager=krapp-k8s -f "$here/base/namespace.yaml" >&2
}

apply_text() { "${kubectl[@]}" apply --server-side --force-conflicts --field-manager=krapp-k8s --validate=strict -f - <<<"$1" >&2; }

# new_and_scaled TEXT prints the Deployments that KEDA will scale and does not yet: they begin with no pod, and grow with the lag. KEDA itself would
# leave the pod that is there as long as it can't read the lag, which is until the topic exists.
new_and_scaled() {
  local c
  for c in compute consume; do
    if grep -q "^kind: ScaledObject" <<<"$1"; then
      [ -n "$component" ] && [ "$component" != "$c" ] || k get scaledobjects.keda.sh "$c" >/dev/null 2>&1 || echo "$c"
    fi
  done
}

# wake gives those that KEDA has put to sleep a pod, when KEDA is not to scale them any more: an HPA leaves zero pods alone.
wake() {
  local c
  for c in compute consume; do
    [ -z "$component" ] || [ "$component" = "$c" ] || continue
    [ "$(k get deployment "$c" --ignore-not-found -o jsonpath='{.spec.replicas}')" != 0 ] || k scale "deployment/$c" --replicas=1 >&2
  done
}

# A Job can't be changed, so that it is on its own.
only_read() { awk 'BEGIN {RS = "---\n"; ORS = ""} /(^|\n)kind: Job\n/'; }
not_read() { awk 'BEGIN {RS = "---\n"; ORS = ""} !/(^|\n)kind: Job\n/ {print n++ ? "---\n" $0 : $0}'; }

# apply_read creates the Job: suspended, unless it was asked for. One that was started is left alone, unless it was asked for.
apply_read() {
  local state
  state=$(k get job read --ignore-not-found -o jsonpath='suspended={.spec.suspend}')
  if [ -z "$component" ] && [ -n "$state" ] && [ "$state" != suspended=true ]; then
    say "job read was started before and is left alone: 'krapp-k8s apply read' starts it anew"
    return
  fi
  [ -z "$state" ] || k delete job read --cascade=foreground --wait --timeout=90s >&2
  if [ "$component" = read ]; then
    apply_text "${1/suspend: true/suspend: false}"
    say "started; see: ${kubectl[*]} -n $ns logs -f job/read"
  else
    apply_text "$1"
  fi
}

# make_secrets makes what is missing of this installation's own; what is there stays.
make_secrets() {
  local tmp
  tmp=$(mktemp -d)
  # shellcheck disable=SC2064 # it is this directory that goes
  trap "rm -rf '$tmp'" RETURN
  chmod 700 "$tmp"
  if ! k get secret krapp-http >/dev/null 2>&1; then
    head -c 32 /dev/urandom | od -An -vtx1 | tr -d ' \n' >"$tmp/token"
    create secret generic krapp-http --from-file=token="$tmp/token"
  fi
  if ! k get secret krapp-ssh-host >/dev/null 2>&1; then
    ssh-keygen -q -t ed25519 -N '' -C krapp-console -f "$tmp/ssh_host_ed25519_key"
    create secret generic krapp-ssh-host --from-file="$tmp/ssh_host_ed25519_key" --from-file="$tmp/ssh_host_ed25519_key.pub"
  fi
  if [ -n "${KEYS-}" ] || ! k get configmap krapp-ssh >/dev/null 2>&1; then
    authorized_keys >"$tmp/authorized_keys"
    create configmap krapp-ssh --from-file="$tmp/authorized_keys"
    # A changed pod has the kubelet look at its volumes at once, not in a minute: a key that is revoked is out by then.
    k annotate pods -l "$ours,$label=console" "krapp.io/keys=$(cksum <"$tmp/authorized_keys" | cut -d ' ' -f 1)" --overwrite >&2
  fi
}

# make_dashboards TEXT gives Grafana's sidecar its dashboards, where there is a Prometheus operator.
make_dashboards() {
  local d=$here/../observability/grafana/dashboards
  [ -d "$d" ] && grep -q '^kind: PodMonitor' <<<"$1" || return 0
  create configmap krapp-dashboards --from-file="$d"
  k label configmap krapp-dashboards grafana_dashboard=1 --overwrite >&2
}

create() { # create KIND …: or replace, with krapp's labels
  k create "$@" --dry-run=client -o yaml |
    k label -f - --local -o yaml "$ours" app.kubernetes.io/part-of=krapp $label=settings |
    k apply --server-side --force-conflicts --field-manager=krapp-k8s -f - >&2
}

# authorized_keys prints who may come in: the file KEYS as it is, or this user's own keys as operators.
authorized_keys() {
  local f found=
  if [ -n "${KEYS-}" ]; then
    [ -s "$KEYS" ] || die "KEYS: there is nothing in $KEYS"
    cat "$KEYS"
    return
  fi
  for f in ~/.ssh/*.pub; do
    case $f in *-cert.pub) continue ;; esac
    [ ! -s "$f" ] || { sed -n 's/^\(ssh-\|ecdsa-\|sk-\)/krapp-role="operator" \1/p' "$f"; found=1; say "$f may come in as operator"; }
  done
  [ -n "$found" ] || die "nobody could come in over SSH: name a file of public keys, as in KEYS=~/keys (an authorized_keys file; krapp-role=\"operator\" before a key makes it one)"
}

await_kafka() {
  [ "$overlay" != external ] || return 0
  say "waiting for Kafka (the first time takes minutes)"
  k wait kafka/krapp --for=condition=Ready --timeout="${KAFKA_WAIT:-900s}" >&2 || die "Kafka is not ready: see ${kubectl[*]} -n $ns describe kafka krapp"
}

workloads() { k get deployments,statefulsets -l "$ours${component:+,$label=$component}" -o name; }

# await_ready waits for all rollouts together; what is not ready then is shown as far as the cluster knows why.
await_ready() {
  local w failed=0 until
  until=$((SECONDS + ${wait%s}))
  for w in $(workloads); do
    k rollout status "$w" --timeout="$((until > SECONDS ? until - SECONDS : 1))s" >&2 || { failed=1; explain "$w"; }
  done
  [ $failed = 0 ] || die "not everything is ready after $wait"
  await_old_gone
  say "ready"
}

# await_old_gone waits for the pods that were replaced: while they drain they still work, by the old settings.
await_old_gone() {
  local i going
  for ((i = 0; i < 60; i++)); do
    going=$(k get pods -l "$ours${component:+,$label=$component}" -o go-template='{{range .items}}{{if .metadata.deletionTimestamp}}{{.metadata.name}} {{end}}{{end}}')
    [ -n "$going" ] || return 0
    sleep 1
  done
  say "still draining: $going"
}

# explain WORKLOAD shows what its pods have to say.
explain() {
  local c p
  c=$(k get "$1" -o jsonpath="{.metadata.labels.app\.kubernetes\.io/component}")
  say "$1 is not ready:"
  k get pods -l "$ours,$label=$c" -o wide >&2 || true
  for p in $(k get pods -l "$ours,$label=$c" -o name | head -n 3); do
    k events --for "$p" 2>/dev/null | tail -n 6 >&2 || true
    k logs "$p" --tail=5 >&2 2>&1 || true
    k logs "$p" --previous --tail=5 >&2 2>/dev/null || true
  done
}

verb_query() {
  local l="$ours${component:+,$label=$component}"
  echo "context $(context), namespace $ns"
  k get deployments,statefulsets,jobs,pods -l "$l" -o wide
  echo
  k get services,poddisruptionbudgets -l "$l"
  echo
  # An HPA's target is the lag in records a pod, where KEDA scales. It carries the labels of what it was made of.
  k get scaledobjects.keda.sh -l "$l" 2>/dev/null || true
  k get hpa -l "$l" 2>/dev/null || true
  [ -n "$component" ] && [ "$component" != console ] || groups
}

# groups asks Kafka, from the console's pod: its image has krapp, and no shell.
groups() {
  echo
  timeout 20 "${kubectl[@]}" -n "$ns" exec deployment/console -c krapp -- /krapp groups list 2>/dev/null ||
    say "the groups' lag is not known: the console's pod does not answer"
}

verb_delete() {
  k get namespace "$ns" >/dev/null 2>&1 || { say "there is no namespace $ns in $(context)"; return; }
  if [ -n "$component" ]; then delete_component; return; fi
  stop_pods
  local things=(scaledobjects.keda.sh hpa deployments statefulsets jobs services poddisruptionbudgets networkpolicies configmaps)
  if k get kafka krapp >/dev/null 2>&1 && [ "${DELETE_KAFKA-}" != yes ]; then
    for t in "${things[@]}"; do k delete "$t" -l "$ours,$label!=settings" --ignore-not-found --wait=true --timeout=60s >&2 2>/dev/null || true; done
    k delete pvc -l "$ours" --ignore-not-found --timeout=60s >&2
    say "deleted krapp's pods and what belongs to them. Kafka, its topics, users and volumes stay, and the secrets; DELETE_KAFKA=yes takes them along"
    return
  fi
  if k get kafka krapp >/dev/null 2>&1; then # in this order: the operators take their marks off topics and users while they live
    k delete kafkatopics,kafkausers --all --timeout=120s >&2
    k delete kafka krapp --timeout=180s >&2
    k delete kafkanodepools --all --timeout=60s >&2
  fi
  k delete namespace "$ns" --timeout=180s >&2
  say "deleted the namespace $ns with everything in it: the seer's memory, the HTTP token, the console's host key and its list of keys too"
}

delete_component() {
  stop_pods
  local things=(hpa deployments statefulsets jobs services poddisruptionbudgets networkpolicies pvc serviceaccounts) t
  for t in "${things[@]}"; do k delete "$t" -l "$ours,$label=$component" --ignore-not-found --timeout=60s >&2; done
  say "deleted $component; its settings stay until everything is deleted"
}

# stop_pods has the pods drain: first nobody scales them up again, then they are told to stop, and given the time that they were granted.
stop_pods() {
  local l="$ours${component:+,$label=$component}" w
  k delete scaledobjects.keda.sh -l "$l" --ignore-not-found --timeout=60s >&2 2>/dev/null || true
  k delete hpa -l "$l" --ignore-not-found >&2 2>/dev/null || true
  k delete jobs -l "$l" --cascade=foreground --ignore-not-found --timeout=90s >&2
  for w in $(workloads); do k scale "$w" --replicas=0 >&2; done
  k wait pods -l "$l" --for=delete --timeout=90s >&2 || say "some pods did not stop in 90 s: they are killed"
}

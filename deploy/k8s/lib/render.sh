# shellcheck shell=bash disable=SC2154,SC2016 # krapp-k8s sets what is used here; go-templates are not expanded
# What apply applies: the overlay, with the settings of this call laid over it. Part of krapp-k8s.

# check_settings refuses what would not be a value but more YAML.
check_settings() {
  case $overlay in external | local | strimzi | gke) ;; *) die "there is no overlay '$overlay': external, local, strimzi or gke" ;; esac
  case $scaling in keda | hpa | none) ;; *) die "SCALING is keda, hpa or none, not '$scaling'" ;; esac
  [[ $registry =~ ^([a-z0-9][a-z0-9._:/-]*/)?$ ]] || die "REGISTRY '$registry' is not the beginning of an image's name"
  [[ $tag =~ ^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$ ]] || die "TAG '$tag' is not an image's tag"
  [[ $topics =~ ^[A-Za-z0-9._-]+(,[A-Za-z0-9._-]+)*$ ]] || die "TOPICS '$topics' is not a list of topics with commas between"
  [[ ${HOSTS-} =~ ^([A-Za-z0-9._:-]+(,[A-Za-z0-9._:-]+)*)?$ ]] || die "HOSTS '$HOSTS' is not a list of names with commas between"
  if [ "$overlay" = external ]; then
    [ -n "${BROKERS-}" ] || die "BROKERS is missing: name them as pods reach them, as in BROKERS=10.0.0.7:9092, or give OVERLAY=local for one by Strimzi"
    [[ $BROKERS =~ ^[A-Za-z0-9.-]+:[0-9]+(,[A-Za-z0-9.-]+:[0-9]+)*$ ]] || die "BROKERS '$BROKERS' is not HOST:PORT,… (IPv6 addresses need a name)"
    [[ ! $BROKERS =~ (^|,)(127\.|localhost:) ]] || die "BROKERS '$BROKERS': to a pod that is the pod itself; give an address that pods reach"
  elif [ -n "${BROKERS-}" ]; then
    die "BROKERS goes with OVERLAY=external; the overlay $overlay has a Kafka of its own"
  fi
  settings_of >/dev/null
  job_name=$job
  if [ -f "$job" ]; then
    job_name=$(sed -n 's/^name:[[:space:]]*\([^[:space:]#]*\).*/\1/p' "$job" | head -n 1)
  fi
  [[ $job_name =~ ^[a-z0-9][a-z0-9-]*$ ]] || die "JOB '$job' is neither a built-in job nor a file with a name in it"
}

# node_hosts prints the nodes' addresses: by them the node ports are called, and a server answers only to names that it knows.
node_hosts() {
  "${kubectl[@]}" get nodes --chunk-size=100 -o jsonpath='{range .items[*].status.addresses[*]}{.address}{"\n"}{end}' 2>/dev/null | grep -E '^[A-Za-z0-9.:-]+$' | head -n 200 || true
}

# merge NAME LINE… prints one more layer of a ConfigMap.
merge() {
  local name=$1
  shift
  printf '  - name: %s\n    namespace: krapp\n    behavior: merge\n    literals:\n' "$name"
  printf '      - "%s"\n' "$@"
}

allow_hosts() { # allow_hosts SERVICE: its names, the nodes, and what was asked for
  local names="$1,$1.$ns,$1.$ns.svc,$1.$ns.svc.cluster.local" h
  for h in $hosts; do names+=,$h; done
  echo "KRAPP_WORKER_ALLOW_HOST=$names${HOSTS:+,$HOSTS}"
}

# settings_of [COMPONENT] prints what SETTINGS says of it, a line each, and refuses what is no setting.
settings_of() {
  local s
  for s in ${SETTINGS-}; do
    [[ $s =~ ^(kafka|produce|consume|compute|read|results|seer|watch|console)\.([A-Z][A-Z0-9_]*)=([^\"\\]*)$ ]] ||
      die "SETTINGS: '$s' is not COMPONENT.NAME=VALUE"
    [ "${BASH_REMATCH[1]}" != "${1-}" ] || echo "${BASH_REMATCH[2]}=${BASH_REMATCH[3]}"
  done
}

# layer writes the kustomization that is laid over the overlay.
layer() {
  local hosts c s lines job_value=$job
  hosts=$(node_hosts)
  rm -rf "$out"
  mkdir -p "$out"
  [ ! -f "$job" ] || { cp "$job" "$out/job.yaml"; job_value=/etc/krapp/jobs/job.yaml; }
  {
    printf '# Written by krapp-k8s.\napiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n'
    printf 'resources: [../../../deploy/k8s/overlays/%s]\n' "$overlay"
    [ "$scaling" != hpa ] || printf 'components: [../../../deploy/k8s/components/hpa]\n'
    printf 'images:\n'
    for c in krapp-worker krapp-tui; do printf '  - {name: localhost/%s, newName: "%s%s", newTag: "%s"}\n' $c "$registry" $c "$tag"; done
    printf 'configMapGenerator:\n'
    [ ! -f "$job" ] || printf '  - {name: jobs, namespace: krapp, files: [job.yaml], options: {labels: {app.kubernetes.io/name: krapp, app.kubernetes.io/component: settings}}}\n'
    for c in kafka produce consume compute read results seer watch console; do
      lines=()
      case $c in
        kafka) [ "$overlay" != external ] || lines+=("KRAPP_BROKERS=$BROKERS") ;;
        produce) lines+=("KRAPP_WORKER_TOPICS=$topics" "KRAPP_WORKER_TOPIC=${topics%%,*}" "$(allow_hosts producer-svc)") ;;
        consume) lines+=("KRAPP_WORKER_TOPICS=$topics" "$(allow_hosts consumer-svc)") ;;
        compute | read) lines+=("KRAPP_WORKER_JOB=$job_value") ;;
        results) lines+=("KRAPP_WORKER_JOB=$job_value" "$(allow_hosts results-svc)") ;;
        seer) lines+=("KRAPP_WORKER_TOPICS=$topics" "$(allow_hosts seer-svc)") ;;
      esac
      while read -r s; do [ -z "$s" ] || lines+=("$s"); done < <(settings_of $c)
      [ ${#lines[@]} -eq 0 ] || merge $c "${lines[@]}"
    done
    printf 'patches:\n'
    scaled compute "krapp-compute-$job_name" "$job_name.chunks"
    s=$(settings_of consume | sed -n 's/^KRAPP_WORKER_GROUP=//p')
    scaled consume "${s:-krapp-consume}" "${topics%%,*}"
    [ "$overlay" != external ] || { printf '  - path: brokers.yaml\n'; brokers_policy >"$out/brokers.yaml"; }
  } >"$out/kustomization.yaml"
}

# scaled COMPONENT GROUP TOPIC prints the patch that has KEDA look at that group's lag on that topic.
scaled() {
  printf '  - target: {kind: ScaledObject, name: %s}\n    patch: |\n' "$1"
  printf '      - {op: replace, path: /spec/triggers/0/metadata/%s, value: "%s"}\n' consumerGroup "$2" topic "$3"
  [ "$overlay" != external ] || printf '      - {op: replace, path: /spec/triggers/0/metadata/bootstrapServers, value: "%s"}\n' "$BROKERS"
}

# brokers_policy narrows the pods' way to Kafka down to the ports that were given, and to the addresses where they are numbers: advertised
# listeners elsewhere need a policy of their own.
brokers_policy() {
  local b host
  printf 'apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: brokers, namespace: krapp}\nspec:\n  egress:\n'
  for b in ${BROKERS//,/ }; do
    host=${b%:*}
    if [[ $host =~ ^[0-9.]+$ ]]; then host="{cidr: $host/32}"; else host='{cidr: 0.0.0.0/0, except: [169.254.0.0/16]}'; fi
    printf '    - ports: [{protocol: TCP, port: %s}]\n      to: [{ipBlock: %s}]\n' "${b##*:}" "$host"
  done
}

# without GROUP drops the documents of an API group.
without() { awk -v group="$1" 'BEGIN {RS = "---\n"; ORS = ""} $0 !~ "(^|\n)apiVersion: " group "/" {print n++ ? "---\n" $0 : $0}'; }

# serves GROUP/VERSION says whether the cluster has that API.
serves() { grep -qx "$1" <<<"$apis"; }

# rendered prints everything as this cluster takes it: what only adds to krapp is left out where its API is missing, and that is said.
rendered() {
  check_settings
  local text apis
  apis=$("${kubectl[@]}" api-versions) || die "the cluster of the current context does not answer"
  layer
  text=$("${kubectl[@]}" kustomize "$out") || die "the overlay $overlay can't be rendered"
  if [ "$scaling" != keda ] || ! serves keda.sh/v1alpha1; then
    [ "$scaling" != keda ] || say "there is no KEDA: compute and consume get one pod each, whatever the lag; install it, or give SCALING=hpa"
    text=$(without keda.sh <<<"$text")
  fi
  if ! serves monitoring.coreos.com/v1; then
    say "there is no Prometheus operator: nothing is scraped, and nobody is called"
    text=$(without monitoring.coreos.com <<<"$text")
  fi
  if grep -q '^apiVersion: kafka.strimzi.io/' <<<"$text"; then
    if serves kafka.strimzi.io/v1; then
      text=${text//kafka.strimzi.io\/v1beta2/kafka.strimzi.io/v1}
    elif ! serves kafka.strimzi.io/v1beta2; then
      die "there is no Strimzi operator, which the overlay $overlay needs: install it (docs/kubernetes.md), or give OVERLAY=external BROKERS=HOST:PORT"
    fi
  fi
  printf '%s\n' "$text"
}

verb_render() { rendered | select_component; }

# write_rules makes a PrometheusRule of the plain rules.
write_rules() {
  local rules=$here/../observability/prometheus/krapp-rules.yaml to=$here/components/monitoring/rules.yaml
  [ -f "$rules" ] || die "there is no $rules"
  {
    cat <<'HEAD'
# Made of deploy/observability/prometheus/krapp-rules.yaml by "deploy/k8s/krapp-k8s rules": change that one.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: krapp
  namespace: krapp
  labels:
    app.kubernetes.io/name: krapp
    app.kubernetes.io/part-of: krapp
    app.kubernetes.io/component: settings
    release: kube-prometheus-stack
spec:
HEAD
    sed -e '/^---$/d' -e 's/^\(.\)/  \1/' "$rules"
  } >"$to"
  say "wrote $to"
}

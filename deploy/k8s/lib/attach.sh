# shellcheck shell=bash disable=SC2154,SC2016 # krapp-k8s sets what is used here; go-templates are not expanded
# attach: port-forwards that find the next pod when theirs goes. Part of krapp-k8s.

# ports lists component, Service and port of what can be attached to.
ports() {
  cat <<'LIST'
produce producer-svc 8000
consume consumer-svc 8072
seer seer-svc 8030
results results-svc 8888
console portal-svc 2222
LIST
}

verb_attach() {
  local c service port to any=
  k get namespace "$ns" >/dev/null || die "apply first"
  children=()
  trap 'trap - EXIT INT TERM; stop_forwards; exit 130' INT TERM
  trap 'stop_forwards' EXIT
  while read -r c service port; do
    [ -z "$component" ] || [ "$component" = "$c" ] || continue
    any=1
    to=$(free_port "$port")
    show "$c" "$service" "$port" "$to"
    forward "$c" "$port" "$to" &
    children+=($!)
  done < <(ports)
  [ -n "$any" ] || die "$component serves nothing: produce, consume, seer, results and console do"
  echo
  echo "token    ${kubectl[*]} -n $ns get secret krapp-http -o go-template='{{.data.token | base64decode}}'"
  echo "         as in: curl -H \"Authorization: Bearer \$TOKEN\" …; in a browser it is the password, with any name"
  echo "Ctrl-C ends all of it."
  wait
}

# Each child is a group of its own, so that its kubectl goes with it.
stop_forwards() {
  local pid
  for pid in "${children[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
}

free() { ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# free_port PORT prints that port, or a free one that ends like it.
free_port() {
  local p
  for p in "$1" $((10000 + $1)) $((20000 + $1)) $((30000 + $1)) $((40000 + $1)); do
    ! free "$p" || { echo "$p"; return; }
  done
  die "no free port for $1"
}

show() { # show COMPONENT SERVICE PORT LOCAL
  case $1 in
    console)
      known_hosts
      echo "console  ssh -p $4 -o UserKnownHostsFile=$root/dist/k8s/known_hosts -o HostKeyAlias=krapp-console krapp@127.0.0.1"
      ;;
    produce) echo "produce  curl -H \"Authorization: Bearer \$TOKEN\" -d '{\"a\":1}' http://127.0.0.1:$4/send" ;;
    consume) echo "consume  http://127.0.0.1:$4/" ;;
    results) echo "results  http://127.0.0.1:$4/" ;;
    seer) echo "seer     http://127.0.0.1:$4/" ;;
  esac
}

# known_hosts notes the console's own key, so that the first ssh asks nothing and trusts nobody else.
known_hosts() {
  local key
  key=$(k get secret krapp-ssh-host -o go-template='{{index .data "ssh_host_ed25519_key.pub" | base64decode}}' 2>/dev/null) || return 0
  mkdir -p "$root/dist/k8s"
  echo "krapp-console $key" >"$root/dist/k8s/known_hosts"
}

# ready_pod COMPONENT prints a pod that is ready and not going; nothing if there is none.
ready_pod() {
  k get pods -l "app.kubernetes.io/name=krapp,app.kubernetes.io/component=$1" -o go-template='{{range .items}}{{if not .metadata.deletionTimestamp}}{{$name := .metadata.name}}{{range .status.conditions}}{{if and (eq .type "Ready") (eq .status "True")}}{{$name}}{{"\n"}}{{end}}{{end}}{{end}}{{end}}' 2>/dev/null | head -n 1
}

# forward COMPONENT PORT LOCAL forwards to one pod until that is gone or the connection breaks, and goes on with the next.
forward() {
  local pod told=
  parts=()
  trap 'trap - TERM INT; kill "${parts[@]}" 2>/dev/null; exit 0' TERM INT
  while :; do
    pod=$(ready_pod "$1") || pod=
    if [ -n "$pod" ]; then
      [ -z "$told" ] || say "$1: forwarding to $pod"
      together "$pod" "$2" "$3"
      told=1
    elif [ "$told" != waiting ]; then
      say "$1: no pod is ready (scaled to zero?); it is forwarded once one is"
      told=waiting
    fi
    sleep 1 &
    parts=($!)
    wait "${parts[@]}" || true
  done
}

# together POD PORT LOCAL forwards until the forward breaks or the pod is gone: kubectl does not always notice the latter.
together() {
  # Not by way of k: what is killed later must be kubectl itself.
  "${kubectl[@]}" -n "$ns" port-forward --address 127.0.0.1 "pod/$1" "$3:$2" >/dev/null 2>&1 &
  parts=($!)
  "${kubectl[@]}" -n "$ns" wait "pod/$1" --for=delete --timeout=24h >/dev/null 2>&1 &
  parts+=($!)
  wait -n "${parts[@]}" || true
  kill "${parts[@]}" 2>/dev/null || true
  wait "${parts[@]}" 2>/dev/null || true
}

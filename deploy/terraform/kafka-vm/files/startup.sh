#!/usr/bin/env bash
# Makes a Debian VM a Kafka broker, at each boot: what is there already is left alone. All it needs is in the VM's metadata (brokers.tf),
# secrets in Secret Manager. It formats a disk only if that disk holds nothing and this broker never had another: everything else
# ends with a message and a broker that does not start. Its output is on the serial console: nothing secret may be printed.
set -euo pipefail
umask 022
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive

data=/var/lib/kafka
secrets=/run/kafka-secrets
disk=/dev/disk/by-id/google-kafka-data

say() { echo "kafka startup: $*" >&2; } # never into what is captured
die() { say "$*"; exit 1; }

# attribute NAME prints an attribute of this VM.
attribute() {
  curl --fail --silent --show-error --retry 10 --retry-connrefused --max-time 30 -H 'Metadata-Flavor: Google' \
    "http://metadata.google.internal/computeMetadata/v1/instance/attributes/$1"
}

# again COMMAND… runs it until it succeeds, for about five minutes.
again() {
  local i
  for ((i = 1; i <= 10; i++)); do
    if "$@"; then return 0; fi
    say "attempt $i failed: $1"
    sleep $((i * 6))
  done
  return 1
}

# token prints an access token of this VM's service account.
token() {
  curl --fail --silent --show-error --retry 10 --retry-connrefused --max-time 30 -H 'Metadata-Flavor: Google' \
    http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/token |
    sed -n 's/.*"access_token" *: *"\([^"]*\)".*/\1/p'
}

# api ARG… calls Google's APIs with it; the token does not appear on a command line.
api() { curl --fail --silent --show-error --retry 3 --max-time 60 --proto =https -H @<(printf 'Authorization: Bearer %s\n' "$(token)") "$@"; }

# put FILE MODE OWNER writes stdin into FILE in one step.
put() {
  local new
  new=$(mktemp "$1.XXXXXX")
  cat >"$new" && chmod "$2" "$new" && chown "$3" "$new" && mv -fT "$new" "$1"
}

# put_attribute NAME FILE MODE OWNER: a file is replaced only by what has arrived whole.
put_attribute() {
  local text
  text=$(attribute "$1") || die "can't read the attribute $1"
  printf '%s\n' "$text" | put "$2" "$3" "$4"
}

packages() {
  if command -v java >/dev/null; then return; fi
  again apt-get update -q >/dev/null || die "can't reach Debian's archive: is there a NAT?"
  again apt-get install -q -y --no-install-recommends openjdk-17-jre-headless >/dev/null || die "can't install Java"
}

# kafka_archive unpacks the version asked for, if its checksum is right, beside those that are there.
kafka_archive() {
  local version=$1 url=$2 sum=$3 home=$4 new
  [ -d "$home" ] && return
  new=$(mktemp -d /opt/unpacking.XXXXXX)
  again curl --fail --silent --show-error --location --proto =https --max-time 1200 -o "$new/kafka.tgz" "$url" || die "can't download $url"
  if ! echo "$sum  $new/kafka.tgz" | sha512sum --check --status; then
    rm -rf "$new"
    die "$url has not the checksum that kafka_sha512 names: nothing was unpacked"
  fi
  tar -xzf "$new/kafka.tgz" -C "$new" --no-same-owner
  [ -x "$new/kafka_2.13-$version/bin/kafka-server-start.sh" ] || die "$url does not hold Kafka $version"
  mv -T "$new/kafka_2.13-$version" "$home"
  rm -rf "$new"
}

# was_formatted looks for the mark that says this broker's storage was formatted once: an object that brokers can't delete. It ends the
# script if it can't tell: a doubt must not end in an empty disk being formatted.
was_formatted() {
  local listing
  listing=$(again api "https://storage.googleapis.com/storage/v1/b/$marks/o?prefix=$cluster_id%2F$node_id&fields=items%2Fname") ||
    die "can't read the bucket $marks, which says whether this broker had a disk before"
  grep -q "\"name\": *\"$cluster_id/$node_id\"" <<<"$listing"
}

# remember_formatted creates the mark; one that exists is refused by the precondition and is as good.
remember_formatted() {
  local url="https://storage.googleapis.com/upload/storage/v1/b/$marks/o?uploadType=media&ifGenerationMatch=0&name=$cluster_id%2F$node_id"
  if was_formatted; then return; fi
  date -u +%FT%TZ | api -X POST -H 'Content-Type: text/plain' --data-binary @- "$url" >/dev/null || was_formatted ||
    die "can't write into the bucket $marks: the broker is not started, as nothing would stop a later empty disk from being formatted"
}

lost_disk() {
  die "$1, but this broker's storage was formatted before (gs://$marks/$cluster_id/$node_id). An empty disk is not formatted again by itself: the quorum" \
    "would take a controller that has forgotten everything for one that knows. See README.md, \"A lost disk\": krapp-kafka rejoin"
}

# mount_data makes a file system on an empty disk only.
mount_data() {
  local i kind=0
  mkdir -p "$data"
  if mountpoint -q "$data"; then return; fi
  for ((i = 0; i < 60; i++)); do [ -e "$disk" ] && break; sleep 1; done
  [ -e "$disk" ] || die "the data disk $disk is not attached"
  blkid -p "$disk" >/dev/null 2>&1 || kind=$?
  case $kind in
    0) ;;
    2)
      if was_formatted; then lost_disk "$disk is empty"; fi
      mkfs.ext4 -q -m 1 -E lazy_itable_init=0,lazy_journal_init=0 "$disk"
      ;;
    *) die "blkid can't tell what $disk holds (exit code $kind): it is left alone" ;;
  esac
  mount -o noatime,nodev,nosuid,noexec "$disk" "$data"
}

# fetch_secrets puts keys and passwords into memory, never onto a disk.
fetch_secrets() {
  local user rights password keystore
  install -d -m 0750 -o root -g kafka "$secrets"
  keystore=$(again secret "keystore-$node_id") || die "can't read the secret $name-keystore-$node_id"
  printf '%s\n' "$keystore" | put "$secrets/keystore.pem" 0640 root:kafka
  put_attribute kafka-ca "$secrets/ca.pem" 0644 root:root
  password=$(again secret user-admin) || die "can't read the secret $name-user-admin"
  put "$secrets/admin.properties" 0600 root:root <<PROPERTIES
security.protocol=SASL_SSL
sasl.mechanism=SCRAM-SHA-512
sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required username="admin" password="$password";
ssl.truststore.type=PEM
ssl.truststore.location=$secrets/ca.pem
PROPERTIES
  put_attribute kafka-users /etc/kafka/users 0644 root:root
  { # the arguments of format, a line each: on a command line every user of this machine could read them
    printf '%s\n' --add-scram "SCRAM-SHA-512=[name=admin,password=$password]"
    while read -r user rights || [ -n "$user" ]; do
      [ -n "$rights" ] || continue
      password=$(again secret "user-$user") || die "can't read the secret $name-user-$user"
      printf '%s\n' --add-scram "SCRAM-SHA-512=[name=$user,password=$password]"
    done </etc/kafka/users
  } | put "$secrets/format-users" 0600 root:root
}

# secret NAME prints the newest version of one of this cluster's secrets; the answer holds it in base64.
secret() {
  local answer
  answer=$(api "https://secretmanager.googleapis.com/v1/projects/$project/secrets/$name-$1/versions/latest:access") || return 1
  sed -n 's/.*"data" *: *"\([^"]*\)".*/\1/p' <<<"$answer" | base64 -d
}

# format_storage formats an empty directory of a broker that never had one, and checks that any other is this broker's own.
format_storage() {
  local home=$1 meta=$data/data/meta.properties controllers
  if [ -f "$meta" ]; then
    grep -qx "cluster.id=$cluster_id" "$meta" || die "$meta is of another cluster: nothing was touched"
    grep -qx "node.id=$node_id" "$meta" || die "$meta is of another broker: nothing was touched"
    remember_formatted
    return
  fi
  [ -z "$(ls -A "$data/data" 2>/dev/null)" ] || die "$data/data holds files but no meta.properties: it is not formatted over them"
  if was_formatted; then lost_disk "$data/data is empty"; fi
  controllers=$(attribute kafka-initial-controllers) || die "can't read the VM's attributes"
  install -d -m 0750 -o kafka -g kafka "$data/data"
  {
    printf '%s\n' --config /etc/kafka/server.properties --cluster-id "$cluster_id" --initial-controllers "$controllers"
    cat "$secrets/format-users"
  } | put "$secrets/format" 0640 root:kafka
  # It prints the users' stored keys: not onto the serial console.
  if ! runuser -u kafka -- env LOG_DIR=/tmp "$home/bin/kafka-storage.sh" format "@$secrets/format" >"$secrets/format.out" 2>&1; then
    rm -f "$secrets/format"
    die "formatting failed; its output is in $secrets/format.out"
  fi
  rm -f "$secrets/format" "$secrets/format.out"
  remember_formatted
  say "formatted $data/data for broker $node_id of $cluster_id"
}

write_files() {
  local home=$1 unit heap bootstrap
  heap=$(attribute kafka-heap)
  bootstrap=$(attribute kafka-bootstrap)
  put_attribute kafka-server-properties /etc/kafka/server.properties 0644 root:root
  put_attribute kafka-log4j2 /etc/kafka/log4j2.xml 0644 root:root
  put_attribute kafka-tool /usr/local/sbin/krapp-kafka 0755 root:root
  put /etc/kafka/broker.env 0644 root:root <<ENVIRONMENT
KAFKA_HEAP_OPTS=-Xms$heap -Xmx$heap
ENVIRONMENT
  put /etc/kafka/krapp-kafka.env 0644 root:root <<ENVIRONMENT
KAFKA_HOME=$home
KAFKA_BOOTSTRAP=$bootstrap
KAFKA_BUCKET=$bucket
KAFKA_NODE=$node_id
ENVIRONMENT
  unit=$(attribute kafka-unit) || die "can't read the attribute kafka-unit"
  printf '%s\n' "${unit//@KAFKA_HOME@/$home}" | put /etc/systemd/system/kafka.service 0644 root:root
  backup_units
  # a map or two for each segment's index; and a broker that swaps is worse than one that is gone
  printf 'vm.max_map_count=262144\nvm.swappiness=1\n' | put /etc/sysctl.d/60-kafka.conf 0644 root:root
  sysctl -q -p /etc/sysctl.d/60-kafka.conf
  install -d -m 0755 /etc/systemd/journald.conf.d
  printf '[Journal]\nSystemMaxUse=500M\n' | put /etc/systemd/journald.conf.d/kafka.conf 0644 root:root
}

backup_units() {
  put /etc/systemd/system/krapp-kafka-describe.service 0644 root:root <<'UNIT'
[Unit]
Description=Describe the Kafka cluster into the bucket
[Service]
Type=oneshot
ExecStart=/usr/local/sbin/krapp-kafka describe --to-bucket
TimeoutStartSec=600
UNIT
  put /etc/systemd/system/krapp-kafka-describe.timer 0644 root:root <<'UNIT'
[Unit]
Description=Describe the Kafka cluster daily
[Timer]
OnCalendar=*-*-* 01:00:00
RandomizedDelaySec=1h
Persistent=true
[Install]
WantedBy=timers.target
UNIT
  put /etc/systemd/system/krapp-kafka-acls.service 0644 root:root <<'UNIT'
[Unit]
Description=Give the users of the Kafka cluster their rights
After=kafka.service
[Service]
Type=oneshot
ExecStart=/usr/local/sbin/krapp-kafka acls
TimeoutStartSec=900
UNIT
}

main() {
  local version home
  project=$(attribute kafka-project)
  name=$(attribute kafka-name)
  node_id=$(attribute kafka-node-id)
  cluster_id=$(attribute kafka-cluster-id)
  bucket=$(attribute kafka-bucket)
  marks=$(attribute kafka-marks)
  version=$(attribute kafka-version)
  home=/opt/kafka_2.13-$version
  packages
  id -u kafka >/dev/null 2>&1 || useradd --system --home-dir "$data" --no-create-home --shell /usr/sbin/nologin kafka
  mkdir -p /etc/kafka /opt
  kafka_archive "$version" "$(attribute kafka-url)" "$(attribute kafka-sha512)" "$home"
  mount_data
  write_files "$home"
  fetch_secrets
  format_storage "$home"
  systemctl daemon-reload
  systemctl start kafka.service # does nothing if it runs: new settings wait for "krapp-kafka restart"
  systemctl enable --now krapp-kafka-describe.timer >/dev/null 2>&1
  systemctl start --no-block krapp-kafka-acls.service
  say "broker $node_id is started"
}

main

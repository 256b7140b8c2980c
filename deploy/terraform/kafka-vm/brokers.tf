resource "google_compute_disk" "data" {
  for_each = local.nodes

  name = "${var.name}-data-${each.key}"
  zone = each.value.zone
  type = var.disk_type
  size = var.disk_size_gb

  depends_on = [google_project_service.needed]

  lifecycle {
    prevent_destroy = true # the messages
  }
}

resource "google_compute_instance" "broker" {
  for_each = local.nodes

  name                      = "${var.name}-${each.key}"
  zone                      = each.value.zone
  machine_type              = var.machine_type
  allow_stopping_for_update = true
  deletion_protection       = var.deletion_protection

  boot_disk {
    initialize_params {
      image = var.boot_image
      size  = 20
      type  = "pd-balanced"
    }
  }

  attached_disk {
    source      = google_compute_disk.data[each.key].id
    device_name = "kafka-data"
  }

  network_interface {
    subnetwork = local.subnetwork
    network_ip = google_compute_address.broker[each.key].address
    # no access_config: no address outside
  }

  service_account {
    email  = google_service_account.broker[each.key].email
    scopes = ["cloud-platform"] # what it may do is in its roles
  }

  shielded_instance_config {
    enable_secure_boot          = true
    enable_vtpm                 = true
    enable_integrity_monitoring = true
  }

  # Nothing secret is here: whoever may see the VM may read its metadata. As metadata, changes arrive without a new VM; they take effect at
  # the next "krapp-kafka restart", one broker at a time.
  metadata = {
    enable-oslogin         = "TRUE"
    block-project-ssh-keys = "TRUE"
    serial-port-enable     = "FALSE"

    startup-script            = file("${path.module}/files/startup.sh")
    kafka-tool                = file("${path.module}/files/krapp-kafka")
    kafka-unit                = file("${path.module}/files/kafka.service")
    kafka-log4j2              = file("${path.module}/files/log4j2.xml")
    kafka-server-properties   = local.server_properties[each.key]
    kafka-ca                  = tls_self_signed_cert.ca.cert_pem
    kafka-node-id             = each.key
    kafka-cluster-id          = local.cluster_id
    kafka-initial-controllers = local.initial_controllers
    kafka-version             = var.kafka_version
    kafka-sha512              = var.kafka_sha512
    kafka-url                 = coalesce(var.kafka_url, "https://archive.apache.org/dist/kafka/${var.kafka_version}/kafka_2.13-${var.kafka_version}.tgz")
    kafka-heap                = var.heap
    kafka-name                = var.name
    kafka-project             = var.project
    kafka-bucket              = google_storage_bucket.backup.name
    kafka-marks               = google_storage_bucket.marks.name
    kafka-users               = join("\n", [for user, rights in var.users : "${user} ${rights}"])
    kafka-bootstrap           = join(",", [for node in local.nodes : "${node.host}:${local.ports.client}"])
  }

  lifecycle {
    ignore_changes = [boot_disk[0].initialize_params[0].image] # never all three at once: replace one by one, README.md
  }

  depends_on = [
    google_secret_manager_secret_version.keystore,
    google_secret_manager_secret_version.user,
    google_secret_manager_secret_iam_member.keystore,
    google_secret_manager_secret_iam_member.user,
    google_storage_bucket_iam_member.write,
    google_storage_bucket_iam_member.mark,
    google_dns_record_set.broker,
    google_compute_router_nat.kafka,
  ]
}

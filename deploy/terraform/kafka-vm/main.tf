# What every other file speaks of: three brokers, their names, addresses and ports, and what is rendered for each.

locals {
  nodes = { for i, zone in var.zones : tostring(i + 1) => {
    zone = zone
    host = "kafka-${i + 1}.${var.dns_domain}"
  } }

  ports = { client = 9093, internal = 9094, controller = 9095 }

  # Kafka's identifiers are 16 bytes in URL-safe base64. The first character is fixed: one that begins with "-" reads as an option.
  cluster_id    = "k${substr(random_id.cluster.b64_url, 1, 21)}"
  directory_ids = { for n, id in random_id.directory : n => "k${substr(id.b64_url, 1, 21)}" }

  # The quorum as the storage of each broker is first formatted with; later changes are the cluster's own (README.md, "A lost disk").
  initial_controllers = join(",", [
    for n, node in local.nodes : "${n}@${node.host}:${local.ports.controller}:${local.directory_ids[n]}"
  ])

  server_properties = { for n, node in local.nodes : n => templatefile("${path.module}/templates/server.properties.tftpl", {
    node_id          = n
    name             = var.name
    bind             = google_compute_address.broker[n].address
    host             = node.host
    rack             = node.zone
    client_port      = local.ports.client
    internal_port    = local.ports.internal
    controller_port  = local.ports.controller
    controllers      = join(",", [for other in local.nodes : "${other.host}:${local.ports.controller}"])
    data             = "/var/lib/kafka/data"
    secrets          = "/run/kafka-secrets"
    partitions       = var.partitions
    retention_hours  = var.retention_hours
    offsets_parts    = 50
    cleaner_buffer   = 134217728
    index_size_bytes = 10485760
  }) }
}

resource "random_id" "cluster" {
  byte_length = 16
}

resource "random_id" "directory" {
  for_each    = local.nodes
  byte_length = 16
}

resource "google_project_service" "needed" {
  for_each = toset(["compute.googleapis.com", "iam.googleapis.com", "dns.googleapis.com", "secretmanager.googleapis.com", "storage.googleapis.com", "iap.googleapis.com"])

  service            = each.value
  disable_on_destroy = false
}

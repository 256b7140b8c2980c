# Private addresses only. Out goes through the NAT (packages, Kafka's archive), Google's APIs by Private Google Access; in comes what the
# firewall names: all else is refused by the network's implied rule.

locals {
  own_network = var.network == null
  network     = local.own_network ? google_compute_network.kafka[0].self_link : var.network.network
  subnetwork  = local.own_network ? google_compute_subnetwork.kafka[0].self_link : var.network.subnetwork
  accounts    = [for account in google_service_account.broker : account.email]
}

resource "google_compute_network" "kafka" {
  count = local.own_network ? 1 : 0

  name                    = var.name
  auto_create_subnetworks = false
  routing_mode            = "REGIONAL"
  depends_on              = [google_project_service.needed]
}

resource "google_compute_subnetwork" "kafka" {
  count = local.own_network ? 1 : 0

  name                     = var.name
  region                   = var.region
  network                  = google_compute_network.kafka[0].id
  ip_cidr_range            = var.subnet_cidr
  private_ip_google_access = true

  log_config {
    aggregation_interval = "INTERVAL_10_MIN"
    flow_sampling        = 0.1
    metadata             = "EXCLUDE_ALL_METADATA"
  }
}

resource "google_compute_router" "kafka" {
  count = local.own_network ? 1 : 0

  name    = var.name
  region  = var.region
  network = google_compute_network.kafka[0].id
}

resource "google_compute_router_nat" "kafka" {
  count = local.own_network ? 1 : 0

  name                               = var.name
  router                             = google_compute_router.kafka[0].name
  region                             = var.region
  nat_ip_allocate_option             = "AUTO_ONLY"
  source_subnetwork_ip_ranges_to_nat = "LIST_OF_SUBNETWORKS"

  subnetwork {
    name                    = google_compute_subnetwork.kafka[0].id
    source_ip_ranges_to_nat = ["ALL_IP_RANGES"]
  }

  log_config {
    enable = true
    filter = "ERRORS_ONLY"
  }
}

resource "google_compute_address" "broker" {
  for_each = local.nodes

  name         = "${var.name}-${each.key}"
  region       = var.region
  subnetwork   = local.subnetwork
  address_type = "INTERNAL"
  purpose      = "GCE_ENDPOINT"
}

# Brokers and controllers among themselves: by service account, which nothing else can put on.
resource "google_compute_firewall" "brokers" {
  name                    = "${var.name}-brokers"
  network                 = local.network
  direction               = "INGRESS"
  source_service_accounts = local.accounts
  target_service_accounts = local.accounts

  allow {
    protocol = "tcp"
    ports    = [tostring(local.ports.client), tostring(local.ports.internal), tostring(local.ports.controller)]
  }
}

# Clients reach the TLS port with SASL, and no other.
resource "google_compute_firewall" "clients" {
  count = length(var.client_cidrs) > 0 ? 1 : 0

  name                    = "${var.name}-clients"
  network                 = local.network
  direction               = "INGRESS"
  source_ranges           = var.client_cidrs
  target_service_accounts = local.accounts

  allow {
    protocol = "tcp"
    ports    = [tostring(local.ports.client)]
  }
}

# SSH only through Identity-Aware Proxy: gcloud compute ssh --tunnel-through-iap. The range is Google's, for IAP alone.
resource "google_compute_firewall" "iap_ssh" {
  name                    = "${var.name}-iap-ssh"
  network                 = local.network
  direction               = "INGRESS"
  source_ranges           = ["35.235.240.0/20"]
  target_service_accounts = local.accounts

  allow {
    protocol = "tcp"
    ports    = ["22"]
  }
}

resource "google_dns_managed_zone" "kafka" {
  name        = var.name
  dns_name    = "${var.dns_domain}."
  description = "The brokers' names, inside the network"
  visibility  = "private"

  private_visibility_config {
    networks {
      network_url = local.network
    }
  }

  depends_on = [google_project_service.needed]
}

resource "google_dns_record_set" "broker" {
  for_each = local.nodes

  managed_zone = google_dns_managed_zone.kafka.name
  name         = "${each.value.host}."
  type         = "A"
  ttl          = 60
  rrdatas      = [google_compute_address.broker[each.key].address]
}

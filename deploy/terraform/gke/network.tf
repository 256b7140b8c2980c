resource "google_project_service" "needed" {
  for_each = toset(["compute.googleapis.com", "container.googleapis.com", "artifactregistry.googleapis.com", "iam.googleapis.com", "storage.googleapis.com"])

  service            = each.value
  disable_on_destroy = false
}

resource "google_compute_network" "krapp" {
  name                    = var.name
  auto_create_subnetworks = false
  routing_mode            = "REGIONAL"
  depends_on              = [google_project_service.needed]
}

resource "google_compute_subnetwork" "krapp" {
  name                     = var.name
  region                   = var.region
  network                  = google_compute_network.krapp.id
  ip_cidr_range            = var.node_cidr
  private_ip_google_access = true

  secondary_ip_range {
    range_name    = "pods"
    ip_cidr_range = var.pod_cidr
  }
  secondary_ip_range {
    range_name    = "services"
    ip_cidr_range = var.service_cidr
  }

  log_config {
    aggregation_interval = "INTERVAL_10_MIN"
    flow_sampling        = 0.1
    metadata             = "EXCLUDE_ALL_METADATA"
  }
}

resource "google_compute_router" "krapp" {
  name    = var.name
  region  = var.region
  network = google_compute_network.krapp.id
}

# Nodes have no addresses outside: operators' images and charts come through here.
resource "google_compute_router_nat" "krapp" {
  name                               = var.name
  router                             = google_compute_router.krapp.name
  region                             = var.region
  nat_ip_allocate_option             = "AUTO_ONLY"
  source_subnetwork_ip_ranges_to_nat = "LIST_OF_SUBNETWORKS"

  subnetwork {
    name                    = google_compute_subnetwork.krapp.id
    source_ip_ranges_to_nat = ["ALL_IP_RANGES"]
  }

  log_config {
    enable = true
    filter = "ERRORS_ONLY"
  }
}

# GKE's own rules let the control plane reach kubelets and port 443; webhooks and KEDA's metrics are asked at these.
resource "google_compute_firewall" "webhooks" {
  name          = "${var.name}-webhooks"
  network       = google_compute_network.krapp.id
  direction     = "INGRESS"
  source_ranges = [var.master_cidr]
  target_tags   = [local.node_tag]

  allow {
    protocol = "tcp"
    ports    = ["6443", "8443", "9443", "10250"]
  }
}

locals {
  node_tag = "${var.name}-node"
  endpoint = google_container_cluster.krapp.control_plane_endpoints_config[0].dns_endpoint_config[0].endpoint
}

# What nodes may do: log, report, and pull krapp's images.
resource "google_service_account" "node" {
  account_id   = "${var.name}-node"
  display_name = "Nodes of the cluster ${var.name}"
  depends_on   = [google_project_service.needed]
}

resource "google_project_iam_member" "node" {
  project = var.project
  role    = "roles/container.defaultNodeServiceAccount"
  member  = google_service_account.node.member
}

resource "google_artifact_registry_repository" "krapp" {
  repository_id = var.name
  location      = var.region
  format        = "DOCKER"
  description   = "krapp's images"

  docker_config {
    immutable_tags = false # TAG=dev moves; give releases a tag of their own
  }

  depends_on = [google_project_service.needed]
}

resource "google_artifact_registry_repository_iam_member" "node" {
  repository = google_artifact_registry_repository.krapp.name
  location   = var.region
  role       = "roles/artifactregistry.reader"
  member     = google_service_account.node.member
}

resource "google_container_cluster" "krapp" {
  name                     = var.name
  location                 = var.region
  node_locations           = var.zones
  network                  = google_compute_network.krapp.id
  subnetwork               = google_compute_subnetwork.krapp.id
  networking_mode          = "VPC_NATIVE"
  datapath_provider        = "ADVANCED_DATAPATH" # Dataplane V2: NetworkPolicies are enforced
  enable_shielded_nodes    = true
  remove_default_node_pool = true
  initial_node_count       = 1
  deletion_protection      = var.deletion_protection

  node_config { # of the default pool, which is removed at once: it must not run as the project's default account meanwhile
    service_account = google_service_account.node.email
    oauth_scopes    = ["https://www.googleapis.com/auth/cloud-platform"]
  }

  ip_allocation_policy {
    cluster_secondary_range_name  = "pods"
    services_secondary_range_name = "services"
  }

  release_channel {
    channel = "REGULAR"
  }

  maintenance_policy { # nodes are drained one by one then; the budgets in deploy/k8s hold
    daily_maintenance_window {
      start_time = "02:00"
    }
  }

  private_cluster_config {
    enable_private_nodes    = true
    enable_private_endpoint = length(var.master_authorised_networks) == 0
    master_ipv4_cidr_block  = var.master_cidr
  }

  master_authorized_networks_config { # without blocks: nobody by address
    dynamic "cidr_blocks" {
      for_each = var.master_authorised_networks
      content {
        display_name = cidr_blocks.key
        cidr_block   = cidr_blocks.value
      }
    }
  }

  control_plane_endpoints_config {
    dns_endpoint_config {
      allow_external_traffic = true # to those whom IAM lets in
    }
  }

  workload_identity_config {
    workload_pool = "${var.project}.svc.id.goog"
  }

  master_auth {
    client_certificate_config {
      issue_client_certificate = false
    }
  }

  addons_config {
    dns_cache_config {
      enabled = true # overlays/gke lets pods ask it
    }
    gce_persistent_disk_csi_driver_config {
      enabled = true
    }
    gcs_fuse_csi_driver_config {
      enabled = var.data_bucket
    }
  }

  logging_config {
    enable_components = ["SYSTEM_COMPONENTS", "WORKLOADS"]
  }

  monitoring_config {
    enable_components = ["SYSTEM_COMPONENTS"]
    managed_prometheus {
      enabled = var.prometheus_version == null
    }
  }

  lifecycle {
    ignore_changes = [node_config] # the default pool's, which is gone
  }

  depends_on = [google_project_iam_member.node, google_compute_router_nat.krapp]
}

resource "google_container_node_pool" "kafka" {
  count = var.kafka_pool == null ? 0 : 1

  name       = "kafka"
  cluster    = google_container_cluster.krapp.id
  node_count = 1 # a zone

  node_config {
    machine_type    = var.kafka_pool.machine_type
    disk_type       = "pd-balanced" # of the system; the brokers' own disks are claims of the class premium-rwo (SSD)
    disk_size_gb    = 50
    image_type      = "COS_CONTAINERD"
    service_account = google_service_account.node.email
    oauth_scopes    = ["https://www.googleapis.com/auth/cloud-platform"]
    tags            = [local.node_tag]
    labels          = { "krapp.io/pool" = "kafka" }

    taint {
      key    = "krapp.io/kafka"
      value  = "true"
      effect = "NO_SCHEDULE"
    }
    shielded_instance_config {
      enable_secure_boot          = true
      enable_integrity_monitoring = true
    }
    workload_metadata_config {
      mode = "GKE_METADATA"
    }
  }

  management {
    auto_repair  = true
    auto_upgrade = true
  }

  upgrade_settings { # one broker at a time, and none before its budget allows it
    strategy        = "SURGE"
    max_surge       = 1
    max_unavailable = 0
  }
}

resource "google_container_node_pool" "workers" {
  name    = "workers"
  cluster = google_container_cluster.krapp.id

  autoscaling {
    total_min_node_count = var.workers_pool.min
    total_max_node_count = var.workers_pool.max
    location_policy      = var.workers_pool.spot ? "ANY" : "BALANCED"
  }

  node_config {
    machine_type    = var.workers_pool.machine_type
    spot            = var.workers_pool.spot
    disk_type       = "pd-balanced"
    disk_size_gb    = 50
    image_type      = "COS_CONTAINERD"
    service_account = google_service_account.node.email
    oauth_scopes    = ["https://www.googleapis.com/auth/cloud-platform"]
    tags            = [local.node_tag]
    labels          = { "krapp.io/pool" = "workers" }

    shielded_instance_config {
      enable_secure_boot          = true
      enable_integrity_monitoring = true
    }
    workload_metadata_config {
      mode = "GKE_METADATA"
    }
  }

  management {
    auto_repair  = true
    auto_upgrade = true
  }

  upgrade_settings {
    strategy        = "SURGE"
    max_surge       = 1
    max_unavailable = 0
  }

  lifecycle {
    ignore_changes = [initial_node_count]
  }
}

output "kubeconfig_command" {
  description = "Adds the cluster to kubectl's contexts and makes it the current one."
  value       = "gcloud container clusters get-credentials ${google_container_cluster.krapp.name} --location ${var.region} --project ${var.project} --dns-endpoint"
}

output "docker_login_command" {
  description = "Lets docker push to the repository."
  value       = "gcloud auth configure-docker ${var.region}-docker.pkg.dev"
}

output "registry" {
  description = "REGISTRY of make push-image and make apply-k8s."
  value       = "${var.region}-docker.pkg.dev/${var.project}/${google_artifact_registry_repository.krapp.repository_id}/"
}

output "overlay" {
  description = "OVERLAY of make apply-k8s. \"external\" knows brokers without TLS; for those of ../kafka-vm see docs/kubernetes.md."
  value       = var.kafka_pool == null ? "external" : "gke"
}

output "make" {
  description = "From the sources to running pods, after the two commands above. With the overlay external, add BROKERS."
  value       = "make build-image push-image apply-k8s PLATFORMS=linux/amd64 OVERLAY=${var.kafka_pool == null ? "external" : "gke"} REGISTRY=${var.region}-docker.pkg.dev/${var.project}/${google_artifact_registry_repository.krapp.repository_id}/ TAG=$(git describe --always --dirty)"
}

output "project" {
  value = var.project
}

output "region" {
  value = var.region
}

output "network" {
  description = "For the variable network of ../kafka-vm."
  value = {
    network    = google_compute_network.krapp.self_link
    subnetwork = google_compute_subnetwork.krapp.self_link
  }
}

output "pod_cidr" {
  description = "For the variable client_cidrs of ../kafka-vm."
  value       = var.pod_cidr
}

output "data_bucket" {
  description = "Bucket that the read job may read."
  value       = try(google_storage_bucket.data[0].name, null)
}

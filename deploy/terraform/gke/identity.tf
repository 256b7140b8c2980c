# What krapp's pods may do in the cloud: one thing. The job "read" may read the objects of one bucket, which the Cloud Storage FUSE driver
# mounts as a directory (README.md). The identity is the Kubernetes service account krapp/read itself: no Google account, no key.

data "google_project" "this" {}

resource "google_storage_bucket" "data" {
  count = var.data_bucket ? 1 : 0

  name                        = "${var.project}-${var.name}-data"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = false
  depends_on                  = [google_project_service.needed]
}

resource "google_storage_bucket_iam_member" "read" {
  count = var.data_bucket ? 1 : 0

  bucket = google_storage_bucket.data[0].name
  role   = "roles/storage.objectViewer"
  member = "principal://iam.googleapis.com/projects/${data.google_project.this.number}/locations/global/workloadIdentityPools/${google_container_cluster.krapp.workload_identity_config[0].workload_pool}/subject/ns/krapp/sa/read"
}

# Replication is what keeps messages; a backup is for mistakes. Two kinds, and what they are good for is in README.md ("Backups"):
# snapshots of the data disks, daily; and a description of the cluster (topics, settings, ACLs, groups' offsets) to a bucket, daily.

resource "random_id" "bucket" {
  byte_length = 4
}

resource "google_storage_bucket" "backup" {
  name                        = "${var.project}-${var.name}-${random_id.bucket.hex}"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = false

  versioning {
    enabled = true
  }

  lifecycle_rule {
    condition {
      age            = var.backup_days
      matches_prefix = ["description/"]
    }
    action {
      type = "Delete"
    }
  }

  lifecycle_rule {
    condition {
      days_since_noncurrent_time = 7
    }
    action {
      type = "Delete"
    }
  }

  depends_on = [google_project_service.needed]
}

# A broker may add objects, neither overwrite nor delete any: who takes over a broker can't spoil its backups.
resource "google_storage_bucket_iam_member" "write" {
  for_each = google_service_account.broker

  bucket = google_storage_bucket.backup.name
  role   = "roles/storage.objectCreator"
  member = each.value.member
}

# The marks "this broker's disk was formatted once", without which an empty disk would be formatted a second time. Brokers create and read
# them; none can remove one.
resource "google_storage_bucket" "marks" {
  name                        = "${var.project}-${var.name}-marks-${random_id.bucket.hex}"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = false
  depends_on                  = [google_project_service.needed]
}

resource "google_storage_bucket_iam_member" "mark" {
  for_each = { for pair in setproduct(keys(local.nodes), ["roles/storage.objectCreator", "roles/storage.objectViewer"]) : join(" ", pair) => pair }

  bucket = google_storage_bucket.marks.name
  role   = each.value[1]
  member = google_service_account.broker[each.value[0]].member
}

resource "google_compute_resource_policy" "daily" {
  name       = "${var.name}-daily"
  region     = var.region
  depends_on = [google_project_service.needed]

  snapshot_schedule_policy {
    schedule {
      daily_schedule {
        days_in_cycle = 1
        start_time    = "02:00"
      }
    }
    retention_policy {
      max_retention_days    = var.snapshot_days
      on_source_disk_delete = "KEEP_AUTO_SNAPSHOTS"
    }
    snapshot_properties {
      storage_locations = [var.region]
    }
  }
}

resource "google_compute_disk_resource_policy_attachment" "daily" {
  for_each = local.nodes

  name = google_compute_resource_policy.daily.name
  disk = google_compute_disk.data[each.key].name
  zone = each.value.zone
}

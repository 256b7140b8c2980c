# Keys and passwords are in Secret Manager. Each broker has a service account of its own, which reads its own key, the users' passwords
# (the storage is formatted with them) and nothing else of the project.

resource "google_service_account" "broker" {
  for_each = local.nodes

  account_id   = "${var.name}-${each.key}"
  display_name = "Kafka broker ${each.key} of ${var.name}"
  depends_on   = [google_project_service.needed]
}

resource "google_secret_manager_secret" "keystore" {
  for_each = local.nodes

  secret_id  = "${var.name}-keystore-${each.key}"
  depends_on = [google_project_service.needed]

  replication {
    auto {}
  }
}

# Kafka reads key and certificates from one PEM file; the key must be in PKCS #8.
resource "google_secret_manager_secret_version" "keystore" {
  for_each = local.nodes

  secret = google_secret_manager_secret.keystore[each.key].id
  secret_data = join("", [
    tls_private_key.broker[each.key].private_key_pem_pkcs8,
    tls_locally_signed_cert.broker[each.key].cert_pem,
    tls_self_signed_cert.ca.cert_pem,
  ])

  lifecycle {
    create_before_destroy = true
  }
}

resource "google_secret_manager_secret_iam_member" "keystore" {
  for_each = local.nodes

  secret_id = google_secret_manager_secret.keystore[each.key].id
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.broker[each.key].member
}

locals {
  user_names = toset(concat(["admin"], keys(var.users)))
}

resource "random_password" "user" {
  for_each = local.user_names

  length  = 40
  special = false
}

resource "google_secret_manager_secret" "user" {
  for_each = local.user_names

  secret_id  = "${var.name}-user-${each.key}"
  depends_on = [google_project_service.needed]

  replication {
    auto {}
  }
}

resource "google_secret_manager_secret_version" "user" {
  for_each = local.user_names

  secret      = google_secret_manager_secret.user[each.key].id
  secret_data = random_password.user[each.key].result
}

resource "google_secret_manager_secret_iam_member" "user" {
  for_each = { for pair in setproduct(keys(local.nodes), local.user_names) : "${pair[0]}-${pair[1]}" => pair }

  secret_id = google_secret_manager_secret.user[each.value[1]].id
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.broker[each.value[0]].member
}

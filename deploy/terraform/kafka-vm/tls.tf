# A certificate authority of this cluster alone. A broker's certificate serves its three listeners and is what it shows to the other
# brokers, which demand it: CN=broker is the super user of the internal listeners.
# Renewing: terraform apply in the last 30 days makes new certificates; then README.md, "New certificates".

resource "tls_private_key" "ca" {
  algorithm   = "ECDSA"
  ecdsa_curve = "P384"
}

resource "tls_self_signed_cert" "ca" {
  private_key_pem       = tls_private_key.ca.private_key_pem
  is_ca_certificate     = true
  set_subject_key_id    = true
  validity_period_hours = 10 * 365 * 24
  allowed_uses          = ["cert_signing", "crl_signing"]

  subject {
    common_name  = "${var.name} CA"
    organization = var.name
  }
}

resource "tls_private_key" "broker" {
  for_each = local.nodes

  algorithm   = "ECDSA"
  ecdsa_curve = "P256"
}

resource "tls_cert_request" "broker" {
  for_each = local.nodes

  private_key_pem = tls_private_key.broker[each.key].private_key_pem
  dns_names       = [each.value.host]
  ip_addresses    = [google_compute_address.broker[each.key].address]

  subject {
    common_name  = "broker"
    organization = var.name
  }
}

resource "tls_locally_signed_cert" "broker" {
  for_each = local.nodes

  cert_request_pem      = tls_cert_request.broker[each.key].cert_request_pem
  ca_private_key_pem    = tls_private_key.ca.private_key_pem
  ca_cert_pem           = tls_self_signed_cert.ca.cert_pem
  validity_period_hours = 2 * 365 * 24
  early_renewal_hours   = 30 * 24
  allowed_uses          = ["digital_signature", "server_auth", "client_auth"]
}

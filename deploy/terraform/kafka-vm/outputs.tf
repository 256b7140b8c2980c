output "brokers" {
  description = "Bootstrap servers, for BROKERS of make apply-k8s. They speak SASL_SSL and nothing else."
  value       = join(",", [for node in local.nodes : "${node.host}:${local.ports.client}"])
}

output "ca" {
  description = "The authority that clients trust: terraform output -raw ca > kafka-ca.pem"
  value       = tls_self_signed_cert.ca.cert_pem
}

output "password_secrets" {
  description = "Secret of each user's password: gcloud secrets versions access latest --secret=NAME > FILE (umask 077)"
  value       = { for user, secret in google_secret_manager_secret.user : user => secret.secret_id }
}

output "krapp_context" {
  description = "A context to paste below contexts: of ~/.config/krapp/config.yaml: terraform output -raw krapp_context"
  value = templatefile("${path.module}/templates/context.yaml.tftpl", {
    name    = var.name
    brokers = [for node in local.nodes : "${node.host}:${local.ports.client}"]
    user    = try([for user, rights in var.users : user if rights == "operate"][0], "admin")
  })
}

output "ssh" {
  description = "How to reach each broker."
  value = { for n, node in local.nodes : n =>
    "gcloud compute ssh ${var.name}-${n} --zone ${node.zone} --project ${var.project} --tunnel-through-iap"
  }
}

output "bucket" {
  description = "Where descriptions of the cluster are kept."
  value       = google_storage_bucket.backup.name
}

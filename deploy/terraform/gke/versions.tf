terraform {
  required_version = ">= 1.9, < 2.0"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 6.50"
    }
    helm = {
      source  = "hashicorp/helm"
      version = "~> 3.1"
    }
    kubernetes = {
      source  = "hashicorp/kubernetes"
      version = "~> 2.38"
    }
  }

  # backend.tf of your own:  terraform { backend "gcs" { bucket = "…" prefix = "krapp/gke" } }
  # The state holds no secret of krapp's, but the shape of everything: few readers, versions on.
}

provider "google" {
  project        = var.project
  region         = var.region
  default_labels = var.labels
}

data "google_client_config" "me" {}

# Over the DNS-based endpoint, whose guard is IAM and whose certificate is Google's own: no addresses to allow, no CA to hand round.
provider "helm" {
  kubernetes = {
    host  = "https://${local.endpoint}"
    token = data.google_client_config.me.access_token
  }
}

provider "kubernetes" {
  host  = "https://${local.endpoint}"
  token = data.google_client_config.me.access_token
}

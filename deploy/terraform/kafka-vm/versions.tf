terraform {
  required_version = ">= 1.9, < 2.0"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 6.50"
    }
    random = {
      source  = "hashicorp/random"
      version = "~> 3.7"
    }
    tls = {
      source  = "hashicorp/tls"
      version = "~> 4.1"
    }
  }

  # The state holds private keys and passwords: keep it in a bucket with versions and few readers, never in git.
  # backend.tf of your own:  terraform { backend "gcs" { bucket = "…" prefix = "krapp/kafka-vm" } }
}

provider "google" {
  project        = var.project
  region         = var.region
  default_labels = var.labels
}

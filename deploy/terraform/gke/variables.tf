variable "project" {
  description = "Project that everything is made in."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project))
    error_message = "A project's ID, as my-project-1: not its name or number."
  }
}

variable "region" {
  description = "Region of the cluster, as europe-west1: control plane and nodes in several zones of it."
  type        = string
}

variable "zones" {
  description = "The zones of the nodes; three, so that each broker of Kafka has one. Null: the region's own choice (of three)."
  type        = list(string)
  default     = null

  validation {
    condition     = var.zones == null || try(length(distinct(var.zones)) == 3, false)
    error_message = "Three different zones, or null."
  }
}

variable "name" {
  description = "Prefix of every name."
  type        = string
  default     = "krapp"

  validation {
    condition     = can(regex("^[a-z]([a-z0-9-]{0,14}[a-z0-9])?$", var.name))
    error_message = "1 to 16 small letters, digits and dashes, beginning with a letter."
  }
}

variable "labels" {
  description = "Labels of everything that can have some."
  type        = map(string)
  default     = { app = "krapp" }
}

variable "node_cidr" {
  description = "Range of the nodes."
  type        = string
  default     = "10.50.0.0/22"

  validation {
    condition     = can(cidrhost(var.node_cidr, 10))
    error_message = "An IPv4 range."
  }
}

variable "pod_cidr" {
  description = "Range of the pods: 256 addresses a node."
  type        = string
  default     = "10.52.0.0/16"

  validation {
    condition     = can(cidrhost(var.pod_cidr, 10))
    error_message = "An IPv4 range."
  }
}

variable "service_cidr" {
  description = "Range of the services."
  type        = string
  default     = "10.53.0.0/20"

  validation {
    condition     = can(cidrhost(var.service_cidr, 10))
    error_message = "An IPv4 range."
  }
}

variable "master_cidr" {
  description = "Range of the control plane's private addresses: a /28."
  type        = string
  default     = "172.16.0.0/28"

  validation {
    condition     = can(cidrhost(var.master_cidr, 1)) && endswith(var.master_cidr, "/28")
    error_message = "An IPv4 range of /28."
  }
}

variable "master_authorised_networks" {
  description = "Ranges that may reach the control plane by its public address, name to range. None: it has no public address, and kubectl goes by the DNS-based endpoint, which asks IAM."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for c in values(var.master_authorised_networks) : can(cidrhost(c, 0)) && c != "0.0.0.0/0"])
    error_message = "IPv4 ranges, and not everybody's."
  }
}

variable "kafka_pool" {
  description = "Nodes for Strimzi's brokers, one a zone: three. Null: none, for a Kafka elsewhere (../kafka-vm). They are tainted krapp.io/kafka, so that nothing else eats the brokers' page cache."
  type = object({
    machine_type = string
  })
  default = { machine_type = "n2-standard-4" }
}

variable "workers_pool" {
  description = "Nodes for everything else, scaled by GKE. Their numbers are of the whole cluster. Spot nodes cost less and go away with 30 s of notice: krapp loses nothing by that, but stands still meanwhile."
  type = object({
    machine_type = optional(string, "n2-standard-2")
    min          = optional(number, 1)
    max          = optional(number, 6)
    spot         = optional(bool, false)
  })
  default = {}

  validation {
    condition     = var.workers_pool.min >= 1 && var.workers_pool.max >= var.workers_pool.min
    error_message = "At least one node (operators run there too), and max not below min."
  }
}

variable "strimzi_version" {
  description = "Version of Strimzi's chart. 0.45 to 0.51 take the v1beta2 resources of deploy/k8s."
  type        = string
  default     = "0.51.0"
}

variable "keda_version" {
  description = "Version of KEDA's chart."
  type        = string
  default     = "2.21.1"
}

variable "prometheus_version" {
  description = "Version of the chart kube-prometheus-stack (Prometheus, its operator, Grafana), as 87.14.0. Null: not installed; bring your own, or Google's managed one."
  type        = string
  default     = null
}

variable "data_bucket" {
  description = "Make a bucket for files that the read job takes in (census data), readable by that job's service account alone."
  type        = bool
  default     = true
}

variable "deletion_protection" {
  description = "Refuse to delete the cluster."
  type        = bool
  default     = true
}

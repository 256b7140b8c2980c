variable "project" {
  description = "Project that everything is made in."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project))
    error_message = "A project's ID, as my-project-1: not its name or number."
  }
}

variable "region" {
  description = "Region of the brokers, as europe-west1."
  type        = string
}

variable "zones" {
  description = "Three different zones of the region, one a broker: the zone is the broker's rack."
  type        = list(string)

  validation {
    condition     = length(var.zones) == 3 && length(distinct(var.zones)) == 3
    error_message = "Exactly three different zones: with two brokers in one zone its loss takes the quorum."
  }
  validation {
    condition     = alltrue([for z in var.zones : startswith(z, "${var.region}-")])
    error_message = "Every zone must be one of the region."
  }
}

variable "name" {
  description = "Prefix of every name."
  type        = string
  default     = "krapp-kafka"

  validation {
    condition     = can(regex("^[a-z]([a-z0-9-]{0,14}[a-z0-9])?$", var.name))
    error_message = "1 to 16 small letters, digits and dashes, beginning with a letter (service accounts' names are short)."
  }
}

variable "labels" {
  description = "Labels of everything that can have some."
  type        = map(string)
  default     = { app = "krapp-kafka" }
}

variable "network" {
  description = "An existing network and subnetwork of the region (self links, as gke's outputs give them); the subnetwork needs Private Google Access, and the network a NAT. Null makes its own."
  type = object({
    network    = string
    subnetwork = string
  })
  default = null
}

variable "subnet_cidr" {
  description = "Range of its own subnetwork, if network is null."
  type        = string
  default     = "10.40.0.0/24"

  validation {
    condition     = can(cidrhost(var.subnet_cidr, 10))
    error_message = "An IPv4 range, as 10.40.0.0/24."
  }
}

variable "client_cidrs" {
  description = "Ranges whose hosts may connect to the TLS port of the brokers: the pods' range of GKE, a jump host. None: nobody but the brokers."
  type        = list(string)

  validation {
    condition     = alltrue([for c in var.client_cidrs : can(cidrhost(c, 0))])
    error_message = "Each must be an IPv4 range."
  }
  validation {
    condition     = alltrue([for c in var.client_cidrs : tonumber(split("/", c)[1]) >= 8])
    error_message = "A range wider than /8 is nearly everybody: name the clients' own."
  }
}

variable "dns_domain" {
  description = "Private domain of the brokers' names: kafka-1.DOMAIN …; without a dot at the end."
  type        = string
  default     = "kafka.krapp.internal"

  validation {
    condition     = can(regex("^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$", var.dns_domain))
    error_message = "A domain of two labels at least, as kafka.example.internal."
  }
}

variable "machine_type" {
  description = "Machine of a broker."
  type        = string
  default     = "n2-standard-4"
}

variable "heap" {
  description = "Java heap of a broker, as 4g. The rest of the memory is the page cache, which serves most reads: not more than half."
  type        = string
  default     = "4g"

  validation {
    condition     = can(regex("^[1-9][0-9]*[mg]$", var.heap))
    error_message = "As 4g or 1500m."
  }
}

variable "disk_type" {
  description = "Type of the data disks."
  type        = string
  default     = "pd-ssd"
}

variable "disk_size_gb" {
  description = "Size of each data disk: rate × message size × retention, × 1.3 for what is not yet deleted (docs/kubernetes.md, Capacity). It can grow later, never shrink."
  type        = number
  default     = 500

  validation {
    condition     = var.disk_size_gb >= 50
    error_message = "At least 50 GB."
  }
}

variable "boot_image" {
  description = "Image of the boot disks. A family's newest is taken when a VM is made; later images do not recreate it."
  type        = string
  default     = "debian-cloud/debian-12"
}

variable "kafka_version" {
  description = "Version of Apache Kafka."
  type        = string
  default     = "4.3.1"

  validation {
    condition     = can(regex("^[4-9]\\.[0-9]+\\.[0-9]+$", var.kafka_version))
    error_message = "4.0.0 or newer: KRaft only."
  }
}

variable "kafka_sha512" {
  description = "SHA-512 of kafka_2.13-VERSION.tgz, from https://downloads.apache.org/kafka/VERSION/kafka_2.13-VERSION.tgz.sha512 (compare it with the signature beside it). A download that differs is not unpacked."
  type        = string

  validation {
    condition     = can(regex("^[0-9a-f]{128}$", var.kafka_sha512))
    error_message = "128 hexadecimal digits in small letters, without spaces."
  }
}

variable "kafka_url" {
  description = "Where the archive is downloaded from; null: archive.apache.org. A mirror of your own is quicker and kinder."
  type        = string
  default     = null

  validation {
    condition     = var.kafka_url == null || can(regex("^https://", var.kafka_url))
    error_message = "An https address."
  }
}

variable "users" {
  description = "Users of SCRAM-SHA-512 and what they may do: \"operate\" (all on topics, groups and transactions; not on the cluster, its ACLs or users) or \"read\". Beside these there is \"admin\", who may do all. The storage is formatted with these users; one added later is made with krapp-kafka (README.md)."
  type        = map(string)
  default = {
    krapp        = "operate"
    krapp-viewer = "read"
  }

  validation {
    condition     = alltrue([for n, r in var.users : contains(["operate", "read"], r)])
    error_message = "Each user's rights are \"operate\" or \"read\"."
  }
  validation {
    condition     = alltrue([for n, r in var.users : can(regex("^[a-z][a-z0-9-]{0,30}$", n)) && !contains(["admin", "broker"], n)])
    error_message = "Names are small letters, digits and dashes; admin and broker are taken."
  }
}

variable "retention_hours" {
  description = "How long topics keep records unless they say otherwise."
  type        = number
  default     = 168
}

variable "partitions" {
  description = "Partitions of a topic that says nothing."
  type        = number
  default     = 6
}

variable "snapshot_days" {
  description = "How long the daily snapshots of the data disks are kept."
  type        = number
  default     = 7
}

variable "backup_days" {
  description = "How long the daily descriptions of the cluster in the bucket are kept."
  type        = number
  default     = 90
}

variable "deletion_protection" {
  description = "Refuse to delete a broker's VM. (Its data disk has prevent_destroy in any case.)"
  type        = bool
  default     = true
}

# The operators that deploy/k8s relies on, in pinned versions. Helm installs the CRDs of a chart once and never upgrades them: when a version
# here changes, apply the new version's CRDs first (docs/kubernetes.md, "Upgrading").

resource "kubernetes_namespace_v1" "krapp" {
  metadata {
    name = "krapp"
    labels = {
      "pod-security.kubernetes.io/enforce" = "restricted"
      "pod-security.kubernetes.io/audit"   = "restricted"
      "pod-security.kubernetes.io/warn"    = "restricted"
    }
  }

  lifecycle {
    ignore_changes = [metadata[0].labels, metadata[0].annotations] # make apply-k8s owns them
  }

  depends_on = [google_container_node_pool.workers]
}

resource "helm_release" "strimzi" {
  count = var.kafka_pool == null ? 0 : 1

  name             = "strimzi"
  namespace        = "strimzi"
  create_namespace = true
  repository       = "https://strimzi.io/charts/"
  chart            = "strimzi-kafka-operator"
  version          = var.strimzi_version
  atomic           = true
  timeout          = 600

  values = [yamlencode({
    watchNamespaces = [kubernetes_namespace_v1.krapp.metadata[0].name]
  })]
}

resource "helm_release" "keda" {
  name             = "keda"
  namespace        = "keda"
  create_namespace = true
  repository       = "https://kedacore.github.io/charts"
  chart            = "keda"
  version          = var.keda_version
  atomic           = true
  timeout          = 600
  depends_on       = [google_container_node_pool.workers]
}

# Prometheus looks at every PodMonitor and rule of the cluster, krapp's among them, not only at its own chart's.
resource "helm_release" "prometheus" {
  count = var.prometheus_version == null ? 0 : 1

  name             = "prometheus"
  namespace        = "monitoring"
  create_namespace = true
  repository       = "https://prometheus-community.github.io/helm-charts"
  chart            = "kube-prometheus-stack"
  version          = var.prometheus_version
  atomic           = true
  timeout          = 900

  values = [yamlencode({
    prometheus = {
      prometheusSpec = {
        podMonitorSelectorNilUsesHelmValues = false
        ruleSelectorNilUsesHelmValues       = false
        retention                           = "15d"
      }
    }
  })]

  depends_on = [google_container_node_pool.workers]
}

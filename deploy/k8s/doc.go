// Package k8s holds krapp's Kubernetes manifests: a kustomize base, components and overlays, and krapp-k8s, which applies them. Its tests
// (go test -tags deploy) render every overlay with kubectl and hold it to rules that an API server does not know.
package k8s

//go:build deploy

package k8s

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// rule says what is wrong with a rendered overlay; nothing, when it is as it should be.
type rule func(all []object) []string

// rules are what has to hold of every overlay.
var rules = map[string]rule{
	"pods give everything up":       eachPod(restricted),
	"pods are probed":               eachPod(probed),
	"pods have requests and limits": eachPod(measured),
	"pods have time to drain":       eachPod(draining),
	"images are named":              eachPod(imaged),
	"slots are the pods' names":     eachPod(slotted),
	"pods are spread":               eachPod(spread),
	"secrets are files":             eachPod(secretFiles),
	"disruptions are bounded":       disruptions,
	"nothing in or out unlisted":    network,
	"services are the contract's":   services,
	"scaling stops at partitions":   scaling,
	"what is named is there":        references,
	"Kafka is restricted too":       kafka,
}

// eachPod makes a rule of one for a single workload.
func eachPod(check func(w workload) []string) rule {
	return func(all []object) []string {
		var bad []string
		for _, w := range workloads(all) {
			for _, b := range check(w) {
				bad = append(bad, w.what()+": "+b)
			}
		}
		if len(bad) == 0 && len(workloads(all)) < 8 {
			bad = append(bad, "components are missing")
		}
		return bad
	}
}

func restricted(w workload) []string {
	var bad []string
	want := func(holds bool, what string) {
		if !holds {
			bad = append(bad, what)
		}
	}
	want(at(w.pod, "securityContext", "runAsNonRoot") == true && number(at(w.pod, "securityContext", "runAsUser")) == 65532, "runs as somebody else than 65532")
	want(text(at(w.pod, "securityContext", "seccompProfile", "type")) == "RuntimeDefault", "no seccomp profile")
	want(at(w.pod, "automountServiceAccountToken") == false, "has a token for the API")
	want(at(w.pod, "enableServiceLinks") == false, "gets other services' variables")
	want(w.container != nil, "not exactly one container")
	for _, c := range append(list(at(w.pod, "containers")), list(at(w.pod, "initContainers"))...) {
		s := at(c, "securityContext")
		want(at(s, "allowPrivilegeEscalation") == false && at(s, "privileged") == false, "may gain privileges")
		want(at(s, "readOnlyRootFilesystem") == true, "writes to its image")
		want(fmt.Sprint(at(s, "capabilities", "drop")) == "[ALL]" && at(s, "capabilities", "add") == nil, "keeps capabilities")
	}
	for _, v := range list(at(w.pod, "volumes")) {
		want(at(v, "hostPath") == nil, "mounts the node's files")
	}
	want(at(w.pod, "hostNetwork") == nil && at(w.pod, "hostPID") == nil, "shares the node's network or processes")
	return bad
}

func probed(w workload) []string {
	var bad []string
	want := map[string]string{"startupProbe": "/livez", "livenessProbe": "/livez", "readinessProbe": "/readyz"}
	if w.kind() == "Job" {
		delete(want, "readinessProbe") // nobody calls it
	}
	for probe, path := range want {
		get := at(w.container, probe, "httpGet")
		if text(at(get, "path")) != path || text(at(get, "port")) != "monitor" {
			bad = append(bad, probe+" does not ask "+path)
		}
	}
	if named(at(w.container, "ports"), "monitor") == nil {
		bad = append(bad, "no monitor port")
	}
	return bad
}

func measured(w workload) []string {
	var bad []string
	for _, of := range []string{"requests", "limits"} {
		for _, what := range []string{"cpu", "memory"} {
			if at(w.container, "resources", of, what) == nil {
				bad = append(bad, "no "+of+" of "+what)
			}
		}
	}
	if w.env("GOMEMLIMIT") == "" {
		bad = append(bad, "Go knows no memory limit")
	}
	return bad
}

// draining: a pod is granted longer than it waits for its Services to forget it and then drains.
func draining(w workload) []string {
	stop := w.env("KRAPP_WORKER_SHUTDOWN_TIMEOUT")
	if slices.Contains(list(at(w.container, "args")), any("serve")) {
		stop = w.env("KRAPP_SERVE_SHUTDOWN_TIMEOUT")
	}
	drain, err := time.ParseDuration(stop)
	if err != nil {
		return []string{"no shutdown timeout"}
	}
	pause := number(at(w.container, "lifecycle", "preStop", "sleep", "seconds"))
	if len(list(at(w.container, "ports"))) > 1 && pause < 2 { // a Service sends to a pod that goes for up to a second
		return []string{"stops serving before its Service knows"}
	}
	if grace := number(at(w.pod, "terminationGracePeriodSeconds")); time.Duration(grace-pause)*time.Second <= drain {
		return []string{fmt.Sprintf("%d s of grace are not more than %d s before and %s of draining", grace, pause, drain)}
	}
	return nil
}

func imaged(w workload) []string {
	image := text(at(w.container, "image"))
	i := strings.LastIndexByte(image, ':')
	if i < 0 || strings.Contains(image[i:], "/") || image[i:] == ":latest" || text(at(w.container, "imagePullPolicy")) != "IfNotPresent" {
		return []string{fmt.Sprintf("image %q, pulled %v", image, at(w.container, "imagePullPolicy"))}
	}
	return nil
}

func slotted(w workload) []string {
	slot := named(at(w.container, "env"), "KRAPP_WORKER_SLOT")
	if text(at(slot, "valueFrom", "fieldRef", "fieldPath")) != "metadata.name" {
		return []string{"its transactional id is not its own"}
	}
	return nil
}

func spread(w workload) []string {
	if w.kind() == "Job" {
		return nil
	}
	var keys []string
	for _, c := range list(at(w.pod, "topologySpreadConstraints")) {
		if has(w.labels, at(c, "labelSelector", "matchLabels")) {
			keys = append(keys, text(at(c, "topologyKey")))
		}
	}
	if !slices.Contains(keys, "kubernetes.io/hostname") || !slices.Contains(keys, "topology.kubernetes.io/zone") {
		return []string{fmt.Sprintf("spread over %v", keys)}
	}
	return nil
}

// secretFiles: a secret is a file that its group may read and nobody else, never a variable, which every child and every dump has.
func secretFiles(w workload) []string {
	var bad []string
	if number(at(w.pod, "securityContext", "fsGroup")) != 65532 {
		bad = append(bad, "secrets are not its group's")
	}
	for _, v := range list(at(w.pod, "volumes")) {
		s := at(v, "secret")
		if s != nil && number(at(s, "defaultMode")) != 0o400 && text(at(s, "secretName")) != "krapp-cluster-ca-cert" {
			bad = append(bad, fmt.Sprintf("the secret %v has mode %#o", at(s, "secretName"), at(s, "defaultMode")))
		}
	}
	for _, e := range list(at(w.container, "env")) {
		name := text(at(e, "name"))
		if at(e, "valueFrom", "secretKeyRef") != nil || strings.HasSuffix(name, "PASSWORD") || strings.HasSuffix(name, "TOKEN") || strings.HasSuffix(name, "_KEY") {
			bad = append(bad, name+" is a secret in the environment")
		}
	}
	for _, f := range list(at(w.container, "envFrom")) {
		if at(f, "secretRef") != nil {
			bad = append(bad, "secrets in the environment")
		}
	}
	return bad
}

//go:build deploy

package k8s

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

func disruptions(all []object) []string {
	var bad []string
	for _, w := range workloads(all) {
		covered := w.kind() == "Job"
		for _, o := range ofKind(all, "PodDisruptionBudget") {
			covered = covered || has(w.labels, o.at("spec", "selector", "matchLabels")) && number(o.at("spec", "maxUnavailable")) == 1
		}
		if !covered {
			bad = append(bad, w.what()+": no disruption budget of one pod")
		}
	}
	return bad
}

// network: everything is denied, and each pod may be called at its own ports, ask DNS, and reach the brokers.
func network(all []object) []string {
	policies := ofKind(all, "NetworkPolicy")
	var bad []string
	if !slices.ContainsFunc(policies, deniesAll) {
		bad = append(bad, "nothing denies by default")
	}
	for _, w := range workloads(all) {
		var in, out []string
		for _, p := range policies {
			if !has(w.labels, p.at("spec", "podSelector", "matchLabels")) {
				continue
			}
			in, out = append(in, ports(p.at("spec", "ingress"))...), append(out, ports(p.at("spec", "egress"))...)
		}
		for _, port := range list(at(w.container, "ports")) {
			if name := text(at(port, "name")); !slices.Contains(in, name) {
				bad = append(bad, w.what()+": nobody may call its port "+name)
			}
		}
		if !slices.Contains(out, "53") || !slices.Contains(out, "9092") && !slices.Contains(out, "9093") {
			bad = append(bad, w.what()+": it may not ask DNS or reach the brokers")
		}
		if slices.Contains(out, "any") {
			bad = append(bad, w.what()+": it may go anywhere")
		}
	}
	return bad
}

func deniesAll(p object) bool {
	selector, _ := p.at("spec", "podSelector").(map[string]any)
	return len(selector) == 0 && p.at("spec", "ingress") == nil && p.at("spec", "egress") == nil &&
		fmt.Sprint(p.at("spec", "policyTypes")) == "[Ingress Egress]"
}

// ports are those of a policy's rules; "any" for a rule without.
func ports(rules any) []string {
	var found []string
	for _, r := range list(rules) {
		if len(list(at(r, "ports"))) == 0 {
			found = append(found, "any")
		}
		for _, p := range list(at(r, "ports")) {
			found = append(found, fmt.Sprint(at(p, "port")))
		}
	}
	return found
}

// contract is each Service's component, port and node port.
var contract = map[string]struct {
	component      string
	port, nodePort int
}{
	"producer-svc": {"produce", 8000, 30000}, "consumer-svc": {"consume", 8072, 30072}, "seer-svc": {"seer", 8030, 30030},
	"results-svc": {"results", 8888, 30088}, "portal-svc": {"console", 2222, 30080},
}

func services(all []object) []string {
	var bad []string
	found := ofKind(all, "Service")
	if len(found) != len(contract) {
		bad = append(bad, fmt.Sprintf("%d services", len(found)))
	}
	for _, s := range found {
		want, known := contract[s.name()]
		port := at(list(s.at("spec", "ports"))[0])
		if !known || number(at(port, "port")) != want.port {
			bad = append(bad, fmt.Sprintf("%s has port %v", s.name(), at(port, "port")))
		}
		if n := number(at(port, "nodePort")); n != want.nodePort && text(s.at("spec", "type")) != "ClusterIP" {
			bad = append(bad, fmt.Sprintf("%s has node port %d", s.name(), n))
		}
		if !slices.ContainsFunc(workloads(all), func(w workload) bool {
			p := named(at(w.container, "ports"), text(at(port, "targetPort")))
			return has(w.labels, s.at("spec", "selector")) && w.name() == want.component && number(at(p, "containerPort")) == want.port
		}) {
			bad = append(bad, s.name()+" leads nowhere")
		}
	}
	return bad
}

// scaling: from none to one pod a partition. Who sets the number of pods elsewhere too would fight with the scaler.
func scaling(all []object) []string {
	var bad []string
	scaled := ofKind(all, "ScaledObject")
	if len(scaled) != 2 {
		bad = append(bad, fmt.Sprintf("%d scaled objects", len(scaled)))
	}
	for _, s := range scaled {
		name := text(s.at("spec", "scaleTargetRef", "name"))
		target := find(all, "Deployment", name)
		if target == nil || target.at("spec", "replicas") != nil {
			bad = append(bad, s.what()+": its Deployment is not there, or says itself how many pods there are")
		}
		trigger := at(list(s.at("spec", "triggers"))[0], "metadata")
		if most := number(s.at("spec", "maxReplicaCount")); most > partitionsOf(all, text(at(trigger, "topic"))) || s.at("spec", "minReplicaCount") != 0 {
			bad = append(bad, fmt.Sprintf("%s: from %v to %d pods", s.what(), s.at("spec", "minReplicaCount"), most))
		}
		if at(trigger, "allowIdleConsumers") != "false" || at(trigger, "offsetResetPolicy") != "earliest" {
			bad = append(bad, s.what()+": idle consumers, or a new group's lag is not seen")
		}
		of := settings(all, name)
		if !slices.Contains(strings.Split(of["KRAPP_WORKER_TOPICS"], ","), text(at(trigger, "topic"))) && text(at(trigger, "topic")) != of["KRAPP_WORKER_JOB"]+".chunks" {
			bad = append(bad, s.what()+": the topic is not what its pods take")
		}
		if lag, err := strconv.Atoi(text(at(trigger, "lagThreshold"))); err != nil || lag < 100 {
			bad = append(bad, s.what()+": a lag of that little is no reason for a pod")
		}
	}
	return bad
}

// settings are those of a component's ConfigMap.
func settings(all []object, component string) map[string]string {
	found := map[string]string{}
	for _, o := range ofKind(all, "ConfigMap") {
		data, _ := o.at("data").(map[string]any)
		for k, v := range data {
			if hashless(o.name()) == component {
				found[k] = text(v)
			}
		}
	}
	return found
}

// partitionsOf a topic: as its KafkaTopic says, else as krapp makes topics.
func partitionsOf(all []object, topic string) int {
	if o := find(all, "KafkaTopic", topic); o != nil {
		return number(o.at("spec", "partitions"))
	}
	return 6
}

// references: accounts, settings and users that pods name exist.
func references(all []object) []string {
	var bad []string
	for _, w := range workloads(all) {
		if account := text(at(w.pod, "serviceAccountName")); find(all, "ServiceAccount", account) == nil {
			bad = append(bad, w.what()+": no account "+account)
		}
		for _, f := range list(at(w.container, "envFrom")) {
			if name := text(at(f, "configMapRef", "name")); find(all, "ConfigMap", name) == nil || hashless(name) == name {
				bad = append(bad, w.what()+": no generated settings "+name)
			}
		}
		if settings(all, "kafka")["KRAPP_SASL_MECHANISM"] == "" {
			continue
		}
		user := w.env("KRAPP_USERNAME")
		secret := at(named(at(w.pod, "volumes"), "kafka-user"), "secret", "secretName")
		if find(all, "KafkaUser", user) == nil || secret != any(user) || user != "krapp-"+w.name() {
			bad = append(bad, fmt.Sprintf("%s: it is the user %q of the secret %v", w.what(), user, secret))
		}
	}
	return bad
}

// kafka: Strimzi's pods are made where Pod Security is enforced, and its listener lets in who is named.
func kafka(all []object) []string {
	var bad []string
	for _, k := range ofKind(all, "Kafka") {
		for _, path := range []string{"kafka template pod", "entityOperator template pod"} {
			if c := k.at(append([]string{"spec"}, append(strings.Fields(path), "securityContext")...)...); at(c, "runAsNonRoot") != true ||
				text(at(c, "seccompProfile", "type")) != "RuntimeDefault" {
				bad = append(bad, "the namespace refuses "+path)
			}
		}
		containers := []string{"kafka template kafkaContainer", "entityOperator template topicOperatorContainer", "entityOperator template userOperatorContainer"}
		if k.at("spec", "kafka", "rack") != nil {
			containers = append(containers, "kafka template initContainer")
		}
		for _, path := range containers {
			c := k.at(append([]string{"spec"}, append(strings.Fields(path), "securityContext")...)...)
			if at(c, "allowPrivilegeEscalation") != false || fmt.Sprint(at(c, "capabilities", "drop")) != "[ALL]" {
				bad = append(bad, "the namespace refuses "+path)
			}
		}
		for _, l := range list(k.at("spec", "kafka", "listeners")) {
			if at(l, "tls") != true || at(l, "authentication", "type") == nil || len(list(at(l, "networkPolicyPeers"))) == 0 {
				bad = append(bad, fmt.Sprintf("the listener %v is open", at(l, "name")))
			}
		}
		if k.at("spec", "kafka", "authorization", "type") != any("simple") {
			bad = append(bad, "who is in may do everything")
		}
	}
	return bad
}

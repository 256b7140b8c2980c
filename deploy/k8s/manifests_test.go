//go:build deploy

package k8s

import (
	"maps"
	"os"
	"os/exec"
	"reflect"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

func TestManifests(t *testing.T) {
	for _, overlay := range overlays {
		t.Run(overlay, func(t *testing.T) {
			all := render(t, overlay)
			for _, name := range slices.Sorted(maps.Keys(rules)) {
				for _, bad := range rules[name](all) {
					t.Errorf("%s: %s", name, bad)
				}
			}
		})
	}
}

// change makes something wrong.
type change struct {
	rule   string
	object string // kind and name
	path   string // with blanks between; a number is an element
	to     any    // nil takes it away
}

// wrong is one mistake, or more, for each rule.
var wrong = map[string]change{
	"root":                    {"pods give everything up", "Deployment produce", "spec template spec securityContext runAsNonRoot", false},
	"a writable root":         {"pods give everything up", "StatefulSet seer", "spec template spec containers 0 securityContext readOnlyRootFilesystem", nil},
	"a capability":            {"pods give everything up", "Job read", "spec template spec containers 0 securityContext capabilities add", []any{"NET_RAW"}},
	"a token for the API":     {"pods give everything up", "Deployment console", "spec template spec automountServiceAccountToken", true},
	"no readiness":            {"pods are probed", "Deployment produce", "spec template spec containers 0 readinessProbe", nil},
	"another probe":           {"pods are probed", "Deployment consume", "spec template spec containers 0 livenessProbe httpGet path", "/readyz"},
	"no limit":                {"pods have requests and limits", "Deployment compute", "spec template spec containers 0 resources limits memory", nil},
	"too little grace":        {"pods have time to drain", "Deployment produce", "spec template spec terminationGracePeriodSeconds", 30},
	"no pause":                {"pods have time to drain", "Deployment consume", "spec template spec containers 0 lifecycle", nil},
	"latest":                  {"images are named", "Deployment watch", "spec template spec containers 0 image", "krapp-worker:latest"},
	"no tag":                  {"images are named", "Deployment watch", "spec template spec containers 0 image", "example.com:5000/krapp-worker"},
	"one slot for all":        {"slots are the pods' names", "Deployment compute", "spec template spec containers 0 env", []any{}},
	"all on one node":         {"pods are spread", "Deployment compute", "spec template spec topologySpreadConstraints", nil},
	"a secret for all":        {"secrets are files", "Deployment produce", "spec template spec containers 0 envFrom", []any{map[string]any{"secretRef": map[string]any{"name": "krapp-http"}}}},
	"a readable secret":       {"secrets are files", "Deployment produce", "spec template spec volumes", []any{map[string]any{"name": "http", "secret": map[string]any{"secretName": "krapp-http", "defaultMode": 0o444}}}},
	"a budget for nobody":     {"disruptions are bounded", "PodDisruptionBudget seer", "spec selector matchLabels app.kubernetes.io/component", "sear"},
	"an open door":            {"nothing in or out unlisted", "NetworkPolicy deny", "spec ingress", []any{map[string]any{}}},
	"only some denied":        {"nothing in or out unlisted", "NetworkPolicy deny", "spec podSelector", map[string]any{"matchLabels": map[string]any{"a": "b"}}},
	"no way in":               {"nothing in or out unlisted", "NetworkPolicy results", "spec ingress", nil},
	"everywhere":              {"nothing in or out unlisted", "NetworkPolicy brokers", "spec egress", []any{map[string]any{}}},
	"another port":            {"services are the contract's", "Service seer-svc", "spec ports 0 port", 8031},
	"another node port":       {"services are the contract's", "Service producer-svc", "spec ports 0 nodePort", 30001},
	"a service of nothing":    {"services are the contract's", "Service portal-svc", "spec selector app.kubernetes.io/component", "portal"},
	"more than partitions":    {"scaling stops at partitions", "ScaledObject compute", "spec maxReplicaCount", 7},
	"fewer partitions":        {"scaling stops at partitions", "KafkaTopic demo", "spec partitions", 5},
	"idle consumers":          {"scaling stops at partitions", "ScaledObject consume", "spec triggers 0 metadata allowIdleConsumers", "true"},
	"another topic":           {"scaling stops at partitions", "ScaledObject consume", "spec triggers 0 metadata topic", "demos"},
	"two masters":             {"scaling stops at partitions", "Deployment compute", "spec replicas", 3},
	"an account of nobody":    {"what is named is there", "Deployment console", "spec template spec serviceAccountName", "default"},
	"another's Kafka user":    {"what is named is there", "KafkaUser krapp-produce", "metadata name", "krapp-producer"},
	"Kafka with capabilities": {"Kafka is restricted too", "Kafka krapp", "spec kafka template kafkaContainer", nil},
	"an open listener":        {"Kafka is restricted too", "Kafka krapp", "spec kafka listeners 0 networkPolicyPeers", nil},
}

// TestRulesBite is the negative control: each mistake is found by its rule, and each rule finds one.
func TestRulesBite(t *testing.T) {
	bitten := map[string]bool{}
	for name, c := range wrong {
		t.Run(name, func(t *testing.T) {
			all := render(t, "strimzi")
			if bad := rules[c.rule](all); len(bad) > 0 {
				t.Fatalf("before the mistake: %v", bad)
			}
			kind, object, _ := strings.Cut(c.object, " ")
			o := find(all, kind, object)
			if o == nil || !set(map[string]any(o), strings.Fields(c.path), c.to) {
				t.Fatalf("%s has no %s", c.object, c.path)
			}
			if bad := rules[c.rule](all); len(bad) == 0 {
				t.Errorf("%q does not find it", c.rule)
			}
		})
		bitten[c.rule] = true
	}
	for name := range rules {
		if !bitten[name] {
			t.Errorf("no mistake tries the rule %q", name)
		}
	}
}

// set changes what the path leads to; false where it leads nowhere.
func set(in any, path []string, to any) bool {
	if l, ok := in.([]any); ok {
		return path[0] == "0" && len(l) > 0 && set(l[0], path[1:], to)
	}
	m, ok := in.(map[string]any)
	if !ok {
		return false
	}
	if len(path) > 1 {
		return set(m[path[0]], path[1:], to)
	}
	if to == nil {
		delete(m, path[0])
	} else {
		m[path[0]] = to
	}
	return true
}

// TestRulesAreTheSource: the PrometheusRule says what the plain rules say.
func TestRulesAreTheSource(t *testing.T) {
	text, err := os.ReadFile("../observability/prometheus/krapp-rules.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var plain any
	if err := yaml.Unmarshal(text, &plain); err != nil {
		t.Fatal(err)
	}
	rule := find(render(t, "external"), "PrometheusRule", "krapp")
	if rule == nil || !reflect.DeepEqual(rule.at("spec"), plain) {
		t.Error("components/monitoring/rules.yaml is not what deploy/observability/prometheus/krapp-rules.yaml says: run deploy/k8s/krapp-k8s rules")
	}
}

// TestScriptRefuses: what is not a value never becomes YAML, and what can't work is said before anything is touched.
func TestScriptRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		env  []string
		args []string
		want string
	}{
		"an unknown component":  {nil, []string{"apply", "producer"}, "there is no component 'producer'"},
		"an unknown verb":       {nil, []string{"aply"}, "krapp-k8s apply"},
		"an unknown overlay":    {[]string{"OVERLAY=prod"}, []string{"render"}, "there is no overlay 'prod'"},
		"no brokers":            {nil, []string{"render"}, "BROKERS is missing"},
		"the pod itself":        {[]string{"BROKERS=127.0.0.1:9092"}, []string{"render"}, "the pod itself"},
		"YAML in the brokers":   {[]string{"BROKERS=a:1\"\n  - name: b"}, []string{"render"}, "is not HOST:PORT"},
		"YAML in the tag":       {[]string{"BROKERS=a:1", "TAG=a}\nb"}, []string{"render"}, "is not an image's tag"},
		"YAML in a setting":     {[]string{"BROKERS=a:1", `SETTINGS=seer.A="`}, []string{"render"}, "is not COMPONENT.NAME=VALUE"},
		"another's brokers":     {[]string{"OVERLAY=local", "BROKERS=a:1"}, []string{"render"}, "a Kafka of its own"},
		"an unknown job's file": {[]string{"BROKERS=a:1", "JOB=./none.yaml"}, []string{"render"}, "neither a built-in job nor a file"},
		"no answering cluster":  {[]string{"BROKERS=a:1", "KUBECONFIG=/dev/null"}, []string{"render"}, "does not answer"},
	} {
		t.Run(name, func(t *testing.T) {
			cmd := exec.Command("./krapp-k8s", c.args...)
			cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "KUBECTL=kubectl --server=http://127.0.0.1:9 --request-timeout=5s"}, c.env...)
			said, err := cmd.CombinedOutput()
			if err == nil || !strings.Contains(string(said), c.want) {
				t.Errorf("%v: %s", err, said)
			}
		})
	}
}

//go:build k8s

package e2e

import (
	"net/http"
	"strings"
	"testing"
)

// served are the components that serve HTTP, and their node ports.
var served = map[string]int{"produce": 30000, "seer": 30030, "results": 30088}

// TestK8sApplyFromNothing: from no namespace at all to every pod ready, in one command; and what is out of reach is said, not waited for.
func TestK8sApplyFromNothing(t *testing.T) {
	p := startPods(t)
	topic := p.topic(t, 6)
	p.script(t, nil, "delete")

	p.script(t, []string{"TOPICS=" + topic}, "apply")

	for component, want := range map[string]int{"produce": 2, "results": 1, "seer": 1, "watch": 1, "console": 1} {
		if n := p.ready(t, component); n != want {
			t.Errorf("%d pods of %s are ready, want %d", n, component, want)
		}
	}
	if restarts := p.kubectl(t, "get", "pods", "-o", "jsonpath={.items[*].status.containerStatuses[*].restartCount}"); strings.Trim(restarts, "0 ") != "" {
		t.Errorf("containers were restarted: %s", restarts)
	}
	for component, port := range served {
		if status := p.get(t, port, "/_health", nil); status != http.StatusOK {
			t.Errorf("%s answers %d at its node port", component, status)
		}
	}
	answer, err := http.Get("http://" + p.node + ":30030/ask?q=x") // without the token
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusUnauthorized {
		t.Errorf("without a token the seer answers %d", answer.StatusCode)
	}
	if said := p.script(t, nil, "query"); !strings.Contains(said, "krapp-produce") || !strings.Contains(said, "deployment.apps/console") {
		t.Errorf("query does not show groups and pods:\n%s", said)
	}
}

// TestK8sApplyAgainKeepsSecrets: what was made for this installation is made once.
func TestK8sApplyAgainKeepsSecrets(t *testing.T) {
	p := startPods(t)
	p.script(t, nil, "apply", "watch")
	secrets := func() string {
		return p.kubectl(t, "get", "secrets", "krapp-http", "krapp-ssh-host", "-o", "jsonpath={.items[*].data}")
	}
	before := secrets()
	p.script(t, nil, "apply", "watch")
	if secrets() != before {
		t.Error("a second apply changed the secrets")
	}
}

// TestK8sApplyFailureIsExplained is the negative control of "ready": an image that is not there, and brokers that are not.
func TestK8sApplyFailureIsExplained(t *testing.T) {
	p := startPods(t)
	p.script(t, nil, "apply", "watch")
	t.Cleanup(func() { p.script(t, nil, "apply", "watch") })
	for name, c := range map[string]struct{ env, want string }{
		"no such image":   {"TAG=there-is-none", "ImagePull"},
		"no such brokers": {"BROKERS=" + p.host + ":1", "connection refused"},
	} {
		t.Run(name, func(t *testing.T) {
			said, err := p.with(c.env, "WAIT=25s").try(k8sPatience, "../deploy/k8s/krapp-k8s", "apply", "watch")
			if err == nil || !strings.Contains(said, c.want) || !strings.Contains(said, "not everything is ready") {
				t.Errorf("apply: %v, and says\n%s", err, said)
			}
		})
	}
}

// TestK8sRefusesRoot is the negative control of Pod Security: the namespace refuses a pod that has not given everything up.
func TestK8sRefusesRoot(t *testing.T) {
	p := startPods(t)
	p.script(t, nil, "apply", "watch")
	said, err := p.try(patience, "kubectl", "-n", k8sNamespace, "run", "root", "--image=any", "--dry-run=server")
	if err == nil || !strings.Contains(said, "violates PodSecurity") {
		t.Errorf("a pod without restrictions: %v\n%s", err, said)
	}
}

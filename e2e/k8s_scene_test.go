//go:build k8s

package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const (
	k8sNamespace = "krapp"
	// k8sPatience bounds what a cluster does in its own time, such as scaling down.
	k8sPatience = 6 * time.Minute
)

// pods is krapp in the cluster of kubectl's current context, whose images are there already; Kafka is elsewhere, where pods and the test reach it.
type pods struct {
	backend
	host string // an address of this machine that pods reach: the brokers'
	node string // an address of a node
	key  string // file of a private key that the console knows as an operator's
	env  []string
}

func startPods(t *testing.T) pods {
	t.Helper()
	brokers := os.Getenv("KRAPP_K8S_BROKERS")
	if brokers == "" {
		t.Fatal("KRAPP_K8S_BROKERS is not set: name brokers that this machine and the pods reach, as KRAPP_KAFKA_HOST=ADDRESS make kafka-up makes them")
	}
	list := strings.Split(brokers, ",")
	host, _, err := net.SplitHostPort(list[0])
	if err != nil {
		t.Fatal(err)
	}
	p := pods{backend: backend{name: "k8s", brokers: list, home: newHome(t).with("KRAPP_BROKERS", list), real: true}, host: host}
	p.key = filepath.Join(t.TempDir(), "id")
	if out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "e2e", "-f", p.key).CombinedOutput(); err != nil {
		t.Fatalf("making a key: %v\n%s", err, out)
	}
	public, err := os.ReadFile(p.key + ".pub")
	if err != nil {
		t.Fatal(err)
	}
	keys := filepath.Join(t.TempDir(), "authorized_keys")
	if err := os.WriteFile(keys, append([]byte(`krapp-role="operator" `), public...), 0o600); err != nil {
		t.Fatal(err)
	}
	p.env = append(os.Environ(), "OVERLAY=external", "BROKERS="+brokers, "KEYS="+keys)
	p.node = p.kubectl(t, "get", "nodes", "-o", `jsonpath={.items[0].status.addresses[?(@.type=="InternalIP")].address}`)
	t.Cleanup(func() {
		if t.Failed() {
			out, _ := p.try(time.Minute, "kubectl", "-n", k8sNamespace, "get", "pods,hpa", "-o", "wide")
			t.Logf("the cluster at the end:\n%s", out)
		}
	})
	return p
}

// try runs a command with the test's environment and returns all that it says.
func (p pods) try(limit time.Duration, name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = p.env
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// kubectl in the namespace; it has to succeed.
func (p pods) kubectl(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command("kubectl", append([]string{"-n", k8sNamespace}, args...)...)
	cmd.Env = p.env
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("kubectl %s: %v\n%s", strings.Join(args, " "), err, errs.String())
	}
	return strings.TrimSpace(string(out))
}

// script runs krapp-k8s with more variables; it has to succeed.
func (p pods) script(t *testing.T, env []string, args ...string) string {
	t.Helper()
	out, err := p.with(env...).try(k8sPatience, "../deploy/k8s/krapp-k8s", args...)
	if err != nil {
		t.Fatalf("krapp-k8s %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

// with is the scene with more variables.
func (p pods) with(env ...string) pods {
	p.env = append(append([]string(nil), p.env...), env...)
	return p
}

// ready is how many pods of a component are ready.
func (p pods) ready(t *testing.T, component string) int {
	t.Helper()
	n := 0
	for _, s := range strings.Fields(p.kubectl(t, "get", "pods", "-l", "app.kubernetes.io/component="+component, "-o",
		`jsonpath={range .items[*]}{.status.conditions[?(@.type=="Ready")].status}{"\n"}{end}`)) {
		if s == "True" {
			n++
		}
	}
	return n
}

// anyPod is the name of a pod of a component that is not going yet.
func (p pods) anyPod(t *testing.T, component string) string {
	t.Helper()
	var list struct {
		Items []struct {
			Metadata struct {
				Name              string
				DeletionTimestamp string
			}
		}
	}
	if err := json.Unmarshal([]byte(p.kubectl(t, "get", "pods", "-l", "app.kubernetes.io/component="+component, "-o", "json")), &list); err != nil {
		t.Fatal(err)
	}
	for _, i := range list.Items {
		if i.Metadata.DeletionTimestamp == "" {
			return i.Metadata.Name
		}
	}
	t.Fatalf("there is no pod of %s", component)
	return ""
}

func (p pods) token(t *testing.T) string {
	t.Helper()
	return p.kubectl(t, "get", "secret", "krapp-http", "-o", "go-template={{.data.token | base64decode}}")
}

// get asks a node port, with the token, and returns the status and the body.
func (p pods) get(t *testing.T, port int, path string, into any) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, fmt.Sprintf("http://%s:%d%s", p.node, port, path), http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+p.token(t))
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
	if err == nil && into != nil && answer.StatusCode == http.StatusOK {
		err = json.Unmarshal(body, into)
	}
	if err != nil {
		t.Fatalf("%s: %v\n%s", path, err, body)
	}
	return answer.StatusCode
}

// within is eventually with a bound of its own.
func within(t *testing.T, limit time.Duration, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(limit); !holds(); time.Sleep(300 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not within %s", what, limit)
		}
	}
}

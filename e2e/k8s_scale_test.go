//go:build k8s

package e2e

import (
	"net"
	"net/http"
	"net/http/httptest"
	"reflect"
	"regexp"
	"testing"
)

// serveAt serves the survey where pods reach it.
func (s *survey) serveAt(t *testing.T, host string) {
	t.Helper()
	l, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		t.Fatal(err)
	}
	server := &httptest.Server{Listener: l, Config: &http.Server{Handler: http.HandlerFunc(s.serve)}}
	server.Start()
	t.Cleanup(server.Close)
	s.url = server.URL
}

// TestK8sComputeScalesOnLag: no pod while there is nothing to do; as many as the topic has partitions, and never more, while there is; none again
// when it is done. One of them is deleted on the way, and the answer is that of awk.
func TestK8sComputeScalesOnLag(t *testing.T) {
	const partitions = 4
	p := startPods(t)
	name, file := p.pipelineJob(t, "source:\n", "topics: {partitions: 4}\nsource:\n")
	s := newSurvey(t, 25_000, []string{"2019"}, []string{"jan", "feb", "mar", "apr"})
	s.serveAt(t, p.host)
	env := []string{"JOB=" + file, "SETTINGS=compute.KRAPP_WORKER_DELAY=1s read.KRAPP_WORKER_YEARS=2019 read.KRAPP_WORKER_MONTHS=jan,feb,mar,apr " +
		"read.KRAPP_WORKER_BASE_URL=" + s.url}
	p.script(t, env, "apply", "results")
	p.script(t, env, "apply", "compute")
	// What takes a second stands for heavy work: a pod for each 20 s of it. The limit of the scaler alone is tried, not that of the object.
	p.kubectl(t, "patch", "scaledobject", "compute", "--type=json", "-p",
		`[{"op":"replace","path":"/spec/triggers/0/metadata/lagThreshold","value":"20"},{"op":"replace","path":"/spec/maxReplicaCount","value":9}]`)
	if n := p.ready(t, "compute"); n != 0 {
		t.Fatalf("%d compute pods with nothing to do", n)
	}

	p.script(t, env, "apply", "read")

	most, deleted := 0, false
	within(t, k8sPatience, "all pods are there", func() bool {
		most = max(most, p.ready(t, "compute"))
		return most >= partitions
	})
	within(t, k8sPatience, "compute is back to no pod", func() bool {
		n := p.ready(t, "compute")
		most = max(most, n)
		if n == partitions && !deleted {
			p.kubectl(t, "delete", "pod", p.anyPod(t, "compute"), "--wait=false")
			deleted = true
		}
		return n == 0
	})
	if most != partitions || !deleted {
		t.Errorf("at most %d pods computed a topic of %d partitions; one was deleted: %t", most, partitions, deleted)
	}
	within(t, patience, "the answer is complete", func() bool {
		var got answer
		return p.get(t, served["results"], "/results?job="+name, &got) == http.StatusOK && reflect.DeepEqual(got.counts(), s.count)
	})
	// What the scaler reads at rest is 0, also behind the markers of transactions: otherwise the last pod would stay for ever.
	if group := p.home.must(t, "groups", "describe", "krapp-compute-"+name); !regexp.MustCompile(`(?m)^Lag +0$`).MatchString(group) {
		t.Errorf("at rest:\n%s", group)
	}
}

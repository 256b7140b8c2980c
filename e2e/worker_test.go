package e2e

import (
	"fmt"
	"net"
	"net/http"
	"testing"
)

// workerProcess is a krapp-worker beside the test.
type workerProcess struct {
	*process
	url string // of the role
}

// worker starts a role on free ports and waits until it says that it is ready.
func (b backend) worker(t *testing.T, role string, args ...string) workerProcess {
	t.Helper()
	listen, monitor := freeAddr(t), freeAddr(t)
	p := b.home.start(t, "krapp-worker", append([]string{role, "--listen", listen, "--monitor-listen", monitor}, args...)...)
	eventually(t, "worker "+role+" is ready", func() bool {
		if p.ended() {
			t.Fatalf("krapp-worker %s ended\n%s", role, p.log.String())
		}
		return answers(fmt.Sprintf("http://%s/readyz", monitor))
	})
	return workerProcess{p, "http://" + listen}
}

// consumer is a consume worker with sessions short enough for tests that kill.
func (b backend) consumer(t *testing.T, group, slot string, topics string, args ...string) workerProcess {
	t.Helper()
	return b.worker(t, "consume", append([]string{
		"--group", group, "--topics", topics, "--slot", slot, "--worker", slot, "--session-timeout", "6s",
	}, args...)...)
}

// answers says whether a GET gives 200.
func answers(url string) bool {
	r, err := http.Get(url)
	if err != nil {
		return false
	}
	defer r.Body.Close()
	return r.StatusCode == http.StatusOK
}

// freeAddr is a loopback address that nothing listened on a moment ago.
func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

package httpd

import (
	"context"
	"io"
	"net/http"
	"testing"
	"time"
)

// TestLingerAnswersOnKeptConnections: after the order to stop, a request over a connection that its client kept is answered, and the client told
// to connect anew. Without lingering, the negative control, it gets no answer.
func TestLingerAnswersOnKeptConnections(t *testing.T) {
	for name, linger := range map[string]time.Duration{"lingering": time.Minute, "not": 0} {
		t.Run(name, func(t *testing.T) {
			s, err := Listen(t.Context(), Options{Name: "test", Addr: "127.0.0.1:0", Linger: linger})
			if err != nil {
				t.Fatal(err)
			}
			ctx, stop := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			go func() {
				ended <- s.Serve(ctx, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
			}()
			client := &http.Client{Transport: &http.Transport{}}
			defer client.CloseIdleConnections()
			ask := func() (*http.Response, error) {
				r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL(), http.NoBody)
				if err != nil {
					t.Fatal(err)
				}
				a, err := client.Do(r)
				if err == nil {
					_, _ = io.Copy(io.Discard, a.Body)
					a.Body.Close()
				}
				return a, err
			}
			if a, err := ask(); err != nil || a.Close {
				t.Fatalf("before the stop: %v", err)
			}
			stop()
			<-s.stopping
			if linger == 0 {
				if err := <-ended; err != nil {
					t.Fatal(err)
				}
				if _, err := ask(); err == nil {
					t.Error("it was answered after the end")
				}
				return
			}
			if a, err := ask(); err != nil || !a.Close {
				t.Errorf("while it lingers: %v, and the connection is kept: %t", err, err == nil && !a.Close)
			}
		})
	}
}

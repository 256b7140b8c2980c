package httpd

import (
	"bufio"
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/krapp-io/krapp/kafkaops"
)

func TestAStreamSendsEncodedDataAndResumes(t *testing.T) {
	var streams Streams
	s := serve(t, Options{}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, stream, done, err := streams.Open(w, r)
		if err != nil {
			WriteError(w, err)
			return
		}
		defer done()
		if err := stream.Send("a:0="+stream.LastEventID, "record", "line\nbreak </script>"); err != nil {
			t.Error(err)
		}
		<-ctx.Done()
	}))
	res := open(t, s.URL(), "7")
	defer res.Body.Close()
	want := []string{"retry: 2000", "", "id: a:0=7", "event: record", `data: "line\nbreak \u003c/script\u003e"`, ""}
	lines := bufio.NewScanner(res.Body)
	for _, w := range want {
		if !lines.Scan() || lines.Text() != w {
			t.Fatalf("line %q, want %q", lines.Text(), w)
		}
	}
}

func open(t *testing.T, url, lastEventID string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Last-Event-ID", lastEventID)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

func TestStreamsAreCappedAndGivenBack(t *testing.T) {
	streams := Streams{Max: 1}
	left := make(chan struct{}, 1)
	s := serve(t, Options{}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, _, done, err := streams.Open(w, r)
		if err != nil {
			WriteError(w, err)
			return
		}
		<-ctx.Done()
		done()
		left <- struct{}{}
	}))
	first := open(t, s.URL(), "")
	res, body := ask(t, http.MethodGet, s.URL(), nil, "")
	if res.StatusCode != http.StatusServiceUnavailable {
		t.Fatalf("a second client: %d", res.StatusCode)
	}
	checkError(t, body, kafkaops.Unavailable)
	first.Body.Close()
	<-left
	if n := streams.Count(); n != 0 {
		t.Errorf("%d streams are still counted", n)
	}
}

func TestAStopEndsStreams(t *testing.T) {
	var streams Streams
	s, err := Listen(t.Context(), Options{Addr: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- s.Serve(ctx, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			ctx, _, done, err := streams.Open(w, r)
			if err != nil {
				t.Error(err)
				return
			}
			defer done()
			<-ctx.Done()
		}))
	}()
	res := open(t, s.URL(), "")
	defer res.Body.Close()
	stop()
	if err := <-ended; err != nil {
		t.Errorf("Serve = %v: the stream held the stop up", err)
	}
}

func TestHubKeepsTheNewestForASlowClient(t *testing.T) {
	var h Hub[int]
	early, leave := h.Subscribe()
	for v := range 100 {
		h.Publish(v)
	}
	if v := <-early; v != 99 {
		t.Errorf("a slow client got %d, want the newest", v)
	}
	late, _ := h.Subscribe()
	if v := <-late; v != 99 {
		t.Errorf("a late client got %d, want the newest", v)
	}
	leave()
	h.Publish(100)
	select {
	case v := <-early:
		t.Errorf("a client that left got %d", v)
	default:
	}
}

func TestVectorRoundTrip(t *testing.T) {
	o := kafkaops.Offsets{{Topic: "b", Partition: 0}: 3, {Topic: "a", Partition: 1}: 40, {Topic: "a", Partition: 0}: 12}
	id := FormatVector(o)
	if id != "a:0=12,1=40;b:0=3" {
		t.Fatalf("id %q", id)
	}
	back, err := ParseVector(id)
	if err != nil || FormatVector(back) != id {
		t.Errorf("back %v, %v", back, err)
	}
	if back, err := ParseVector(""); back != nil || err != nil {
		t.Errorf("no id: %v, %v", back, err)
	}
}

func TestVectorRefuses(t *testing.T) {
	for _, id := range []string{"a", "a:", "a:0", ":0=1", "a:x=1", "a:0=-1", "a:-1=1", "a:0=99999999999999999999", "a:0=1;", strings.Repeat("a", maxVector+1)} {
		if _, err := ParseVector(id); kafkaops.ClassOf(err) != kafkaops.Invalid {
			t.Errorf("%.20q: %v", id, err)
		}
	}
}

func FuzzParseVector(f *testing.F) {
	for _, seed := range []string{"", "a:0=1", "a:0=12,1=40;b:0=3", "a:0=1;a:0=2", ";;", "a:0=1,"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, id string) {
		o, err := ParseVector(id)
		if err != nil {
			return
		}
		again, err := ParseVector(FormatVector(o))
		if err != nil || len(again) != len(o) {
			t.Errorf("%q: %v does not survive a round trip: %v", id, o, err)
		}
	})
}

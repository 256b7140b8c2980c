package httpd

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/worker"
)

const token = "0123456789abcdef0123"

// serve runs a server on a free port of loopback until the test ends.
func serve(t *testing.T, o Options, h http.Handler) *Server {
	t.Helper()
	if o.Addr == "" {
		o.Addr = "127.0.0.1:0"
	}
	s, err := Listen(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, h) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("Serve = %v", err)
		}
	})
	return s
}

// ask sends a request with headers ("Host" sets the host) and returns status and body.
func ask(t *testing.T, method, url string, headers map[string]string, body string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range headers {
		if k == "Host" {
			r.Host = v
		}
		r.Header.Set(k, v)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(raw)
}

func tokenFile(t *testing.T, content string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
	return path
}

var ok = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	raw, err := ReadBody(r)
	if err != nil {
		WriteError(w, err)
		return
	}
	WriteJSON(w, http.StatusOK, map[string]int{"bytes": len(raw)})
})

func TestListenRefuses(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	cases := map[string]struct {
		o     Options
		class kafkaops.Class
	}{
		"off loopback without token":    {Options{Addr: "0.0.0.0:0"}, kafkaops.Invalid},
		"every address without token":   {Options{Addr: ":0"}, kafkaops.Invalid},
		"a name that may be anywhere":   {Options{Addr: "example.invalid:0"}, kafkaops.Invalid},
		"a port that is taken":          {Options{Addr: taken.Addr().String()}, kafkaops.Conflict},
		"no port":                       {Options{Addr: "127.0.0.1"}, kafkaops.Invalid},
		"an address of another machine": {Options{Addr: "192.0.2.1:0", AllowAnonymous: true}, kafkaops.Invalid},
		"a token that others can read":  {Options{Addr: "127.0.0.1:0", TokenFile: tokenFile(t, token, 0o644)}, kafkaops.Unauthorised},
		"a token that is too short":     {Options{Addr: "127.0.0.1:0", TokenFile: tokenFile(t, "x", 0o600)}, kafkaops.Invalid},
		"a token that is missing":       {Options{Addr: "127.0.0.1:0", TokenFile: "/nowhere/token"}, kafkaops.NotFound},
		"a token that is a directory":   {Options{Addr: "127.0.0.1:0", TokenFile: t.TempDir()}, kafkaops.Invalid},
		"an origin that is none":        {Options{Addr: "127.0.0.1:0", AllowOrigins: []string{"ops"}}, kafkaops.Invalid},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s, err := Listen(t.Context(), c.o)
			if err == nil {
				s.Close()
				t.Fatal("it listens")
			}
			if kafkaops.ClassOf(err) != c.class || kafkaops.HintOf(err) == "" {
				t.Errorf("%v: class %q, hint %q", err, kafkaops.ClassOf(err), kafkaops.HintOf(err))
			}
		})
	}
}

func TestOffLoopbackWithTokenOrByWord(t *testing.T) {
	for name, o := range map[string]Options{
		"a token":         {Addr: "0.0.0.0:0", TokenFile: tokenFile(t, token+"\n", 0o600)},
		"allow anonymous": {Addr: "0.0.0.0:0", AllowAnonymous: true},
	} {
		s, err := Listen(t.Context(), o)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		s.Close()
	}
}

func TestATakenPortBecomesTheNextWhereAsked(t *testing.T) {
	first := serve(t, Options{}, ok)
	second := serve(t, Options{Addr: first.Addr(), NextFreePort: true}, ok)
	if res, _ := ask(t, http.MethodGet, second.URL(), nil, ""); res.StatusCode != http.StatusOK || second.Addr() == first.Addr() {
		t.Errorf("%s answered %d", second.Addr(), res.StatusCode)
	}
}

func TestHostAndOriginAreChecked(t *testing.T) {
	s := serve(t, Options{AllowHosts: []string{"krapp.prod.svc"}, AllowOrigins: []string{"https://ops.example.com"}}, ok)
	_, port, _ := net.SplitHostPort(s.Addr())
	cases := map[string]struct {
		headers map[string]string
		want    int
	}{
		"plain":                         {nil, 200},
		"localhost":                     {map[string]string{"Host": "localhost:" + port}, 200},
		"a listed name":                 {map[string]string{"Host": "krapp.prod.svc"}, 200},
		"a foreign name (rebinding)":    {map[string]string{"Host": "evil.example:" + port}, 421},
		"a foreign address":             {map[string]string{"Host": "10.0.0.1"}, 421},
		"its own page":                  {map[string]string{"Origin": s.URL()}, 200},
		"a listed origin":               {map[string]string{"Origin": "https://ops.example.com"}, 200},
		"a foreign page":                {map[string]string{"Origin": "http://evil.example"}, 403},
		"another port of this host":     {map[string]string{"Origin": "http://127.0.0.1:1"}, 403},
		"an opaque origin":              {map[string]string{"Origin": "null"}, 403},
		"cross-site without an origin":  {map[string]string{"Sec-Fetch-Site": "cross-site"}, 403},
		"a link that a person followed": {map[string]string{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}, 200},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			res, body := ask(t, http.MethodGet, s.URL(), c.headers, "")
			if res.StatusCode != c.want {
				t.Fatalf("%d %s, want %d", res.StatusCode, body, c.want)
			}
			if c.want != 200 {
				checkError(t, body, kafkaops.Unauthorised)
			}
			if !strings.Contains(res.Header.Get("Content-Security-Policy"), "default-src 'none'") {
				t.Error("no content security policy")
			}
		})
	}
}

func checkError(t *testing.T, body string, class kafkaops.Class) {
	t.Helper()
	var e ErrorBody
	if err := json.Unmarshal([]byte(body), &e); err != nil {
		t.Fatalf("%q: %v", body, err)
	}
	if e.Error == "" || e.Class != class || e.Hint == "" {
		t.Errorf("error body %+v, want class %q and a hint", e, class)
	}
}

func TestTheTokenIsAskedForOnLoopbackToo(t *testing.T) {
	s := serve(t, Options{TokenFile: tokenFile(t, token, 0o600), OpenPaths: worker.HealthPaths()}, ok)
	basic := func(user, pass string) string {
		r, _ := http.NewRequest(http.MethodGet, "/", nil)
		r.SetBasicAuth(user, pass)
		return r.Header.Get("Authorization")
	}
	cases := map[string]struct {
		path, authorization string
		want                int
	}{
		"none":                       {"/", "", 401},
		"wrong":                      {"/", "Bearer " + token + "x", 401},
		"empty":                      {"/", "Bearer ", 401},
		"right":                      {"/", "Bearer " + token, 200},
		"a browser, as the password": {"/", basic("me", token), 200},
		"a browser, wrong":           {"/", basic(token, "me"), 401},
		"health is open":             {"/_health", "", 200},
		"nothing below health is":    {"/_health/x", "", 401},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			res, body := ask(t, http.MethodGet, s.URL()+c.path, map[string]string{"Authorization": c.authorization}, "")
			if res.StatusCode != c.want {
				t.Errorf("%d %s, want %d", res.StatusCode, body, c.want)
			}
		})
	}
}

func TestABodyOverTheLimitIs413(t *testing.T) {
	s := serve(t, Options{BodyLimit: 10}, ok)
	if res, body := ask(t, http.MethodPost, s.URL(), nil, strings.Repeat("x", 10)); res.StatusCode != http.StatusOK {
		t.Errorf("at the limit: %d %s", res.StatusCode, body)
	}
	res, body := ask(t, http.MethodPost, s.URL(), nil, strings.Repeat("x", 11))
	if res.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("over the limit: %d", res.StatusCode)
	}
	checkError(t, body, kafkaops.Invalid)
}

func TestTooManyRequestsAtATimeAre503(t *testing.T) {
	inside, release := make(chan struct{}), make(chan struct{})
	s := serve(t, Options{MaxRequests: 1}, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		inside <- struct{}{}
		<-release
	}))
	first := make(chan struct{})
	go func() {
		defer close(first)
		ask(t, http.MethodGet, s.URL(), nil, "")
	}()
	<-inside
	res, body := ask(t, http.MethodGet, s.URL(), nil, "")
	if res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") == "" {
		t.Errorf("%d, Retry-After %q", res.StatusCode, res.Header.Get("Retry-After"))
	}
	checkError(t, body, kafkaops.Unavailable)
	close(release)
	<-first
}

func TestAStopLetsRequestsInHandFinish(t *testing.T) {
	s, err := Listen(t.Context(), Options{Addr: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- s.Serve(ctx, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			stop()
			<-stoppingOf(r.Context()) // the stop has begun
			if r.Context().Err() != nil {
				t.Error("the request in hand was cancelled")
			}
			WriteJSON(w, 200, "finished")
		}))
	}()
	if res, body := ask(t, http.MethodGet, s.URL(), nil, ""); res.StatusCode != http.StatusOK {
		t.Errorf("%d %s", res.StatusCode, body)
	}
	if err := <-ended; err != nil {
		t.Errorf("Serve = %v", err)
	}
}

func TestARequestThatNeverEndsIsCutAndSaid(t *testing.T) {
	s, err := Listen(t.Context(), Options{Addr: "127.0.0.1:0", StopTimeout: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	release := make(chan struct{})
	defer close(release)
	ended := make(chan error, 1)
	go func() {
		ended <- s.Serve(ctx, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
			stop()
			<-release
		}))
	}()
	if res, err := http.Get(s.URL()); err == nil {
		res.Body.Close()
		t.Error("the request was answered")
	}
	if err := <-ended; kafkaops.ClassOf(err) != kafkaops.TimedOut {
		t.Errorf("Serve = %v", err)
	}
}

func TestMonitorServesHealthAndMetrics(t *testing.T) {
	reg := prometheus.NewRegistry()
	health := &worker.Health{}
	health.Set("consume", worker.Starting)
	role := Monitor(Options{Addr: "127.0.0.1:0", Registry: reg}, reg)(health).(*monitor)
	s, err := Listen(t.Context(), role.o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, role.handler()) }()
	if res, _ := ask(t, http.MethodGet, s.URL()+"/readyz", nil, ""); res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("readyz before ready: %d", res.StatusCode)
	}
	health.Set("consume", worker.Ready)
	for _, path := range []string{"/livez", "/readyz"} {
		if res, body := ask(t, http.MethodGet, s.URL()+path, nil, ""); res.StatusCode != http.StatusOK || !strings.Contains(body, "consume") {
			t.Errorf("%s: %d %s", path, res.StatusCode, body)
		}
	}
	if _, body := ask(t, http.MethodGet, s.URL()+"/metrics", nil, ""); !strings.Contains(body, `krapp_http_requests_total{code="503",method="GET",role="monitor"} 1`) {
		t.Errorf("metrics: %s", body)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestStatusOfEveryClass(t *testing.T) {
	for class, want := range map[kafkaops.Class]int{
		kafkaops.Invalid: 400, kafkaops.NotFound: 404, kafkaops.AlreadyExists: 409, kafkaops.Conflict: 409, kafkaops.Unauthorised: 403,
		kafkaops.Unauthenticated: 502, kafkaops.Unreachable: 503, kafkaops.Unavailable: 503, kafkaops.TimedOut: 504,
		kafkaops.Unsupported: 501, kafkaops.Internal: 500,
	} {
		if got := StatusOf(kafkaops.NewError(class, "x", "", "", nil)); got != want {
			t.Errorf("%s: %d, want %d", class, got, want)
		}
	}
}

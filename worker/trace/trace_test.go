package trace

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/eos"
)

// environment is a lookup in a map. The exporter itself reads the real one, which tests set with t.Setenv where that matters.
func environment(vars map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) { v, ok := vars[name]; return v, ok }
}

func newTestTracer(t testing.TB, endpoint string, change func(*Options)) (*Tracer, *prometheus.Registry) {
	t.Helper()
	registry := prometheus.NewRegistry()
	o := Options{Endpoint: endpoint, Environment: environment(nil), Service: "krapp-worker", Instance: "pod-0", Version: "v1", Registry: registry}
	if change != nil {
		change(&o)
	}
	tracer, err := New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return tracer, registry
}

func closeWithin(t testing.TB, tracer *Tracer, limit time.Duration) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	return tracer.Close(ctx)
}

func counter(t testing.TB, registry *prometheus.Registry, name string) float64 {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == name {
			return f.GetMetric()[0].GetCounter().GetValue()
		}
	}
	t.Fatalf("there is no %s", name)
	return 0
}

func TestATransactionAndWhatIsInItIsOneTrace(t *testing.T) {
	r := newReceiver(t)
	tracer, registry := newTestTracer(t, r.URL, nil)
	ctx := tracer.Into(t.Context())
	in, ended := Transaction(ctx, "krapp-consume", 250, 2)
	_, slice := Start(in, "send slice")
	slice.Name("run", "01RUN")
	slice.Number("messages", 250)
	slice.End(nil)
	ended(eos.Stored, "")
	_, ended = Transaction(ctx, "krapp-consume", 7, 1)
	ended(eos.Aborted, kafkaops.Conflict)
	_, ask := Start(ctx, "ask")
	ask.End(errors.New("the key order-42 of the customer"))
	if err := closeWithin(t, tracer, 10*time.Second); err != nil {
		t.Fatal(err)
	}
	got, child := r.named("transaction krapp-consume"), r.named("send slice")
	if len(got) != 2 || len(child) != 1 || len(r.named("ask")) != 1 {
		t.Fatalf("spans %v", r.spans)
	}
	if !bytes.Equal(child[0].ParentSpanId, got[0].SpanId) || !bytes.Equal(child[0].TraceId, got[0].TraceId) || bytes.Equal(got[0].TraceId, got[1].TraceId) {
		t.Error("the slice is not within its transaction, or two transactions are one trace")
	}
	a, b := attributes(got[0]), attributes(got[1])
	if a["messaging.batch.message_count"] != int64(250) || a["krapp.topics"] != int64(2) || a["krapp.outcome"] != "committed" || a["error.type"] != nil {
		t.Errorf("attributes %v", a)
	}
	if b["krapp.outcome"] != "aborted" || b["error.type"] != "conflict" || attributes(child[0])["krapp.run"] != "01RUN" {
		t.Errorf("attributes %v, %v", b, attributes(child[0]))
	}
	if r.resource["service.name"] != "krapp-worker" || r.resource["service.instance.id"] != "pod-0" {
		t.Errorf("resource %v", r.resource)
	}
	if bytes.Contains(r.raw, []byte("order-42")) {
		t.Error("an error's text was sent")
	}
	if n := counter(t, registry, "krapp_trace_spans_exported_total"); n != 4 {
		t.Errorf("%v spans counted as exported", n)
	}
}

func TestARequestIsWithinTheCallersTraceAndSaysNoPath(t *testing.T) {
	r := newReceiver(t)
	tracer, _ := newTestTracer(t, r.URL, nil)
	mux := http.NewServeMux()
	mux.HandleFunc("POST /produce/{topic}/{key}", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
	serve := func(target, traceparent string) {
		req := httptest.NewRequestWithContext(tracer.Into(t.Context()), http.MethodPost, target, strings.NewReader("the-body"))
		req.Header.Set("Authorization", "Bearer the-token")
		if traceparent != "" {
			req.Header.Set("Traceparent", traceparent)
		}
		in, ended := Request(req, "produce")
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, in)
		ended(w.Code)
	}
	const caller = "0af7651916cd43dd8448eb211c80319c"
	serve("/produce/orders/the-key?q=the-question", "00-"+caller+"-b7ad6b7169203331-01")
	serve("/produce/orders/the-key", "garbage")
	serve("/nowhere/the-path", "")
	if err := closeWithin(t, tracer, 10*time.Second); err != nil {
		t.Fatal(err)
	}
	got := r.named("POST /produce/{topic}/{key}")
	if len(got) != 2 || len(r.named("POST")) != 1 {
		t.Fatalf("spans %v", r.spans)
	}
	if id := got[0].TraceId; strings.ToLower(hexOf(id)) != caller || hexOf(got[1].TraceId) == caller {
		t.Errorf("trace %x and %x; the caller's is %s", id, got[1].TraceId, caller)
	}
	a := attributes(got[0])
	if a["http.response.status_code"] != int64(503) || a["error.type"] != "503" || a["krapp.role"] != "produce" {
		t.Errorf("attributes %v", a)
	}
	for _, secret := range []string{"the-key", "the-question", "the-body", "the-token", "the-path"} {
		if bytes.Contains(r.raw, []byte(secret)) {
			t.Errorf("%q was sent", secret)
		}
	}
}

func hexOf(id []byte) string {
	const digits = "0123456789abcdef"
	var out strings.Builder
	for _, b := range id {
		out.WriteByte(digits[b>>4])
		out.WriteByte(digits[b&15])
	}
	return out.String()
}

func TestOffUnlessAskedFor(t *testing.T) {
	cases := map[string]struct {
		flag string
		env  map[string]string
		on   bool
	}{
		"nothing is set":            {"", nil, false},
		"the flag":                  {"http://127.0.0.1:4318", nil, true},
		"the variable":              {"", map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}, true},
		"the variable for traces":   {"", map[string]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:4318/v1/traces"}, true},
		"the SDK is disabled":       {"http://127.0.0.1:4318", map[string]string{"OTEL_SDK_DISABLED": "true"}, false},
		"another exporter: none":    {"", map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318", "OTEL_TRACES_EXPORTER": "none"}, false},
		"only headers are set":      {"", map[string]string{"OTEL_EXPORTER_OTLP_HEADERS": "a=b"}, false},
		"metrics have a collector":  {"", map[string]string{"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": "http://127.0.0.1:4318"}, false},
		"a variable that says HTTP": {"http://127.0.0.1:4318", map[string]string{"OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf"}, true},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			tracer, err := New(t.Context(), Options{Endpoint: c.flag, Environment: environment(c.env)})
			if err != nil || (tracer != nil) != c.on {
				t.Fatalf("New = %v, %v; want on: %v", tracer, err, c.on)
			}
			if err := closeWithin(t, tracer, time.Second); err != nil {
				t.Error(err)
			}
		})
	}
	var off *Tracer
	if _, ended := Transaction(off.Into(t.Context()), "g", 1, 1); ended != nil {
		t.Error("a transaction is traced without a tracer")
	}
	req := httptest.NewRequest(http.MethodGet, "/", nil)
	if in, ended := Request(req, "r"); ended != nil || in != req {
		t.Error("a request is traced without a tracer")
	}
	_, span := Start(t.Context(), "x")
	span.Name("a", "b")
	span.Number("a", 1)
	span.End(errors.New("x"))
}

func TestWhatCannotBeIsRefusedAndNoPasswordRepeated(t *testing.T) {
	cases := map[string]Options{
		"no URL":                    {Endpoint: "collector:4318"},
		"a password in the flag":    {Endpoint: "http://user:hunter2@127.0.0.1:4318"},
		"a password in a variable":  {Environment: environment(map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://user:hunter2@127.0.0.1:4318"})},
		"gRPC":                      {Endpoint: "http://127.0.0.1:4317", Environment: environment(map[string]string{"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"})},
		"another scheme":            {Endpoint: "ftp://127.0.0.1"},
		"metrics registered before": {Endpoint: "http://127.0.0.1:4318", Registry: taken(t)},
	}
	for name, o := range cases {
		tracer, err := New(t.Context(), o)
		if tracer != nil || err == nil || strings.Contains(err.Error()+kafkaops.HintOf(err), "hunter2") {
			t.Errorf("%s: %v, %v", name, tracer, err)
		}
	}
}

func taken(t *testing.T) prometheus.Registerer {
	t.Helper()
	r := prometheus.NewRegistry()
	if err := (&guarded{}).register(r); err != nil {
		t.Fatal(err)
	}
	return r
}

// work makes spans as a worker would, and returns how long that took.
func work(t *testing.T, tracer *Tracer, n int) time.Duration {
	t.Helper()
	ctx := tracer.Into(t.Context())
	began := time.Now()
	for range n {
		_, ended := Transaction(ctx, "g", 1, 1)
		ended(eos.Stored, "")
	}
	return time.Since(began)
}

func TestACollectorThatIsAwayOrSlowCostsSpansNotTime(t *testing.T) {
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	away := "http://" + gone.Addr().String()
	_ = gone.Close()
	slow := newReceiver(t)
	slow.delay = time.Minute
	broken := newReceiver(t)
	broken.status = http.StatusInternalServerError
	for name, url := range map[string]string{"away": away, "slow": slow.URL, "broken": broken.URL} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			tracer, registry := newTestTracer(t, url, func(o *Options) {
				o.queue, o.every = 100, 10*time.Millisecond
				o.Log = slog.New(slog.NewTextHandler(&log, nil))
			})
			const n = 5000
			took := work(t, tracer, n) // a queue of 100 takes 5000 without waiting: nothing here blocks, or this test would run into its limit
			began := time.Now()
			err := closeWithin(t, tracer, 300*time.Millisecond)
			if stop := time.Since(began); stop > 5*time.Second {
				t.Errorf("Close took %s with a limit of 300 ms", stop)
			}
			if name == "slow" && err == nil {
				t.Error("Close does not say that spans were left")
			}
			ended, exported := counter(t, registry, "krapp_trace_spans_ended_total"), counter(t, registry, "krapp_trace_spans_exported_total")
			if ended != n || exported != 0 {
				t.Errorf("%v ended, %v exported, in %s", ended, exported, took)
			}
			if strings.Count(log.String(), "traces are dropped") > 1 {
				t.Errorf("logged more than once: %s", log.String())
			}
		})
	}
	t.Run("the control: one that is there takes all", func(t *testing.T) {
		r := newReceiver(t)
		tracer, registry := newTestTracer(t, r.URL, func(o *Options) { o.every = 10 * time.Millisecond })
		work(t, tracer, 200)
		if err := closeWithin(t, tracer, 10*time.Second); err != nil {
			t.Fatal(err)
		}
		if n := len(r.named("transaction g")); n != 200 || counter(t, registry, "krapp_trace_spans_exported_total") != 200 {
			t.Errorf("%d spans came", n)
		}
	})
}

func TestTheStandardVariablesAreHonoured(t *testing.T) {
	r := newReceiver(t)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", r.URL)
	t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20collector-token")
	t.Setenv("OTEL_SERVICE_NAME", "orders")
	tracer, _ := newTestTracer(t, "", func(o *Options) {
		o.Environment = environment(map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": r.URL})
	})
	work(t, tracer, 3)
	if err := closeWithin(t, tracer, 10*time.Second); err != nil {
		t.Fatal(err)
	}
	if len(r.named("transaction g")) != 3 || r.headers.Get("Authorization") != "Bearer collector-token" || r.resource["service.name"] != "orders" {
		t.Errorf("%d spans, %v, %v", len(r.named("transaction g")), r.headers, r.resource)
	}
	if bytes.Contains(r.raw, []byte("collector-token")) {
		t.Error("the token is among the spans")
	}
}

// BenchmarkOff is what a transaction pays where no collector is named.
func BenchmarkOff(b *testing.B) {
	ctx := context.WithValue(context.WithoutCancel(b.Context()), struct{ a int }{1}, 1)
	b.ReportAllocs()
	for b.Loop() {
		if _, ended := Transaction(ctx, "g", 1, 1); ended != nil {
			b.Fatal("traced")
		}
	}
}

// BenchmarkOn is what it pays otherwise, with a queue that is full.
func BenchmarkOn(b *testing.B) {
	r := newReceiver(b)
	r.delay = time.Minute
	tracer, _ := newTestTracer(b, r.URL, func(o *Options) { o.queue = 100 })
	ctx := tracer.Into(b.Context())
	b.ReportAllocs()
	for b.Loop() {
		_, ended := Transaction(ctx, "g", 1, 1)
		ended(eos.Stored, "")
	}
	_ = closeWithin(b, tracer, time.Millisecond)
}

package trace

import (
	"context"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	api "go.opentelemetry.io/otel/trace"

	"github.com/krapp-io/krapp/kafkaops"
)

// exportLimit bounds one export, with what is tried again in it.
const exportLimit = 10 * time.Second

// Tracer makes spans and sends them. nil makes none: that is what New returns where no collector is named.
type Tracer struct {
	provider *sdk.TracerProvider
	tracer   api.Tracer
}

// New makes a Tracer, or nil where traces are not asked for. No collector is talked to yet. Errors: invalid (an endpoint that is no URL, or has a
// password in it), unsupported (a protocol other than HTTP), conflict (its metrics are registered already).
func New(ctx context.Context, o Options) (*Tracer, error) {
	if !o.wanted() {
		return nil, nil //nolint:nilnil // a nil Tracer is one that makes no spans
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	settings := []otlptracehttp.Option{otlptracehttp.WithRetry(otlptracehttp.RetryConfig{
		Enabled: true, InitialInterval: time.Second, MaxInterval: exportLimit / 2, MaxElapsedTime: exportLimit,
	})}
	if o.Endpoint != "" {
		u, err := parseEndpoint("--otlp-endpoint", o.Endpoint)
		if err != nil {
			return nil, err
		}
		if u.Path = strings.TrimSuffix(u.Path, "/"); !strings.HasSuffix(u.Path, tracesAt) {
			u.Path += tracesAt
		}
		settings = append(settings, otlptracehttp.WithEndpointURL(u.String()))
	}
	exporter, err := otlptracehttp.New(ctx, settings...)
	if err != nil {
		return nil, kafkaops.NewError(kafkaops.Invalid, op, "", "look at the variables OTEL_EXPORTER_OTLP_*", err)
	}
	about, err := resource.New(ctx, resource.WithAttributes(
		attribute.String("service.name", o.Service), attribute.String("service.instance.id", o.Instance), attribute.String("service.version", o.Version),
	), resource.WithFromEnv(), resource.WithTelemetrySDK())
	if err != nil {
		return nil, kafkaops.NewError(kafkaops.Invalid, op, "OTEL_RESOURCE_ATTRIBUTES", "give NAME=VALUE,NAME=VALUE", err)
	}
	guard := &guarded{SpanExporter: exporter, log: o.Log}
	if err := guard.register(o.Registry); err != nil {
		return nil, err
	}
	return newTracer(o, guard, about), nil
}

func newTracer(o Options, out *guarded, about *resource.Resource) *Tracer {
	queue := []sdk.BatchSpanProcessorOption{sdk.WithExportTimeout(exportLimit)}
	if o.queue > 0 {
		queue = append(queue, sdk.WithMaxQueueSize(o.queue), sdk.WithMaxExportBatchSize(o.queue))
	}
	if o.every > 0 {
		queue = append(queue, sdk.WithBatchTimeout(o.every))
	}
	provider := sdk.NewTracerProvider(
		sdk.WithResource(about), sdk.WithSpanProcessor(&counting{SpanProcessor: sdk.NewBatchSpanProcessor(out, queue...), ended: &out.ended}),
	)
	return &Tracer{provider: provider, tracer: provider.Tracer("github.com/krapp-io/krapp")}
}

// Close sends what waits, for as long as the context allows; what is left then is dropped. The error says that.
func (t *Tracer) Close(ctx context.Context) error {
	if t == nil {
		return nil
	}
	if err := t.provider.Shutdown(ctx); err != nil {
		return kafkaops.NewError(kafkaops.TimedOut, "sending the last traces", "", "look whether the collector is there", err)
	}
	return nil
}

type tracerKey struct{}

// Into gives a context in which Start, Transaction and Request make spans.
func (t *Tracer) Into(ctx context.Context) context.Context {
	if t == nil {
		return ctx
	}
	return context.WithValue(ctx, tracerKey{}, t)
}

// of is the context's tracer; nil: no spans are made.
func of(ctx context.Context) *Tracer {
	t, _ := ctx.Value(tracerKey{}).(*Tracer)
	return t
}

// guarded is the exporter, which keeps failures to the log and the metrics, where the SDK would write to stderr.
type guarded struct {
	sdk.SpanExporter
	log                     *slog.Logger
	ended, exported, failed atomic.Int64
	away                    bool // the last export failed; exports don't overlap
}

// ExportSpans never fails: what the collector did not take is dropped, counted and, when that begins and ends, logged.
func (g *guarded) ExportSpans(ctx context.Context, spans []sdk.ReadOnlySpan) error {
	err := g.SpanExporter.ExportSpans(ctx, spans)
	switch {
	case err != nil:
		g.failed.Add(int64(len(spans)))
		if !g.away {
			g.log.Warn("traces are dropped", "error", short(err.Error()))
		}
	default:
		g.exported.Add(int64(len(spans)))
		if g.away {
			g.log.Info("traces are taken again")
		}
	}
	g.away = err != nil
	return nil
}

// short bounds what a collector made an error say.
func short(text string) string {
	const most = 300
	if len(text) > most {
		return strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}

func (g *guarded) register(r prometheus.Registerer) error {
	if r == nil {
		return nil
	}
	for _, c := range []struct {
		name, help string
		n          *atomic.Int64
	}{
		{"krapp_trace_spans_ended_total", "Spans made; those neither exported nor failed wait, or were dropped for a full queue.", &g.ended},
		{"krapp_trace_spans_exported_total", "Spans that the collector took.", &g.exported},
		{"krapp_trace_spans_failed_total", "Spans that the collector did not take.", &g.failed},
	} {
		counter := prometheus.NewCounterFunc(prometheus.CounterOpts{Name: c.name, Help: c.help}, func() float64 { return float64(c.n.Load()) })
		if err := r.Register(counter); err != nil {
			return kafkaops.NewError(kafkaops.Conflict, "registering metrics of", "traces", "", err)
		}
	}
	return nil
}

// counting counts the spans that end.
type counting struct {
	sdk.SpanProcessor
	ended *atomic.Int64
}

func (c *counting) OnEnd(s sdk.ReadOnlySpan) {
	c.ended.Add(1)
	c.SpanProcessor.OnEnd(s)
}

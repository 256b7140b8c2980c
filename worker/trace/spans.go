package trace

import (
	"context"
	"net/http"
	"strconv"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	api "go.opentelemetry.io/otel/trace"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/eos"
)

// Span is one piece of work. The zero value is of no trace, and does nothing.
type Span struct{ span api.Span }

// Start begins a span within the context's. Without a tracer in the context it does nothing. The name is one of few.
func Start(ctx context.Context, name string) (context.Context, Span) {
	t := of(ctx)
	if t == nil {
		return ctx, Span{}
	}
	ctx, span := t.tracer.Start(ctx, name)
	return ctx, Span{span}
}

// Number notes a number, as of records.
func (s Span) Number(name string, n int) {
	if s.span != nil {
		s.span.SetAttributes(attribute.Int("krapp."+name, n))
	}
}

// Name notes what something is called: a run, a job. It is not for what came with a message.
func (s Span) Name(name, value string) {
	if s.span != nil {
		s.span.SetAttributes(attribute.String("krapp."+name, value))
	}
}

// End ends the span. Of an error only the class is told: its text may quote what flows through.
func (s Span) End(err error) {
	if s.span == nil {
		return
	}
	if err != nil {
		s.fail(kafkaops.ClassOf(err))
	}
	s.span.End()
}

func (s Span) fail(class kafkaops.Class) {
	if class == "" {
		class = kafkaops.Internal
	}
	s.span.SetStatus(codes.Error, "")
	s.span.SetAttributes(attribute.String("error.type", string(class)))
}

// Transaction is an eos.Options.Observe.
func Transaction(ctx context.Context, group string, records, topics int) (context.Context, func(eos.Outcome, kafkaops.Class)) {
	t := of(ctx)
	if t == nil {
		return ctx, nil
	}
	ctx, span := t.tracer.Start(ctx, "transaction "+group, api.WithSpanKind(api.SpanKindConsumer), api.WithAttributes(
		attribute.String("messaging.system", "kafka"), attribute.String("messaging.consumer.group.name", group),
		attribute.Int("messaging.batch.message_count", records), attribute.Int("krapp.topics", topics),
	))
	return ctx, func(o eos.Outcome, class kafkaops.Class) {
		span.SetAttributes(attribute.String("krapp.outcome", string(o)))
		if o == eos.Aborted {
			Span{span}.fail(class)
		}
		span.End()
	}
}

// Request begins the span of an HTTP request to a role, within the caller's trace if it sent a traceparent. ended is told the request as the
// handler saw it, for its route, and the status; nil without a tracer.
func Request(r *http.Request, role string) (in *http.Request, ended func(status int)) {
	t := of(r.Context())
	if t == nil {
		return r, nil
	}
	method := r.Method
	switch method {
	case "GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE":
	default:
		method = "_OTHER" // a name must not grow by what clients send
	}
	ctx := propagation.TraceContext{}.Extract(r.Context(), propagation.HeaderCarrier(r.Header))
	ctx, span := t.tracer.Start(ctx, method, api.WithSpanKind(api.SpanKindServer), api.WithAttributes(
		attribute.String("http.request.method", method), attribute.String("krapp.role", role),
	))
	in = r.WithContext(ctx)
	return in, func(status int) {
		if in.Pattern != "" { // the path itself may hold a message's key
			span.SetName(in.Pattern)
			span.SetAttributes(attribute.String("http.route", in.Pattern))
		}
		span.SetAttributes(attribute.Int("http.response.status_code", status))
		if status >= http.StatusInternalServerError {
			span.SetStatus(codes.Error, "")
			span.SetAttributes(attribute.String("error.type", strconv.Itoa(status)))
		}
		span.End()
	}
}

// Package trace makes OpenTelemetry traces of what workers do and sends them over OTLP/HTTP, where that is asked for; elsewhere nothing is made
// and nothing is sent. A Tracer travels in the context, so that rooms need no option for it.
//
// A span names groups, topics' and records' numbers, routes and outcomes. It never holds a key, a value, a header, a question, a path or an error's
// text: what flows through a pipeline is nobody's business but the pipeline's. Nothing is added to records, so a trace ends at the broker.
//
// A collector that is away or slow costs spans, never time: they wait in a bounded queue and are dropped when it is full.
package trace

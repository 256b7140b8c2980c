package main

import (
	"cmp"
	"context"
	"os"
	"time"

	"github.com/krapp-io/krapp/cmd/internal/cli"
	"github.com/krapp-io/krapp/worker"
	"github.com/krapp-io/krapp/worker/trace"
)

// tracer makes what traces this worker, nil where no collector is named.
func (h *host) tracer(ctx context.Context) (*trace.Tracer, error) {
	return trace.New(ctx, trace.Options{
		Endpoint: h.otlp, Environment: os.LookupEnv, Service: "krapp-worker", Instance: cmp.Or(h.slot, h.name, worker.DefaultName()),
		Version: cli.BuildVersion().Version, Registry: h.registry, Log: h.log,
	})
}

// lastTracesLimit bounds what a stop waits for a collector.
const lastTracesLimit = 3 * time.Second

func (h *host) lastTraces(t *trace.Tracer) {
	ctx, cancel := context.WithTimeout(context.Background(), lastTracesLimit)
	defer cancel()
	if err := t.Close(ctx); err != nil {
		h.log.Warn("stopping", "error", err.Error())
	}
}

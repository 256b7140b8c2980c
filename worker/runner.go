package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/krapp-io/krapp/kafkaops"
)

// DefaultShutdownTimeout is how long a stop may take; below the 30 s that Kubernetes grants a pod.
const DefaultShutdownTimeout = 25 * time.Second

// Runner runs roles in one process until a signal, the end of its context, or the first failure.
//
// A stop has stages: readiness goes first, so that no more work is sent here; then the roles are told (their context ends) and stop input,
// finish, commit and close; the health listener stays to the last. Past ShutdownTimeout, or at a second signal, Run returns without
// waiting further: what was not committed by then is aborted by the brokers and done again by whoever comes next.
type Runner struct {
	Roles []Role
	// Monitor makes the role that serves health and metrics (httpd.Monitor); nil: none. It starts before the others and stops after them.
	Monitor func(*Health) Role
	// ShutdownTimeout bounds a stop; 0 means DefaultShutdownTimeout.
	ShutdownTimeout time.Duration
	// Signals delivers the orders to stop; nil: SIGINT and SIGTERM of this process, unless NoSignals.
	Signals <-chan os.Signal
	// NoSignals leaves the process's signals alone; the context alone stops the roles (in the console's process).
	NoSignals bool
	Log       *slog.Logger // nil: silent
}

// Run runs the roles. It returns nil after a clean stop, a role's error if one failed, and an OpError (timed out, or conflict when forced by
// a second signal) when the roles had to be left.
func (r *Runner) Run(ctx context.Context) error {
	if len(r.Roles) == 0 {
		return kafkaops.Errorf(kafkaops.Invalid, "running roles", "", "name a role: krapp-worker consume --topics demo", "no role given")
	}
	log := r.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	signals := r.Signals
	if signals == nil && !r.NoSignals {
		own := make(chan os.Signal, 2)
		signal.Notify(own, os.Interrupt, syscall.SIGTERM)
		defer signal.Stop(own)
		signals = own
	}
	health := &Health{}
	stopMonitor, monitor, err := r.startMonitor(ctx, health)
	if err != nil {
		return err
	}
	defer stopMonitor()

	ctx, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- r.runRoles(ctx, health, log) }()
	select {
	case err := <-ended:
		return err
	case err := <-monitor:
		stop()
		return errors.Join(err, r.wait(ended, signals, log))
	case s := <-signals:
		log.Info("stopping", "signal", s.String())
	case <-ctx.Done():
		log.Info("stopping", "reason", context.Cause(ctx).Error())
	}
	health.Drain()
	stop()
	return r.wait(ended, signals, log)
}

// wait gives the roles until the deadline or the next signal.
func (r *Runner) wait(ended <-chan error, signals <-chan os.Signal, log *slog.Logger) error {
	limit := r.ShutdownTimeout
	if limit <= 0 {
		limit = DefaultShutdownTimeout
	}
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case err := <-ended:
		log.Info("stopped", "clean", err == nil)
		return err
	case s := <-signals:
		return kafkaops.Errorf(kafkaops.Conflict, "stopping", "", "what was not committed is done again by the next worker",
			"forced by a second signal (%s)", s)
	case <-timer.C:
		return kafkaops.Errorf(kafkaops.TimedOut, "stopping", "", "what was not committed is done again by the next worker; raise --shutdown-timeout",
			"the roles did not stop within %s", limit)
	}
}

func (r *Runner) runRoles(ctx context.Context, health *Health, log *slog.Logger) error {
	g, ctx := errgroup.WithContext(ctx)
	for _, role := range r.Roles {
		health.Set(role.Name(), Starting)
		if r, ok := role.(Reasoner); ok {
			health.Explain(role.Name(), r.Reason)
		}
	}
	for _, role := range r.Roles {
		g.Go(func() error {
			err := role.Run(ctx, func() {
				health.Set(role.Name(), Ready)
				log.Info("ready", "role", role.Name())
			})
			if err != nil {
				health.Set(role.Name(), Broken)
				return fmt.Errorf("running role %s: %w", role.Name(), err)
			}
			health.Set(role.Name(), Ended)
			return nil
		})
	}
	return g.Wait()
}

// startMonitor starts the monitor and waits until it serves; stop ends it and waits. failed tells of a failure after the start.
func (r *Runner) startMonitor(ctx context.Context, health *Health) (stop func(), failed <-chan error, err error) {
	if r.Monitor == nil {
		return func() {}, nil, nil
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx)) // it outlives the order to stop
	ready, ended := make(chan struct{}), make(chan error, 1)
	role := r.Monitor(health)
	go func() { ended <- role.Run(ctx, func() { close(ready) }) }()
	select {
	case err := <-ended:
		cancel()
		if err == nil {
			err = kafkaops.Errorf(kafkaops.Internal, "starting", role.Name(), "", "it ended before it served")
		}
		return nil, nil, err
	case <-ready:
	}
	broken, done := make(chan error, 1), make(chan struct{})
	go func() {
		defer close(done)
		if err := <-ended; err != nil {
			broken <- fmt.Errorf("running role %s: %w", role.Name(), err)
		}
	}()
	return func() {
		cancel()
		<-done
	}, broken, nil
}

package stack

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/worker"
	"github.com/krapp-io/krapp/worker/consume"
	"github.com/krapp-io/krapp/worker/httpd"
	"github.com/krapp-io/krapp/worker/produce"
)

// readyLimit bounds how long roles may take until they do what they are for.
const readyLimit = 30 * time.Second

// Monitor is the key of Options.Listen for health and metrics; NoMonitor there serves none.
const (
	Monitor   = "monitor"
	NoMonitor = "none"
)

// roles are those that run.
type roles struct {
	cancel context.CancelFunc
	ended  chan struct{} // closed when the runner has returned
	err    error         // its error; read after ended
	failed chan error
}

// startRoles starts the roles and waits until each is ready.
func (s *Stack) startRoles(ctx context.Context) error {
	ready := make(chan string, len(s.o.Roles))
	runner := worker.Runner{NoSignals: true, ShutdownTimeout: s.o.CloseTimeout, Log: s.o.Log}
	for _, name := range s.o.Roles {
		role, err := s.role(name)
		if err != nil {
			return err
		}
		runner.Roles = append(runner.Roles, announced{role, ready})
	}
	if s.o.Listen[Monitor] != NoMonitor {
		runner.Monitor = httpd.Monitor(httpd.Options{Addr: s.o.Listen[Monitor], NextFreePort: s.o.Console, Log: s.o.Log}, s.o.Registry)
	}
	s.roles = run(ctx, &runner)
	limit := time.NewTimer(readyLimit)
	defer limit.Stop()
	for range s.o.Roles {
		select {
		case name := <-ready:
			s.o.Log.Info("role is ready", "role", name)
		case <-s.roles.ended:
			return withFlags(s.roles.err)
		case <-limit.C:
			return kafkaops.Errorf(kafkaops.TimedOut, "starting roles", fmt.Sprint(s.o.Roles), "", "not ready within %s", readyLimit)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// withFlags names this command's own flags where an address can't be listened on: the roles know only --listen.
func withFlags(err error) error {
	var op *kafkaops.OpError
	if !errors.As(err, &op) || op.Class != kafkaops.Conflict || !strings.HasPrefix(op.Op, "listening") {
		return err
	}
	return kafkaops.NewError(op.Class, op.Op, op.Resource,
		"Stop what has that port, or give another address with --produce-listen, --consume-listen, --seer-listen or --monitor-listen.", op.Err)
}

// run runs the runner in the background. It outlives ctx, which bounds the start only.
func run(ctx context.Context, runner *worker.Runner) *roles {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	r := &roles{cancel: cancel, ended: make(chan struct{}), failed: make(chan error, 1)}
	go func() {
		defer close(r.ended)
		r.err = runner.Run(ctx)
		if r.err != nil && ctx.Err() == nil {
			r.failed <- r.err
		}
	}()
	return r
}

// stop orders the roles to stop and waits; the runner bounds that.
func (r *roles) stop() error {
	r.cancel()
	<-r.ended
	return r.err
}

// announced is a role that says when it is ready.
type announced struct {
	worker.Role
	ready chan<- string
}

func (a announced) Run(ctx context.Context, ready func()) error {
	var once sync.Once
	return a.Role.Run(ctx, func() {
		ready()
		once.Do(func() { a.ready <- a.Name() })
	})
}

// role makes a role by name.
func (s *Stack) role(name string) (worker.Role, error) {
	http := httpd.Options{Addr: s.o.Listen[name], NextFreePort: s.o.Console}
	host, err := os.Hostname()
	if err != nil {
		host = "localhost"
	}
	id := fmt.Sprintf("%s-%d", host, os.Getpid())
	switch name {
	case Produce:
		return produce.New(produce.Options{
			Client: s.client, HTTP: http, CreateTopics: s.broker != nil, Worker: id + "-" + name, Registry: s.o.Registry, Log: s.o.Log,
			OnListen: s.listens(name, http.Addr, produce.DefaultAddr),
		})
	case Consume:
		return consume.New(consume.Options{
			Client: s.client, HTTP: http, Topics: s.o.Topics, Regex: s.o.Regex, Except: s.o.except, Worker: id + "-" + name, Registry: s.o.Registry, Log: s.o.Log,
			OnListen: s.listens(name, http.Addr, consume.DefaultAddr),
		})
	case Seer:
		return s.seer(http, id+"-"+name)
	}
	return nil, kafkaops.Errorf(kafkaops.Invalid, "starting role", name, "Give --roles "+AllRoles+" or some of them.", "there is no such role")
}

// listens notes a role's URL, and says so when its port is not the one that was asked for.
func (s *Stack) listens(name, asked, usual string) func(string) {
	if asked == "" {
		asked = usual
	}
	return func(addr string) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.services[name] = "http://" + addr
		if want, got := portOf(asked), portOf(addr); want != 0 && want != got {
			s.notes = append(s.notes, portNote("The "+name+" worker", want, addr))
		}
	}
}

func portOf(addr string) int {
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return 0
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		return 0
	}
	return n
}

package main

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/krapp-io/krapp/cmd/internal/launch"
	"github.com/krapp-io/krapp/cmd/internal/stack"
	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
	"github.com/krapp-io/krapp/kafkaops/roundtrip"
	"github.com/krapp-io/krapp/kafkaops/roundtrip/send"
	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/ui"
)

// The first connection is tried again after each failure, later each time.
const (
	retryFirst = time.Second
	retryMost  = 15 * time.Second
)

// session is what the console works with: the stack, which starts while the console is drawn already, and the client, which is there once
// it has started. Its methods may be called from any goroutine.
type session struct {
	options stack.Options
	log     *slog.Logger
	ctx     context.Context // of the console: work that outlives a page ends with it
	cancel  context.CancelFunc
	work    sync.WaitGroup
	sending atomic.Int64 // runs that are being sent from here
	jobs    *pipelines
	most    int64 // runs that may be sent from here at a time; 0: any number
	quiet   bool  // notes are for the log: those who look aren't those who run it

	mu      sync.Mutex
	stack   *stack.Stack
	err     error                       // why the newest attempt to start failed
	changed chan struct{}               // closed when stack or err changes
	heard   map[chan ui.ForApp]struct{} // of each console that is here
	unheard []ui.ForApp                 // what was to be said before there was one
}

// open starts the stack in the background, again and again until it runs.
func open(ctx context.Context, o stack.Options) *session {
	ctx, cancel := context.WithCancel(ctx)
	s := &session{options: o, log: o.Log, ctx: ctx, cancel: cancel, changed: make(chan struct{}), heard: map[chan ui.ForApp]struct{}{}}
	s.jobs = &pipelines{session: s, readOnly: o.Context.ReadOnly, running: map[string]*running{}}
	s.work.Go(s.start)
	return s
}

func (s *session) start() {
	for wait := retryFirst; ; wait = min(2*wait, retryMost) {
		st, err := stack.Start(s.ctx, s.options)
		s.set(st, err)
		if err == nil {
			s.report(st)
			return
		}
		s.log.Warn("starting", "error", err, "hint", kafkaops.HintOf(err), "next_try", wait)
		select {
		case <-s.ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}

func (s *session) set(st *stack.Stack, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stack, s.err = st, err
	close(s.changed)
	s.changed = make(chan struct{})
}

// report passes on what an operator should know of the stack, until the console is left.
func (s *session) report(st *stack.Stack) {
	for _, note := range st.Notes() {
		s.note(note)
	}
	select {
	case <-s.ctx.Done():
	case err := <-st.Failed():
		s.log.Error("a worker failed", "error", err)
		s.fail(err)
	}
}

// note has the console say a sentence; when nobody reads, the log has it.
func (s *session) note(text string) {
	s.log.Info("note", "text", text)
	if s.quiet {
		return
	}
	s.say(ui.NoticeMsg{Kind: ui.Warning, Text: safetext.Of(text)})
}

// fail has the console show an error.
func (s *session) fail(err error) { s.say(ui.FailMsg{Err: err}) }

// mostUnheard bounds what waits for a console, and mostHeard what waits in one.
const (
	mostUnheard = 16
	mostHeard   = 16
)

// say has every console that is here show a message; without one the first to come will.
func (s *session) say(msg ui.ForApp) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.heard) == 0 && len(s.unheard) < mostUnheard && !s.quiet {
		s.unheard = append(s.unheard, msg)
	}
	for c := range s.heard {
		tell(c, msg)
	}
}

// tell hands a message to a console, unless it has too many already.
func tell(c chan<- ui.ForApp, msg ui.ForApp) {
	select {
	case c <- msg:
	default:
	}
}

// listen is how a console hears what is to be said, until it leaves.
func (s *session) listen() (heard chan ui.ForApp, leave func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	heard = make(chan ui.ForApp, mostHeard)
	for _, msg := range s.unheard {
		tell(heard, msg)
	}
	s.unheard = nil
	s.heard[heard] = struct{}{}
	return heard, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.heard, heard)
	}
}

// Brokers are those that are talked to; none before an embedded broker runs.
func (s *session) Brokers() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stack != nil {
		return s.stack.Context().Brokers
	}
	return s.options.Context.Brokers
}

// Stack waits until the stack runs. While it can't be started it returns why, at once.
func (s *session) Stack(ctx context.Context) (*stack.Stack, error) {
	for {
		s.mu.Lock()
		st, err, changed := s.stack, s.err, s.changed
		s.mu.Unlock()
		if st != nil || err != nil {
			return st, err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, kafkaops.NewError(kafkaops.Unavailable, "connecting", "", "", ctx.Err())
		}
	}
}

// Client waits for the client. The session closes it.
func (s *session) Client(ctx context.Context) (*rdkafka.Client, error) {
	st, err := s.Stack(ctx)
	if err != nil {
		return nil, err
	}
	return st.Client(), nil
}

// Launch registers a run and sends it in the background; it returns once the run is registered. ended is told how sending ended; a console
// that is left cancels what it was sending.
func (s *session) Launch(ctx context.Context, spec roundtrip.Spec, progress func(send.Progress), ended func(error)) (roundtrip.Run, error) {
	client, err := s.Client(ctx)
	if err != nil {
		return roundtrip.Run{}, err
	}
	if n := s.sending.Add(1); s.most > 0 && n > s.most {
		s.sending.Add(-1)
		return roundtrip.Run{}, kafkaops.Errorf(kafkaops.Conflict, "starting a run on", spec.Topic, "Wait until one has been sent, or cancel one with x on its page.",
			"%d runs are being sent from here already", s.most)
	}
	registered := make(chan roundtrip.Run, 1)
	failed := make(chan error, 1)
	s.work.Go(func() {
		known := false
		run, err := launch.Launch{Client: client, Spec: spec, Progress: progress, Registered: func(r roundtrip.Run) {
			known = true
			registered <- r
		}}.Run(s.ctx)
		s.sending.Add(-1)
		if !known {
			failed <- err
			return
		}
		if err != nil {
			s.log.Warn("sending", "run", run.ID, "error", err)
		}
		if ended != nil {
			ended(err)
		}
	})
	select {
	case run := <-registered:
		return run, nil
	case err := <-failed:
		return roundtrip.Run{}, err
	}
}

// Stops says what ends with this console.
func (s *session) Stops() []safetext.Text {
	s.mu.Lock()
	st := s.stack
	s.mu.Unlock()
	var stops []safetext.Text
	if st != nil {
		if _, own := st.Embedded(); own {
			stops = append(stops, safetext.Const("the embedded broker"))
		}
	}
	switch n := s.sending.Load(); n {
	case 0:
	case 1:
		stops = append(stops, safetext.Const("a run that is being sent"))
	default:
		stops = append(stops, safetext.Sprintf("%d runs that are being sent", n))
	}
	return append(stops, s.jobs.stops()...)
}

// embedded says that the brokers are a toy of this user, where nobody else minds what is made.
func (s *session) embedded() bool { return len(s.options.Context.Brokers) == 0 }

// Close ends what is under way, then the stack. It is bounded by what it closes.
func (s *session) Close() error {
	s.cancel()
	s.work.Wait()
	s.mu.Lock()
	st := s.stack
	s.mu.Unlock()
	if st == nil {
		return nil
	}
	return st.Close()
}

package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/krapp-io/krapp/bench/child"
	"github.com/krapp-io/krapp/bench/figure"
	"github.com/krapp-io/krapp/bench/machine"
)

const (
	settling = 5 * time.Second // until sessions that came have drawn and the pace is even
	stillFor = 5 * time.Second
	restless = 2 * time.Minute // within which dashboards of a topic at rest come to rest
	idleTime = 10 * time.Second
	aimKey   = 50 // ms
)

// cost is what the server needed with so many sessions.
type cost struct {
	sessions int
	cpu      float64 // of one core, percent
	resident float64 // MB
	screens  float64 // bytes a second and session
	brokers  traffic // in the window
	client   float64 // this command's own processor
}

// crowd are the sessions that are open.
type crowd []*visitor

func (c crowd) screens() (n int64) {
	for _, v := range c {
		n += v.screen()
	}
	return n
}

func (c crowd) wires() (n int64) {
	for _, v := range c {
		n += v.wire.in.Load()
	}
	return n
}

func (s *setting) figures(ctx context.Context, out *figure.Section, p *pipeline, server *server) error {
	var all crowd
	defer func() {
		for _, v := range all {
			v.leave()
		}
	}()
	if err := p.start(ctx, s.rate); err != nil {
		return err
	}
	echo, stop, err := startEcho(ctx, s.env)
	if err != nil {
		return err
	}
	defer stop()
	var alone pressed
	var costs []cost
	for _, n := range slices.Compact([]int{0, 1, min(10, s.sessions), s.sessions}) {
		for len(all) < n {
			v, err := visit(ctx, server.address, server.config, p.topic)
			if err != nil {
				return fmt.Errorf("session %d: %w", len(all)+1, err)
			}
			all = append(all, v)
		}
		c, err := s.cost(ctx, all, server)
		if err != nil {
			return err
		}
		s.say("   %s: %.1f %% of a core, %.1f MB, %.0f bytes/s to each, brokers %+v; this client: %.1f %%", people(n), c.cpu, c.resident, c.screens, c.brokers, c.client)
		costs = append(costs, c)
		if n == 1 {
			if alone, err = s.press(ctx, all, echo, s.presses/2); err != nil {
				return err
			}
		}
	}
	crowded, err := s.press(ctx, all, echo, s.presses)
	if err != nil {
		return err
	}
	alone.tell(out, 1)
	crowded.tell(out, len(all))
	out.One("key press → painted, of the medians, "+people(len(all))+" / one", "×", crowded.painted.Median()/alone.painted.Median())
	var p99 figure.Spread
	p99.Add(crowded.painted.Quantile(0.99))
	out.Below(fmt.Sprintf("key press → painted, p99, with %d dashboards: below %d ms", len(all), aimKey), p99, aimKey, " ms")
	out.One("messages that flowed through the watched topic", "messages/s", p.flow.Stop())
	tell(out, costs, s.window)
	if err := s.idle(ctx, out, all, server); err != nil {
		return err
	}
	return s.after(ctx, out, &all, server, costs)
}

// cost takes what the server needs over the window.
func (s *setting) cost(ctx context.Context, all crowd, server *server) (cost, error) {
	c := cost{sessions: len(all)}
	if err := child.Wait(ctx, settling); err != nil {
		return c, err
	}
	pid, began, screens := server.process.PID(), time.Now(), all.screens()
	before, err := machine.Process(pid)
	if err != nil {
		return c, err
	}
	own, err := machine.Process(os.Getpid())
	if err != nil {
		return c, err
	}
	sent, err := brokerTraffic(ctx, pid, s.brokers)
	if err != nil {
		return c, err
	}
	if err := child.Wait(ctx, s.window); err != nil {
		return c, err
	}
	now, err := brokerTraffic(ctx, pid, s.brokers)
	if err != nil {
		return c, err
	}
	after, err := machine.Process(pid)
	if err != nil {
		return c, err
	}
	mine, err := machine.Process(os.Getpid())
	took := time.Since(began).Seconds()
	c.cpu, c.client = 100*(after.CPU-before.CPU).Seconds()/took, 100*(mine.CPU-own.CPU).Seconds()/took
	c.resident, c.brokers = megabytes(after.Resident), now.minus(sent)
	if len(all) > 0 {
		c.screens = float64(all.screens()-screens) / took / float64(len(all))
	}
	return c, err
}

// tell writes the costs down, and what they say of one session.
func tell(out *figure.Section, costs []cost, window time.Duration) {
	for _, c := range costs {
		out.One(fmt.Sprintf("processor of the server with %s, of one core", people(c.sessions)), "%", c.cpu)
		out.One(fmt.Sprintf("resident memory of the server with %s", people(c.sessions)), "MB", c.resident)
	}
	none, one, most := costs[0], costs[1], costs[len(costs)-1]
	more := float64(most.sessions - one.sessions)
	out.One("processor of each session beyond the first, of one core", "%", (most.cpu-one.cpu)/more)
	out.One("resident memory of each session beyond the first", "MB", (most.resident-one.resident)/more)
	out.One("resident memory that the first session adds", "MB", one.resident-none.resident)
	out.One(fmt.Sprintf("sent to each of %d sessions", most.sessions), "bytes/s", most.screens)
	out.One("processor of the clients (this command and the producer), of one core", "%", most.client)
	for _, c := range []cost{one, most} {
		out.One(fmt.Sprintf("server → brokers with %s", people(c.sessions)), "requests/s", float64(c.brokers.requests)/window.Seconds())
		out.One(fmt.Sprintf("brokers → server with %s", people(c.sessions)), "bytes/s", float64(c.brokers.in)/window.Seconds())
	}
	var requests, bytes figure.Spread
	requests.Add(float64(most.brokers.requests) / float64(one.brokers.requests))
	bytes.Add(float64(most.brokers.in) / float64(one.brokers.in))
	out.Add(fmt.Sprintf("requests to the brokers, %d sessions / one", most.sessions), "×", requests)
	out.Add(fmt.Sprintf("bytes from the brokers, %d sessions / one", most.sessions), "×", bytes)
	out.AtMost(fmt.Sprintf("%d dashboards cost the brokers what one costs: at most 1.1× the requests", most.sessions), requests, 1.1, "×")
}

// pressed is how long keys took.
type pressed struct{ painted, echoed figure.Spread }

// press times so many keys in all sessions in turn, ten in each, while all are repainted.
func (s *setting) press(ctx context.Context, all crowd, echo *visitor, keys int) (p pressed, err error) {
	const escape, line = "\x1b", ":"
	marks := []rune("¶ŧßøþðæµŋħ") // nothing else on the screen has them
	for n := range keys {
		v := all[n/len(marks)%len(all)]
		if n%len(marks) == 0 {
			if err := child.Wait(ctx, 150*time.Millisecond); err != nil { // a lone escape is told from a sequence by the time after it
				return p, err
			}
			if _, err := v.press(ctx, line, line); err != nil {
				return p, err
			}
		}
		if err := child.Wait(ctx, time.Duration(17+n*13%50)*time.Millisecond); err != nil { // at all phases of the frames
			return p, err
		}
		mark := string(marks[n%len(marks)])
		took, err := v.press(ctx, mark, mark)
		if err != nil {
			return p, fmt.Errorf("key %d: %w", n+1, err)
		}
		p.painted.AddDuration(took)
		if took, err = echo.press(ctx, mark, mark); err != nil {
			return p, err
		}
		p.echoed.AddDuration(took)
		if n%len(marks) == len(marks)-1 {
			if err := v.write(escape); err != nil {
				return p, err
			}
		}
	}
	return p, nil
}

func (p pressed) tell(out *figure.Section, sessions int) {
	with := " with " + people(sessions)
	out.Add("key press → painted,"+with, "ms", p.painted)
	out.One("key press → painted, p99,"+with, "ms", p.painted.Quantile(0.99))
	out.Add("key press → echo of an SSH server that does nothing else (the limit),"+with, "ms", p.echoed)
	out.One("key press → echo, p99,"+with, "ms", p.echoed.Quantile(0.99))
}

// idle counts what sessions are sent when nothing changes any more.
func (s *setting) idle(ctx context.Context, out *figure.Section, all crowd, server *server) error {
	since, before := time.Now(), all.screens()
	began := time.Now()
	err := child.Eventually(ctx, restless, "the dashboards to come to rest", func() (bool, error) {
		if now := all.screens(); now != before {
			since, before = time.Now(), now
		}
		return time.Since(since) > stillFor, nil
	})
	if err != nil {
		return err
	}
	out.One("from the last message to the last painting", "s", since.Sub(began).Seconds())
	screens, wires := all.screens(), all.wires()
	u, err := machine.Process(server.process.PID())
	if err != nil {
		return err
	}
	if err := child.Wait(ctx, idleTime); err != nil {
		return err
	}
	now, err := machine.Process(server.process.PID())
	if err != nil {
		return err
	}
	var bytes figure.Spread
	bytes.Add(float64(all.screens() - screens))
	out.Add(fmt.Sprintf("sent to %d idle terminals in %s", len(all), idleTime), "bytes", bytes)
	out.One("sent over each of their connections meanwhile, to see whether the client lives", "bytes", float64(all.wires()-wires)/float64(len(all)))
	out.One(fmt.Sprintf("processor of the server with %d idle sessions, of one core", len(all)), "%", 100*(now.CPU-u.CPU).Seconds()/idleTime.Seconds())
	out.AtMost("sent to idle sessions: 0 bytes", bytes, 0, " bytes")
	return nil
}

// after says what is left when all have gone.
func (s *setting) after(ctx context.Context, out *figure.Section, all *crowd, server *server, costs []cost) error {
	for _, v := range *all {
		v.leave()
	}
	*all = nil
	if err := child.Wait(ctx, 2*settling); err != nil {
		return err
	}
	u, err := machine.Process(server.process.PID())
	if err != nil {
		return err
	}
	out.One("resident memory of the server when all have gone", "MB", megabytes(u.Resident))
	out.Note("Before anybody came the server had %.0f MB resident; five seconds after visitors have left it gives back what they used.", costs[0].resident)
	return nil
}

// people is how many sessions there are.
func people(n int) string {
	switch n {
	case 0:
		return "no session"
	case 1:
		return "one session"
	}
	return fmt.Sprint(n, " sessions")
}

func megabytes(bytes int64) float64 { return float64(bytes) / 1e6 }

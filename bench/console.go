package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/krapp-io/krapp/bench/child"
	"github.com/krapp-io/krapp/bench/figure"
	"github.com/krapp-io/krapp/bench/load"
	"github.com/krapp-io/krapp/bench/machine"
	"github.com/krapp-io/krapp/bench/terminal"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
)

const (
	columns, rows = 120, 40
	starts        = 9   // of the console, of each kind
	keyPresses    = 200 // that are timed
	flowRate      = 50_000
	restTime      = 30 * time.Second // until the console is at rest
	idleTime      = 20 * time.Second
	replayTime    = 4 * time.Minute // at the full rate of the producer that is more than an hour's worth
	firstFrame    = "Partitions"    // in every frame of the dashboard of that size
)

// consoles is what the parts of benchConsole share.
type consoles struct {
	*setting
	client *rdkafka.Client
	topic  string
	out    *figure.Section
}

// benchConsole drives the console in a pseudo-terminal.
func benchConsole(ctx context.Context, s *setting) (figure.Section, error) {
	out := figure.Section{Title: "The console in a terminal of 120×40", Method: []string{
		"`krapp-tui` in a pseudo-terminal, on the dashboard with all panes live, beside the real cluster if not said otherwise. The first frame is",
		"the first output that holds the panes' titles. A key is timed from writing it to the terminal to reading its effect (a character typed",
		"into the command line) while 50,000 messages of 100 bytes a second flow through the watched topic, whose newest 20 are on the screen."}}
	c, err := s.connect(ctx)
	if err != nil {
		return out, err
	}
	defer c.Close()
	if _, err := os.Stat(filepath.Join(s.bin, "krapp-tui")); err != nil {
		return out, fmt.Errorf("run make build first: %w", err)
	}
	b := consoles{setting: s, client: c, out: &out}
	if b.topic, err = s.topic(ctx, c, "console"); err != nil {
		return out, err
	}
	if err := b.watched(ctx); err != nil {
		return out, err
	}
	for _, part := range []func(context.Context) error{b.start, b.idle, b.live} {
		if err := part(ctx); err != nil {
			return out, err
		}
	}
	return out, nil
}

// watched makes a run on the topic, for the console watches that of the newest run. It is done, so that nothing changes any more; what flows
// later is processed by nobody.
func (b *consoles) watched(ctx context.Context) error {
	group := "bench-console-" + b.stamp
	w, err := b.startConsumer(ctx, b.topic, group, "console")
	if err != nil {
		return err
	}
	defer w.Stop(5 * time.Second)
	_, _, err = b.doit(ctx, b.topic, 1000, 0, "--group", group, "--wait", "--timeout", "1m")
	return err
}

// open starts a console of a user of its own.
func (b *consoles) open(ctx context.Context, embedded bool) (*terminal.Terminal, error) {
	home, err := os.MkdirTemp(b.dir, "home-")
	if err != nil {
		return nil, err
	}
	env := child.Home(home)
	if !embedded {
		env = append(env, "KRAPP_BROKERS="+strings.Join(b.brokers, ","))
	}
	return terminal.Start(ctx, b.command("krapp-tui"), env, columns, rows)
}

// start measures the first frame.
func (b *consoles) start(ctx context.Context) error {
	var limit, beside, facts, embedded figure.Spread
	for range starts {
		_, took, err := child.Run(ctx, child.Spec{Args: b.command("krapp-tui", "--help"), Env: b.env})
		if err != nil {
			return err
		}
		limit.AddDuration(took)
		frame, known, err := b.startOnce(ctx, false, b.topic)
		if err != nil {
			return err
		}
		beside.AddDuration(frame)
		facts.AddDuration(known)
		if frame, _, err = b.startOnce(ctx, true, ""); err != nil {
			return err
		}
		embedded.AddDuration(frame)
	}
	b.out.Add("process start → end of `krapp-tui --help` (the limit)", "ms", limit)
	b.out.Add("process start → first frame", "ms", beside)
	b.out.Add("process start → first frame / the limit", "×", figure.Ratio(beside, limit))
	b.out.Add("process start → the watched topic's name is shown", "ms", facts)
	b.out.Add("process start → first frame, fresh embedded broker", "ms", embedded)
	b.out.AtMost("first frame beside an existing cluster: at most 50 ms", beside, 50, " ms")
	b.out.Below("first frame on a fresh embedded broker: below 500 ms", embedded, 500, " ms")
	return nil
}

// startOnce starts a console and waits for its first frame, then for a text, if any.
func (b *consoles) startOnce(ctx context.Context, embedded bool, text string) (frame, known time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	t, err := b.open(ctx, embedded)
	if err != nil {
		return 0, 0, err
	}
	defer t.Close()
	if frame, err = t.Await(ctx, firstFrame, 0); err != nil {
		return 0, 0, err
	}
	if text != "" {
		known, err = t.Await(ctx, text, 0)
	}
	return frame, known, err
}

// idle measures what a console costs that has nothing to show.
func (b *consoles) idle(ctx context.Context) error {
	t, err := b.open(ctx, false)
	if err != nil {
		return err
	}
	defer t.Close()
	if err := b.settle(ctx, t); err != nil {
		return err
	}
	if err := child.Wait(ctx, restTime); err != nil {
		return err
	}
	written := t.Written()
	before, err := machine.Process(t.PID())
	if err != nil {
		return err
	}
	began := time.Now()
	if err := child.Wait(ctx, idleTime); err != nil {
		return err
	}
	after, err := machine.Process(t.PID())
	if err != nil {
		return err
	}
	var cpu, bytes figure.Spread
	cpu.Add(100 * (after.CPU - before.CPU).Seconds() / time.Since(began).Seconds())
	bytes.Add(float64(t.Written() - written))
	b.out.Add("processor when nothing changes, of one core", "%", cpu)
	b.out.Add("written to the terminal in 20 s when nothing changes", "bytes", bytes)
	b.out.Below("processor when nothing changes: below 0.5 %", cpu, 0.5, " %")
	b.out.AtMost("written when nothing changes: 0 bytes", bytes, 0, " bytes")
	return nil
}

// settle waits until the console shows the topic and has been still for a while: what there was to fetch is there.
func (b *consoles) settle(ctx context.Context, t *terminal.Terminal) error {
	limit, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	if _, err := t.Await(limit, b.topic, 0); err != nil {
		return err
	}
	const still = 5 * time.Second
	for since, before := time.Now(), t.Written(); time.Since(since) < still; {
		if err := child.Wait(limit, 200*time.Millisecond); err != nil {
			return fmt.Errorf("the console is never still: %w", err)
		}
		if now := t.Written(); now != before {
			since, before = time.Now(), now
		}
	}
	return nil
}

// live measures a console while messages flow, and what an hour of them leaves behind.
func (b *consoles) live(ctx context.Context) error {
	t, err := b.open(ctx, false)
	if err != nil {
		return err
	}
	defer t.Close()
	if _, err := t.Await(ctx, b.topic, 0); err != nil {
		return err
	}
	flow, err := load.Start(ctx, b.client, b.topic, flowRate)
	if err != nil {
		return err
	}
	defer flow.Stop()
	echo, err := terminal.Start(ctx, []string{"sh", "-c", "stty raw -echo && echo ready && exec cat"}, b.env, columns, rows)
	if err != nil {
		return err
	}
	defer echo.Close()
	if _, err := echo.Await(ctx, "ready", 0); err != nil {
		return err
	}
	var p pressed
	err = b.press(ctx, t, echo, &p)
	rate := flow.Stop()
	if err != nil {
		return err
	}
	b.out.One("messages that flowed through the watched topic", "messages/s", rate)
	b.out.Add("key press → painted", "ms", p.keys)
	b.out.Add("key press → echo of `cat` in a terminal beside it (the limit)", "ms", p.echoed)
	b.out.One("key press → echo of `cat`, p99", "ms", p.echoed.Quantile(0.99))
	var p99, rss figure.Spread
	p99.Add(p.keys.Quantile(0.99))
	rss.Add(p.residentMB)
	b.out.Add("key press → painted, p99", "ms", p99)
	b.out.One("processor with live panes, of one core", "%", p.cpu)
	b.out.Add("resident memory with live panes", "MB", rss)
	b.out.Below("key press → painted, p99: below 16 ms", p99, 16, " ms")
	b.out.Below("resident memory with live panes: below 60 MB", rss, 60, " MB")
	return b.replay(ctx, t)
}

// pressed is what press measures.
type pressed struct {
	keys, echoed figure.Spread // ms
	residentMB   float64       // at the end
	cpu          float64       // of one core, in percent
}

// press times keys while messages flow, and each after it in a terminal where cat does nothing but echo.
func (b *consoles) press(ctx context.Context, t, echo *terminal.Terminal, into *pressed) error {
	ctx, cancel := context.WithTimeoutCause(ctx, time.Minute, errors.New("the console doesn't answer keys"))
	defer cancel()
	if err := child.Wait(ctx, 3*time.Second); err != nil {
		return err
	}
	before, err := machine.Process(t.PID())
	if err != nil {
		return err
	}
	began := time.Now()
	const line, mark = ":", "¶ŧßøþðæµŋħ" // nothing else on the screen has them
	runes := []rune(mark)
	for n := range keyPresses {
		if n%len(runes) == 0 {
			if err := t.Type("\x1b"); err != nil { // leaves the command line of before
				return err
			}
			if err := child.Wait(ctx, 150*time.Millisecond); err != nil { // a lone escape is told from a sequence by the time after it
				return err
			}
			if err := t.Type(line); err != nil {
				return err
			}
		}
		if err := child.Wait(ctx, time.Duration(37+n*13%50)*time.Millisecond); err != nil { // at all phases of the frames
			return err
		}
		r := string(runes[n%len(runes)])
		took, err := t.Press(ctx, r, r)
		if err != nil {
			return err
		}
		into.keys.AddDuration(took)
		if took, err = echo.Press(ctx, r, r); err != nil {
			return err
		}
		into.echoed.AddDuration(took)
	}
	after, err := machine.Process(t.PID())
	into.residentMB, into.cpu = megabytes(after.Resident), 100*(after.CPU-before.CPU).Seconds()/time.Since(began).Seconds()
	return err
}

func megabytes(bytes int64) float64 { return float64(bytes) / 1e6 }

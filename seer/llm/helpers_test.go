package llm

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/seer/llm/fakeopenai"
)

const secret = "sk-very/secret+key=0123456789abcdef"

// bench is a client of a scripted endpoint, and what it did.
type bench struct {
	*Client
	server *fakeopenai.Server
	log    syncBuffer
	mu     sync.Mutex
	pauses []time.Duration
	steps  []string
	deltas []string
}

type syncBuffer struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(p)
}

// newBench makes a client that doesn't wait between tries. In limits that a case doesn't set, it is patient.
func newBench(t *testing.T, change func(*Options), script ...fakeopenai.Step) *bench {
	t.Helper()
	b := &bench{server: fakeopenai.New(t, script...)}
	o := Options{BaseURL: b.server.URL(), Model: "test-model", Key: kafkaops.NewSecret(secret), Jitter: func() float64 { return 0.5 },
		Log: slog.New(slog.NewTextHandler(&b.log, nil)),
		Wait: func(ctx context.Context, d time.Duration) error {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.pauses = append(b.pauses, d)
			return ctx.Err()
		}}
	if change != nil {
		change(&o)
	}
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	b.Client = c
	return b
}

func (b *bench) chat(ctx context.Context) (Reply, error) {
	return b.Chat(ctx, Request{Messages: []Message{{Role: User, Text: "hello"}}, Tools: []Tool{{Name: "search", Parameters: []byte(`{"type":"object"}`)}},
		Progress: func(s string) { b.steps = append(b.steps, s) }}, func(s string) { b.deltas = append(b.deltas, s) })
}

// noSecret scans all that a client lets out.
func (b *bench) noSecret(t *testing.T, err error, reply Reply) {
	t.Helper()
	state := b.State()
	all := []string{b.log.String(), strings.Join(b.steps, "\n"), strings.Join(b.deltas, ""), kafkaops.HintOf(err)}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		for _, v := range []any{b.Client, *b.doer, b.doer, b.redact, state, err, reply, b.o, struct{ c *Client }{b.Client}} {
			all = append(all, fmt.Sprintf(verb, v))
		}
	}
	for e := err; e != nil; {
		all = append(all, fmt.Sprintf("%+v %#v", e, e))
		u, ok := e.(interface{ Unwrap() error })
		if !ok {
			break
		}
		e = u.Unwrap()
	}
	for _, s := range all {
		if strings.Contains(s, secret) || strings.Contains(s, secret[3:20]) {
			t.Errorf("the key got out: %s", s)
		}
	}
}

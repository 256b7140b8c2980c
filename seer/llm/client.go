package llm

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/sashabaranov/go-openai"

	"github.com/krapp-io/krapp/kafkaops"
)

// Client talks to one model. It is safe for concurrent use.
type Client struct {
	o      Options // without the key
	shown  string  // the endpoint as people see it: host and path
	api    *openai.Client
	doer   *doer
	redact redactor
	state  atomic.Pointer[State]
}

// State is what a client does at the moment; of several calls at a time, the one that changed last.
type State struct {
	Phase Phase
	Try   int       // from 1
	Until time.Time // Waiting: when it asks again
	Err   string    // Waiting: why; Idle: how the last call ended, "" when well
}

// Phase is where a call is.
type Phase string

// The phases.
const (
	Idle      Phase = "idle"
	Asking    Phase = "asking"    // nothing has come back yet
	Answering Phase = "answering" // the answer is coming in
	Waiting   Phase = "waiting"   // before a further try
)

// maxComments is how many lines of a stream that carry nothing are taken between two pieces. Aggregators send one a second while they queue.
const maxComments = 2000

// New checks the options; it does not connect. Errors are Invalid, and never hold the key.
func New(o Options) (*Client, error) {
	base, err := o.base()
	if err != nil {
		return nil, err
	}
	if o.Model == "" || len(o.Model) > 256 || strings.ContainsFunc(o.Model, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return nil, kafkaops.Errorf(kafkaops.Invalid, opConfig, base.Host, "name the model: gpt-4o-mini", "no model is named")
	}
	if err := checkKey(o.Key.Reveal()); err != nil {
		return nil, err
	}
	key := o.Key
	o.Key = kafkaops.Secret{}
	c := &Client{o: o.withDefaults(), shown: shown(base), redact: newRedactor(key)}
	c.state.Store(&State{Phase: Idle})
	c.doer = newDoer(c, base, key)
	config := openai.DefaultConfig("") // the key stays with doer
	config.BaseURL = base.String()
	config.HTTPClient = c.doer
	config.EmptyMessagesLimit = maxComments
	c.api = openai.NewClientWithConfig(config)
	return c, nil
}

func shown(base *url.URL) string { return base.Host + base.EscapedPath() }

// Name is the model's.
func (c *Client) Name() string { return c.o.Model }

// Endpoint is where the model is: host, port and path.
func (c *Client) Endpoint() string { return c.shown }

// State says what the client does now.
func (c *Client) State() State { return *c.state.Load() }

// String says which model this is, and where.
func (c *Client) String() string { return fmt.Sprintf("%s at %s", c.o.Model, c.shown) }

// GoString is String: a %#v would print what a %v must not.
func (c *Client) GoString() string { return c.String() }

// Close drops idle connections.
func (c *Client) Close() { c.doer.http.CloseIdleConnections() }

// call makes tries until one succeeds, fails for good, or has given something out.
func (c *Client) call(ctx context.Context, op string, progress func(string), try tryFunc) error {
	ctx, cancel := context.WithTimeoutCause(ctx, c.o.Timeouts.Whole, c.tooLong(op, "the whole answer", c.o.Timeouts.Whole))
	defer cancel()
	for n := 1; ; n++ {
		c.state.Store(&State{Phase: Asking, Try: n})
		gave, err := c.watched(ctx, op, try)
		if err == nil {
			c.state.Store(&State{Phase: Idle})
			return nil
		}
		failed := c.classify(ctx, op, err)
		if gave || n > c.o.Retries || ctx.Err() != nil || !worthRetrying(err) {
			return c.ended(failed)
		}
		pause := c.pause(n, err)
		if deadline, ok := ctx.Deadline(); pause > c.o.MaxPause || ok && c.o.Now().Add(pause).After(deadline) {
			return c.ended(failed) // the endpoint asks for more patience than there is: asking earlier would only annoy it
		}
		c.waiting(n, pause, failed, progress)
		if err := c.o.Wait(ctx, pause); err != nil {
			return c.ended(c.classify(ctx, op, err))
		}
	}
}

func (c *Client) ended(err error) error {
	c.state.Store(&State{Phase: Idle, Err: err.Error()})
	return err
}

// waiting makes a wait visible.
func (c *Client) waiting(n int, pause time.Duration, err error, progress func(string)) {
	c.state.Store(&State{Phase: Waiting, Try: n + 1, Until: c.o.Now().Add(pause), Err: err.Error()})
	c.o.Log.Warn("model asked again", "endpoint", c.shown, "model", c.o.Model, "try", n+1, "pause", pause, "error", err.Error())
	if progress != nil {
		progress(fmt.Sprintf("the model's endpoint is %s: asking again in %s (try %d of %d)",
			kafkaops.ClassOf(err), pause.Round(100*time.Millisecond), n+1, c.o.Retries+1))
	}
}

// pause grows by two with each try, half of it by chance, so that many clients don't come back at once.
func (c *Client) pause(n int, err error) time.Duration {
	grown := min(c.o.Pause<<min(n-1, 16), c.o.MaxPause)
	pause := grown/2 + time.Duration(c.o.Jitter()*float64(grown/2))
	if asked := askedToWait(err); asked > pause {
		return asked
	}
	return pause
}

func (c *Client) tooLong(op, what string, limit time.Duration) error {
	return kafkaops.Errorf(kafkaops.TimedOut, op, c.shown, "try again, or attach a faster model", "%s did not come within %s", what, limit)
}

// isPlainRequest says whether a model takes temperature and max_tokens. Reasoning models refuse both.
func isPlainRequest(model string) bool {
	if i := strings.LastIndexByte(model, '/'); i >= 0 {
		model = model[i+1:] // "openai/gpt-5" of an aggregator
	}
	for _, prefix := range []string{"o1", "o3", "o4", "gpt-5", "gpt-6"} {
		if strings.HasPrefix(model, prefix) {
			return false
		}
	}
	return true
}

var _ openai.HTTPDoer = (*doer)(nil)

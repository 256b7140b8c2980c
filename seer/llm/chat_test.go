package llm

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	fake "github.com/krapp-io/krapp/seer/llm/fakeopenai"
)

func TestChatStreams(t *testing.T) {
	b := newBench(t, nil, fake.Say("The folk trade in beads [1]."))
	reply, err := b.chat(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if reply.Text != "The folk trade in beads [1]." || reply.Finish != "stop" || reply.Tokens != 120 {
		t.Errorf("%+v", reply)
	}
	if len(b.deltas) != 6 || strings.Join(b.deltas, "") != reply.Text {
		t.Errorf("given piece by piece: %q", b.deltas)
	}
	asked := b.server.Requests()[0]
	var body map[string]any
	if err := json.Unmarshal(asked.Body, &body); err != nil {
		t.Fatal(err)
	}
	if temperature, ok := body["temperature"].(float64); !ok || temperature > 1e-6 {
		t.Errorf("temperature %v: left out, the endpoint's default would hold", body["temperature"])
	}
	if body["max_tokens"] != 2048.0 || asked.Authorization != "Bearer "+secret || asked.Model != "test-model" {
		t.Errorf("asked %v", body)
	}
	b.noSecret(t, nil, reply)
}

func TestReasoningModelsGetWhatTheyTake(t *testing.T) {
	for _, model := range []string{"o3-mini", "gpt-5", "openai/gpt-5-mini", "gpt-6-sol"} {
		b := newBench(t, func(o *Options) { o.Model = model }, fake.Say("yes"))
		if _, err := b.chat(t.Context()); err != nil {
			t.Fatal(model, err)
		}
		body := string(b.server.Requests()[0].Body)
		if strings.Contains(body, `"temperature"`) || strings.Contains(body, `"max_tokens"`) || !strings.Contains(body, `"max_completion_tokens":8192`) {
			t.Errorf("%s was asked %s", model, body)
		}
	}
	b := newBench(t, func(o *Options) { o.Model = "gpt-6-astra" })
	if _, err := b.chat(t.Context()); kafkaops.ClassOf(err) != kafkaops.Unsupported || kafkaops.HintOf(err) == "" {
		t.Errorf("a model without tools: %v", err)
	}
}

func TestToolCallsAreJoined(t *testing.T) {
	calls := []fake.Call{{ID: "a", Name: "search", Arguments: `{"query":"beads"}`}, {ID: "b", Name: "count", Arguments: `{"question":"how many"}`}}
	chunk := func(call string) func(*fake.Exchange) {
		return func(x *fake.Exchange) {
			x.Event(`{"choices":[{"index":0,"delta":{"tool_calls":[` + call + `]}}]}`)
		}
	}
	raw := func(pieces ...string) fake.Step {
		return func(x *fake.Exchange) {
			for _, p := range pieces {
				chunk(p)(x)
			}
			x.Finish("tool_calls")
		}
	}
	want := []ToolCall{{"a", "search", `{"query":"beads"}`}, {"b", "count", `{"question":"how many"}`}}
	cases := map[string]fake.Step{
		"by index, interleaved": fake.Calls(calls...),
		"last first": raw(`{"index":1,"id":"b","function":{"name":"count","arguments":"{\"question\":\"how many\"}"}}`,
			`{"index":0,"id":"a","function":{"name":"search","arguments":"{\"query\":\"beads\"}"}}`),
		"no index": raw(`{"id":"a","function":{"name":"search","arguments":"{\"query\":"}}`, `{"function":{"arguments":"\"beads\"}"}}`,
			`{"id":"b","function":{"name":"count","arguments":"{\"question\":\"how many\"}"}}`),
		"all of index 0": raw(`{"index":0,"id":"a","function":{"name":"search","arguments":"{\"query\":\"beads\"}"}}`,
			`{"index":0,"id":"b","function":{"name":"count","arguments":"{\"question\":\"how many\"}"}}`),
		"the name with each piece": raw(`{"index":0,"id":"a","function":{"name":"search","arguments":"{\"query\":"}}`,
			`{"index":0,"id":"a","function":{"name":"search","arguments":"\"beads\"}"}}`, `{"index":1,"id":"b","function":{"name":"count","arguments":"{\"question\":\"how many\"}"}}`),
	}
	for name, step := range cases {
		t.Run(name, func(t *testing.T) {
			reply, err := newBench(t, nil, step).chat(t.Context())
			if err != nil || !reflect.DeepEqual(reply.ToolCalls, want) {
				t.Errorf("%+v, %v", reply.ToolCalls, err)
			}
		})
	}
}

// TestTrouble: each of an endpoint's ways to go wrong ends in an error of a class, with nothing of the key in it.
func TestTrouble(t *testing.T) {
	// A short limit only where it is to be hit: on a busy machine any other would be hit too.
	short := func(o *Options) { o.Timeouts.First = 60 * time.Millisecond }
	stall := func(o *Options) { o.Timeouts.Stall = 60 * time.Millisecond }
	many := strings.Repeat("word ", 40_000)
	cases := []struct {
		name   string
		change func(*Options)
		step   fake.Step
		class  kafkaops.Class
		says   string
		asked  int // times
	}{
		{"cut off in good order", nil, fake.Truncated("The folk "), kafkaops.Unavailable, "no finish reason", 1},
		{"connection broken in the answer", nil, fake.Broken("The folk "), kafkaops.Unavailable, "no finish reason", 1},
		{"connection broken before it", nil, fake.Broken(""), kafkaops.Unreachable, "", 4},
		{"a page instead", nil, fake.HTML(), kafkaops.Unsupported, "web page", 1},
		{"a page as a stream", nil, fake.Status(200, "<html><body>hello</body></html>\n", "Content-Type", "text/event-stream"), kafkaops.Unavailable, "nothing that could be read", 1},
		{"a document instead", nil, fake.Status(200, `{"choices":[{"message":{"content":"hi"}}]}`), kafkaops.Unsupported, "instead of a stream", 1},
		{"an error with 200", nil, fake.Status(200, `{"error":{"message":"no such thing"}}`), kafkaops.Unavailable, "no such thing", 1},
		{"no choices", nil, fake.NoChoices(), kafkaops.Unavailable, "no finish reason", 1},
		{"an error in the stream", nil, fake.ErrorInStream("The ", "overloaded "+secret), kafkaops.Unavailable, "overloaded", 1},
		{"an error of another form", nil, func(x *fake.Exchange) { x.Event(`{ "error" : "out of memory" }`) }, kafkaops.Unavailable, "out of memory", 1},
		{"no JSON", nil, func(x *fake.Exchange) { x.Event(`{"choices":[{`) }, kafkaops.Unavailable, "can't be read", 1},
		{"an error after a comment", nil, func(x *fake.Exchange) { x.Event("{}\n\n: busy\n\ndata: {\"error\":{\"message\":\"x\"}}") }, kafkaops.Unavailable, "broke off", 1},
		{"silence", short, fake.Silent(), kafkaops.TimedOut, "first piece", 1},
		{"headers, then silence", short, fake.Stalled(""), kafkaops.TimedOut, "first piece", 1},
		{"a piece, then silence", stall, fake.Stalled("The "), kafkaops.TimedOut, "next piece", 1},
		{"too slow in all", func(o *Options) { o.Timeouts.Whole = 60 * time.Millisecond }, fake.Stalled("The "), kafkaops.TimedOut, "whole answer", 1},
		{"wrong key", nil, fake.Status(401, `{"error":{"message":"Incorrect API key provided: `+secret+`","code":"invalid_api_key"}}`), kafkaops.Unauthenticated, "401", 1},
		{"no quota", nil, fake.Status(429, `{"error":{"message":"you exceeded","code":"insufficient_quota"}}`), kafkaops.Unauthorised, "exceeded", 1},
		{"no such model", nil, fake.Status(404, `{"error":"model 'x' not found"}`), kafkaops.NotFound, "not found", 1},
		{"a page with 502", nil, fake.Status(502, "<html>nginx</html>", "Content-Type", "text/html"), kafkaops.Unavailable, "502", 4},
		{"bad request", nil, fake.Status(400, `{"error":{"message":"context too long"}}`), kafkaops.Invalid, "too long", 1},
		{"always 500", nil, fake.Status(500, `no JSON, and the key `+secret), kafkaops.Unavailable, "500", 4},
		{"asks for an hour", nil, fake.Status(429, `{}`, "Retry-After", "3600"), kafkaops.Unavailable, "429", 1},
		{"more than was asked for", func(o *Options) { o.MaxTokens = 10 }, fake.Say(many), kafkaops.Unsupported, "than was asked for", 1},
		{"longer than is taken", func(o *Options) { o.MaxResponse = 4 << 10; o.MaxTokens = 1 << 20 }, fake.Say(many), kafkaops.Unsupported, "longer than is taken", 1},
		{"one endless line", func(o *Options) { o.MaxResponse = 4 << 10 }, fake.Status(200, many, "Content-Type", "text/event-stream"), kafkaops.Unsupported, "longer than is taken", 1},
		{"a thousand calls", nil, func(x *fake.Exchange) {
			for range 1000 {
				x.Event(`{"choices":[{"index":0,"delta":{"tool_calls":[{"id":"` + rand8(x) + `","function":{"name":"search"}}]}}]}`)
			}
		}, kafkaops.Unsupported, "tool calls", 1},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, c.change)
			b.server.Forever(c.step)
			reply, err := b.chat(t.Context())
			if kafkaops.ClassOf(err) != c.class || !strings.Contains(err.Error(), c.says) {
				t.Errorf("class %q: %v", kafkaops.ClassOf(err), err)
			}
			if reply.Text != "" || reply.ToolCalls != nil {
				t.Errorf("an answer beside the error: %+v", reply)
			}
			if n := len(b.server.Requests()); n != c.asked {
				t.Errorf("asked %d times, want %d", n, c.asked)
			}
			if b.State().Phase != Idle || b.State().Err == "" {
				t.Errorf("state %+v", b.State())
			}
			b.noSecret(t, err, reply)
		})
	}
}

func rand8(x *fake.Exchange) string {
	n, _ := x.R.Context().Value(counterKey{}).(*int)
	if n == nil {
		n = new(int)
		x.R = x.R.WithContext(context.WithValue(x.R.Context(), counterKey{}, n))
	}
	*n++
	return "call_" + strings.Repeat("x", *n)
}

type counterKey struct{}

func TestTriesAgain(t *testing.T) {
	busy := `{"error":{"message":"slow down, ` + secret + `"}}`
	b := newBench(t, func(o *Options) { o.Retries = 4 }, fake.Status(429, busy, "Retry-After", "7"), fake.Status(500, busy),
		fake.Status(503, busy, "Retry-After-Ms", "1500"), fake.Broken(""), fake.Say("at last [1]."))
	reply, err := b.chat(t.Context())
	if err != nil || reply.Text != "at last [1]." {
		t.Fatalf("%+v, %v", reply, err)
	}
	// 500 ms, doubled, a quarter of it less by the jitter of a half; the endpoint's own wish when that is longer.
	want := []time.Duration{7 * time.Second, 750 * time.Millisecond, 1500 * time.Millisecond, 3 * time.Second}
	if !reflect.DeepEqual(b.pauses, want) {
		t.Errorf("waited %v, want %v", b.pauses, want)
	}
	if len(b.steps) != 4 || !strings.Contains(b.steps[0], "7s (try 2 of 5)") || b.server.Left() != 0 {
		t.Errorf("progress %q", b.steps)
	}
	if got := strings.Join(b.deltas, ""); got != reply.Text {
		t.Errorf("given %q", got)
	}
	if !strings.Contains(b.log.String(), "model asked again") {
		t.Error("nothing in the log")
	}
	b.noSecret(t, nil, reply)
}

// TestNoSecondTryAfterText: what has been given out can't be given again.
func TestNoSecondTryAfterText(t *testing.T) {
	b := newBench(t, nil, fake.Broken("The folk "), fake.Say("never asked for"))
	_, err := b.chat(t.Context())
	if err == nil || b.server.Left() != 1 || strings.Join(b.deltas, "") != "The folk " {
		t.Errorf("%v, %d steps left, given %q", err, b.server.Left(), b.deltas)
	}
}

func TestWaitingIsVisible(t *testing.T) {
	var b *bench
	var seen State
	b = newBench(t, func(o *Options) {
		o.Wait = func(context.Context, time.Duration) error { seen = b.State(); return nil }
	}, fake.Status(503, `{}`), fake.Say("yes"))
	if _, err := b.chat(t.Context()); err != nil {
		t.Fatal(err)
	}
	if seen.Phase != Waiting || seen.Try != 2 || seen.Until.IsZero() || !strings.Contains(seen.Err, "503") {
		t.Errorf("%+v", seen)
	}
	if b.State() != (State{Phase: Idle}) {
		t.Errorf("afterwards %+v", b.State())
	}
}

func TestCancelledIsCancelled(t *testing.T) {
	b := newBench(t, nil, fake.Stalled("The "))
	ctx, cancel := context.WithCancel(t.Context())
	_, err := b.Chat(ctx, Request{Messages: []Message{{Role: User, Text: "x"}}}, func(string) { cancel() })
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestEndsWithoutDone: the answer is whole with its finish reason, whether or not [DONE] comes.
func TestEndsWithoutDone(t *testing.T) {
	step := func(x *fake.Exchange) {
		x.Delta(map[string]any{"content": "Yes."})
		x.Event(`{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`)
		x.Hang()
	}
	b := newBench(t, nil, step) // ends after the grace
	if reply, err := b.chat(t.Context()); err != nil || reply.Text != "Yes." || reply.Tokens == 0 {
		t.Errorf("%+v, %v", reply, err)
	}
}

// TestKeyEchoed: an endpoint that says the key, also in pieces, is not passed on.
func TestKeyEchoed(t *testing.T) {
	b := newBench(t, nil, fake.Pieces("The key is ", secret[:5], secret[5:11], secret[11:]+" indeed", ", sk-", "or so"))
	reply, err := b.chat(t.Context())
	if err != nil || reply.Text != "The key is ••• indeed, sk-or so" || strings.Join(b.deltas, "") != reply.Text {
		t.Errorf("%q, %q, %v", reply.Text, b.deltas, err)
	}
	b.noSecret(t, nil, reply)
}

func TestRedirects(t *testing.T) {
	other := fake.New(t).Forever(fake.Say("taken"))
	for name, c := range map[string]struct {
		status   int
		location string
		says     string
	}{
		"another host": {http.StatusTemporaryRedirect, other.URL() + "/chat/completions", "another host"},
		"as a GET":     {http.StatusFound, "/v1/elsewhere", "would be lost"},
		"in circles":   {http.StatusTemporaryRedirect, "/v1/chat/completions", "again and again"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, nil)
			b.server.Forever(fake.Status(c.status, "", "Location", c.location))
			_, err := b.chat(t.Context())
			if kafkaops.ClassOf(err) != kafkaops.Unsupported || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v", err)
			}
			b.noSecret(t, err, Reply{})
		})
	}
	if n := len(other.Requests()); n != 0 {
		t.Errorf("the other host was asked %d times", n)
	}
	b := newBench(t, nil, fake.Status(http.StatusPermanentRedirect, "", "Location", "/v1/chat/completions"), fake.Say("yes"))
	if reply, err := b.chat(t.Context()); err != nil || reply.Text != "yes" {
		t.Errorf("on the same host: %+v, %v", reply, err)
	}
}

func TestRequestIsBounded(t *testing.T) {
	b := newBench(t, nil)
	for _, messages := range [][]Message{nil, {{Role: User, Text: strings.Repeat("x", MaxRequest+1)}}} {
		if _, err := b.Chat(t.Context(), Request{Messages: messages}, nil); kafkaops.ClassOf(err) != kafkaops.Invalid {
			t.Error(err)
		}
	}
}

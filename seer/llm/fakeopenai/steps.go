package fakeopenai

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// Step answers one request.
type Step func(*Exchange)

// Exchange is a request and what it is answered by.
type Exchange struct {
	W       http.ResponseWriter
	R       *http.Request
	Request Request
	stop    <-chan struct{}
	began   bool
}

// Call is a tool call, as a model makes it.
type Call struct{ ID, Name, Arguments string }

// Say streams the text in words and ends well.
func Say(text string) Step { return Pieces(strings.SplitAfter(text, " ")...) }

// Pieces streams the text in these pieces and ends well.
func Pieces(pieces ...string) Step {
	return func(x *Exchange) {
		for _, p := range pieces {
			x.Delta(map[string]any{"content": p})
		}
		x.Finish("stop")
	}
}

// Calls streams tool calls, each in pieces: the first with the ID and name, the arguments cut in the middle, all of them interleaved.
func Calls(calls ...Call) Step {
	return func(x *Exchange) {
		for i, c := range calls {
			x.Delta(map[string]any{"tool_calls": []any{map[string]any{"index": i, "id": c.ID, "type": "function",
				"function": map[string]any{"name": c.Name, "arguments": ""}}}})
		}
		for half := range 2 {
			for i, c := range calls {
				part := c.Arguments[:len(c.Arguments)/2]
				if half == 1 {
					part = c.Arguments[len(c.Arguments)/2:]
				}
				x.Delta(map[string]any{"tool_calls": []any{map[string]any{"index": i, "function": map[string]any{"arguments": part}}}})
			}
		}
		x.Finish("tool_calls")
	}
}

// Truncated streams the text and ends without a finish reason, as a proxy does that gives up: the connection ends in good order.
func Truncated(text string) Step {
	return func(x *Exchange) { x.Delta(map[string]any{"content": text}) }
}

// Broken streams the text, if any, and breaks the connection.
func Broken(text string) Step {
	return func(x *Exchange) {
		if text != "" {
			x.Delta(map[string]any{"content": text})
		}
		x.reset()
	}
}

// Stalled streams the text, if any, and then nothing, until the client goes.
func Stalled(text string) Step {
	return func(x *Exchange) {
		x.begin()
		if text != "" {
			x.Delta(map[string]any{"content": text})
		}
		x.Hang()
	}
}

// Silent doesn't even answer with headers.
func Silent() Step { return (*Exchange).Hang }

// Status answers with a status and a body; headers are names and values by turns.
func Status(status int, body string, headers ...string) Step {
	return func(x *Exchange) {
		x.W.Header().Set("Content-Type", "application/json")
		for i := 0; i+1 < len(headers); i += 2 {
			x.W.Header().Set(headers[i], headers[i+1])
		}
		x.W.WriteHeader(status)
		fmt.Fprint(x.W, body)
	}
}

// HTML answers with a page and the status 200, as the wrong base URL does.
func HTML() Step {
	return Status(http.StatusOK, "<!doctype html>\n<html><body><h1>Welcome</h1></body></html>\n", "Content-Type", "text/html; charset=utf-8")
}

// NoChoices streams chunks whose choices are empty, and ends.
func NoChoices() Step {
	return func(x *Exchange) {
		for range 3 {
			x.Event(`{"object":"chat.completion.chunk","choices":[]}`)
		}
		x.Event("[DONE]")
	}
}

// ErrorInStream streams the text and then an error.
func ErrorInStream(text, message string) Step {
	return func(x *Exchange) {
		x.Delta(map[string]any{"content": text})
		x.Event(string(encode(map[string]any{"error": map[string]any{"message": message, "type": "server_error"}})))
	}
}

// With chooses the step by the request.
func With(choose func(Request) Step) Step {
	return func(x *Exchange) { choose(x.Request)(x) }
}

// Event sends one event of a stream.
func (x *Exchange) Event(data string) {
	x.begin()
	fmt.Fprintf(x.W, "data: %s\n\n", data)
	x.flush()
}

// Delta sends a piece of the message.
func (x *Exchange) Delta(delta map[string]any) {
	x.Event(string(encode(map[string]any{"object": "chat.completion.chunk", "choices": []any{map[string]any{"index": 0, "delta": delta, "finish_reason": nil}}})))
}

// Finish ends the stream with a finish reason and a count of tokens.
func (x *Exchange) Finish(reason string) {
	x.Event(string(encode(map[string]any{"choices": []any{map[string]any{"index": 0, "delta": map[string]any{}, "finish_reason": reason}}})))
	x.Event(`{"choices":[],"usage":{"prompt_tokens":100,"completion_tokens":20,"total_tokens":120}}`)
	x.Event("[DONE]")
}

// Hang waits until the client or the test ends.
func (x *Exchange) Hang() {
	select {
	case <-x.R.Context().Done():
	case <-x.stop:
	}
}

func (x *Exchange) begin() {
	if x.began {
		return
	}
	x.began = true
	x.W.Header().Set("Content-Type", "text/event-stream")
	x.W.WriteHeader(http.StatusOK)
	x.flush()
}

func (x *Exchange) flush() {
	if f, ok := x.W.(http.Flusher); ok {
		f.Flush()
	}
}

func (x *Exchange) reset() {
	if h, ok := x.W.(http.Hijacker); ok {
		if conn, _, err := h.Hijack(); err == nil {
			conn.Close()
		}
	}
}

func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		return []byte("null")
	}
	return b
}

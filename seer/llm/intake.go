package llm

import (
	"cmp"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sashabaranov/go-openai"

	"github.com/krapp-io/krapp/kafkaops"
)

// grace is how long the end of a stream is waited for once the answer is whole: the token count may still come.
const grace = 2 * time.Second

// intake puts an answer together from its pieces. Bounded by MaxText, MaxCalls and MaxArguments.
type intake struct {
	redact    redactor
	each      func(string)
	asked     int // bytes of the request
	maxTokens int

	pieces  int
	bytes   int // of text, thoughts, names and arguments
	gave    bool
	held    string // the end of the text so far that may be the beginning of the key
	text    strings.Builder
	refusal strings.Builder
	calls   []*pendingCall
	finish  string
	tokens  int
}

type pendingCall struct {
	index     int
	id, name  string
	arguments []byte
}

func newIntake(redact redactor, each func(string), asked int) *intake {
	if each == nil {
		each = func(string) {}
	}
	return &intake{redact: redact, each: each, asked: asked}
}

// patience is how long the next piece may take.
func (in *intake) patience(stall time.Duration) time.Duration {
	if in.finish != "" {
		return min(stall, grace)
	}
	return stall
}

func (in *intake) add(chunk openai.ChatCompletionStreamResponse) error {
	in.pieces++
	if chunk.Usage != nil && chunk.Usage.TotalTokens > 0 {
		in.tokens = chunk.Usage.TotalTokens
	}
	for _, choice := range chunk.Choices { // there may be none
		if choice.Index != 0 {
			continue // one was asked for
		}
		delta := choice.Delta
		in.bytes += len(delta.Content) + len(delta.ReasoningContent) + len(delta.Refusal)
		if in.text.Len()+len(delta.Content) > MaxText || in.refusal.Len()+len(delta.Refusal) > MaxText {
			return in.tooLong("text")
		}
		in.refusal.WriteString(delta.Refusal)
		in.say(delta.Content)
		for _, call := range delta.ToolCalls {
			if err := in.addCall(call); err != nil {
				return err
			}
		}
		if choice.FinishReason != "" {
			in.finish = string(choice.FinishReason)
		}
	}
	// An endpoint that doesn't heed max_tokens is not to run up a bill. Few tokens are longer than 16 bytes; most are 4.
	if in.maxTokens > 0 && in.bytes > 16*in.maxTokens+1024 {
		return in.tooLong("text")
	}
	return nil
}

func (in *intake) tooLong(what string) error {
	return kafkaops.Errorf(kafkaops.Unsupported, opAsk, "", "attach a model that keeps to max_tokens", "more %s came than was asked for", what)
}

// say gives text out, but for an end that may be the beginning of the key.
func (in *intake) say(delta string) {
	if delta == "" {
		return
	}
	in.held = in.redact.clean(in.held + delta)
	keep := in.redact.held(in.held)
	in.give(in.held[:len(in.held)-keep])
	in.held = in.held[len(in.held)-keep:]
}

func (in *intake) give(s string) {
	if s == "" {
		return
	}
	in.gave = true
	in.text.WriteString(s)
	in.each(s)
}

func (in *intake) flush() {
	in.give(in.held)
	in.held = ""
}

// addCall joins the pieces of tool calls. They belong together by index; where an endpoint leaves it out, or gives every call the index 0, a new
// ID begins a new call.
func (in *intake) addCall(delta openai.ToolCall) error {
	call := in.callOf(delta)
	if call == nil {
		if len(in.calls) >= MaxCalls {
			return in.tooLong("tool calls")
		}
		call = &pendingCall{index: len(in.calls)}
		if delta.Index != nil {
			call.index = *delta.Index
		}
		in.calls = append(in.calls, call)
	}
	if call.id == "" {
		call.id = cut(delta.ID, 128)
	}
	if delta.Function.Name != call.name { // some repeat the whole name with each piece
		call.name += delta.Function.Name
	}
	call.arguments = append(call.arguments, delta.Function.Arguments...)
	in.bytes += len(delta.Function.Name) + len(delta.Function.Arguments)
	if len(call.arguments) > MaxArguments || len(call.name) > 256 {
		return in.tooLong("arguments")
	}
	return nil
}

func (in *intake) callOf(delta openai.ToolCall) *pendingCall {
	for _, call := range slices.Backward(in.calls) {
		sameIndex := delta.Index == nil || call.index == *delta.Index
		sameID := delta.ID == "" || call.id == "" || delta.ID == call.id
		if sameIndex && sameID {
			return call
		}
	}
	return nil
}

// reply is the answer; the stream must have come to its end.
func (in *intake) reply() Reply {
	slices.SortStableFunc(in.calls, func(a, b *pendingCall) int { return cmp.Compare(a.index, b.index) })
	r := Reply{Text: in.redact.clean(in.text.String()), Refusal: in.redact.clean(in.refusal.String()), Finish: cut(in.finish, 64), Tokens: in.tokens}
	for i, call := range in.calls {
		if call.id == "" {
			call.id = "call_" + strconv.Itoa(i+1)
		}
		r.ToolCalls = append(r.ToolCalls, ToolCall{ID: in.redact.clean(call.id), Name: in.redact.clean(call.name),
			Arguments: in.redact.clean(string(call.arguments))})
	}
	if r.Tokens == 0 {
		r.Tokens = (in.asked+in.bytes)/4 + 1
	}
	return r
}

func isEOF(err error) bool { return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) }

package llm

import (
	"context"
	"encoding/json"
	"errors"
	"math"

	"github.com/sashabaranov/go-openai"

	"github.com/krapp-io/krapp/kafkaops"
)

// Chat asks for the next message of a conversation. each, which may be nil, is given the text as it comes in, from the calling goroutine.
//
// A reply is complete, or there is an error: Unreachable, TimedOut, Unauthenticated, Unauthorised, NotFound (the model, the path), Invalid (the
// request), Unsupported (no such endpoint), Unavailable (its own trouble, a stream without an end). Text that each was given may then have to
// be taken back. A try is repeated only while each has been given nothing.
func (c *Client) Chat(ctx context.Context, r Request, each func(delta string)) (Reply, error) {
	request, size, err := c.request(r)
	if err != nil {
		return Reply{}, err
	}
	var reply Reply
	err = c.call(ctx, opAsk, r.Progress, func(ctx context.Context, w *watch) (bool, error) {
		in := newIntake(c.redact, each, size)
		in.maxTokens = c.maxTokens(r)
		if err := c.stream(ctx, w, request, in); err != nil {
			return in.gave, err
		}
		reply = in.reply()
		return true, nil
	})
	if err != nil {
		return Reply{}, err
	}
	return reply, nil
}

// thoughts is how many times the length of an answer a reasoning model may think and write: its thoughts count as tokens of the answer.
const thoughts = 4

func (c *Client) maxTokens(r Request) int {
	most := c.o.MaxTokens
	if r.MaxTokens > 0 {
		most = min(r.MaxTokens, most)
	}
	if !isPlainRequest(c.o.Model) {
		most *= thoughts
	}
	return most
}

// request translates; size is the bytes of text in it.
func (c *Client) request(r Request) (openai.ChatCompletionRequest, int, error) {
	out := openai.ChatCompletionRequest{Model: c.o.Model}
	if isPlainRequest(c.o.Model) {
		out.MaxTokens = c.maxTokens(r)                //nolint:staticcheck // SA1019: deprecated by OpenAI for its newer models; what runs elsewhere often knows no other
		out.Temperature = math.SmallestNonzeroFloat32 // go-openai leaves 0 out, and the endpoint's default is far from 0
	} else {
		out.MaxCompletionTokens = c.maxTokens(r)
	}
	size := 0
	for _, m := range r.Messages {
		size += len(m.Text)
		message := openai.ChatCompletionMessage{Role: string(m.Role), Content: m.Text, ToolCallID: m.ToolID}
		for _, call := range m.ToolCalls {
			size += len(call.Arguments)
			message.ToolCalls = append(message.ToolCalls, openai.ToolCall{ID: call.ID, Type: openai.ToolTypeFunction,
				Function: openai.FunctionCall{Name: call.Name, Arguments: call.Arguments}})
		}
		out.Messages = append(out.Messages, message)
	}
	for _, t := range r.Tools {
		out.Tools = append(out.Tools, openai.Tool{Type: openai.ToolTypeFunction,
			Function: &openai.FunctionDefinition{Name: t.Name, Description: t.Description, Parameters: t.Parameters}})
	}
	if r.NoCalls && len(r.Tools) > 0 {
		out.ToolChoice = "none"
	}
	if len(r.Tools) > 0 && (c.o.Model == openai.GPT6Sol || c.o.Model == openai.GPT6Luna) {
		out.ReasoningEffort = openai.ReasoningEffortNone // these call tools only when they don't reason
	}
	if len(r.Messages) == 0 || size > MaxRequest {
		return out, size, kafkaops.Errorf(kafkaops.Invalid, opAsk, c.shown, "", "%d messages of %d bytes: at least one, and at most %d bytes",
			len(r.Messages), size, MaxRequest)
	}
	return out, size, nil
}

// stream reads one answer to its end.
func (c *Client) stream(ctx context.Context, w *watch, request openai.ChatCompletionRequest, in *intake) error {
	stream, err := c.api.CreateChatCompletionStream(ctx, request)
	if err != nil {
		return c.refusedByLibrary(err)
	}
	defer stream.Close()
	for {
		// The raw line: go-openai decodes an error it doesn't recognise as one to an empty chunk.
		raw, err := stream.RecvRaw()
		if err != nil {
			return c.endOf(in, err)
		}
		if in.pieces == 0 {
			c.state.Store(&State{Phase: Answering, Try: c.State().Try})
		}
		chunk, err := c.decode(raw)
		if err != nil {
			return err
		}
		if err := in.add(chunk); err != nil {
			return err
		}
		w.arm("the next piece of the answer", in.patience(c.o.Timeouts.Stall))
	}
}

// endOf decides what the end of a stream means: without a finish reason the answer was cut off, however it ended; with one it is whole.
func (c *Client) endOf(in *intake, err error) error {
	var api *openai.APIError
	switch {
	case in.finish != "":
		in.flush()
		return nil
	case errors.As(err, &api):
		return kafkaops.Errorf(kafkaops.Unavailable, opAsk, c.shown, "", "it broke off with an error: %s", c.tidy(api.Message))
	case errors.Is(err, openai.ErrTooManyEmptyStreamMessages):
		return kafkaops.Errorf(kafkaops.Unsupported, opAsk, c.shown, "check the base URL: mostly it ends in /v1", "what it answers is no stream of messages")
	case errors.Is(err, errCut) && in.pieces == 0:
		return err // a connection that failed: worth another try
	case isEOF(err) && in.pieces == 0:
		return kafkaops.Errorf(kafkaops.Unavailable, opAsk, c.shown, "check the base URL: mostly it ends in /v1", "it answered nothing that could be read")
	case isEOF(err):
		return kafkaops.Errorf(kafkaops.Unavailable, opAsk, c.shown, "try again", "its answer was cut off: no finish reason came")
	}
	return err
}

// decode reads one chunk, which may be an error in any form.
func (c *Client) decode(raw []byte) (openai.ChatCompletionStreamResponse, error) {
	var chunk openai.ChatCompletionStreamResponse
	if raw == nil { // an error after a comment: go-openai joins the two, and can't read them then
		return chunk, kafkaops.Errorf(kafkaops.Unavailable, opAsk, c.shown, "", "it broke off with an error that can't be read")
	}
	if err := json.Unmarshal(raw, &chunk); err != nil {
		return chunk, kafkaops.Errorf(kafkaops.Unavailable, opAsk, c.shown, "", "a piece of its answer can't be read: %s", c.tidy(err.Error()))
	}
	if len(chunk.Choices) == 0 {
		if _, message := errorIn(raw); message != "" {
			return chunk, kafkaops.Errorf(kafkaops.Unavailable, opAsk, c.shown, "", "it broke off with an error: %s", c.tidy(message))
		}
	}
	return chunk, nil
}

// refusedByLibrary classes what go-openai refuses to send for some models.
func (c *Client) refusedByLibrary(err error) error {
	for _, known := range []error{openai.ErrChatCompletionInvalidModel, openai.ErrReasoningToolsRequireResponses, openai.ErrReasoningSamplingUnsupported,
		openai.ErrReasoningEffortUnsupported, openai.ErrReasoningModelMaxTokensDeprecated, openai.ErrReasoningModelLimitationsOther} {
		if errors.Is(err, known) {
			return kafkaops.Errorf(kafkaops.Unsupported, opAsk, c.shown, "attach another model: one that calls tools in chat completions", "%s", known.Error())
		}
	}
	return err
}

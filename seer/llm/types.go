package llm

import "encoding/json"

// Role says who speaks in a conversation.
type Role string

// The roles.
const (
	System    Role = "system"
	User      Role = "user"
	Assistant Role = "assistant"
	ToolRole  Role = "tool"
)

// Message is one utterance of a conversation.
type Message struct {
	Role      Role
	Text      string
	ToolCalls []ToolCall // Assistant: what it called
	ToolID    string     // ToolRole: the ID of the call that Text is the result of
}

// Tool is something that a model may ask for. Whether it gets it is the caller's affair.
type Tool struct {
	Name        string
	Description string
	Parameters  json.RawMessage // JSON schema of an object
}

// ToolCall is what a model asks for. All of it is the model's: the name need not be that of a tool, the arguments need not be JSON.
type ToolCall struct {
	ID        string
	Name      string
	Arguments string // at most MaxArguments bytes
}

// Request is what Chat sends.
type Request struct {
	Messages []Message
	Tools    []Tool
	// NoCalls keeps the tools listed, because messages refer to them, but tells the model that none may be called any more.
	NoCalls bool
	// MaxTokens bounds the answer; 0, or more than the client's own bound, means the client's.
	MaxTokens int
	// Progress, which may be nil, is told in words of waits and further tries. It is called from Chat's goroutine.
	Progress func(step string)
}

// Reply is what came back, complete.
type Reply struct {
	Text      string
	Refusal   string // the model's own refusal, where the endpoint tells it apart
	ToolCalls []ToolCall
	Finish    string // why it ended: "stop", "length", "tool_calls", "content_filter"; never empty
	Tokens    int    // of the request and the answer, as the endpoint counted or, where it didn't, by estimate (4 bytes a token)
}

// Bounds of what is taken from a model, in one reply.
const (
	MaxCalls     = 16       // tool calls
	MaxArguments = 16 << 10 // bytes of arguments of one call
	MaxText      = 64 << 10 // bytes of text
	MaxRequest   = 1 << 20  // bytes of all messages of a request
)

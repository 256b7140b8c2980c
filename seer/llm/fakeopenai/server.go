// Package fakeopenai is an OpenAI-compatible endpoint for tests: on loopback, it answers by a script and keeps what it was asked.
package fakeopenai

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// Server is the endpoint. It ends with the test.
type Server struct {
	http *httptest.Server
	tb   testing.TB

	mu       sync.Mutex
	script   []Step // of chats, one each
	embed    []Step // of embeddings, one each; then Vectors
	forever  Step
	requests []Request
	stop     chan struct{} // closed at the end: stalled answers let go
}

// Request is what the endpoint was asked.
type Request struct {
	Path          string
	Authorization string
	Body          []byte // as it came
	Model         string
	Messages      []Message
	Tools         []string // their names
	ToolChoice    string
	Input         []string // of an embedding
}

// Message is one of a chat.
type Message struct {
	Role       string `json:"role"`
	Content    string `json:"content"`
	ToolCallID string `json:"tool_call_id"`
	ToolCalls  []struct {
		ID       string `json:"id"`
		Function struct {
			Name      string `json:"name"`
			Arguments string `json:"arguments"`
		} `json:"function"`
	} `json:"tool_calls"`
}

// Last is the newest message of a role, "" when there is none.
func (r Request) Last(role string) string {
	for i := len(r.Messages) - 1; i >= 0; i-- {
		if r.Messages[i].Role == role {
			return r.Messages[i].Content
		}
	}
	return ""
}

// New starts an endpoint that answers chats by the steps, one each. A chat beyond the script fails the test.
func New(tb testing.TB, script ...Step) *Server {
	tb.Helper()
	s := &Server{tb: tb, script: script, stop: make(chan struct{})}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/chat/completions", func(w http.ResponseWriter, r *http.Request) { s.serve(w, r, s.nextChat) })
	mux.HandleFunc("POST /v1/embeddings", func(w http.ResponseWriter, r *http.Request) { s.serve(w, r, s.nextEmbedding) })
	s.http = httptest.NewServer(mux)
	tb.Cleanup(func() {
		close(s.stop)
		s.http.CloseClientConnections()
		s.http.Close()
	})
	return s
}

// URL is the base URL, with /v1.
func (s *Server) URL() string { return s.http.URL + "/v1" }

// Forever has the step answer all chats once the script is at its end.
func (s *Server) Forever(step Step) *Server {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forever = step
	return s
}

// Then adds steps to the script.
func (s *Server) Then(script ...Step) *Server {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.script = append(s.script, script...)
	return s
}

// Embed has the next embeddings answered by steps, one each. Beyond them, Vectors(64) answers.
func (s *Server) Embed(script ...Step) *Server {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.embed = append(s.embed, script...)
	return s
}

// Requests is what was asked so far, oldest first.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.requests...)
}

// Left is how many steps of the script nobody has asked for yet.
func (s *Server) Left() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.script) + len(s.embed)
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request, next func() Step) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 8<<20))
	if err != nil {
		http.Error(w, "the request can't be read", http.StatusBadRequest)
		return
	}
	request := parse(r, body)
	s.mu.Lock()
	s.requests = append(s.requests, request)
	step := next()
	s.mu.Unlock()
	if step == nil {
		s.tb.Errorf("fakeopenai: %s was asked once more than the script has steps", r.URL.Path)
		http.Error(w, `{"error":{"message":"the script is at its end","code":"script_end"}}`, http.StatusBadRequest)
		return
	}
	step(&Exchange{W: w, R: r, Request: request, stop: s.stop})
}

func (s *Server) nextChat() Step {
	if len(s.script) == 0 {
		return s.forever
	}
	step := s.script[0]
	s.script = s.script[1:]
	return step
}

func (s *Server) nextEmbedding() Step {
	if len(s.embed) == 0 {
		return Vectors(64)
	}
	step := s.embed[0]
	s.embed = s.embed[1:]
	return step
}

func parse(r *http.Request, body []byte) Request {
	var form struct {
		Model    string    `json:"model"`
		Messages []Message `json:"messages"`
		Tools    []struct {
			Function struct {
				Name string `json:"name"`
			} `json:"function"`
		} `json:"tools"`
		ToolChoice json.RawMessage `json:"tool_choice"`
		Input      []string        `json:"input"`
	}
	_ = json.Unmarshal(body, &form) // a form that can't be read has nothing in it, which the test will see
	out := Request{Path: r.URL.Path, Authorization: r.Header.Get("Authorization"), Body: body, Model: form.Model, Messages: form.Messages,
		ToolChoice: strings.Trim(string(form.ToolChoice), `"`), Input: form.Input}
	for _, t := range form.Tools {
		out.Tools = append(out.Tools, t.Function.Name)
	}
	return out
}

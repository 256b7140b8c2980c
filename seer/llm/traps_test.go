package llm

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/sashabaranov/go-openai"

	"github.com/krapp-io/krapp/kafkaops"
	fake "github.com/krapp-io/krapp/seer/llm/fakeopenai"
)

// TestTrapsAreThere shows go-openai as it is without this room: the guards that the other tests test are needed.
func TestTrapsAreThere(t *testing.T) {
	read := func(step fake.Step) (text string, err error) {
		config := openai.DefaultConfig(secret)
		config.BaseURL = fake.New(t, step).URL()
		stream, err := openai.NewClientWithConfig(config).CreateChatCompletionStream(t.Context(), openai.ChatCompletionRequest{Model: "m"})
		if err != nil {
			return "", err
		}
		defer stream.Close()
		for {
			chunk, err := stream.Recv()
			if err != nil {
				return text, err
			}
			for _, c := range chunk.Choices {
				text += c.Delta.Content
			}
		}
	}
	for name, step := range map[string]fake.Step{"whole": fake.Say("all of it"), "cut off": fake.Truncated("all of"), "a page": fake.HTML()} {
		if text, err := read(step); !errors.Is(err, io.EOF) {
			t.Errorf("%s: %q, %v: go-openai tells it apart now", name, text, err)
		}
	}
	if _, err := read(fake.Status(401, "bad key "+secret)); err == nil || !strings.Contains(err.Error(), secret) {
		t.Errorf("%v: go-openai doesn't repeat an endpoint's words any more", err)
	}
}

// bodies answers every request with one body.
type bodies struct{ body, kind string }

func (b bodies) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {b.kind}}, Body: io.NopCloser(strings.NewReader(b.body)), Request: r}, nil
}

func FuzzStream(f *testing.F) {
	f.Add("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"hi\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n")
	f.Add("data: {\"choices\":[]}\n\n")
	f.Add("data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":-9,\"id\":\"x\",\"function\":{\"name\":\"a\",\"arguments\":\"{\"}}]}}]}\n\n")
	f.Add("data: {\"error\":{\"message\":[1,2]}}\n\ndata: x\n")
	f.Add(": comment\n\nevent: x\ndata:{\"choices\":[{\"finish_reason\":\"length\"}]}\n")
	f.Add("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"" + secret + "\"},\"finish_reason\":\"stop\"}]}\n")
	f.Add("<html>")
	f.Fuzz(func(t *testing.T, body string) {
		c, err := New(Options{BaseURL: "http://127.0.0.1:1/v1", Model: "m", Key: kafkaops.NewSecret(secret), Retries: -1, MaxResponse: 1 << 20})
		if err != nil {
			t.Fatal(err)
		}
		c.doer.http.Transport = bodies{body, "text/event-stream"}
		given := ""
		reply, err := c.Chat(t.Context(), Request{Messages: []Message{{Role: User, Text: "x"}}}, func(s string) { given += s })
		if err == nil && (reply.Finish == "" || given != reply.Text || len(reply.ToolCalls) > MaxCalls || len(reply.Text) > MaxText+len(secret)) {
			t.Errorf("%+v, given %q", reply, given)
		}
		if err != nil && reply.Text != "" {
			t.Errorf("both %q and %v", reply.Text, err)
		}
		out := given + reply.Text
		if err != nil {
			out += err.Error()
		}
		if strings.Contains(out, secret) {
			t.Errorf("the key got out: %q", out)
		}
	})
}

package llm

import (
	"context"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/seer/index"
	fake "github.com/krapp-io/krapp/seer/llm/fakeopenai"
)

func newEmbedder(t *testing.T, server *fake.Server) *Embedder {
	t.Helper()
	e, err := NewEmbedder(t.Context(), Options{BaseURL: server.URL(), Model: "embedder", Key: kafkaops.NewSecret(secret),
		Wait: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	return e
}

func TestEmbed(t *testing.T) {
	server := fake.New(t)
	e := newEmbedder(t, server)
	if e.Dim() != 64 || !strings.HasPrefix(e.ID(), "openai:embedder@127.0.0.1:") || !strings.HasSuffix(e.ID(), "/v1:64") {
		t.Errorf("%d %s", e.Dim(), e.ID())
	}
	var texts []string
	for i := range 3*maxBatch + 7 { // several requests, answered last first
		texts = append(texts, strings.Repeat("bead ", i%5)+"number"+string(rune('a'+i%26)))
	}
	texts[9], texts[70] = "", " \n"
	texts[11] = strings.Repeat("ä", maxInput)
	vectors, err := e.Embed(t.Context(), index.Passage, texts)
	if err != nil || len(vectors) != len(texts) {
		t.Fatal(len(vectors), err)
	}
	for i, v := range vectors {
		want := fake.VectorOf(clip(texts[i], maxInput), 64)
		normalise(want)
		length := 0.0
		for j := range v {
			length += float64(v[j]) * float64(v[j])
			if v[j] != want[j] {
				t.Fatalf("vector %d is not that of its text", i)
			}
		}
		blank := strings.TrimSpace(texts[i]) == ""
		if blank && length != 0 || !blank && math.Abs(length-1) > 1e-5 {
			t.Errorf("vector %d of %q has the length %g", i, clip(texts[i], 20), length)
		}
	}
	for _, r := range server.Requests() {
		size := 0
		for _, s := range r.Input {
			size += len(s)
			if len(s) > maxInput || strings.TrimSpace(s) == "" || strings.ContainsRune(s, '\uFFFD') {
				t.Errorf("sent a text of %d bytes", len(s))
			}
		}
		if len(r.Input) > maxBatch || size > maxBatchBytes {
			t.Errorf("sent %d texts of %d bytes at once", len(r.Input), size)
		}
	}
	if none, err := e.Vectors(t.Context(), nil); err != nil || len(none) != 0 {
		t.Error(none, err)
	}
}

func TestEmbedTrouble(t *testing.T) {
	cases := []struct {
		name  string
		step  fake.Step
		class kafkaops.Class
		says  string
	}{
		{"another dimension", fake.Vectors(32), kafkaops.Conflict, "32 numbers instead of 64"},
		{"too few", fake.Status(200, `{"data":[]}`), kafkaops.Unavailable, "0 vectors for 2"},
		{"the same index twice", fake.Status(200, `{"data":[{"index":0,"embedding":[1]},{"index":0,"embedding":[1]}]}`), kafkaops.Conflict, ""},
		{"an index beyond", fake.Status(200, `{"data":[{"index":7,"embedding":[1]},{"index":-1,"embedding":[1]}]}`), kafkaops.Unsupported, "which text"},
		{"a page", fake.HTML(), kafkaops.Unsupported, "web page"},
		{"a page without a type", fake.Status(200, "<html>", "Content-Type", "text/plain"), kafkaops.Unsupported, "can't be read"},
		{"nothing", fake.Status(200, ""), kafkaops.Unsupported, "can't be read"},
		{"words for numbers", fake.Status(200, `{"data":[{"index":0,"embedding":["a"]}]}`), kafkaops.Unsupported, "can't be read"},
		{"numbers too great", fake.Status(200, `{"data":[{"index":0,"embedding":[1e99]}]}`), kafkaops.Unsupported, "can't be read"},
		{"wrong key", fake.Status(401, `{"error":{"message":"bad `+secret+`"}}`), kafkaops.Unauthenticated, "401"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			server := fake.New(t)
			e := newEmbedder(t, server)
			server.Embed(c.step)
			vectors, err := e.Vectors(t.Context(), []string{"one", "two"})
			if kafkaops.ClassOf(err) != c.class || !strings.Contains(err.Error(), c.says) || vectors != nil {
				t.Errorf("class %q: %v", kafkaops.ClassOf(err), err)
			}
			if err != nil && strings.Contains(err.Error(), secret) {
				t.Errorf("the key got out: %v", err)
			}
		})
	}
}

func TestEmbedTriesAgain(t *testing.T) {
	server := fake.New(t)
	e := newEmbedder(t, server)
	server.Embed(fake.Status(429, `{}`), fake.Status(500, `{}`))
	if vectors, err := e.Vectors(t.Context(), []string{"one"}); err != nil || len(vectors) != 1 {
		t.Error(vectors, err)
	}
	if n := len(server.Requests()); n != 4 {
		t.Errorf("asked %d times", n)
	}
}

// TestSameIndexTwice: with the right dimension, it is the index that tells.
func TestSameIndexTwice(t *testing.T) {
	server := fake.New(t).Embed(fake.Vectors(2))
	e := newEmbedder(t, server)
	server.Embed(fake.Status(200, `{"data":[{"index":0,"embedding":[1,2]},{"index":0,"embedding":[3,4]}]}`))
	if _, err := e.Vectors(t.Context(), []string{"one", "two"}); kafkaops.ClassOf(err) != kafkaops.Unsupported {
		t.Error(err)
	}
}

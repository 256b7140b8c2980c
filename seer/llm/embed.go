package llm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/sashabaranov/go-openai"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/seer/index"
)

// Bounds of embeddings.
const (
	maxBatch      = 64        // texts of one request
	maxBatchBytes = 128 << 10 // bytes of text of one request
	maxInput      = 8 << 10   // bytes of one text; the rest of it is not embedded. Every byte could be a token, and 8,191 tokens are OpenAI's limit.
	maxDim        = 8192
)

const (
	opEmbed = "embedding by the model"
	oneDim  = "rebuild the index: another model answers there now"
)

// Embedder makes vectors by an /embeddings endpoint. It is safe for concurrent use. Its dimension is found out once and never changes:
// vectors of another would be incomparable.
type Embedder struct {
	c   *Client
	dim int
}

// NewEmbedder asks the endpoint for one vector to find out the dimension.
func NewEmbedder(ctx context.Context, o Options) (*Embedder, error) {
	c, err := New(o)
	if err != nil {
		return nil, err
	}
	e := &Embedder{c: c}
	first, err := e.batch(ctx, []string{"dimension"})
	if err != nil {
		c.Close()
		return nil, err
	}
	e.dim = len(first[0])
	return e, nil
}

// ID names the model, the endpoint and the dimension: vectors of another ID must not be mixed with these.
func (e *Embedder) ID() string { return fmt.Sprintf("openai:%s@%s:%d", e.c.o.Model, e.c.shown, e.dim) }

// Dim is the length of every vector.
func (e *Embedder) Dim() int { return e.dim }

// String says which model this is, and where.
func (e *Embedder) String() string { return e.c.String() }

// State says what the embedder does now.
func (e *Embedder) State() State { return e.c.State() }

// Close drops idle connections.
func (e *Embedder) Close() { e.c.Close() }

// Embed is Vectors, as an index wants it: endpoints don't tell kinds apart.
func (e *Embedder) Embed(ctx context.Context, _ index.Kind, texts []string) ([][]float32, error) {
	return e.Vectors(ctx, texts)
}

var _ index.Embedder = (*Embedder)(nil)

// Vectors embeds texts, in their order: unit length, or all zero for a blank text and where the model gives zeros. Texts are cut to 8 KiB.
// Errors are those of Chat; Conflict: the endpoint gives vectors of another dimension now. There are all vectors or none.
func (e *Embedder) Vectors(ctx context.Context, texts []string) ([][]float32, error) {
	out := make([][]float32, len(texts))
	var batch []string
	var places []int
	size := 0
	send := func() error {
		if len(batch) == 0 {
			return nil
		}
		vectors, err := e.batch(ctx, batch)
		if err != nil {
			return err
		}
		for i, v := range vectors {
			out[places[i]] = v
		}
		batch, places, size = nil, nil, 0
		return nil
	}
	for i, text := range texts {
		text = clip(text, maxInput)
		if strings.TrimSpace(text) == "" { // endpoints refuse blank texts
			out[i] = make([]float32, e.dim)
			continue
		}
		if len(batch) == maxBatch || size+len(text) > maxBatchBytes {
			if err := send(); err != nil {
				return nil, err
			}
		}
		batch, places, size = append(batch, text), append(places, i), size+len(text)
	}
	if err := send(); err != nil {
		return nil, err
	}
	return out, nil
}

// batch is one request.
func (e *Embedder) batch(ctx context.Context, texts []string) ([][]float32, error) {
	var vectors [][]float32
	err := e.c.call(ctx, opEmbed, nil, func(ctx context.Context, _ *watch) (bool, error) {
		response, err := e.c.api.CreateEmbeddings(ctx, openai.EmbeddingRequestStrings{Input: texts, Model: openai.EmbeddingModel(e.c.o.Model)})
		if err != nil {
			return false, e.c.unreadable(err)
		}
		vectors, err = e.take(response.Data, len(texts))
		return false, err
	})
	return vectors, err
}

// take puts the vectors in the order of the texts: go-openai leaves them in the order in which they came.
func (e *Embedder) take(data []openai.Embedding, n int) ([][]float32, error) {
	if len(data) != n {
		return nil, e.wrong(kafkaops.Unavailable, "", "it gave %d vectors for %d texts", len(data), n)
	}
	out := make([][]float32, n)
	for _, d := range data {
		if d.Index < 0 || d.Index >= n || out[d.Index] != nil {
			return nil, e.wrong(kafkaops.Unsupported, "attach another endpoint", "it doesn't say which vector belongs to which text")
		}
		dim := e.dim
		if dim == 0 {
			dim = len(data[0].Embedding)
		}
		if len(d.Embedding) != dim || dim == 0 || dim > maxDim {
			return nil, e.wrong(kafkaops.Conflict, oneDim, "it gave a vector of %d numbers instead of %d", len(d.Embedding), dim)
		}
		if !normalise(d.Embedding) {
			return nil, e.wrong(kafkaops.Unavailable, "", "it gave a vector with numbers beyond all bounds")
		}
		out[d.Index] = d.Embedding
	}
	return out, nil
}

func (e *Embedder) wrong(class kafkaops.Class, hint, format string, args ...any) error {
	return kafkaops.Errorf(class, opEmbed, e.c.shown, hint, format, args...)
}

// normalise gives v the length 1; zeros stay zeros. false: it has no length.
func normalise(v []float32) bool {
	var sum float64
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	if math.IsNaN(sum) || math.IsInf(sum, 0) {
		return false
	}
	if sum == 0 {
		return true
	}
	scale := 1 / math.Sqrt(sum)
	for i := range v {
		v[i] = float32(float64(v[i]) * scale)
	}
	return true
}

// unreadable classes an answer with the status 200 that is no JSON.
func (c *Client) unreadable(err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	if errors.As(err, &syntax) || errors.As(err, &kind) || isEOF(err) && !isConnection(err) {
		return kafkaops.Errorf(kafkaops.Unsupported, opEmbed, c.shown, "check the base URL: mostly it ends in /v1", "its answer can't be read: %s", c.tidy(err.Error()))
	}
	return err
}

// clip shortens s to at most n bytes, on a rune's border.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

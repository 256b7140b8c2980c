package dialogue

import (
	"context"
	"crypto/rand"
	"io"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/seer"
	"github.com/krapp-io/krapp/seer/dialogue/cite"
	"github.com/krapp-io/krapp/seer/llm"
)

// Model is what answers: an *llm.Client.
type Model interface {
	Name() string
	Chat(ctx context.Context, r llm.Request, each func(delta string)) (llm.Reply, error)
}

// Evidence is a record, or a passage of one, that the model may read and cite.
type Evidence struct {
	seer.Citation        // N is not used
	Text          string // what the model may read; cut to Options.PieceBytes
}

// Tools is what a model may ask for. They only read, and only topics that this question may read. Their errors are told to the model.
type Tools interface {
	Search(ctx context.Context, query string) ([]Evidence, error)
	// Count answers an exact question in words: "how many messages in orders since 14:00".
	Count(ctx context.Context, question string) (string, []seer.Counted, error)
	Record(ctx context.Context, topic string, partition int32, offset int64) (Evidence, error)
}

// Draft is what the model's answer comes to.
type Draft struct {
	// Text is markdown without HTML, images and links. Each [n] outside code refers to the citation with that N; "(counted)" to Counted.
	Text      string
	Citations []seer.Citation // those that Text refers to, numbered from 1 in order of appearance
	Counted   []seer.Counted  // what was read for the figures that Text gives as counted
	Notes     []string        // what limits the answer, or why there is none, a sentence each
	// Refused: the model doesn't know, or nothing that it said may be shown. Text is "" then.
	Refused bool
}

// Options bounds a dialogue. Zero means the value in brackets.
type Options struct {
	Model         Model
	Steps         int           // requests to the model for one question (6)
	Calls         int           // tool calls of one step that are heeded (4)
	MaxTokens     int           // of one reply (2048)
	TotalTokens   int           // of all requests and replies for one question; the request that goes over it is the last (60,000)
	EvidenceBytes int           // of evidence in all, also from tools (32 KiB)
	PieceBytes    int           // of one piece (4 KiB)
	Timeout       time.Duration // for one question, tools included (3 min)
	HistoryTurns  int           // turns of the conversation before (4)
	HistoryBytes  int           // of each of their texts (1 KiB)
	Nonce         io.Reader     // 16 bytes for each question (crypto/rand)
}

// Dialogue answers questions by a model. It is safe for concurrent use, and holds nothing between questions.
type Dialogue struct {
	o     Options
	check func(answer, question string, pieces map[int]cite.Piece) cite.Result // cite.Check, but in a test that shows what it is for
}

// New returns a dialogue with a model.
func New(o Options) (*Dialogue, error) {
	if o.Model == nil {
		return nil, kafkaops.Errorf(kafkaops.Invalid, opAnswer, "", "attach a model", "there is no model")
	}
	o.Steps = orElse(o.Steps, 6)
	o.Calls = orElse(o.Calls, 4)
	o.MaxTokens = orElse(o.MaxTokens, 2048)
	o.TotalTokens = orElse(o.TotalTokens, 60_000)
	o.EvidenceBytes = orElse(o.EvidenceBytes, 32<<10)
	o.PieceBytes = orElse(o.PieceBytes, 4<<10)
	o.Timeout = orElse(o.Timeout, 3*time.Minute)
	o.HistoryTurns = orElse(o.HistoryTurns, 4)
	o.HistoryBytes = orElse(o.HistoryBytes, 1<<10)
	if o.Nonce == nil {
		o.Nonce = rand.Reader
	}
	return &Dialogue{o: o, check: cite.Check}, nil
}

func orElse[T int | time.Duration](given, otherwise T) T {
	if given <= 0 {
		return otherwise
	}
	return given
}

const opAnswer = "answering by the model"

// Model is the model's name.
func (d *Dialogue) Model() string { return d.o.Model.Name() }

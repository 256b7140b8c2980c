package ask

import (
	"context"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/seer"
	"github.com/krapp-io/krapp/seer/ask/exact"
	"github.com/krapp-io/krapp/seer/dialogue"
	"github.com/krapp-io/krapp/seer/index"
	"github.com/krapp-io/krapp/seer/learn/template"
)

// Knowledge is what was learned: *learn.Learner.
type Knowledge interface {
	Search(ctx context.Context, q index.Query) ([]index.Hit, error)
	Template(id uint64) (template.Template, bool)
	Templates(topic string) []template.Template
	Fields(topic string) []template.Field
	Topics() []string
	Status() seer.Status
}

// Reader reads Kafka: *rdkafka.Client.
type Reader interface {
	exact.Reader
	Fetch(ctx context.Context, tp kafkaops.TopicPartition, offset int64, max int) ([]kafkaops.Record, error)
}

// Dialogue lets a model write the answer from evidence: *dialogue.Dialogue. Its draft's citations are among the evidence, or were retrieved with
// the tools; an empty or refused draft means that it has no answer to show.
type Dialogue interface {
	Answer(
		ctx context.Context, q seer.Question, evidence []dialogue.Evidence, tools dialogue.Tools, each func(seer.Event),
	) (dialogue.Draft, error)
}

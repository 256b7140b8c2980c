package oracle

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/krapp-io/krapp/cmd/internal/config"
	"github.com/krapp-io/krapp/kafkaops/embedded"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
	"github.com/krapp-io/krapp/seer"
	"github.com/krapp-io/krapp/seer/ask"
	"github.com/krapp-io/krapp/seer/dialogue"
	"github.com/krapp-io/krapp/seer/embed"
	"github.com/krapp-io/krapp/seer/index"
	"github.com/krapp-io/krapp/seer/learn"
	"github.com/krapp-io/krapp/seer/learn/passage"
	"github.com/krapp-io/krapp/seer/llm"
	"github.com/krapp-io/krapp/seer/serve"
)

// Options say what a seer learns from, and how it answers and is asked.
type Options struct {
	Client *rdkafka.Client // connected; the caller closes it after the seer has ended
	Seer   config.Seer     // its model
	Learn  learn.Options   // what it learns from; Client, Index and Log are set here
	Serve  serve.Options   // how it is asked; Client, Asker, Learner, Registry and Log are set here

	MaxPassages  int // 0: index's default
	MaxTemplates int

	Registry prometheus.Registerer
	Log      *slog.Logger
}

// Host is a seer that learns, answers and serves: a role.
type Host struct {
	*serve.Role
	asker *ask.Asker
	close []func()
}

// Asker asks the seer without a detour over HTTP. It answers from what has been learned so far, also before Run.
func (h *Host) Asker() seer.Asker { return h.asker }

// Close lets go of connections to models, after Run has ended.
func (h *Host) Close() {
	for _, f := range h.close {
		f()
	}
}

// New puts a seer together. With a model for embeddings it asks that for a first vector; apart from that nothing is sent.
func New(ctx context.Context, o Options) (*Host, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	h := &Host{}
	table, err := embed.Load()
	if err != nil {
		return nil, err
	}
	embedder, err := h.embedder(ctx, o, table)
	if err != nil {
		return nil, err
	}
	o.Learn.Client, o.Learn.Log = o.Client, o.Log
	o.Learn.Index = index.Options{
		Embedder: embedder, Words: table, Sentences: passage.Sentences, MaxPassages: o.MaxPassages, MaxTemplates: o.MaxTemplates,
	}
	learner, err := learn.New(o.Learn)
	if err != nil {
		return nil, err
	}
	answers := ask.Options{Knowledge: learner, Reader: o.Client, Words: table}
	if o.Seer.Model != "" {
		d, err := h.dialogue(o)
		if err != nil {
			return nil, err
		}
		answers.Dialogue, answers.Model = d, d.Model()
	}
	h.asker = ask.New(answers)
	o.Serve.Client, o.Serve.Asker, o.Serve.Learner, o.Serve.Registry, o.Serve.Log = o.Client, h.asker, learner, o.Registry, o.Log
	h.Role, err = serve.New(o.Serve)
	return h, err
}

// embedder is the table in the program, or a model that is asked.
func (h *Host) embedder(ctx context.Context, o Options, table *embed.Table) (index.Embedder, error) {
	if o.Seer.Embeddings == "" {
		return index.Offline(table), nil
	}
	e, err := llm.NewEmbedder(ctx, o.endpoint(o.Seer.Embeddings))
	if err != nil {
		return nil, err
	}
	h.close = append(h.close, e.Close)
	return e, nil
}

func (h *Host) dialogue(o Options) (*dialogue.Dialogue, error) {
	model, err := llm.New(o.endpoint(o.Seer.Model))
	if err != nil {
		return nil, err
	}
	h.close = append(h.close, model.Close)
	return dialogue.New(dialogue.Options{Model: model})
}

func (o Options) endpoint(model string) llm.Options {
	url := o.Seer.ModelURL
	if url == "" {
		url = config.OpenAI
	}
	return llm.Options{BaseURL: url, Model: model, Key: o.Seer.Key, Log: o.Log}
}

// SnapshotFile is where this user's seer of a cluster keeps what it has learned: in the state directory. "" when there is none, as in a pod without
// HOME: then all is learned again after a restart.
func SnapshotFile(ctx context.Context, client *rdkafka.Client) string {
	state, err := embedded.StateDir()
	if err != nil {
		return ""
	}
	cluster, err := client.Cluster(ctx)
	if err != nil || cluster.ID == "" || filepath.Base(cluster.ID) != cluster.ID {
		return ""
	}
	dir := filepath.Join(state, "seer")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return ""
	}
	return filepath.Join(dir, cluster.ID+".snapshot")
}

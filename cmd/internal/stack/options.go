package stack

import (
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/krapp-io/krapp/cmd/internal/config"
	"github.com/krapp-io/krapp/cmd/internal/oracle"
	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/embedded"
	"github.com/krapp-io/krapp/seer"
	"github.com/krapp-io/krapp/worker/job"
)

// The roles that a stack can run.
const (
	Produce = "produce"
	Consume = "consume"
	Seer    = oracle.Role
)

// AllRoles is every role, as a flag's default has it.
const AllRoles = Produce + "," + Consume + "," + Seer

// DemoTopic is created on an embedded broker that has no topic yet, so that there is something to send to.
const DemoTopic = "demo"

// DefaultCloseTimeout bounds Close.
const DefaultCloseTimeout = 15 * time.Second

// Options say what to run.
type Options struct {
	Context  kafkaops.Context // with Brokers those are used; without, an embedded broker is started
	Embedded embedded.Options
	Roles    []string
	// Topics and Regex are what the consume role reads; both empty means every topic, which is refused for brokers that were given.
	Topics []string
	Regex  string
	// Seer says which model, if any, the seer has; and which seer to ask, where the role doesn't run here.
	Seer config.Seer
	// Listen names host:port for a role, or for "monitor"; one that is absent has its default. "none" for the monitor serves no metrics.
	Listen map[string]string
	// Console makes this the stack of a console: a taken port becomes the next free one, and an embedded broker of this user that runs
	// already is joined as a client, instead of either being an error.
	Console      bool
	CloseTimeout time.Duration // 0 means DefaultCloseTimeout
	Registry     *prometheus.Registry
	Log          *slog.Logger // nil: silent

	except []string // topics that Regex leaves out
}

// jobTopics are globs of the topics of jobs, which have workers of their own.
func jobTopics() []string {
	each := job.Job{Name: "*"}
	return []string{each.SourcesTopic(), each.ChunksTopic(), each.ResultsTopic(), each.SnapshotsTopic()}
}

// seerTopics are the seer's own: what is asked and answered there is nobody's data.
func seerTopics() []string {
	return []string{seer.StatementTopic, seer.QuestionTopic, seer.AnswerTopic}
}

// ParseRoles reads a comma-separated list of roles.
func ParseRoles(text string) ([]string, error) {
	roles := []string{}
	for name := range strings.SplitSeq(text, ",") {
		name = strings.TrimSpace(name)
		switch {
		case name == "" || slices.Contains(roles, name):
		case name == Produce || name == Consume || name == Seer:
			roles = append(roles, name)
		default:
			return nil, kafkaops.Errorf(kafkaops.Invalid, "reading the roles", name, "Give --roles "+AllRoles+" or some of them.", "there is no such role")
		}
	}
	return roles, nil
}

func (o Options) withDefaults() (Options, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.CloseTimeout <= 0 {
		o.CloseTimeout = DefaultCloseTimeout
	}
	if o.Registry == nil {
		o.Registry = prometheus.NewRegistry()
	}
	reader := ""
	for _, role := range []string{Seer, Consume} {
		if slices.Contains(o.Roles, role) {
			reader = role
		}
	}
	if reader == "" {
		return o, nil
	}
	if len(o.Topics) == 0 && o.Regex == "" {
		if len(o.Context.Brokers) > 0 {
			return o, kafkaops.Errorf(kafkaops.Invalid, "starting role", reader, "Say which topics it is to read with --topics or --regex.",
				"without topics it would read all of %s", strings.Join(o.Context.Brokers, ","))
		}
		o.Regex = ".*" // the role itself leaves out krapp.*, Kafka's own and dead letters
		o.except = append(jobTopics(), seerTopics()...)
	}
	return o, nil
}

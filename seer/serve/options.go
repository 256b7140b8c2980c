// Package serve is the role "seer": it answers questions over HTTP and over topics, and takes texts to learn. What answers is a seer.Asker, what
// learns is a Learner; this room only carries questions to the one and texts to the other, within limits.
package serve

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
	"github.com/krapp-io/krapp/seer"
	"github.com/krapp-io/krapp/worker/httpd"
)

// The defaults of Options.
const (
	DefaultAddr          = "127.0.0.1:8030"
	DefaultGroup         = "krapp-seer" // takes the questions of seer.QuestionTopic
	DefaultMaxAsks       = 8
	DefaultAnswerTimeout = 2 * time.Minute
	DefaultMaxText       = httpd.DefaultBodyLimit
	DefaultPartitions    = 4
)

// Learner learns from topics; it is seer/learn's.
type Learner interface {
	// Run learns until ctx ends; it calls ready once, when questions can be answered.
	Run(ctx context.Context, ready func()) error
	// Learned returns nil once the record at the place has been learned and can be found, and an error when ctx ends before.
	Learned(ctx context.Context, place seer.Place) error
}

// Options say what answers, and where and for whom. Client, Asker and Learner are required; zero values take the defaults.
type Options struct {
	Client  *rdkafka.Client // connected; the caller closes it after the role has ended
	Asker   seer.Asker
	Learner Learner
	HTTP    httpd.Options // Addr "" means DefaultAddr; Name, OpenPaths and, where they are zero, StopTimeout, Registry and Log are set here
	NoHTTP  bool          // serve only topics
	// NoTopics leaves seer.QuestionTopic and seer.AnswerTopic alone. seer.StatementTopic is used all the same: a text that is accepted is kept there.
	NoTopics bool

	LoadDir string // the folder of POST /load; "": it says that none is configured
	MaxText int    // bytes of a text that is accepted; 0 means DefaultMaxText

	MaxAsks       int           // answers in the making for HTTP, more get 503; and as many for seer.QuestionTopic, where more wait. 0 means DefaultMaxAsks
	MaxStreams    int           // clients of GET and POST /ask with an event stream; 0 means httpd.DefaultMaxStreams
	AnswerTimeout time.Duration // for one answer; 0 means DefaultAnswerTimeout

	// Partitions and Replicas of topics that are created when missing. 0 means DefaultPartitions (seer.StatementTopic has 1), and as many replicas
	// as there are brokers, at most 3. Topics that are there are left as they are.
	Partitions int
	Replicas   int

	Group string // "" means DefaultGroup
	// Slot tells this worker apart from others of the group that live at the same time, and is the same when it is started again: its
	// transactional id is made of it, so that a successor ends at once what a dead worker left open. In a StatefulSet: the pod's name.
	// "" means host name and process id, which is safe, but the transaction of a killed worker then stays open until it times out (10 s).
	Slot           string
	SessionTimeout time.Duration // after which a member that is silent is out; 0 means 10 s

	StopTimeout time.Duration // for requests and the transaction in hand after the order to stop; 0 means 10 s
	// OnListen is told the address once it is bound, which may differ from HTTP.Addr (port 0, next free port).
	OnListen func(addr string)
	Registry prometheus.Registerer // nil: no metrics
	Log      *slog.Logger          // nil: silent

	questions, answers string // seer.QuestionTopic and seer.AnswerTopic; tests that share a cluster have their own
}

func (o Options) withDefaults() (Options, error) {
	const op, role = "starting role", "seer"
	switch {
	case o.Client == nil:
		return o, kafkaops.Errorf(kafkaops.Invalid, op, role, "connect first", "no client given")
	case o.Asker == nil:
		return o, kafkaops.Errorf(kafkaops.Invalid, op, role, "make one with ask.New", "no asker given")
	case o.Learner == nil:
		return o, kafkaops.Errorf(kafkaops.Invalid, op, role, "make one with learn.New", "no learner given")
	}
	if o.LoadDir != "" {
		if info, err := os.Stat(o.LoadDir); err != nil || !info.IsDir() {
			return o, kafkaops.NewError(kafkaops.Invalid, "opening the folder to load from", o.LoadDir, "name a folder that is there with --load-dir", notADir(err))
		}
	}
	o.questions, o.answers = orDefault(o.questions, seer.QuestionTopic), orDefault(o.answers, seer.AnswerTopic)
	o.Group = orDefault(o.Group, DefaultGroup)
	o.Slot = orDefault(o.Slot, processName())
	o.MaxText = orDefault(o.MaxText, DefaultMaxText)
	o.MaxAsks = orDefault(o.MaxAsks, DefaultMaxAsks)
	o.AnswerTimeout = orDefault(o.AnswerTimeout, DefaultAnswerTimeout)
	o.Partitions = orDefault(o.Partitions, DefaultPartitions)
	o.StopTimeout = orDefault(o.StopTimeout, 10*time.Second)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.HTTP = o.HTTP.OfRole(role, DefaultAddr, o.StopTimeout, o.Registry, o.Log)
	if o.HTTP.BodyLimit <= 0 {
		o.HTTP.BodyLimit = int64(max(o.MaxText, httpd.DefaultBodyLimit))
	}
	return o, nil
}

func notADir(err error) error {
	if err == nil {
		err = fmt.Errorf("it is not a folder")
	}
	return err
}

func orDefault[T comparable](v, without T) T {
	var zero T
	if v == zero {
		return without
	}
	return v
}

// processName tells this process apart from others: host name and process id.
func processName() string {
	host, err := os.Hostname()
	if err != nil || host == "" {
		host = "localhost"
	}
	host, _, _ = strings.Cut(host, ".")
	return fmt.Sprintf("%s-%d", host, os.Getpid())
}

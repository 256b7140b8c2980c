package ask

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/seer"
	"github.com/krapp-io/krapp/seer/ask/quote"
	"github.com/krapp-io/krapp/seer/ask/route"
	"github.com/krapp-io/krapp/seer/index"
)

// Options of an Asker. Knowledge and Reader are required.
type Options struct {
	Knowledge Knowledge
	Reader    Reader
	Dialogue  Dialogue                   // nil: answers are put together from the evidence alone
	Model     string                     // the dialogue's, as it is shown
	Words     quote.Words                // *embed.Table; nil: sentences are chosen by equal words only
	Allow     func(topic string) bool    // nil: all topics that were learned
	Now       func() time.Time           // nil: time.Now
	Sentences func(text string) []string // nil: passage.Sentences

	ScanLimit  time.Duration // for an exact answer or a lookup; 0: 30 s
	CheckLimit time.Duration // for checking all citations of an answer; 0: 2 s
	MaxGroups  int           // kept by an exact answer; 0: 10,000
	// Evidence, when set, takes the place of the thresholds below which answers by meaning are refused. For evaluation.
	Evidence *Thresholds
}

// Asker answers questions. It is safe for concurrent use and holds nothing of a question once it is answered.
type Asker struct {
	o Options

	mu       sync.Mutex // guards what follows
	suggest  []string
	suggestN int64 // messages learned when suggest was made
	suggestT time.Time
}

var _ seer.Asker = (*Asker)(nil)

// New makes an Asker.
func New(o Options) *Asker {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Sentences == nil {
		o.Sentences = sentences
	}
	o.ScanLimit = cmp.Or(o.ScanLimit, 30*time.Second)
	o.CheckLimit = cmp.Or(o.CheckLimit, 2*time.Second)
	o.MaxGroups = cmp.Or(o.MaxGroups, 10_000)
	if o.Evidence == nil {
		o.Evidence = &Thresholds{Passage: PassageEvidence, Template: TemplateEvidence}
	}
	return &Asker{o: o}
}

// asking is the state of one question.
type asking struct {
	*Asker
	q      seer.Question
	topics []string // that may be read for it
	each   func(seer.Event)
	router *route.Router
	route  route.Route
	answer seer.Answer
	kinds  []index.Kind // that may answer; nil: all
	now    time.Time

	passagesKnown int
}

// Ask answers a question. See seer.Asker.
func (a *Asker) Ask(ctx context.Context, q seer.Question, each func(seer.Event)) (seer.Answer, error) {
	begun := a.o.Now()
	if each == nil {
		each = func(seer.Event) {}
	}
	if err := check(q); err != nil {
		return seer.Answer{}, err
	}
	s, err := a.begin(ctx, q, each, begun)
	if err != nil {
		return seer.Answer{}, err
	}
	s.route = s.router.Parse(q.Text, history(q.History))
	if err := s.dispatch(ctx); err != nil {
		return seer.Answer{}, err
	}
	s.verify(ctx)
	if ctx.Err() != nil {
		return seer.Answer{}, ended(ctx.Err())
	}
	s.answer.Took = a.o.Now().Sub(begun)
	return s.answer, nil
}

// begin prepares what a question needs.
func (a *Asker) begin(ctx context.Context, q seer.Question, each func(seer.Event), now time.Time) (*asking, error) {
	status := a.o.Knowledge.Status()
	s := &asking{Asker: a, q: q, each: each, now: now, passagesKnown: status.Passages}
	s.answer = seer.Answer{ID: q.ID, Question: q.Text, Fresh: a.fresh(status.Fresh)}
	var notLearned []string
	s.topics, notLearned = a.allowed(q.Topics)
	if len(notLearned) > 0 {
		s.note("Not learned, or not allowed, and so left out: " + someOf(notLearned, 5) + ".")
	}
	if status.State == seer.Waiting || status.Err != "" {
		s.note("Learning has stopped for now: " + oneLine(cmp.Or(status.Err, "the brokers don't answer"), 300) + ".")
	}
	keys := &keySample{reader: a.o.Reader, words: map[string]string{}}
	s.router = route.New(a.known(s.topics, now, func(topic string) string { return keys.word(ctx, topic) }))
	return s, nil
}

// fresh leaves out the topics that are not allowed.
func (a *Asker) fresh(f seer.Freshness) seer.Freshness {
	if a.o.Allow != nil {
		f.Topics = slices.DeleteFunc(slices.Clone(f.Topics), func(l seer.Learned) bool { return !a.o.Allow(l.Topic) })
	}
	return f
}

// check refuses what is no question.
func check(q seer.Question) error {
	const op = "asking"
	switch {
	case len(q.Text) > seer.MaxQuestion:
		return kafkaops.Errorf(kafkaops.Invalid, op, "", "ask in at most 4 KiB", "the question has %d bytes", len(q.Text))
	case !utf8.ValidString(q.Text):
		return kafkaops.Errorf(kafkaops.Invalid, op, "", "send UTF-8", "the question is not UTF-8")
	case strings.TrimSpace(q.Text) == "":
		return kafkaops.Errorf(kafkaops.Invalid, op, "", "ask something, as \"How many messages are in orders?\"", "the question is empty")
	}
	return nil
}

// history are the questions before, as many as count.
func history(turns []seer.Turn) []string {
	turns = turns[max(0, len(turns)-seer.MaxHistory):]
	var out []string
	for _, t := range turns {
		if len(t.Question) <= seer.MaxQuestion && utf8.ValidString(t.Question) {
			out = append(out, t.Question)
		}
	}
	return out
}

// allowed are the learned topics that a question may read, and those it named in vain.
func (a *Asker) allowed(asked []string) (topics, refused []string) {
	learned := map[string]bool{}
	for _, t := range a.o.Knowledge.Topics() {
		if a.o.Allow == nil || a.o.Allow(t) {
			learned[t] = true
			if len(asked) == 0 {
				topics = append(topics, t)
			}
		}
	}
	for _, t := range asked {
		if learned[t] {
			topics = append(topics, t)
			delete(learned, t)
		} else {
			refused = append(refused, code(t))
		}
	}
	return topics, refused
}

// dispatch answers by the way that the router found.
func (s *asking) dispatch(ctx context.Context) error {
	r := &s.route
	if len(r.Carried) > 0 {
		s.note("Understood together with what was asked before: “" + oneLine(strings.Join(r.Carried, " "), 200) + "”.")
	}
	switch {
	case len(s.topics) == 0 && len(s.q.Topics) > 0:
		s.refuse("None of the topics that this question is limited to has been learned.", nil)
		return nil
	case r.Wish == route.Lookup && len(r.Unknown) == 0 && (r.Place != nil || len(r.Scopes) > 0):
		return s.lookup(ctx)
	case r.Wish != route.Meaning && len(r.Unknown) == 0 && len(r.Scopes) > 0:
		return s.exact(ctx)
	case r.Bound && !r.Explains:
		s.uncomputed()
		return nil
	case r.Number && !r.Explains:
		s.kinds = []index.Kind{index.Passage} // how often one kind of message was read is no answer to how many there are of something
	}
	return s.meaning(ctx)
}

func (s *asking) note(sentence string) {
	const most = 12
	for _, n := range s.answer.Notes {
		if n == sentence {
			return
		}
	}
	if len(s.answer.Notes) < most {
		s.answer.Notes = append(s.answer.Notes, sentence)
	}
}

// cite adds a citation and returns its mark.
func (s *asking) cite(c seer.Citation) string {
	for _, have := range s.answer.Citations {
		if have.Place.Topic == c.Place.Topic && have.Place.Partition == c.Place.Partition && have.Place.Offset == c.Place.Offset && have.Passage == c.Passage {
			return mark(have.N)
		}
	}
	c.N = len(s.answer.Citations) + 1
	s.answer.Citations = append(s.answer.Citations, c)
	return mark(c.N)
}

func mark(n int) string { return "[" + number(int64(n)) + "]" }

// ended gives a context's end its class.
func ended(err error) error {
	return kafkaops.NewError(kafkaops.TimedOut, "asking", "", "ask again, with a narrower question", err)
}

// search asks what was learned, within the question's topics.
func (s *asking) search(ctx context.Context, text string, topics []string, kinds []index.Kind, k int) ([]index.Hit, error) {
	if len(topics) == 0 {
		topics = s.topics
	}
	if len(topics) == 0 {
		return nil, nil
	}
	if kinds == nil {
		kinds = s.kinds
	}
	hits, err := s.o.Knowledge.Search(ctx, index.Query{Text: cutText(text, seer.MaxQuestion), Topics: topics, Kinds: kinds, K: k})
	if err != nil {
		return nil, err
	}
	allowed := map[string]bool{}
	for _, t := range s.topics {
		allowed[t] = true
	}
	kept := hits[:0:0]
	for _, h := range hits {
		if allowed[h.Place.Topic] {
			kept = append(kept, h)
		}
	}
	s.weigh(text, kept)
	return kept, nil
}

func cutText(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "")
}

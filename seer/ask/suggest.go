package ask

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/krapp-io/krapp/seer"
	"github.com/krapp-io/krapp/seer/ask/route"
	"github.com/krapp-io/krapp/seer/index"
	"github.com/krapp-io/krapp/seer/learn/template"
)

// Status is what was learned, with what may be asked about it.
func (a *Asker) Status(ctx context.Context) (seer.Status, error) {
	s := a.o.Knowledge.Status()
	if a.o.Dialogue != nil {
		s.Model = a.o.Model
	}
	if a.o.Allow != nil {
		s.Topics = slices.DeleteFunc(slices.Clone(s.Topics), func(t string) bool { return !a.o.Allow(t) })
	}
	s.Fresh = a.fresh(s.Fresh)
	s.Suggestions = a.suggestions(ctx, s.Messages)
	return s, nil
}

// How often suggestions are thought of anew, and how many.
const (
	suggestEvery    = 10 * time.Second
	maxSuggestions  = 5
	suggestedTopics = 50 // looked through
)

// suggestions are kept for a while: Status is asked every second.
func (a *Asker) suggestions(ctx context.Context, messages int64) []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.o.Now()
	if a.suggest != nil && (messages == a.suggestN || now.Sub(a.suggestT) < suggestEvery) {
		return a.suggest
	}
	a.suggest, a.suggestN, a.suggestT = a.think(ctx, now), messages, now
	return a.suggest
}

// think makes questions of every kind and keeps those that the router, or what was learned, can answer.
func (a *Asker) think(ctx context.Context, now time.Time) []string {
	topics, _ := a.allowed(nil)
	if len(topics) == 0 {
		return nil
	}
	topics = topics[:min(len(topics), suggestedTopics)]
	s := &asking{Asker: a, topics: topics, each: func(seer.Event) {}, now: now, router: route.New(a.known(topics, now, nil))}
	var out []string
	add := func(question string) bool {
		if len(out) < maxSuggestions && !slices.Contains(out, question) && len(question) <= 160 && s.answerable(ctx, question) {
			out = append(out, question)
			return true
		}
		return false
	}
	for _, subject := range s.subjects(ctx) {
		if add(subject) {
			break
		}
	}
	busiest := s.busiest()
	for _, topic := range busiest {
		if add("How many messages are in " + topic + "?") {
			break
		}
	}
	for _, topic := range busiest {
		if q := s.aboutFields(topic); q != "" {
			add(q)
		}
		if len(out) >= 3 {
			break
		}
	}
	for _, t := range s.failures(busiest) {
		if add("What happened with “" + t + "”?") {
			break
		}
	}
	for _, topic := range busiest {
		if len(out) >= 3 {
			break
		}
		add("What is the newest message in " + topic + "?")
	}
	return out
}

// answerable says that a question would be answered, without reading Kafka for it.
func (s *asking) answerable(ctx context.Context, question string) bool {
	r := s.router.Parse(question, nil)
	if r.Wish == route.Lookup {
		return false
	}
	if r.Wish != route.Meaning {
		return len(r.Unknown) == 0 && len(r.Scopes) > 0
	}
	hits, err := s.search(ctx, question, nil, nil, hitsWanted)
	return err == nil && len(s.strong(hits, 1.1)) > 0
}

// busiest orders the topics by how many messages were learned of each; texts come last.
func (s *asking) busiest() []string {
	counts := map[string]int64{}
	for _, topic := range s.topics {
		for _, t := range s.o.Knowledge.Templates(topic) {
			counts[topic] += t.Count
		}
	}
	out := slices.Clone(s.topics)
	slices.SortStableFunc(out, func(a, b string) int { return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b)) })
	return slices.DeleteFunc(out, func(t string) bool { return counts[t] == 0 })
}

// aboutFields is a question about a field that tells groups apart, or one that is a number.
func (s *asking) aboutFields(topic string) string {
	var numeric string
	for _, f := range s.o.Knowledge.Fields(topic) {
		name := strings.Join(route.Words(f.Path[strings.LastIndexByte(f.Path, '.')+1:]), " ")
		switch {
		case f.Kind == "string" && len(f.Values) >= 2:
			return "Which " + name + " is most frequent in " + topic + "?"
		case f.Kind == "number" && f.Max > f.Min && numeric == "":
			numeric = "What is the highest " + name + " in " + topic + "?"
		}
	}
	return numeric
}

var troubles = []string{"timed out", "timeout", "failed", "failure", "error", "refused", "denied", "lost", "crash", "exception", "warn", "unable", "declined"}

// failures are the patterns of messages that tell of trouble, as they may be asked about.
func (s *asking) failures(topics []string) []string {
	var all []template.Template
	for _, topic := range topics[:min(len(topics), 10)] {
		for i, t := range s.o.Knowledge.Templates(topic) {
			if i == maxTemplatesRead {
				break
			}
			lower := strings.ToLower(t.Pattern)
			if !t.Special() && !strings.HasPrefix(t.Exemplar, "{") && slices.ContainsFunc(troubles, func(w string) bool { return strings.Contains(lower, w) }) {
				all = append(all, t)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b template.Template) int { return cmp.Compare(b.Count, a.Count) })
	var out []string
	for _, t := range all[:min(len(all), 10)] {
		if words := readable(t.Pattern); len(strings.Fields(words)) >= 2 {
			out = append(out, words)
		}
	}
	return out
}

// readable is a pattern's beginning, with masks as an ellipsis.
func readable(pattern string) string {
	var words []string
	for _, w := range strings.Fields(oneLine(pattern, 200)) {
		switch {
		case strings.ContainsAny(w, "<>"):
			if len(words) > 0 && words[len(words)-1] != "…" {
				words = append(words, "…")
			}
		default:
			words = append(words, strings.Trim(w, "\"“”[](){}"))
		}
		if len(words) == 9 {
			break
		}
	}
	for len(words) > 0 && words[len(words)-1] == "…" {
		words = words[:len(words)-1]
	}
	return strings.Join(words, " ")
}

// subjects are questions about what texts are about: by their titles, and by the names that sentences begin with.
func (s *asking) subjects(ctx context.Context) []string {
	hits, err := s.search(ctx, "who are the people, what is it about", nil, []index.Kind{index.Passage}, 20)
	if err != nil {
		return nil
	}
	var out []string
	for _, h := range hits {
		for _, sentence := range s.o.Sentences(h.Text) {
			if q := subjectQuestion(sentence); q != "" {
				out = append(out, q)
				break
			}
		}
	}
	for _, h := range hits {
		if title := oneLine(h.Title, 80); h.Title != "" {
			out = append(out, "What is said about "+strings.Trim(title, " .?!")+"?")
		}
	}
	return out
}

// subjectQuestion asks for what a sentence like "The Wilymajinkas are …" defines.
func subjectQuestion(sentence string) string {
	words := strings.Fields(sentence)
	article := ""
	if len(words) > 1 && (words[0] == "The" || words[0] == "A" || words[0] == "An") {
		article, words = strings.ToLower(words[0])+" ", words[1:]
	}
	n := 0
	for n < len(words) && n < 3 && isName(words[n]) {
		n++
	}
	if n == 0 || n >= len(words) {
		return ""
	}
	name := strings.Join(words[:n], " ")
	switch verb := words[n]; verb {
	case "are", "were":
		return "Who " + verb + " " + article + name + "?"
	case "is", "was":
		return "What " + verb + " " + article + name + "?"
	}
	return ""
}

var pronouns = []string{"It", "They", "He", "She", "We", "You", "I", "This", "That", "These", "Those", "There", "What", "Who", "Which", "All", "Both", "Some", "Each", "Here", "Most"}

func isName(w string) bool {
	first := []rune(w)[0]
	return unicode.IsUpper(first) && !slices.Contains(pronouns, w) && !strings.ContainsFunc(w, func(r rune) bool {
		return !unicode.IsLetter(r) && r != '-' && r != '\''
	})
}

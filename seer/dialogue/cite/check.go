package cite

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// MaxAnswer is the longest answer that is looked at, in bytes; the rest is left out.
const MaxAnswer = 64 << 10

// Piece is evidence that the model was given.
type Piece struct {
	Text string // all of it that the model could read, with its topic and title, without what follows
	// Place is its partition, offset and passage. They bear out numbers only of a sentence that speaks of such: every piece has some small numbers
	// there.
	Place string
	At    string // its time, as the model could read it: for sentences that hold a date or a time
	// Mark, where it isn't "", stands in the text instead of a number: what was counted is no record that could be opened.
	Mark string
}

// Result is what may be shown of an answer.
type Result struct {
	Text   string   // markdown without HTML, images and links; "" when nothing may be shown
	Used   []int    // the pieces by their old numbers: Used[0] is [1] now
	Marked []int    // the pieces with a Mark that were referred to, in order of appearance
	Notes  []string // what was left out and why, a sentence each
	Left   int      // sentences left out
}

// Check returns what of an answer its evidence bears out. The question's words count as known, its numbers don't. Work is linear in the sizes.
func Check(answer, question string, pieces map[int]Piece) Result {
	c := &checker{pieces: pieces, facts: map[int]*facts{}, places: map[int]*facts{}, times: map[int]*facts{}, question: factsOf(question), reasons: map[reason]int{}}
	d := parse(answer)
	for _, b := range d.blocks {
		c.judge(d, b)
	}
	c.structure(d)
	return c.render(d)
}

type reason int

const (
	noCitation reason = iota
	unresolved
	unsupported
	wrongNumber
	wrongName
	reasons
)

func (r reason) note(n int) string {
	what := [...]string{"cites nothing", "cites evidence that was not given", "shares nothing with the evidence it cites",
		"has a number that is not in the evidence it cites", "has a name that is not in the evidence it cites"}[r]
	if n == 1 {
		return "A sentence of the model was left out: it " + what + "."
	}
	return fmt.Sprintf("%d sentences of the model were left out, each %s.", n, strings.NewReplacer("cites nothing", "without a citation",
		"cites evidence that was", "citing evidence that was", "shares nothing", "sharing nothing", "has a", "with a").Replace(what))
}

type checker struct {
	pieces   map[int]Piece
	facts    map[int]*facts
	places   map[int]*facts
	times    map[int]*facts
	question *facts
	reasons  map[reason]int
	size     int // bytes written
	strays   int // citations taken out of sentences that have others
}

// of returns what a piece says; each is looked at once.
func (c *checker) of(n int) *facts {
	if c.facts[n] == nil {
		p := c.pieces[n]
		c.facts[n], c.places[n], c.times[n] = factsOf(p.Text), factsOf(p.Place), factsOf(p.At)
	}
	return c.facts[n]
}

// reads says whether a piece holds a number or token that a sentence f has.
func (c *checker) reads(n int, f *facts, token string) bool {
	_, inText := c.of(n).readings[token]
	_, inPlace := c.places[n].readings[token]
	_, inTime := c.times[n].readings[token]
	return inText || inPlace && f.speaksOfPlace || inTime && f.speaksOfTime
}

// judge decides on each sentence of a block. Those without a citation are borne out by the next one's in the block, or else by the last one's.
func (c *checker) judge(d *document, b *block) {
	if b.kind == fence {
		return // by what is around it
	}
	var next []int
	for _, u := range slices.Backward(b.units) {
		u.refs, u.unknown = c.resolve(d, u.text)
		if len(u.refs) > 0 {
			next = u.refs
		} else if !u.unknown && !b.leads(u) {
			u.inherited = next
		}
	}
	var last []int
	for _, u := range b.units {
		if len(u.refs) > 0 {
			last = u.refs
		} else if u.inherited == nil && !u.unknown && !b.leads(u) {
			u.inherited = last
		}
	}
	for _, u := range b.units {
		c.decide(d, b, u)
	}
	any := slices.ContainsFunc(b.units, func(u *unit) bool { return u.keep && !u.empty })
	for _, u := range b.units {
		u.keep = u.keep && (any || !u.empty) // "Yes." goes with what it answers
	}
}

// resolve returns the pieces that a text refers to, and whether it refers to one that isn't there.
func (c *checker) resolve(d *document, text string) (refs []int, unknown bool) {
	for _, i := range marksIn(text) {
		for _, n := range d.marks[i] {
			if _, ok := c.pieces[n]; !ok {
				unknown = true
			} else if !slices.Contains(refs, n) && len(refs) < maxRange {
				refs = append(refs, n)
			}
		}
	}
	return refs, unknown
}

func (c *checker) decide(d *document, b *block, u *unit) {
	refs := u.cites()
	f := factsOf(d.plain(u.text))
	u.empty = len(f.words) == 0 && len(f.numbers) == 0 && len(f.mixed) == 0
	switch {
	case len(refs) == 0 && u.unknown:
		c.drop(u, unresolved)
	case len(refs) == 0 && b.leads(u):
		u.lead = true // decided by what follows
	case len(refs) == 0:
		c.drop(u, noCitation)
	default:
		if why, ok := c.bornOut(f, refs); !ok {
			c.drop(u, why)
			return
		}
		if u.unknown {
			c.strays++
		}
		u.keep = true
	}
}

func (c *checker) drop(u *unit, why reason) {
	u.keep = false
	c.reasons[why]++
}

// bornOut says whether the pieces hold the numbers and names of a sentence, and enough of its words.
func (c *checker) bornOut(f *facts, refs []int) (reason, bool) {
	if why, ok := c.harmless(f, refs); !ok {
		return why, false
	}
	known := func(has func(*facts) bool) bool {
		return slices.ContainsFunc(refs, func(n int) bool { return has(c.of(n)) })
	}
	shared := 0
	for w := range f.words {
		if known(func(p *facts) bool { _, ok := p.words[w]; return ok }) {
			shared++
		}
	}
	shared += len(f.numbers) + len(f.mixed) // all of them were found
	need := 1
	if len(f.words) > 8 {
		need = 2
	}
	if len(f.words) > 0 && shared < need {
		return unsupported, false
	}
	return 0, true
}

// harmless says whether the numbers and names are in the pieces.
func (c *checker) harmless(f *facts, refs []int) (reason, bool) {
	known := func(has func(*facts) bool) bool {
		return slices.ContainsFunc(refs, func(n int) bool { return has(c.of(n)) })
	}
	isRead := func(token string) bool {
		return slices.ContainsFunc(refs, func(n int) bool { return c.reads(n, f, token) })
	}
	for n := range f.numbers {
		if !isRead(n) {
			return wrongNumber, false
		}
	}
	for m, number := range f.mixed {
		_, asked := c.question.readings[m]
		token := m
		if number != "" {
			token, asked = number, false // a figure: asking for it doesn't make it true
		}
		if !asked && !isRead(token) {
			return wrongNumber, false
		}
	}
	for word, number := range f.months {
		if !isRead(number) && !known(func(p *facts) bool { _, ok := p.words[word]; return ok }) {
			return wrongNumber, false
		}
	}
	for name := range f.names {
		_, asked := c.question.words[name]
		if !asked && !known(func(p *facts) bool { _, ok := p.words[name]; return ok || p.capitalises }) {
			return wrongName, false
		}
	}
	return 0, true
}

// notes says what was left out, by reason.
func (c *checker) notes() (notes []string, left int) {
	for r := range reasons {
		if n := c.reasons[r]; n > 0 {
			notes = append(notes, r.note(n))
			left += n
		}
	}
	if c.size > MaxAnswer {
		notes = append(notes, "The end of the model's answer was left out: it is too long.")
	}
	if c.strays > 0 {
		notes = append(notes, "Citations of evidence that was not given were taken out of sentences that have others.")
	}
	return notes, left
}

func label(n int) string { return "[" + strconv.Itoa(n) + "]" }

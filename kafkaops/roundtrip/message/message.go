package message

import (
	"fmt"
	"hash/fnv"
	"time"

	"github.com/brianvoe/gofakeit/v7"
)

// Header is a header with a template for its value.
type Header struct{ Key, Value string }

// Source is the templates of one message.
type Source struct {
	Key     string // "" means no key
	Value   string
	Headers []Header
}

// PartError says which part of a message has a template that does not parse.
type PartError struct {
	Part string // "key", "value", "header NAME"
	Err  error  // a *SyntaxError
}

// Error names the part and the problem.
func (e *PartError) Error() string { return e.Part + " template: " + e.Err.Error() }

// Unwrap returns the syntax error.
func (e *PartError) Unwrap() error { return e.Err }

// Template renders messages. It may be used by one goroutine at a time; Clone gives another goroutine its own.
type Template struct {
	key, value []segment
	headers    []header
	hasKey     bool
	state      state
}

type header struct {
	name  string
	value []segment
}

// state is what calls may see while one part of one message is rendered.
type state struct {
	run, short string
	seed       uint64 // of the run
	seq        int64
	sent       time.Time
	random     splitMix
	faker      *gofakeit.Faker // draws from random
}

// Compile compiles the templates for a run. A *PartError says which part does not parse, and where.
func Compile(src Source, runID string) (*Template, error) {
	t := &Template{hasKey: src.Key != ""}
	var err error
	if t.key, err = parse(src.Key); err != nil {
		return nil, &PartError{Part: "key", Err: err}
	}
	if t.value, err = parse(src.Value); err != nil {
		return nil, &PartError{Part: "value", Err: err}
	}
	for _, h := range src.Headers {
		segments, err := parse(h.Value)
		if err != nil {
			return nil, &PartError{Part: fmt.Sprintf("header %s", h.Key), Err: err}
		}
		t.headers = append(t.headers, header{name: h.Key, value: segments})
	}
	hash := fnv.New64a()
	_, _ = hash.Write([]byte(runID)) // never fails
	t.state = state{run: runID, short: Short(runID), seed: hash.Sum64()}
	t.bind()
	return t, nil
}

// bind gives the template a faker that draws from its own state.
func (t *Template) bind() { t.state.faker = gofakeit.NewFaker(&t.state.random, false) }

// Clone returns a template for another goroutine.
func (t *Template) Clone() *Template {
	c := *t
	c.bind()
	return &c
}

// The parts of a message are seeded apart, so that each can be rendered alone.
const (
	keyPart uint64 = iota + 1
	valuePart
	headerPart // + its index
)

func (t *Template) render(dst []byte, segments []segment, part uint64, seq int64, sent time.Time) []byte {
	s := &t.state
	s.seq, s.sent = seq, sent
	s.random = splitMix(mix(mix(s.seed^part) ^ uint64(seq)))
	for i := range segments {
		if segments[i].call == nil {
			dst = append(dst, segments[i].text...)
			continue
		}
		dst = segments[i].call(s, dst)
	}
	return dst
}

// HasKey says whether messages have a key.
func (t *Template) HasKey() bool { return t.hasKey }

// AppendKey appends message seq's key. sent is the time of sending, which `now` renders.
func (t *Template) AppendKey(dst []byte, seq int64, sent time.Time) []byte {
	return t.render(dst, t.key, keyPart, seq, sent)
}

// AppendValue appends message seq's value.
func (t *Template) AppendValue(dst []byte, seq int64, sent time.Time) []byte {
	return t.render(dst, t.value, valuePart, seq, sent)
}

// Headers is how many headers a message has, without krapp's own.
func (t *Template) Headers() int { return len(t.headers) }

// HeaderKey is the key of header i.
func (t *Template) HeaderKey(i int) string { return t.headers[i].name }

// AppendHeader appends the value of header i of message seq.
func (t *Template) AppendHeader(dst []byte, i int, seq int64, sent time.Time) []byte {
	return t.render(dst, t.headers[i].value, headerPart+uint64(i), seq, sent)
}

// splitMix is SplitMix64 (Steele, Lea, Flood 2014): one word of state, so that seeding a message costs nothing.
type splitMix uint64

// Uint64 draws the next number.
func (s *splitMix) Uint64() uint64 {
	*s += 0x9e3779b97f4a7c15
	return mix(uint64(*s))
}

func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

package corpus

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Template is a kind of machine message, as a line of data/events.txt says it.
type Template struct {
	Topic, Name string
	Weight      int
	key, value  []part
	constants   map[string]string // what every message of it has: an event, a status
}

// part is literal text or a placeholder.
type part struct {
	literal string
	name    string // under which its value is tallied; "" where it isn't
	fill    filler
}

// Message is a generated message and what the tally knows of it.
type Message struct {
	Topic    string
	Template string // its name; "" for a tombstone, and for what is not JSON among JSON
	Key      []byte // nil: none
	Value    []byte // nil: a tombstone
	At       time.Time
	Fields   map[string]string // nil unless asked for
}

func parseTemplates(lines []byte) ([]Template, error) {
	var all []Template
	annotation := regexp.MustCompile(` \{(\w+):(\w+)\}$`)
	constant := regexp.MustCompile(`"(event|status|action|alarm|state)":"(\w+)"`)
	for line := range strings.Lines(string(lines)) {
		line = strings.TrimRight(line, "\n")
		if line == "" || line[0] == '#' {
			continue
		}
		f := strings.SplitN(line, "|", 5)
		if len(f) != 5 {
			return nil, fmt.Errorf("events.txt: %q has %d fields", line, len(f))
		}
		t := Template{Topic: f[0], Name: f[1], constants: make(map[string]string)}
		if m := annotation.FindStringSubmatch(f[4]); m != nil {
			t.constants[m[1]] = m[2]
			f[4] = strings.TrimSuffix(f[4], m[0])
		}
		for _, m := range constant.FindAllStringSubmatch(f[4], -1) {
			t.constants[m[1]] = m[2]
		}
		var err error
		if t.Weight, err = strconv.Atoi(f[2]); err != nil || t.Weight < 1 {
			return nil, fmt.Errorf("events.txt: %s: weight %q", t.Name, f[2])
		}
		if t.key, err = parse(f[3]); err == nil {
			t.value, err = parse(f[4])
		}
		if err != nil {
			return nil, fmt.Errorf("events.txt: %s: %w", t.Name, err)
		}
		all = append(all, t)
	}
	return all, nil
}

// parse cuts a pattern into parts. "<<" is a literal "<" before a placeholder.
func parse(pattern string) ([]part, error) {
	var parts []part
	for pattern != "" {
		at := strings.IndexByte(pattern, '<')
		if at < 0 {
			return append(parts, part{literal: pattern}), nil
		}
		if strings.HasPrefix(pattern[at:], "<<") {
			at++
		}
		if at > 0 {
			parts = append(parts, part{literal: pattern[:at]})
		}
		end := strings.IndexByte(pattern[at:], '>')
		if end < 0 {
			return nil, fmt.Errorf("%q is not closed", pattern[at:])
		}
		spec := pattern[at+1 : at+end]
		name, kind, named := strings.Cut(spec, "=")
		if !named {
			name, kind = "", spec
		}
		fill, err := fillerOf(kind)
		if err != nil {
			return nil, err
		}
		parts = append(parts, part{name: name, fill: fill})
		pattern = pattern[at+end+1:]
	}
	return parts, nil
}

// Generator makes messages of templates, by their weights. The same seed makes the same messages. One goroutine.
type Generator struct {
	templates []Template
	upTo      []int // cumulated weights
	w         world
	// Tallied has each message carry its fields. That costs time: for speed, leave it out.
	Tallied bool
}

// NewGenerator makes messages that fall evenly into the time from start to end.
func NewGenerator(templates []Template, seed uint64, start time.Time) *Generator {
	g := &Generator{templates: templates, w: world{rng: rand.New(rand.NewPCG(seed, 5)), start: start, at: start}}
	sum := 0
	for _, t := range templates {
		sum += t.Weight
		g.upTo = append(g.upTo, sum)
	}
	return g
}

// Next makes a message of that time.
func (g *Generator) Next(at time.Time) Message {
	n := g.w.rng.IntN(g.upTo[len(g.upTo)-1])
	i, _ := slices.BinarySearch(g.upTo, n+1)
	return g.make(&g.templates[i], at)
}

func (g *Generator) make(t *Template, at time.Time) Message {
	g.w.at = at
	g.w.serial++
	m := Message{Topic: t.Topic, Template: t.Name, At: at}
	if g.Tallied {
		m.Fields = make(map[string]string, len(t.constants)+4)
		for k, v := range t.constants {
			m.Fields[k] = v
		}
	}
	if len(t.key) > 0 {
		m.Key = g.render(make([]byte, 0, 16), t.key, nil)
	}
	m.Value = g.render(make([]byte, 0, 192), t.value, m.Fields)
	return m
}

func (g *Generator) render(b []byte, parts []part, fields map[string]string) []byte {
	for i := range parts {
		p := &parts[i]
		if p.fill == nil {
			b = append(b, p.literal...)
			continue
		}
		from := len(b)
		b = p.fill(b, &g.w)
		if p.name != "" && fields != nil {
			fields[p.name] = string(b[from:])
		}
	}
	return b
}

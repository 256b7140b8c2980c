package doit

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/roundtrip"
	"github.com/krapp-io/krapp/kafkaops/roundtrip/message"
	"github.com/krapp-io/krapp/tui/live"
	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/ui"
)

// field names an input of the form.
type field int

const (
	topicField field = iota
	partitionsField
	countField
	rateField
	keyField
	valueField
	headersField
	fileField
	proofField // a choice
	groupField
	outputField
	idField
	senderField // a choice
	fieldCount
)

func (f field) isChoice() bool { return f == proofField || f == senderField }

// The kinds of evidence, in the order of the choice.
func proofs() []roundtrip.EvidenceKind {
	return []roundtrip.EvidenceKind{roundtrip.Reported, roundtrip.Arrived, roundtrip.Committed}
}

// What is sent when nothing was sent before.
const (
	firstCount = "1000"
	firstKey   = "sensor-{{randInt 1 9}}"
	firstValue = `{"celsius":{{float 15 30 1}},"at":"{{now}}"}`
)

// prefill fills the form from the route and, for the templates and the evidence, from the topic's newest run.
func (p *Page) prefill(r ui.Route) {
	set := func(f field, v string) { p.fields[f].SetValue(v) }
	set(topicField, r.Arg(0))
	set(countField, firstCount)
	set(keyField, firstKey)
	set(valueField, firstValue)
	set(groupField, roundtrip.DefaultGroup)
	if p.deps.Runs != nil {
		picture, _ := p.deps.Runs.Latest()
		p.asBefore(picture, r.Arg(0))
	}
	if r.Arg(1) != "" {
		set(countField, r.Arg(1))
	}
	p.fields[topicField].Placeholder = safetext.Const("its name; Tab completes")
	p.fields[topicField].Complete = func(v string) []string { return p.beginning(p.seen.names, v) }
	p.fields[partitionsField].Placeholder = safetext.Const("the broker's default")
	p.fields[rateField].Placeholder = safetext.Const("as fast as possible")
	p.fields[keyField].Placeholder = safetext.Const("no key")
	p.fields[valueField].Placeholder = safetext.Const("empty")
	p.fields[headersField].Placeholder = safetext.Const("none; NAME=TEMPLATE, several with a comma and a blank between")
	p.fields[fileField].Placeholder = safetext.Const("none; its lines take the value's place, one message each")
	if p.deps.Served {
		p.fields[fileField].Placeholder = safetext.Const("not here: this console is served, and has no files")
	}
	p.fields[groupField].Complete = func(v string) []string { return p.beginning(p.seen.groups, v) }
	p.fields[outputField].Placeholder = safetext.Const("the topic at the other end")
	p.fields[outputField].Complete = p.fields[topicField].Complete
	p.fields[idField].Placeholder = safetext.Const("headers; key; value.id")
}

// asBefore repeats the templates and the evidence of the newest run on the topic.
func (p *Page) asBefore(picture live.RunsPicture, topic string) {
	at := slices.IndexFunc(picture.Runs, func(j roundtrip.Judgement) bool { return topic != "" && j.Run.Topic == topic })
	if at < 0 {
		return
	}
	spec := picture.Runs[at].Run.Spec
	p.fields[keyField].SetValue(spec.Key)
	if spec.File == "" {
		p.fields[valueField].SetValue(spec.Value)
	}
	var headers []string
	for _, h := range spec.Headers {
		headers = append(headers, h.Key+"="+h.Value)
	}
	p.fields[headersField].SetValue(strings.Join(headers, ", "))
	p.proof = max(0, slices.Index(proofs(), spec.Evidence.Kind))
	if spec.Evidence.Group != "" {
		p.fields[groupField].SetValue(spec.Evidence.Group)
	}
	p.fields[outputField].SetValue(spec.Evidence.Topic)
	p.fields[idField].SetValue(spec.Evidence.ID)
	p.workers = spec.Sender == roundtrip.SendWorkers && spec.File == ""
}

// beginning are the names that begin with v, but not when v is one already: then Tab goes on.
func (p *Page) beginning(names []string, v string) []string {
	if slices.Contains(names, v) {
		return nil
	}
	var out []string
	for _, n := range names {
		if strings.HasPrefix(n, v) {
			out = append(out, n)
		}
	}
	return out
}

func (p *Page) value(f field) string { return strings.TrimSpace(p.fields[f].Value()) }

// rows are the fields in sight, those of a row side by side.
func (p *Page) rows() [][]field {
	topic := []field{topicField}
	if p.creates() {
		topic = append(topic, partitionsField)
	}
	evidence := []field{groupField}
	if p.evidence() == roundtrip.Arrived {
		evidence = []field{outputField, idField}
	}
	return [][]field{topic, {countField, rateField}, {keyField}, {valueField}, {headersField}, {fileField}, {proofField}, evidence, {senderField}}
}

func (p *Page) evidence() roundtrip.EvidenceKind { return proofs()[p.proof] }

// creates says that the topic is known not to exist.
func (p *Page) creates() bool {
	_, exists := p.seen.topics[p.value(topicField)]
	return p.seen.topics != nil && !exists && p.value(topicField) != ""
}

// choice changes the choice in focus by a key; false when it is no such key or no choice has the focus.
func (p *Page) choice(key string) bool {
	by := map[string]int{"right": 1, "space": 1, " ": 1, "left": -1}[key]
	switch {
	case by == 0:
		return false
	case p.focus == proofField:
		n := len(proofs())
		p.proof = (p.proof + by + n) % n
	case p.focus == senderField:
		p.workers = !p.workers
	default:
		return false
	}
	return true
}

// check makes the spec and the preview of what is in the fields, or finds the problem.
func (p *Page) check() {
	p.pressed = false
	p.spec, p.problem = p.read()
	preview, err := message.Preview(p.spec.Source(), 3, p.env.Now())
	if err == nil { // while a template is being typed, the last good preview stays
		p.preview = preview
	}
	if p.problem == nil {
		p.problem = roundtrip.Validate(p.spec)
	}
}

func wrong(hint, format string, args ...any) error {
	return kafkaops.Errorf(kafkaops.Invalid, "checking the form", "", hint, format, args...)
}

// read is the spec as far as it can be read; numbers and headers that do not parse are the error.
func (p *Page) read() (roundtrip.Spec, error) {
	s := roundtrip.Spec{
		Topic: p.value(topicField), CreateTopic: p.creates(), Key: p.fields[keyField].Value(), Value: p.fields[valueField].Value(), Sender: roundtrip.SendHere,
		Evidence: roundtrip.Evidence{Kind: p.evidence()},
	}
	if p.evidence() == roundtrip.Arrived {
		s.Evidence.Topic, s.Evidence.ID = p.value(outputField), p.value(idField)
	} else {
		s.Evidence.Group = p.value(groupField)
	}
	if p.workers {
		s.Sender = roundtrip.SendWorkers
	}
	var errs [4]error
	s.Headers, errs[0] = headers(p.value(headersField))
	s.Count, errs[1] = whole(p.value(countField), "Count")
	s.Rate, errs[2] = rate(p.value(rateField))
	if s.CreateTopic && p.value(partitionsField) != "" {
		n, err := whole(p.value(partitionsField), "Partitions")
		s.Partitions, errs[3] = int(n), err
	}
	if file := p.value(fileField); file != "" {
		s.File, s.Value, s.Sender = file, "", roundtrip.SendWorkers
		s.Count, errs[1] = p.fileCount(file)
	}
	return s, errors.Join(errs[:]...)
}

// whole reads a whole number above zero; thousands may be parted as they are shown, and k and M may follow.
func whole(s, name string) (int64, error) {
	digits := strings.NewReplacer(",", "", "_", "", " ", "").Replace(s)
	unit := int64(1)
	switch {
	case strings.HasSuffix(digits, "k"):
		digits, unit = strings.TrimSuffix(digits, "k"), 1000
	case strings.HasSuffix(digits, "M"):
		digits, unit = strings.TrimSuffix(digits, "M"), 1_000_000
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	switch {
	case err != nil:
		return 0, wrong("write 1000, 1,000 or 1k", "%s: %q is not a whole number", name, s)
	case n < 1 || n > 1<<50:
		return 0, wrong("write a number from 1 up", "%s: %s is out of range", name, s)
	}
	return n * unit, nil
}

// rate reads messages a second; nothing is as fast as possible.
func rate(s string) (float64, error) {
	s = strings.TrimSpace(strings.TrimSuffix(s, "/s"))
	if s == "" {
		return 0, nil
	}
	if n, err := whole(s, "Rate"); err == nil {
		return float64(n), nil
	}
	r, err := strconv.ParseFloat(s, 64)
	if err != nil || !(r > 0) || r > 1e9 {
		return 0, wrong("write messages a second, or nothing to send as fast as possible", "Rate: %q sends nothing", s)
	}
	return r, nil
}

// headers reads "a=1, b={{uuid}}".
func headers(s string) ([]roundtrip.HeaderTemplate, error) {
	if s == "" {
		return nil, nil
	}
	var all []roundtrip.HeaderTemplate
	for part := range strings.SplitSeq(s, ", ") {
		name, value, ok := strings.Cut(part, "=")
		if name = strings.TrimSpace(name); !ok || name == "" {
			return nil, wrong("write NAME=TEMPLATE, several with a comma and a blank between", "Headers: %q is no header", part)
		}
		all = append(all, roundtrip.HeaderTemplate{Key: name, Value: value})
	}
	return all, nil
}

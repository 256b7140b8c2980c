package pipeline

import (
	"slices"
	"strconv"
	"strings"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/ui"
)

// The fields of the form that every job has; a job's lists are between them.
const (
	jobField     = "Job"
	baseField    = "From"
	fileField    = "One file"
	chunksField  = "Chunks"
	workersField = "Workers here"
)

const maxWorkers = 64

// field is one line of the form.
type field struct {
	name  string
	list  string // the list of the job that it chooses from, or ""
	input *ui.Input
}

// fieldsOf is the form for a job; what was typed before stays where it fits.
func (p *Form) fieldsOf(j Job, before []field) []field {
	var out []field
	add := func(name, list string, placeholder safetext.Text, complete func(string) []string) *ui.Input {
		at := slices.IndexFunc(before, func(f field) bool { return f.name == name && f.list == list })
		in := &ui.Input{}
		if at >= 0 {
			in = before[at].input
		} else if name == workersField {
			in.SetValue(strconv.Itoa(p.deps.Workers))
		}
		in.Placeholder, in.Complete = placeholder, complete
		out = append(out, field{name: name, list: list, input: in})
		return in
	}
	add(jobField, "", safetext.Const("a built-in job, or a file; Tab completes"), func(v string) []string { return beginning(p.proposals, v) })
	if !j.Stream() {
		for _, l := range j.Lists {
			add(l.Name, l.Name, all(l), func(v string) []string { return completeList(l.Values, v) })
		}
		add(baseField, "", safetext.Const("where the job says; or http://HOST:PORT, or a directory, in the place of scheme and host"), nil)
		add(fileField, "", safetext.Const("none; or a local file in the place of the sources"), nil)
		add(chunksField, "", safetext.Const("all; or so many of each source, for a trial"), nil)
	}
	add(workersField, "", safetext.Const("0"), nil)
	return out
}

// all says which values an empty field stands for.
func all(l List) safetext.Text {
	switch n := len(l.Values); n {
	case 0:
		return safetext.Const("none are known: name some")
	case 1:
		return ui.T(l.Values[0])
	default:
		return safetext.Join(safetext.Const("all: "), ui.T(l.Values[0]), safetext.Const(" – "), ui.T(l.Values[n-1]),
			safetext.Const("; Tab completes, commas between"))
	}
}

// beginning are the names that begin with v, but not when v is one already: then Tab goes on.
func beginning(names []string, v string) []string {
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

// completeList proposes the last of several values; one that is complete needs no proposal.
func completeList(values []string, v string) []string {
	at := strings.LastIndexAny(v, ", ") + 1
	if at == len(v) && strings.TrimSpace(v) == "" {
		return nil // nothing is all of them already
	}
	var out []string
	for _, n := range beginning(values, v[at:]) {
		out = append(out, v[:at]+n)
	}
	return out
}

func (p *Form) value(name string) string {
	for _, f := range p.fields {
		if f.name == name && f.list == "" {
			return strings.TrimSpace(f.input.Value())
		}
	}
	return ""
}

// spec is what the fields say; numbers that don't parse are the error.
func (p *Form) spec() (Spec, error) {
	s := Spec{Job: p.value(jobField), Base: p.value(baseField), File: p.value(fileField)}
	for _, f := range p.fields {
		if words := splitList(f.input.Value()); f.list != "" && len(words) > 0 {
			if s.Choose == nil {
				s.Choose = map[string][]string{}
			}
			s.Choose[f.list] = words
		}
	}
	if s.Job == "" {
		return s, wrong("Tab proposes some", "choose a job")
	}
	workers, err := whole(p.value(workersField), workersField, maxWorkers)
	if err != nil {
		return s, err
	}
	s.Workers = int(workers)
	s.Chunks, err = whole(p.value(chunksField), chunksField, 1<<30)
	return s, err
}

func splitList(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' })
}

// whole reads a number from 0 up; nothing is 0.
func whole(s, name string, most int64) (int64, error) {
	if s == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(strings.ReplaceAll(s, ",", ""), 10, 64)
	if err != nil || n < 0 || n > most {
		return 0, wrong("write a whole number", "%s: %q is not a number from 0 to %d", name, s, most)
	}
	return n, nil
}

func wrong(hint, format string, args ...any) error {
	return kafkaops.Errorf(kafkaops.Invalid, "checking the form", "", hint, format, args...)
}

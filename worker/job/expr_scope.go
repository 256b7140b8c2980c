package job

import (
	"fmt"
	"slices"
	"strings"

	"github.com/expr-lang/expr/types"
)

// scope is the fields that an expression or a list of fields may name.
type scope struct {
	format   Format
	open     bool // rows may have fields that the job does not name: JSON, and CSV with a header
	row      map[string]bool
	vars     []string // of the source
	computed map[string]types.Type
	upcoming map[string]bool // computed later in the list
	window   bool
	misses   int // unknown names that were guessed at
}

// scopeError says why a field is not known.
type scopeError struct{ text, hint string }

// newScope is the scope before anything is computed.
func newScope(j *Job) *scope {
	s := &scope{
		format: j.Format, row: map[string]bool{}, computed: map[string]types.Type{}, upcoming: map[string]bool{}, window: j.Window != nil,
		open: j.Format.Kind == JSONLines || j.Format.Kind == CSV && j.Format.Header,
	}
	for _, c := range j.Format.Columns {
		s.row[c.Name] = true
	}
	for _, name := range j.Format.Names {
		s.row[name] = true
	}
	if j.Files != nil {
		s.vars = j.Files.variables()
	}
	return s
}

// isPath says whether name.more is a field inside of a field of the row, rather than a part of a value.
func (s *scope) isPath(name string) bool {
	_, computed := s.computed[name]
	return s.format.Kind == JSONLines && !computed && !s.upcoming[name] && !contains(s.vars, name) && name != "$env" && name != WindowField
}

// isRow says whether a known name is one of the row's own fields.
func (s *scope) isRow(name string) bool {
	_, computed := s.computed[name]
	return !computed && !s.upcoming[name] && !contains(s.vars, name) && (s.open || s.row[name])
}

// typeOf is the type of a field in expressions.
func (s *scope) typeOf(name string) (types.Type, *scopeError) {
	if t, ok := s.computed[name]; ok {
		return t, nil
	}
	switch {
	case name == "$env":
		return nil, &scopeError{`$env is only for a name that is no word: $env["unit price"]`, "name the field"}
	case name == WindowField:
		return nil, &scopeError{"window is not known to expressions: an event can be in several windows", "group by it"}
	case s.upcoming[name]:
		return nil, &scopeError{fmt.Sprintf("%s is computed later, or of itself", name), "move it up, or give what is computed a name of its own"}
	case contains(s.vars, name):
		return types.String, nil
	case s.isRow(name) && s.format.Kind == JSONLines:
		return types.Any, nil
	case s.isRow(name):
		return types.String, nil
	}
	return nil, s.unknown(name)
}

// unknown is the error about a name that is no field.
func (s *scope) unknown(name string) *scopeError {
	if s.misses++; s.misses > maxMistakes { // no more of them are shown
		return &scopeError{fmt.Sprintf("unknown field %.100q", name), "correct the mistakes before it"}
	}
	known := s.names()
	return &scopeError{fmt.Sprintf("unknown field %.100q%s", name, meant(name, known)), didYouMean(name, known, "the fields are")}
}

// names is what is known, for messages.
func (s *scope) names() []string {
	names := slices.Clone(s.vars)
	for name := range s.row {
		names = append(names, name)
	}
	for name := range s.computed {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// reserved says why a name can't be a field that the job defines.
func (s *scope) reserved(name string) string {
	switch {
	case name == WindowField:
		return "window is the name of the window's start"
	case strings.HasPrefix(name, "$"):
		return "names with a $ are the expression language's"
	case contains(s.vars, name):
		return fmt.Sprintf("%s is a variable of the source", name)
	case s.row[name]:
		return fmt.Sprintf("%s is a field of the rows", name)
	}
	return ""
}

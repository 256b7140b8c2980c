package job

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/krapp-io/krapp/kafkaops"
)

const opReading = "reading job"

// Limits of a job file.
const (
	maxFileBytes = 1 << 20
	maxMistakes  = 50 // that are listed; the rest is counted
)

// mistake is one thing that is wrong in a job file, and where.
type mistake struct {
	line, column int // from 1; 0: not known
	text, hint   string
}

// Parse reads a job file. Every mistake is reported, all at once: the error is an *kafkaops.OpError (Invalid) whose text has a line
// "name:line:column: what is wrong" for each, with the hint for the first. name is for messages.
func Parse(name string, text []byte) (*Job, error) {
	if len(text) > maxFileBytes {
		return nil, kafkaops.Errorf(kafkaops.Invalid, opReading, name, "a job file is a few dozen lines: is this the data?",
			"the file has %d bytes, at most %d are read", len(text), maxFileBytes)
	}
	root, err := document(text)
	if err != nil {
		return nil, refused(name, []mistake{syntaxMistake(err)})
	}
	r := &reader{lines: bytes.Split(text, []byte("\n")), at: map[string]*yaml.Node{}}
	r.noTricks(root)
	if len(r.mistakes) > 0 {
		return nil, refused(name, r.mistakes)
	}
	j := r.job(root)
	fillIn(j)
	if len(r.mistakes) == 0 { // what is missing because it could not be read is no second mistake
		_, problems := newPlan(j)
		r.place(root, problems)
	}
	if len(r.mistakes) > 0 {
		return nil, refused(name, r.mistakes)
	}
	return j, nil
}

// document returns the one document of a file.
func document(text []byte) (*yaml.Node, error) {
	dec := yaml.NewDecoder(bytes.NewReader(text))
	var doc, second yaml.Node
	if err := dec.Decode(&doc); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, errors.New("the file is empty")
		}
		return nil, err
	}
	if err := dec.Decode(&second); err == nil {
		return nil, fmt.Errorf("line %d: a second document: one file is one job", second.Line)
	} else if !errors.Is(err, io.EOF) {
		return nil, err
	}
	if doc.Kind != yaml.DocumentNode || len(doc.Content) != 1 {
		return nil, errors.New("the file is empty")
	}
	return doc.Content[0], nil
}

// syntaxMistake takes the line out of what the YAML library says.
func syntaxMistake(err error) mistake {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	m := mistake{line: 1, column: 1, text: text, hint: "correct the YAML of that line; the examples directory has whole job files"}
	if found := regexp.MustCompile(`^(?:.* )?line (\d+)(?::| column (\d+):) ?(.*)$`).FindStringSubmatch(text); found != nil {
		m.line, _ = strconv.Atoi(found[1])
		m.column = 1
		if column, err := strconv.Atoi(found[2]); err == nil {
			m.column = column
		}
		m.text = found[3]
	}
	return m
}

// refused makes one error of mistakes, in the order of the file.
func refused(name string, mistakes []mistake) error {
	slices.SortStableFunc(mistakes, func(a, b mistake) int {
		if a.line != b.line {
			return a.line - b.line
		}
		return a.column - b.column
	})
	var text strings.Builder
	for i, m := range mistakes {
		if i == maxMistakes {
			fmt.Fprintf(&text, "\nand %d more", len(mistakes)-i)
			break
		}
		if i > 0 {
			text.WriteByte('\n')
		}
		if m.line > 0 {
			fmt.Fprintf(&text, "%s:%d:%d: ", name, m.line, m.column)
		}
		text.WriteString(shortened(m.text))
	}
	return kafkaops.Errorf(kafkaops.Invalid, opReading, name, mistakes[0].hint, "%s", text.String())
}

// shortened is text for one line: what a file holds may be of any length.
func shortened(text string) string {
	const longest = 500
	text = strings.ReplaceAll(text, "\n", " ")
	if len(text) <= longest {
		return text
	}
	return strings.ToValidUTF8(text[:longest], "") + "…"
}

// problem is a mistake that is found in a Job; path says where in the file, see reader.at.
type problem struct {
	path       string
	inside     bool // at offset characters into an expression, rather than at the value as a whole
	offset     int
	text, hint string
}

// place gives problems their lines and columns.
func (r *reader) place(root *yaml.Node, problems []problem) {
	for _, p := range problems {
		line, column := r.position(root, p)
		r.mistakes = append(r.mistakes, mistake{line: line, column: column, text: p.text, hint: p.hint})
	}
}

// position finds the node of a problem, or of what it would be in.
func (r *reader) position(root *yaml.Node, p problem) (line, column int) {
	for path := p.path; ; {
		if n, ok := r.at[path]; ok {
			if path != p.path || !p.inside {
				return n.Line, n.Column
			}
			return r.within(n, p.offset)
		}
		cut := strings.LastIndexByte(path, '/')
		if cut < 0 {
			return root.Line, root.Column
		}
		path = path[:cut]
	}
}

// within finds the character of a scalar's text in the file. Where escapes or folding move it, the scalar's own position will do.
func (r *reader) within(n *yaml.Node, offset int) (line, column int) {
	runes := []rune(n.Value)
	before := string(runes[:min(offset, len(runes))])
	switch n.Style {
	case yaml.LiteralStyle:
		nth := strings.Count(before, "\n")
		if line = n.Line + 1 + nth; line > len(r.lines) {
			return n.Line, n.Column
		}
		indent := len(r.lines[line-1]) - len(strings.Split(n.Value, "\n")[nth]) // of the block
		return line, max(indent, 0) + 1 + len([]rune(before[strings.LastIndexByte(before, '\n')+1:]))
	case yaml.FoldedStyle:
		return n.Line, n.Column
	case yaml.DoubleQuotedStyle, yaml.SingleQuotedStyle:
		return n.Line, n.Column + 1 + offset
	}
	return n.Line, n.Column + offset
}

// Package corpus holds what the seer is examined with: texts, generated events, and questions whose answers are known.
package corpus

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// Corpus is all of it, as read from a folder with texts/*.md, data/events.txt and data/questions.jsonl.
type Corpus struct {
	Texts     []Text
	Templates []Template
	Questions []Question
}

// Text is one text, with its title line.
type Text struct {
	File  string
	Title string // its first line without the "# "
	Body  string
}

// Load reads and checks a corpus: an expected phrase that is in no text, or a template that there isn't, is an error.
func Load(files fs.FS) (Corpus, error) {
	var c Corpus
	names, err := fs.Glob(files, "texts/*.md")
	if err != nil {
		return c, err
	}
	for _, name := range names {
		body, err := fs.ReadFile(files, name)
		if err != nil {
			return c, err
		}
		first, _, _ := strings.Cut(string(body), "\n")
		title, ok := strings.CutPrefix(first, "# ")
		if !ok {
			return c, fmt.Errorf("%s does not begin with a title", name)
		}
		c.Texts = append(c.Texts, Text{File: path.Base(name), Title: title, Body: string(body)})
	}
	lines, err := fs.ReadFile(files, "data/events.txt")
	if err != nil {
		return c, err
	}
	if c.Templates, err = parseTemplates(lines); err != nil {
		return c, err
	}
	if c.Questions, err = readQuestions(files); err != nil {
		return c, err
	}
	return c, c.check()
}

func readQuestions(files fs.FS) ([]Question, error) {
	raw, err := fs.ReadFile(files, "data/questions.jsonl")
	if err != nil {
		return nil, err
	}
	var all []Question
	for s := bufio.NewScanner(bytes.NewReader(raw)); s.Scan(); {
		d := json.NewDecoder(bytes.NewReader(s.Bytes()))
		d.DisallowUnknownFields()
		var q Question
		if err := d.Decode(&q); err != nil {
			return nil, fmt.Errorf("question %d: %w", len(all)+1, err)
		}
		all = append(all, q)
	}
	return all, nil
}

func (c Corpus) check() error {
	seen := make(map[string]bool)
	for _, q := range c.Questions {
		if q.ID == "" || seen[q.ID] {
			return fmt.Errorf("question %q: its ID %q is missing or taken", q.Text, q.ID)
		}
		seen[q.ID] = true
		if err := c.checkOne(q); err != nil {
			return fmt.Errorf("question %s: %w", q.ID, err)
		}
	}
	return nil
}

func (c Corpus) checkOne(q Question) error {
	if q.Split != Development && q.Split != HeldOut {
		return fmt.Errorf("split %q", q.Split)
	}
	if s := q.Style; (q.Kind == Unanswerable) != (s == "") || s != "" && s != Words && s != Natural && s != Paraphrased {
		return fmt.Errorf("style %q", s)
	}
	switch q.Kind {
	case Prose:
		for _, t := range c.Texts {
			if t.Title == q.Title && q.AnsweredBy(t.Title, t.Body) {
				return nil
			}
		}
		return fmt.Errorf("no text %q holds %q", q.Title, q.Phrase)
	case Event:
		for _, name := range q.Templates {
			if _, ok := c.Template(name); !ok {
				return fmt.Errorf("there is no template %q", name)
			}
		}
		if len(q.Templates) == 0 {
			return fmt.Errorf("no template answers it")
		}
	case Exact:
		if q.Tally == nil {
			return fmt.Errorf("it has nothing to be tallied")
		}
	case Unanswerable:
	default:
		return fmt.Errorf("kind %q", q.Kind)
	}
	return nil
}

// Template returns the template of that name.
func (c Corpus) Template(name string) (Template, bool) {
	for _, t := range c.Templates {
		if t.Name == name {
			return t, true
		}
	}
	return Template{}, false
}

// Of returns the questions of a kind, and of a split unless that is "".
func (c Corpus) Of(kind Kind, split Split) []Question {
	var some []Question
	for _, q := range c.Questions {
		if q.Kind == kind && (split == "" || q.Split == split) {
			some = append(some, q)
		}
	}
	return some
}

// Styled returns the questions of a kind and style, of both splits.
func (c Corpus) Styled(kind Kind, style Style) []Question {
	var some []Question
	for _, q := range c.Of(kind, "") {
		if q.Style == style {
			some = append(some, q)
		}
	}
	return some
}

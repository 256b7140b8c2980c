package figure

import (
	"fmt"
	"regexp"
	"strings"
)

// Readme is the file that sections are kept in. Each stands between two comments with its name, so that one benchmark can be repeated
// without the others.
type Readme struct {
	Intro string   // what stands above all sections
	Order []string // the names of all sections
}

// Update returns the file with the sections in the place of their former selves.
func (r Readme) Update(old string, sections []Section) string {
	texts := make(map[string]string)
	for _, name := range r.Order {
		mark := regexp.MustCompile(`(?s)` + regexp.QuoteMeta(begin(name)) + `\n(.*?)` + regexp.QuoteMeta(end(name)))
		if m := mark.FindStringSubmatch(old); m != nil {
			texts[name] = m[1]
		}
	}
	for i := range sections {
		texts[sections[i].Name] = sections[i].Markdown()
	}
	var b strings.Builder
	b.WriteString(strings.TrimRight(r.Intro, "\n") + "\n")
	for _, name := range r.Order {
		if text, ok := texts[name]; ok {
			fmt.Fprintf(&b, "\n%s\n%s%s\n", begin(name), text, end(name))
		}
	}
	return b.String()
}

func begin(name string) string { return "<!-- begin " + name + " -->" }
func end(name string) string   { return "<!-- end " + name + " -->" }

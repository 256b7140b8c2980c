package job

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// Names of source variables with a meaning of their own.
const (
	yearVariable  = "year" // four digits; any can be chosen
	shortVariable = "yy"   // its last two
)

const (
	maxURL     = 4096
	maxLists   = 8
	maxValues  = 10_000
	maxSources = 100_000
)

// variables is the fields that a source gives to each of its rows.
func (f *Files) variables() []string {
	var names []string
	for _, l := range f.Lists {
		names = append(names, l.Name)
	}
	if contains(names, yearVariable) {
		names = append(names, shortVariable)
	}
	return names
}

func (c *checker) files() {
	f := c.j.Files
	before := len(c.problems)
	c.lists(f)
	c.url(f)
	if len(c.problems) > before {
		return
	}
	if _, err := c.j.Sources(nil); err != nil {
		c.wrong("source", "check url and lists", "%s", causeText(err))
	}
}

func (c *checker) lists(f *Files) {
	if !c.atMost("source/lists", "lists", len(f.Lists), maxLists) {
		return
	}
	sources := 1
	for _, l := range f.Lists {
		path := "source/lists/" + l.Name
		if !regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,63}$`).MatchString(l.Name) || l.Name == shortVariable || l.Name == WindowField {
			c.key(path, "name it with letters, such as year or region", "%q can't be the name of a list", l.Name)
		}
		if len(l.Values) == 0 {
			c.wrong(path, "list its values: [a, b]", "the list %s is empty", l.Name)
		}
		if !c.atMost(path, "values", len(l.Values), maxValues) {
			continue
		}
		sources *= max(1, min(len(l.Values), maxSources+1))
		sources = min(sources, maxSources+1)
		seen := map[string]bool{}
		for i, v := range l.Values {
			at := fmt.Sprintf("%s/%d", path, i)
			if why := refusedValue(l.Name, v); why != "" {
				c.wrong(at, "values become part of a URL and of a source's name", "%s", why)
			} else if seen[v] {
				c.wrong(at, "keep one", "%q is there twice", v)
			}
			seen[v] = true
		}
	}
	if sources > maxSources {
		c.wrong("source/lists", "make several jobs of it", "the lists make more than %d sources", maxSources)
	}
}

// refusedValue says what is wrong with a value of a list; they must not change where a URL leads.
func refusedValue(list, v string) string {
	switch {
	case list == yearVariable && !regexp.MustCompile(`^[0-9]{4}$`).MatchString(v):
		return fmt.Sprintf("%.40q is not a year of four digits", v)
	case strings.Contains(v, "..") || !regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`).MatchString(v):
		return fmt.Sprintf("%.40q is not a value of a list: letters, digits, and . _ - behind the first", v)
	}
	return ""
}

func (c *checker) url(f *Files) {
	const path = "source/url"
	if f.URL == "" || len(f.URL) > maxURL || strings.ContainsFunc(f.URL, func(r rune) bool { return r < ' ' || r == 0x7f || r == 0xfffd }) {
		c.wrong(path, "say url: https://host/path/{name}.gz, or a path", "the source has no URL that can be used")
		return
	}
	parts, err := cutTemplate(f.URL, "{", "}")
	if err != nil {
		c.wrong(path, "write variables as {name}", "%v", err)
		return
	}
	known := f.variables()
	used := map[string]bool{}
	for _, p := range parts {
		if p.name == "" {
			continue
		}
		used[p.name] = true
		if p.name == shortVariable {
			used[yearVariable] = true
		}
		if !contains(known, p.name) {
			c.wrong(path, didYouMean(p.name, known, "the lists are"), "{%s} is not a list%s", p.name, meant(p.name, known))
		}
	}
	for _, l := range f.Lists {
		if !used[l.Name] {
			c.key("source/lists/"+l.Name, "put it into the URL, or take the list out", "{%s} is not in the URL: every value would read the same again", l.Name)
		}
	}
	c.scheme(path, parts)
}

// scheme checks what stands before the path: nothing, or http(s) and a host that no variable changes.
func (c *checker) scheme(path string, parts []templatePart) {
	head := parts[0].text
	scheme, rest, isURL := strings.Cut(head, "://")
	if !isURL {
		return
	}
	const hint = "files are read by https, http or as a path"
	if scheme != "https" && scheme != "http" {
		c.wrong(path, hint, "%.40q is not a scheme that krapp reads", scheme)
		return
	}
	if len(parts) > 1 && !strings.Contains(rest, "/") {
		c.wrong(path, "write the host out", "a variable in the host's name: values of lists would choose the host")
		return
	}
	u, err := url.Parse(head)
	switch {
	case err != nil:
		c.wrong(path, hint, "the URL can't be read: %s", firstLine(err.Error()))
	case u.Hostname() == "":
		c.wrong(path, hint, "the URL has no host")
	case u.User != nil:
		c.wrong(path, "take the password out of the URL", "a URL with a user's name: job files hold no secrets")
	case u.Fragment != "":
		c.wrong(path, "take the part from # on out", "a URL with a fragment")
	}
}

// templatePart is text, or the name of a variable.
type templatePart struct{ text, name string }

// cutTemplate cuts a template with variables in open and close.
func cutTemplate(s, open, end string) ([]templatePart, error) {
	var parts []templatePart
	for s != "" {
		text, rest, found := strings.Cut(s, open)
		if strings.Contains(text, end) {
			return nil, fmt.Errorf("a %s without a %s", end, open)
		}
		if text != "" {
			parts = append(parts, templatePart{text: text})
		}
		if !found {
			break
		}
		name, behind, closed := strings.Cut(rest, end)
		if !closed {
			return nil, fmt.Errorf("a %s without a %s", open, end)
		}
		if name = strings.TrimSpace(name); name == "" || strings.Contains(name, open) {
			return nil, fmt.Errorf("%s%.40s%s is not a variable", open, name, end)
		}
		parts = append(parts, templatePart{name: name})
		s = behind
	}
	return parts, nil
}

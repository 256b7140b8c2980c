package job

import (
	"errors"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/krapp-io/krapp/kafkaops"
)

const opPlanning = "planning sources of"

// Source is one source of a job: a combination of the lists' values.
type Source struct {
	ID   string            // stable: the values joined, "2019-jan"; without lists the file's name
	URL  string            // or a path
	Vars map[string]string // the values, {yy} included
}

// Sources expands the URL template, the last list's values first. choose has values in the place of a list's own; "*" alone is all of those.
// Any year of four digits can be chosen. An unknown list or value is an error (Invalid) that names the known ones. The result is in the order
// of the lists and the same for the same job.
func (j *Job) Sources(choose map[string][]string) ([]Source, error) {
	if j.Files == nil {
		return nil, kafkaops.Errorf(kafkaops.Invalid, opPlanning, j.Name, "a stream is computed as it comes: start compute workers only", "the job reads topics: it has no sources")
	}
	lists, err := j.chosen(choose)
	if err != nil {
		return nil, err
	}
	parts, err := cutTemplate(j.Files.URL, "{", "}")
	if err != nil {
		return nil, kafkaops.NewError(kafkaops.Invalid, opPlanning, j.Name, "correct the URL", err)
	}
	count := 1
	for _, l := range lists {
		if count *= len(l.Values); count > maxSources {
			return nil, kafkaops.Errorf(kafkaops.Invalid, opPlanning, j.Name, "choose fewer values", "more than %d sources", maxSources)
		}
	}
	sources := make([]Source, 0, count)
	ids, urls := make(map[string]bool, count), make(map[string]bool, count)
	for at := range count {
		s := combination(lists, at)
		s.URL = expand(parts, s.Vars)
		if s.ID == "" {
			s.ID = fileID(s.URL)
		}
		if ids[s.ID] || urls[s.URL] {
			return nil, kafkaops.Errorf(kafkaops.Invalid, opPlanning, j.Name, "change values so that each combination reads and names a file of its own",
				"two combinations of values make the same source: %s (%s)", s.ID, s.URL)
		}
		ids[s.ID], urls[s.URL] = true, true
		sources = append(sources, s)
	}
	return sources, nil
}

// FileSource is a source for a file that is given by hand. choose has one value for each list that the job's fields need; others can be left
// out. With all of them its ID is the one that Sources gives, so that the file stands for the job's own.
func (j *Job) FileSource(file string, choose map[string][]string) (Source, error) {
	if j.Files == nil {
		return Source{}, kafkaops.Errorf(kafkaops.Invalid, opPlanning, j.Name, "send the file to the job's topic", "the job reads topics: it has no sources")
	}
	needed, err := j.neededVariables()
	if err != nil {
		return Source{}, err
	}
	lists, err := j.chosen(choose)
	if err != nil {
		return Source{}, err
	}
	var known []List
	for _, l := range lists {
		_, given := choose[l.Name]
		switch {
		case given && len(l.Values) == 1:
			known = append(known, l)
		case given:
			return Source{}, kafkaops.Errorf(kafkaops.Invalid, opPlanning, file, "give one value of "+l.Name, "one file has one %s, not %d", l.Name, len(l.Values))
		case contains(needed, l.Name) || l.Name == yearVariable && contains(needed, shortVariable):
			return Source{}, kafkaops.Errorf(kafkaops.Invalid, opPlanning, file, "say which "+l.Name+" the file is of", "the job computes with %s, which a file does not say", l.Name)
		}
	}
	s := combination(known, 0)
	s.URL = file
	if len(known) < len(lists) || len(lists) == 0 {
		s.ID = strings.TrimPrefix(s.ID+"-"+fileID(file), "-")
	}
	return s, nil
}

// neededVariables is the source's variables that the job's fields are.
func (j *Job) neededVariables() ([]string, error) {
	p, err := Compile(j)
	if err != nil {
		return nil, err
	}
	return p.fields[p.rows : p.rows+p.vars], nil
}

// chosen is the lists with the values that were chosen.
func (j *Job) chosen(choose map[string][]string) ([]List, error) {
	lists := slices.Clone(j.Files.Lists)
	names := make([]string, len(lists))
	for i, l := range lists {
		names[i] = l.Name
	}
	for name := range choose {
		if !contains(names, name) {
			return nil, kafkaops.Errorf(kafkaops.Invalid, opPlanning, j.Name, didYouMean(name, names, "its lists are"), "the job has no list %q%s", name, meant(name, names))
		}
	}
	for i, l := range lists {
		values, ok := choose[l.Name]
		if !ok || len(values) == 1 && values[0] == "*" {
			continue
		}
		var kept []string
		for _, v := range values {
			if why := refusedValue(l.Name, v); why != "" || l.Name != yearVariable && !contains(l.Values, v) {
				return nil, kafkaops.Errorf(kafkaops.Invalid, opPlanning, j.Name, didYouMean(v, l.Values, l.Name+" is one of")+`; "*" is all`, "%q is not a value of %s", v, l.Name)
			}
			if !contains(kept, v) {
				kept = append(kept, v)
			}
		}
		if len(kept) == 0 {
			return nil, kafkaops.Errorf(kafkaops.Invalid, opPlanning, j.Name, `"*" is all values`, "no value of %s was chosen", l.Name)
		}
		lists[i].Values = kept
	}
	return lists, nil
}

// combination is the at-th: the last list turns fastest.
func combination(lists []List, at int) Source {
	values := make([]string, len(lists))
	vars := make(map[string]string, len(lists)+1)
	for i := len(lists) - 1; i >= 0; i-- {
		n := len(lists[i].Values)
		values[i] = lists[i].Values[at%n]
		at /= n
		vars[lists[i].Name] = values[i]
	}
	if year := vars[yearVariable]; len(year) == 4 {
		vars[shortVariable] = year[2:]
	}
	return Source{ID: strings.Join(values, "-"), Vars: vars}
}

func expand(parts []templatePart, vars map[string]string) string {
	var b strings.Builder
	for _, p := range parts {
		if p.name != "" {
			b.WriteString(vars[p.name])
		} else {
			b.WriteString(p.text)
		}
	}
	return b.String()
}

// fileID is the last part of a path or URL, of characters that names have.
func fileID(u string) string {
	if parsed, err := url.Parse(u); err == nil && parsed.Path != "" {
		u = parsed.Path
	}
	id := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '_' || r == '-' {
			return r
		}
		return '_'
	}, path.Base(u))
	if len(id) > maxName {
		id = id[len(id)-maxName:]
	}
	return id
}

// WithBase is the URL or path u on another server, or below a directory: base in the place of scheme and host.
func WithBase(u, base string) (string, error) {
	refuse := func(why string) error {
		return kafkaops.Errorf(kafkaops.Invalid, "replacing the base of", u, "give http://host:port, or a directory", "%q is not a base: %s", base, why)
	}
	below := u
	if _, rest, isURL := strings.Cut(u, "://"); isURL {
		_, below, _ = strings.Cut(rest, "/")
	}
	below = "/" + strings.TrimLeft(below, "/")
	scheme, _, isURL := strings.Cut(base, "://")
	if !isURL {
		if base == "" {
			return "", refuse("it is empty")
		}
		return strings.TrimRight(base, "/") + below, nil
	}
	parsed, err := url.Parse(base)
	switch {
	case err != nil:
		return "", refuse("it is not a URL")
	case scheme != "http" && scheme != "https":
		return "", refuse("only http and https are read")
	case parsed.Hostname() == "":
		return "", refuse("it has no host")
	case parsed.User != nil || parsed.RawQuery != "" || parsed.Fragment != "":
		return "", refuse("it has more than a host and a path")
	}
	return strings.TrimRight(base, "/") + below, nil
}

// causeText is an error's innermost text, for a list of mistakes.
func causeText(err error) string {
	var op *kafkaops.OpError
	if errors.As(err, &op) && op.Err != nil {
		return op.Err.Error()
	}
	return fmt.Sprint(err)
}

package job

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// reader turns YAML into a Job and collects what is wrong.
type reader struct {
	lines    [][]byte
	mistakes []mistake
	at       map[string]*yaml.Node // a value by its path, "routes/0/when"; a key by its path and "/key"
}

// pair is an entry of a mapping.
type pair struct {
	key   string
	value *yaml.Node
}

func (r *reader) wrong(n *yaml.Node, hint, format string, args ...any) {
	r.mistakes = append(r.mistakes, mistake{line: n.Line, column: n.Column, text: fmt.Sprintf(format, args...), hint: hint})
}

// noTricks refuses what makes a small file large or a value other than it looks: anchors, aliases and tags.
func (r *reader) noTricks(n *yaml.Node) {
	const hint = "write the value out where it belongs"
	switch {
	case n.Kind == yaml.AliasNode:
		r.wrong(n, hint, "an alias (*%s): job files have none", n.Value)
		return // not what it points to: it may point to itself
	case n.Anchor != "":
		r.wrong(n, hint, "an anchor (&%s): job files have none", n.Anchor)
	case n.Style&yaml.TaggedStyle != 0:
		r.wrong(n, "quote a value that begins with an exclamation mark", "a tag (%s): job files have none", n.Tag)
	}
	for _, child := range n.Content {
		r.noTricks(child)
	}
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" }

// pairs reads a mapping with names of the author's choice. Nothing at all is an empty one.
func (r *reader) pairs(n *yaml.Node, path string) []pair {
	r.at[path] = n
	if isNull(n) {
		return nil
	}
	if n.Kind != yaml.MappingNode {
		r.wrong(n, "write it as {name: value} or a name: value a line", "%s is to be a mapping", last(path))
		return nil
	}
	seen := make(map[string]int, len(n.Content)/2)
	var pairs []pair
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if key.Kind != yaml.ScalarNode {
			r.wrong(key, "use a plain word as the key", "the key is to be a plain word")
			continue
		}
		if line, twice := seen[key.Value]; twice {
			r.wrong(key, "keep one of the two", "%q is there twice, first in line %d", key.Value, line)
			continue
		}
		seen[key.Value] = key.Line
		r.at[path+"/"+key.Value] = value
		r.at[path+"/"+key.Value+"/key"] = key
		pairs = append(pairs, pair{key.Value, value})
	}
	return pairs
}

// mapping reads a mapping whose keys are known.
func (r *reader) mapping(n *yaml.Node, path string, known map[string]func(n *yaml.Node, path string)) {
	for _, p := range r.pairs(n, path) {
		below := strings.TrimPrefix(path+"/"+p.key, "/")
		r.at[below] = p.value
		read, ok := known[p.key]
		if !ok {
			var names []string
			if len(r.mistakes) < maxMistakes { // no more are shown
				names = slices.Sorted(maps.Keys(known))
			}
			r.wrong(r.at[path+"/"+p.key+"/key"], didYouMean(p.key, names, "the keys here are"), "unknown key %q%s", p.key, meant(p.key, names))
			continue
		}
		read(p.value, below)
	}
}

// list reads a sequence; a single value is a list of one.
func (r *reader) list(n *yaml.Node, path string, each func(n *yaml.Node, path string)) {
	r.at[path] = n
	switch {
	case isNull(n):
	case n.Kind == yaml.SequenceNode:
		for i, child := range n.Content {
			below := path + "/" + strconv.Itoa(i)
			r.at[below] = child
			each(child, below)
		}
	default:
		each(n, path)
	}
}

func (r *reader) texts(to *[]string) func(*yaml.Node, string) {
	return func(n *yaml.Node, path string) {
		r.list(n, path, func(n *yaml.Node, path string) {
			var s string
			r.text(&s)(n, path)
			*to = append(*to, s)
		})
	}
}

// text reads a scalar as it is written: no, 007 and 1e3 are texts too.
func (r *reader) text(to *string) func(*yaml.Node, string) {
	return func(n *yaml.Node, path string) {
		if n.Kind != yaml.ScalarNode {
			r.wrong(n, "write one value", "%s is to be a single value", last(path))
			return
		}
		if !isNull(n) {
			*to = n.Value
		}
	}
}

// value reads a scalar with parse.
func value[T any](r *reader, to *T, parse func(string) (T, error)) func(*yaml.Node, string) {
	return func(n *yaml.Node, path string) {
		before := len(r.mistakes)
		var s string
		if r.text(&s)(n, path); len(r.mistakes) > before {
			return
		}
		v, err := parse(s)
		if err != nil {
			r.wrong(n, "the examples directory shows how it is written", "%s: %v", last(path), err)
			return
		}
		*to = v
	}
}

// last is the name of a path in messages.
func last(path string) string {
	name := path[strings.LastIndexByte(path, '/')+1:]
	if _, err := strconv.Atoi(name); err == nil {
		above, _, _ := strings.Cut(path, "/")
		return "an entry of " + above
	}
	if name == "" {
		return "the file"
	}
	return name
}

package route

import (
	"slices"
	"strings"
)

// lastElements lets "weight_kg" stand for parcel.weight_kg where only one path ends so.
func (w *topicWords) lastElements() {
	owners := map[string][]int{}
	for i, f := range w.Fields {
		if last := strings.ToLower(f.Path[strings.LastIndexByte(f.Path, '.')+1:]); len(nameWords(last)) > 1 {
			owners[last] = append(owners[last], i)
		}
	}
	for last, fields := range owners {
		if _, have := w.paths[last]; !have && len(fields) == 1 {
			w.paths[last] = fields[0]
		}
	}
}

// sameThing are words of which one may stand for another that a field is named by.
var sameThing = [][]string{
	{"celsius", "temperature", "temp", "fahrenheit", "degree"}, {"duration", "latency", "elapsed", "took"}, {"amount", "price", "cost"},
	{"customer", "client", "buyer"}, {"user", "account"}, {"level", "severity"}, {"host", "server", "machine", "node"},
	{"weight", "weigh", "weighed", "weighing", "mass"},
}

// synonyms lets "temperature" stand for the field celsius, where no field is named so and just one by another word of the kind.
func (w *topicWords) synonyms() {
	for _, group := range sameThing {
		var owner []fieldForm
		for _, word := range group {
			for _, f := range w.byWord[word] {
				if len(f.form) == 1 && !slices.ContainsFunc(owner, func(o fieldForm) bool { return o.field == f.field }) {
					owner = append(owner, f)
				}
			}
		}
		for _, word := range group {
			if len(owner) == 1 && len(w.byWord[word]) == 0 {
				w.byWord[word] = append(w.byWord[word], fieldForm{[]string{word}, owner[0].field, 2000})
			}
		}
	}
}

// weakForms lets a single word stand for a field when only one field of the topic has it in its last element: "celsius" for temp_celsius.
func (w *topicWords) weakForms() {
	owners := map[string][]int{}
	for i, f := range w.Fields {
		last := f.Path[strings.LastIndexByte(f.Path, '.')+1:]
		seen := map[string]bool{}
		for _, part := range nameWords(last) {
			if !seen[part] && !suffixes[part] && len(part) > 2 {
				owners[part] = append(owners[part], i)
				seen[part] = true
			}
		}
	}
	for part, fields := range owners {
		if len(fields) == 1 && len(w.byWord[part]) == 0 {
			w.byWord[part] = append(w.byWord[part], fieldForm{[]string{part}, fields[0], 1000})
		}
	}
}

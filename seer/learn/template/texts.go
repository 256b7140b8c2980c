package template

import (
	"strings"

	"github.com/krapp-io/krapp/seer/learn/passage"
)

// Found says what Add found in a value besides what it counted.
type Found uint8

// What may be found.
const (
	Nothing Found = iota
	Whole         // the value is prose, and has no template of its own
	Parts         // it is JSON with long strings, which may be prose: see Texts
)

const (
	longText = 120 // bytes from which on a string may be prose
	maxTexts = 16  // of a record
)

// Text is a string of a JSON value.
type Text struct {
	Path, Text string
}

// Texts returns the strings of a JSON value that are prose of more than 120 bytes, at least 12 words, in order, at most 16.
func (m *Miner) Texts(value []byte) []Text {
	r := reading{table: m.read.table, seed: m.read.seed}
	var out []Text
	r.reset(true)
	r.long = func(raw []byte, escaped bool) {
		if len(out) == maxTexts {
			return
		}
		if escaped {
			raw = r.unescape(raw)
		}
		if passage.IsProse(raw) && passage.Words(string(raw)) >= 12 {
			out = append(out, Text{r.where(), strings.ToValidUTF8(string(raw), "\uFFFD")})
		}
	}
	if !r.readJSON(value) {
		return nil
	}
	return out
}

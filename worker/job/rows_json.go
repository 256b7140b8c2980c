package job

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// jsonRows finds fields in JSON values. jsontext reads all of a row and so knows whether it is JSON; it is the tokenizer of what becomes
// encoding/json/v2, and allocates nothing here.
type jsonRows struct {
	root    jsonNode
	decoder jsontext.Decoder
	buffer  bytes.Buffer
	scratch []byte // strings with escapes, without them
}

// jsonNode is a member of an object that is wanted or has wanted members.
type jsonNode struct {
	name   string
	quoted string // as most write it
	field  int    // or -1
	kids   []jsonNode
}

func newJSONRows(fields []string) jsonRows {
	r := jsonRows{root: jsonNode{field: -1}}
	for i, f := range fields {
		node := &r.root
		for name := range strings.SplitSeq(f, ".") {
			node = node.kid(name)
		}
		node.field = i
	}
	return r
}

// kid returns the member of that name, and makes it if there is none.
func (n *jsonNode) kid(name string) *jsonNode {
	for i := range n.kids {
		if n.kids[i].name == name {
			return &n.kids[i]
		}
	}
	n.kids = append(n.kids, jsonNode{name: name, quoted: `"` + name + `"`, field: -1})
	return &n.kids[len(n.kids)-1]
}

// find returns the member that a name as it is written means, or nil.
func (n *jsonNode) find(quoted []byte) *jsonNode {
	for i := range n.kids {
		if n.kids[i].quoted == string(quoted) {
			return &n.kids[i]
		}
	}
	if bytes.IndexByte(quoted, '\\') < 0 {
		return nil
	}
	name, err := jsontext.AppendUnquote(nil, quoted)
	if err != nil {
		return nil
	}
	for i := range n.kids {
		if n.kids[i].name == string(name) {
			return &n.kids[i]
		}
	}
	return nil
}

func (l *layout) readJSON(line []byte) (reason string) {
	for i, ours := range l.fromVars {
		l.kinds[i] = textValue
		if !ours {
			l.values[i] = nil
		}
	}
	r := &l.json
	r.scratch = r.scratch[:0]
	r.buffer = *bytes.NewBuffer(line)
	r.decoder.Reset(&r.buffer, jsontext.AllowDuplicateNames(true)) // of members that come twice the last counts, as everywhere
	if r.decoder.PeekKind() != jsontext.KindBeginObject {
		if err := r.decoder.SkipValue(); err != nil {
			return whyNotJSON(err)
		}
		return "it is not a JSON object"
	}
	if err := l.object(&r.root, line); err != nil {
		return whyNotJSON(err)
	}
	if _, err := r.decoder.ReadToken(); !errors.Is(err, io.EOF) {
		return "something follows the JSON object"
	}
	return ""
}

// object reads an object that has wanted members.
func (l *layout) object(node *jsonNode, line []byte) error {
	d := &l.json.decoder
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	for d.PeekKind() != jsontext.KindEndObject {
		name, err := d.ReadValue()
		if err != nil {
			return err
		}
		kid := node.find(name)
		if kid == nil {
			err = d.SkipValue()
		} else {
			err = l.member(kid, line)
		}
		if err != nil {
			return err
		}
	}
	_, err := d.ReadToken()
	return err
}

func (l *layout) member(node *jsonNode, line []byte) error {
	d := &l.json.decoder
	kind := d.PeekKind()
	var size int
	if kind == jsontext.KindBeginObject && len(node.kids) > 0 {
		before := d.InputOffset()
		if err := l.object(node, line); err != nil {
			return err
		}
		// What stands between is the colon and blanks.
		size = len(bytes.TrimLeft(line[before:d.InputOffset()], ": \t\r\n"))
	} else {
		value, err := d.ReadValue()
		if err != nil {
			return err
		}
		size = len(value)
	}
	if node.field >= 0 && !l.fromVars[node.field] {
		end := int(d.InputOffset()) // what ReadValue returned is valid until the next call only; the line is ours
		l.setJSON(node.field, kind, line[end-size:end])
	}
	return nil
}

func (l *layout) setJSON(field int, kind jsontext.Kind, raw []byte) {
	l.kinds[field], l.values[field] = kindOf(kind), raw
	switch kind {
	case jsontext.KindNull:
		l.values[field] = raw[:0] // there, and empty
	case jsontext.KindString:
		if bytes.IndexByte(raw, '\\') < 0 {
			l.values[field] = raw[1 : len(raw)-1]
			return
		}
		from := len(l.json.scratch)
		l.json.scratch, _ = jsontext.AppendUnquote(l.json.scratch, raw) // the decoder has seen that it is a JSON string
		l.values[field] = l.json.scratch[from:len(l.json.scratch):len(l.json.scratch)]
	}
}

func kindOf(k jsontext.Kind) valueKind {
	switch k {
	case jsontext.KindString:
		return textValue
	case jsontext.KindNumber:
		return numberValue
	case jsontext.KindTrue, jsontext.KindFalse:
		return boolValue
	case jsontext.KindNull:
		return nullValue
	}
	return structuredValue
}

// whyNotJSON is the decoder's error for a dead letter.
func whyNotJSON(err error) string {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return "it is not JSON: it ends too early"
	}
	return "it is not JSON: " + clip([]byte(strings.TrimPrefix(err.Error(), "jsontext: ")))
}

package message

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
)

// Short is the part of a run's ID that people read and that {{id}} holds: its last five characters, which are random.
func Short(runID string) string { return runID[max(0, len(runID)-5):] }

// AppendID appends what {{id}} renders: SHORT-SEQ. It can be read back without a table.
func AppendID(dst []byte, short string, seq int64) []byte {
	dst = append(dst, short...)
	dst = append(dst, '-')
	return strconv.AppendInt(dst, seq, 10)
}

// FindID finds the first SHORT-SEQ of the run in b and returns the sequence number. Text around it is skipped.
func FindID(b []byte, short string) (seq int64, ok bool) {
	for {
		at := bytes.Index(b, []byte(short))
		if at < 0 {
			return 0, false
		}
		b = b[at+len(short):]
		if len(b) < 2 || b[0] != '-' {
			continue
		}
		digits := 1
		for digits < len(b) && digits < 20 && b[digits] >= '0' && b[digits] <= '9' {
			digits++
		}
		if n, err := strconv.ParseInt(string(b[1:digits]), 10, 64); err == nil {
			return n, true
		}
	}
}

// Locator says where in a record of an output topic the id of a message is.
type Locator struct {
	inKey bool
	path  []string // of the value's JSON
}

// ParseLocator reads "key" or "value.PATH" (`value` alone: anywhere in the value).
func ParseLocator(s string) (Locator, bool) {
	if s == "key" {
		return Locator{inKey: true}, true
	}
	rest, ok := strings.CutPrefix(s, "value")
	if !ok {
		return Locator{}, false
	}
	if rest == "" {
		return Locator{}, true
	}
	path := strings.Split(rest, ".")
	if path[0] != "" {
		return Locator{}, false
	}
	for _, p := range path[1:] {
		if p == "" {
			return Locator{}, false
		}
	}
	return Locator{path: path[1:]}, true
}

// Find returns the part of a record that holds the id: the key, or what the path leads to in the value.
func (l Locator) Find(key, value []byte) ([]byte, bool) {
	if l.inKey {
		return key, key != nil
	}
	return jsonAt(value, l.path)
}

// jsonAt follows a path of object keys and array indices. A string is returned unquoted, anything else as it is written.
func jsonAt(value []byte, path []string) ([]byte, bool) {
	if len(path) == 0 {
		return value, value != nil
	}
	raw := json.RawMessage(value)
	for _, step := range path {
		raw = bytes.TrimLeft(raw, " \t\r\n")
		if len(raw) == 0 {
			return nil, false
		}
		switch raw[0] {
		case '{':
			var object map[string]json.RawMessage
			if json.Unmarshal(raw, &object) != nil || object[step] == nil {
				return nil, false
			}
			raw = object[step]
		case '[':
			var array []json.RawMessage
			i, err := strconv.Atoi(step)
			if err != nil || json.Unmarshal(raw, &array) != nil || i < 0 || i >= len(array) {
				return nil, false
			}
			raw = array[i]
		default:
			return nil, false
		}
	}
	var text string
	if len(raw) > 0 && raw[0] == '"' && json.Unmarshal(raw, &text) == nil {
		return []byte(text), true
	}
	return raw, true
}

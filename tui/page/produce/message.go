package produce

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/krapp-io/krapp/kafkaops"
)

// parseHeaders reads name=value pairs divided by blanks; a pair with blanks in it is written in double quotes, in which a backslash
// stands before a quote or a backslash.
func parseHeaders(text string) ([]kafkaops.Header, error) {
	pairs, err := words(text)
	if err != nil {
		return nil, err
	}
	var headers []kafkaops.Header
	for _, pair := range pairs {
		name, value, ok := strings.Cut(pair, "=")
		if !ok || name == "" {
			return nil, fmt.Errorf("%q is no name=value", pair)
		}
		headers = append(headers, kafkaops.Header{Key: name, Value: []byte(value)})
	}
	return headers, nil
}

func words(text string) ([]string, error) {
	var all []string
	var word strings.Builder
	quoted, begun, escaped := false, false, false
	for _, r := range text {
		switch {
		case escaped:
			word.WriteRune(r)
			escaped = false
		case r == '\\' && quoted:
			escaped = true
		case r == '"':
			quoted, begun = !quoted, true
		case (r == ' ' || r == '\t') && !quoted:
			if begun {
				all = append(all, word.String())
			}
			word.Reset()
			begun = false
		default:
			word.WriteRune(r)
			begun = true
		}
	}
	if quoted {
		return nil, errors.New(`a quote (") is not closed`)
	}
	if begun {
		all = append(all, word.String())
	}
	return all, nil
}

func parsePartition(text string) (int32, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return kafkaops.AnyPartition, nil
	}
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("%q is no partition: give a number, or nothing to choose by the key", text)
	}
	return int32(n), nil
}

// command is the krapp command line that sends the same message.
func command(r kafkaops.Record) string {
	var b strings.Builder
	b.WriteString("krapp produce " + quote(r.Topic))
	if r.Key != nil {
		b.WriteString(" --key " + quote(string(r.Key)))
	}
	b.WriteString(" --value " + quote(string(r.Value)))
	for _, h := range r.Headers {
		b.WriteString(" -H " + quote(h.Key+"="+string(h.Value)))
	}
	if r.Partition != kafkaops.AnyPartition {
		b.WriteString(" --partition " + strconv.Itoa(int(r.Partition)))
	}
	return b.String()
}

// quote is a word for a POSIX shell.
func quote(s string) string {
	if s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=@,+") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

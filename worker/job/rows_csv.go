package job

import (
	"bytes"
	"fmt"
	"strings"
)

// csvRows are where the wanted fields are in a row of CSV.
type csvRows struct {
	header  string
	want    []int  // by place in the row: the field, or -1; it ends with the last wanted one
	scratch []byte // fields whose quotes are doubled, without them
}

// bindNames says which fields the rows have, in order. Of names that come twice the first counts.
func (l *layout) bindNames(names []string) {
	l.csv.want = l.csv.want[:0]
	place := make(map[string]int, len(l.fields))
	for i, f := range l.fields {
		place[f] = i
	}
	wanted := 0
	for n, name := range names {
		field, ok := place[name]
		if !ok {
			field = -1
		} else {
			delete(place, name)
			wanted = n + 1
		}
		l.csv.want = append(l.csv.want, field)
	}
	l.csv.want = l.csv.want[:wanted]
}

// bindHeader takes the names from the first row of a source.
func (l *layout) bindHeader(header string) error {
	if header == l.csv.header && header != "" {
		return nil
	}
	names, err := splitHeader(header, l.format.delimiter())
	if err != nil {
		return err
	}
	l.csv.header = header
	l.bindNames(names)
	return nil
}

// splitHeader reads the row that names the fields; a byte order mark isn't part of the first.
func splitHeader(header string, delimiter byte) ([]string, error) {
	header = strings.TrimRight(strings.TrimPrefix(header, "\ufeff"), "\r\n")
	if header == "" {
		return nil, fmt.Errorf("the header is empty")
	}
	var names []string
	var c csvRows
	if reason := c.split([]byte(header), delimiter, func(_ int, value []byte) bool {
		names = append(names, strings.TrimSpace(string(value)))
		return true
	}); reason != "" {
		return nil, fmt.Errorf("the header: %s", reason)
	}
	return names, nil
}

func (l *layout) readCSV(line []byte) (reason string) {
	want := l.csv.want
	if bytes.IndexByte(line, '"') >= 0 {
		return l.readQuoted(line)
	}
	delimiter := l.format.delimiter()
	n := 0
	for n < len(want) {
		value, rest, more := line, []byte(nil), false
		for i, c := range line { // fields are short: a call of IndexByte would cost more
			if c == delimiter {
				value, rest, more = line[:i], line[i+1:], true
				break
			}
		}
		if f := want[n]; f >= 0 && !l.fromVars[f] {
			l.values[f] = value
		}
		n++
		if !more {
			break
		}
		line = rest
	}
	if n < len(want) {
		return l.tooFew(n)
	}
	return ""
}

// readQuoted reads a row that has quotes in it.
func (l *layout) readQuoted(line []byte) (reason string) {
	want, fields := l.csv.want, 0
	reason = l.csv.split(line, l.format.delimiter(), func(n int, value []byte) bool {
		fields = n + 1
		if n < len(want) && want[n] >= 0 && !l.fromVars[want[n]] {
			l.values[want[n]] = value
		}
		return true
	})
	if reason == "" && fields < len(want) {
		return l.tooFew(fields)
	}
	return reason
}

func (l *layout) tooFew(have int) string {
	want := l.csv.want
	for want[have] < 0 {
		have++
	}
	return fmt.Sprintf("the row has too few fields: %s is the %d.", l.fields[want[have]], have+1)
}

// split calls field with each field of a row by its place. Its value is valid until the next call of split.
func (c *csvRows) split(line []byte, delimiter byte, field func(n int, value []byte) bool) (reason string) {
	c.scratch = c.scratch[:0]
	for n := 0; ; n++ {
		if len(line) == 0 || line[0] != '"' {
			end := bytes.IndexByte(line, delimiter)
			value := line
			if end >= 0 {
				value = line[:end]
			}
			if bytes.IndexByte(value, '"') >= 0 {
				return fmt.Sprintf("field %d has a quote inside but isn't quoted", n+1)
			}
			if !field(n, value) || end < 0 {
				return ""
			}
			line = line[end+1:]
			continue
		}
		end := closingQuote(line[1:])
		if end < 0 {
			return fmt.Sprintf("field %d has no closing quote", n+1)
		}
		value := c.unquote(line[1 : end+1])
		line = line[end+2:]
		if len(line) > 0 && line[0] != delimiter {
			return fmt.Sprintf("field %d goes on behind its closing quote", n+1)
		}
		if !field(n, value) || len(line) == 0 {
			return ""
		}
		line = line[1:]
	}
}

// unquote makes doubled quotes single ones.
func (c *csvRows) unquote(value []byte) []byte {
	quote := bytes.IndexByte(value, '"')
	if quote < 0 {
		return value
	}
	from := len(c.scratch)
	for ; quote >= 0; quote = bytes.IndexByte(value, '"') {
		c.scratch = append(c.scratch, value[:quote+1]...)
		value = value[quote+2:]
	}
	c.scratch = append(c.scratch, value...)
	return c.scratch[from:len(c.scratch):len(c.scratch)]
}

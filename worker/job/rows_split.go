package job

import "bytes"

// Splitter finds where rows end: a row is a line, but a quoted CSV field may hold line ends.
type Splitter struct {
	quoted    bool
	delimiter byte
}

// NewSplitter returns the splitter of a format.
func NewSplitter(f Format) Splitter {
	return Splitter{quoted: f.Kind == CSV, delimiter: f.delimiter()}
}

// Split returns how many bytes of data are whole rows, at most maxRows of them and maxBytes (at least one row if there is one), and how many
// rows they are. atEOF: nothing follows data, so that the last row may lack its line end.
func (s *Splitter) Split(data []byte, maxRows, maxBytes int, atEOF bool) (n, rows int) {
	for rows < maxRows && n < len(data) {
		end := s.end(data[n:])
		switch {
		case end >= 0:
			end++ // with its line end
		case atEOF:
			end = len(data) - n
		default:
			return n, rows
		}
		if rows > 0 && n+end > maxBytes {
			return n, rows
		}
		n += end
		rows++
	}
	return n, rows
}

// end returns where the '\n' is that ends the first row, or -1.
func (s *Splitter) end(data []byte) int {
	if s.quoted {
		return csvEnd(data, s.delimiter)
	}
	return bytes.IndexByte(data, '\n')
}

// csvEnd returns where the '\n' is that ends the first row of CSV, or -1. A quote opens a field only at its start, as in RFC 4180; so a
// stray quote inside of a field is that row's mistake and doesn't swallow the rows behind it.
func csvEnd(data []byte, delimiter byte) int {
	end := bytes.IndexByte(data, '\n')
	line := data
	if end >= 0 {
		line = data[:end]
	}
	if bytes.IndexByte(line, '"') < 0 {
		return end
	}
	for i := 0; i < len(data); i++ {
		if data[i] == '"' {
			n := closingQuote(data[i+1:])
			if n < 0 {
				return -1
			}
			i += n + 2
		}
		for i < len(data) && data[i] != delimiter {
			if data[i] == '\n' {
				return i
			}
			i++
		}
	}
	return -1
}

// closingQuote returns where the quote is that closes a quoted field, given what follows the opening one, or -1. Doubled quotes are content.
func closingQuote(data []byte) int {
	for i := 0; ; {
		n := bytes.IndexByte(data[i:], '"')
		if n < 0 {
			return -1
		}
		i += n
		if i+1 >= len(data) || data[i+1] != '"' {
			return i
		}
		i += 2
	}
}

// delimiter is the format's, or a comma.
func (f Format) delimiter() byte {
	if f.Delimiter == 0 {
		return ','
	}
	return f.Delimiter
}

// countRows counts rows that are all ended by '\n'.
func countRows(f Format, rows []byte) int {
	if f.Kind != CSV || bytes.IndexByte(rows, '"') < 0 {
		return bytes.Count(rows, []byte{'\n'})
	}
	n := 0
	for ; len(rows) > 0; n++ {
		end := csvEnd(rows, f.delimiter())
		if end < 0 {
			return n + 1
		}
		rows = rows[end+1:]
	}
	return n
}

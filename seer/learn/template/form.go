package template

import "bytes"

// The masks.
const (
	maskNumber  = "<num>"
	maskID      = "<id>"
	maskTime    = "<time>"
	maskAddress = "<addr>"
	maskURL     = "<url>"
	maskMail    = "<mail>"
	maskPath    = "<path>"
	maskText    = "<text>"
	maskWord    = "<word>"
)

// form is what a string looks like.
type form uint8

const (
	formWord form = iota // letters, perhaps with . - _ ' between them
	formNumber
	formID
	formTime
	formAddress
	formURL
	formMail
	formPath
	formText  // several words
	formMarks // neither letter nor digit
)

func (f form) mask() string {
	switch f {
	case formNumber:
		return maskNumber
	case formID:
		return maskID
	case formTime:
		return maskTime
	case formAddress:
		return maskAddress
	case formURL:
		return maskURL
	case formMail:
		return maskMail
	case formPath:
		return maskPath
	case formText:
		return maskText
	}
	return maskWord
}

// What a byte is.
const (
	isLetter = 1 << iota
	isDigit
	isUpper
	isSpace
	isHexLetter
	isControl // that no text has
	isOpen    // may stand before a word
	isClose   // may stand behind one
)

// classes of bytes; those of runes beyond ASCII count as letters.
func classOf(c byte) uint8 {
	switch {
	case c >= '0' && c <= '9':
		return isDigit
	case c >= 'a' && c <= 'f':
		return isLetter | isHexLetter
	case c >= 'A' && c <= 'F':
		return isLetter | isUpper | isHexLetter
	case c >= 'a' && c <= 'z' || c >= 0x80:
		return isLetter
	case c >= 'A' && c <= 'Z':
		return isLetter | isUpper
	case c == ' ' || c == '\t' || c == '\n' || c == '\r':
		return isSpace
	case c < 0x20 || c == 0x7f:
		return isControl
	}
	switch c {
	case '(', '[', '{', '<':
		return isOpen
	case ')', ']', '}', '>', ',', ';', ':', '.', '!', '?':
		return isClose
	case '"', '\'', '`', '|':
		return isOpen | isClose
	}
	return 0
}

// table is classOf for each byte; it lives in the miner, so that nothing is shared.
type table [256]uint8

func newTable() *table {
	t := new(table)
	for i := range t {
		t[i] = classOf(byte(i))
	}
	return t
}

// counts of what a token is made of.
type counts struct {
	letters, digits, upper, hexLetters, dots, colons, hyphens, slashes, spaces, others int
	signs                                                                              int // @ and =
}

func (t *table) count(s []byte) counts {
	var n counts
	for _, c := range s {
		k := t[c]
		switch {
		case k&isLetter != 0:
			n.letters++
			if k&isUpper != 0 {
				n.upper++
			}
			if k&isHexLetter != 0 {
				n.hexLetters++
			}
		case k&isDigit != 0:
			n.digits++
		case c == '.':
			n.dots++
		case c == ':':
			n.colons++
		case c == '-' || c == '_' || c == '\'':
			n.hyphens++
		case c == '/' || c == '\\':
			n.slashes++
		case k&isSpace != 0:
			n.spaces++
		default:
			if n.others++; c == '@' {
				n.signs++
			}
		}
	}
	return n
}

const (
	longNumber  = 8  // digits; what is longer is an ID
	longestWord = 32 // bytes; what is longer is an ID
)

// formOf tells the form of a token without spaces around it.
func (t *table) formOf(s []byte) form {
	n := t.count(s)
	switch {
	case n.slashes > 0 && bytes.Contains(s, []byte("://")):
		return formURL
	case n.spaces > 0:
		if n.digits > 0 && isTime(s) && n.spaces == 1 {
			return formTime
		}
		return formText
	case n.signs > 0 && n.dots > 0 && n.letters > 0:
		return formMail
	case n.slashes > 0 && (s[0] == '/' || s[0] == '\\' || n.slashes > 1 && !isTime(s)):
		return formPath
	case n.digits == 0:
		return letters(s, n)
	case isTime(s):
		return formTime
	case isAddress(s, n):
		return formAddress
	case t.isNumber(s, n):
		return formNumber
	}
	return formID
}

// letters is formOf without digits.
func letters(s []byte, n counts) form {
	switch {
	case n.letters == 0:
		return formMarks
	case n.hexLetters == len(s) && len(s) >= longNumber, len(s) > longestWord && n.dots+n.hyphens+n.slashes < len(s)/16:
		return formID
	case n.colons > 1 && n.hexLetters+n.colons == len(s):
		return formAddress
	}
	return formWord
}

// isTime knows what begins as 2026-11-21, 2026/11/21, 21/Nov/2026, 20:58 or 20261121T.
func isTime(s []byte) bool {
	if len(s) < 5 {
		return false
	}
	d := 0
	for d < len(s) && s[d] >= '0' && s[d] <= '9' {
		d++
	}
	if d == len(s) {
		return false
	}
	next := func(i int) bool { return i < len(s) && s[i] >= '0' && s[i] <= '9' }
	switch sep := s[d]; d {
	case 4:
		return (sep == '-' || sep == '/') && next(5) && next(6) && len(s) > 7 && s[7] == sep
	case 1, 2:
		if sep == ':' {
			return next(d+1) && next(d+2) && (len(s) == d+3 || s[d+3] == ':' || s[d+3] == 'Z' || s[d+3] == '+')
		}
		return (sep == '/' || sep == '.' || sep == '-') && len(s) >= 8 && (s[d+2] == sep || s[d+3] == sep || s[d+4] == sep) && !isDotted(s)
	case 8:
		return sep == 'T'
	}
	return false
}

// isDotted says that three full stops part numbers, as in an address.
func isDotted(s []byte) bool { return bytes.Count(s, []byte{'.'}) >= 3 }

// isAddress knows IP addresses, with a port, and host:port.
func isAddress(s []byte, n counts) bool {
	switch {
	case n.letters == 0 && n.dots == 3 && n.digits >= 4 && n.colons <= 1 && n.digits+n.dots+n.colons+n.slashes == len(s):
		return true
	case n.colons >= 2 && n.digits+n.hexLetters+n.colons+n.dots == len(s):
		return true
	case n.colons != 1 || n.others > 0:
		return false
	}
	i := bytes.IndexByte(s, ':')
	return i > 0 && i+1 < len(s) && len(s)-i <= 6 && onlyDigits(s[i+1:])
}

func onlyDigits(s []byte) bool {
	for _, c := range s {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(s) > 0
}

// isNumber knows 12, -3.5, 1,234, 10%, 3000ms, 1.5GB, 2e9, #7.
func (t *table) isNumber(s []byte, n counts) bool {
	if n.digits >= longNumber && n.digits == len(s) || n.letters > 3 || n.dots > 1 || n.colons > 0 || n.slashes > 0 {
		return false
	}
	i := 0
	for i < len(s) && (s[i] == '-' || s[i] == '+' || s[i] == '#' || s[i] == '$' || s[i] == '~') {
		i++
	}
	if i == len(s) || t[s[i]]&isDigit == 0 && s[i] < 0x80 {
		return false
	}
	for i < len(s) && (t[s[i]]&isDigit != 0 || s[i] == '.' || s[i] == ',') {
		i++
	}
	for _, c := range s[i:] { // the unit
		if t[c]&isLetter == 0 && c != '%' {
			return false
		}
	}
	return true
}

package template

import "bytes"

const (
	maxLine   = 512 // bytes of a line that count
	maxTokens = 64
	maxQuoted = 256 // bytes between two quotes
)

// liner reads one line.
type liner struct {
	*reading
	s      []byte
	i      int
	space  bool   // a space stood before what comes
	prev   []byte // the word before
	before []byte // the word before that one
	starts bool   // what comes begins a sentence, or may
	timed  bool   // a time stood before
	asked  bool   // a request stood before
}

// line reads text as the line of a log. Of several lines the first one counts. False: it is no text.
func (r *reading) line(text []byte) bool {
	text = bytes.TrimSpace(text)
	rest := false
	if i := bytes.IndexByte(text, '\n'); i >= 0 {
		text, rest = bytes.TrimSpace(text[:i]), true
	}
	if len(text) > maxLine {
		text, rest = text[:maxLine], true
		if i := bytes.LastIndexByte(text, ' '); i > maxLine/2 {
			text = text[:i]
		}
	}
	l := liner{reading: r, s: text, starts: true}
	for n := 0; l.i < len(text); n++ {
		if n == maxTokens {
			rest = true
			break
		}
		if !l.token() {
			return false
		}
	}
	if rest {
		l.constant([]byte("…"), true)
	}
	return true
}

// token reads the next token, and the space before it.
func (l *liner) token() bool {
	for l.i < len(l.s) && l.table[l.s[l.i]]&isSpace != 0 {
		l.i++
		l.space = true
	}
	if l.i == len(l.s) {
		return true
	}
	c := l.s[l.i]
	switch k := l.table[c]; {
	case k&isControl != 0:
		return false
	case c == '"' || c == '\'' || c == '`':
		if l.quoted(c, usual, nil) {
			return true
		}
		l.mark(1)
	case k&isOpen != 0 || k&isClose != 0 && c != '.' || separates(c):
		l.mark(1)
	default:
		l.core()
	}
	return true
}

// mark reads punctuation.
func (l *liner) mark(n int) {
	c := l.s[l.i]
	l.constant(l.s[l.i:l.i+n], l.space)
	l.i += n
	l.space, l.asked = false, false
	l.starts = c != '-' && c != '/'
	if c != ',' && c != '[' && c != ']' {
		l.timed = false
	}
	l.prev = nil
}

// separates says that a token ends before c.
func separates(c byte) bool {
	switch c {
	case '[', ']', '(', ')', '{', '}', '<', '>', ';', '|', '"', '=':
		return true
	}
	return false
}

// quoted reads what stands between two quotes; false: there is no second one.
func (l *liner) quoted(quote byte, k rank, key []byte) bool {
	rest := l.s[l.i+1 : min(len(l.s), l.i+1+maxQuoted)]
	n := bytes.IndexByte(rest, quote)
	if n < 0 || quote == '\'' && l.i > 0 && l.table[l.s[l.i-1]]&(isLetter|isDigit) != 0 {
		return false
	}
	text := rest[:n]
	asked := false
	switch f := l.textForm(text); f {
	case formText, formID, formURL:
		if asked = l.request(text); asked {
			break
		}
		if f == formID && bytes.IndexByte(text, '/') >= 0 || f == formURL && bytes.IndexByte(text, ' ') >= 0 {
			f = formText // a program's name and version, as others have several words
		}
		l.masked(f, l.space)
	case formWord:
		l.slotted(text, k, l.named(key), l.space)
	case formMarks:
		l.constant(text, l.space)
	default:
		l.masked(f, l.space)
	}
	l.i += n + 2
	l.space, l.starts, l.timed, l.prev, l.asked = false, false, false, nil, asked
	return true
}

func (l *liner) textForm(text []byte) form {
	if len(bytes.TrimSpace(text)) == 0 {
		return formMarks
	}
	return l.formOf(text)
}

// named is the set of the words that stand behind a key.
func (l *liner) named(key []byte) string {
	if !l.slow || key == nil {
		return ""
	}
	return "key " + l.where() + "=" + string(key)
}

// core reads a token that begins with neither bracket nor quote.
func (l *liner) core() {
	from, pair, odd := l.i, false, false
	for l.i < len(l.s) {
		c := l.s[l.i]
		k := l.table[c]
		if k&(isSpace|isControl) != 0 || separates(c) && c != '=' {
			break
		}
		if c == '=' && !odd { // of a pair; else of a URL's query
			if pair = l.formOf(l.s[from:l.i]) == formWord; pair {
				break
			}
			odd = true
		}
		if c == ',' && (!l.digitAt(l.i-1) || !l.digitAt(l.i+1)) {
			break
		}
		l.i++
	}
	end := l.i
	for end > from+1 && l.table[l.s[end-1]]&isClose != 0 && !separates(l.s[end-1]) {
		end--
	}
	text := l.s[from:end]
	if pair && end == l.i {
		l.pair(text)
		return
	}
	l.i = end
	l.say(text)
	l.space = false
}

func (l *liner) digitAt(i int) bool { return i >= 0 && i < len(l.s) && l.table[l.s[i]]&isDigit != 0 }

// pair reads key=value; i stands on the sign.
func (l *liner) pair(key []byte) {
	l.constant(key, l.space)
	l.constant(l.s[l.i:l.i+1], false)
	l.i++
	l.space, l.timed, l.prev, l.asked = false, false, nil, false
	if l.i == len(l.s) || l.table[l.s[l.i]]&isSpace != 0 {
		return
	}
	if c := l.s[l.i]; (c == '"' || c == '\'') && l.quoted(c, rankOf(key), key) {
		return
	}
	from := l.i
	for l.i < len(l.s) && l.table[l.s[l.i]]&(isSpace|isControl) == 0 && (!separates(l.s[l.i]) || l.s[l.i] == '=') && l.s[l.i] != ',' {
		l.i++
	}
	text := l.s[from:l.i]
	if len(text) == 0 {
		return
	}
	switch f := l.formOf(text); {
	case f == formWord || f == formMarks, f == formNumber && len(text) <= 3 && isCode(key):
		l.slotted(text, rankOf(key), l.named(key), false)
	default:
		l.masked(f, false)
	}
}

// say says a token: a mask, a word that may vary, or a word that is part of the template.
func (l *liner) say(text []byte) {
	f := l.formOf(text)
	if l.answers(text, f) {
		l.timed, l.starts, l.prev = false, false, nil
		return
	}
	switch {
	case f == formWord && l.timed && isZone(text), f == formNumber && l.timed && (text[0] == '+' || text[0] == '-') && len(text) >= 5:
		return
	case f == formWord && isMonth(text) && l.daysFollow():
		f = formTime
	case l.timed && f == formNumber && onlyDigits(text) && l.onlyTime():
		f = formTime
	}
	if f == formTime {
		if !l.timed {
			l.masked(f, l.space)
		}
		l.timed, l.starts, l.prev = true, true, nil
		return
	}
	l.timed = false
	switch {
	case f == formMarks:
		l.constant(text, l.space)
	case f == formID && l.isShort(text):
		l.slotted(text, identity, "", l.space)
	case f == formID && l.stemOf(text) != nil:
		stem := l.stemOf(text)
		l.slotted(stem, identity, "", l.space)
		l.constant(text[len(stem):len(stem)+1], false)
		l.masked(formNumber, false)
	case f != formWord:
		l.masked(f, l.space)
	case l.varies(text):
		l.slotted(text, l.cued(), "", l.space)
	default:
		l.constant(text, l.space)
	}
	l.starts, l.before, l.prev = false, l.prev, text
}

// daysFollow says that a number follows: "Nov 21".
func (l *liner) daysFollow() bool {
	i := l.i
	for i < len(l.s) && (l.s[i] == ' ' || l.s[i] == ',') {
		i++
	}
	return i > l.i && l.digitAt(i)
}

// onlyTime says that the line began with the time that is still being read: the day of "Nov 21 20:58:17".
func (l *liner) onlyTime() bool { return l.prev == nil && l.i < 40 }

// varies says, by the form and the word before alone, that another record of the kind may well have another word here.
func (l *liner) varies(text []byte) bool {
	if (isCue(l.prev) || l.isOwned()) && !isFunction(text) {
		return true
	}
	upper, inner := 0, false
	for i, c := range text {
		if l.table[c]&isUpper != 0 {
			upper++
			inner = inner || i > 0 && l.table[text[i-1]]&isUpper == 0
		}
		inner = inner || i > 0 && (c == '_' || c == '.' || c == '/' || c == ':')
	}
	if upper == len(text) {
		return false
	}
	return inner || upper == 1 && l.table[text[0]]&isUpper != 0 && !l.starts && len(text) > 1
}

func isMonth(s []byte) bool {
	switch string(s) {
	case "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
		"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun":
		return true
	}
	return false
}

func isZone(s []byte) bool {
	switch string(s) {
	case "UTC", "GMT", "CET", "CEST", "EST", "EDT", "PST", "PDT", "AM", "PM", "am", "pm", "Z":
		return true
	}
	return false
}

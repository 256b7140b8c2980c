package template

import (
	"strings"
	"unicode"
)

// render writes the pattern, and the words to be found by.
func (t *topic) render(x *tmpl) (pattern, text string) {
	var p, w strings.Builder
	split(&w, t.id)
	w.WriteByte(' ')
	path, n := "", 0
	for i := range x.class.parts {
		part := &x.class.parts[i]
		if part.path != path || i == 0 && part.path != "" {
			if path = part.path; p.Len() > 0 {
				p.WriteString(", ")
				w.WriteString(", ")
			}
			p.WriteString(path + ": ")
			split(&w, path)
			w.WriteByte(' ')
		}
		word := part.text
		if part.slot {
			if word = x.words[n]; word == masked {
				word = maskWord
			}
			n++
		}
		p.WriteString(word)
		part.tell(&w, word)
	}
	return cut(p.String()), cut(tidy(w.String()))
}

// tell writes a part's word so that it is found by it.
func (p *part) tell(w *strings.Builder, word string) {
	switch {
	case !p.slot && p.rank == answer:
		reason, _ := reasonOf(strings.TrimSpace(word))
		w.WriteString(" request answered" + word + " " + reason)
	case p.slot && len(word) == 3 && isHTTP(p.key()):
		reason, _ := reasonOf(word)
		w.WriteString(word + " " + reason)
	default:
		unmasked(w, word)
	}
}

// key is what a slot's word stands behind.
func (p *part) key() string {
	if strings.HasPrefix(p.wide, "key ") {
		return p.wide[strings.LastIndexByte(p.wide, '=')+1:]
	}
	return p.path
}

// unmasked writes s with a space for each mask.
func unmasked(w *strings.Builder, s string) {
	for {
		i := strings.IndexByte(s, '<')
		if i < 0 {
			break
		}
		n := 1
		for i+n < len(s) && s[i+n] >= 'a' && s[i+n] <= 'z' {
			n++
		}
		w.WriteString(s[:i])
		w.WriteByte(' ')
		if i+n == len(s) || s[i+n] != '>' {
			n = 0
		}
		s = s[i+n+1:]
	}
	w.WriteString(s)
}

// tidy leaves out what is no word, and parts words that are written as one.
func tidy(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	comma := false
	for _, token := range strings.Fields(s) {
		word := strings.TrimFunc(token, func(r rune) bool { return !isWordRune(r) })
		if word == "" {
			comma = comma || token == ","
			continue
		}
		if b.Len() > 0 {
			if comma {
				b.WriteByte(',')
			}
			b.WriteByte(' ')
		}
		loose(&b, word)
		comma = strings.HasSuffix(token, ",")
	}
	return b.String()
}

func isWordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) }

// loose writes a word, with spaces where it is several: "robot_stuck", "code=51", "OutOfMemory".
func loose(b *strings.Builder, word string) {
	prev := ' '
	for _, r := range word {
		switch {
		case isWordRune(r):
			if unicode.IsUpper(r) && unicode.IsLower(prev) {
				b.WriteByte(' ')
			}
		case !strings.ContainsRune(".-/:'’&@", r):
			r = ' '
		}
		if r != ' ' || prev != ' ' {
			b.WriteRune(r)
		}
		prev = r
	}
}

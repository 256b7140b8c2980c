package cite

import (
	"regexp"
	"strings"
	"unicode"
)

// facts is what can be compared of a text. Bounded by the text.
type facts struct {
	words    map[string]struct{} // of content, by their stems
	names    map[string]struct{} // stems of words that are capitalised in the middle of a sentence
	months   map[string]string   // capitalised months, by their stems: their numbers
	numbers  map[string]struct{} // as plain decimals: "1234.5"
	mixed    map[string]string   // tokens of digits and letters in lower case, or of several dots; the number where it only has a unit: "4ms" → "4"
	readings map[string]struct{} // every way to read the numbers and tokens, for evidence: "1,234" is 1234, 1.234, 1 and 234
	// capitalises: the text writes many words with a capital, as German does. Then a capital tells no name.
	capitalises                 bool
	speaksOfPlace, speaksOfTime bool
}

var (
	ofPlace = regexp.MustCompile(`(?i)\b(?:offset|partition|passage|place|position)|@`)
	ofTime  = regexp.MustCompile(`(?i)\d{1,2}:\d\d|\d{4}-\d\d|\b(?:19|20)\d\d\b|UTC|\d\.?\s+may\b|\bmay\s+\d|\b(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|` +
		`apr(?:il)?|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b`)
)

func factsOf(text string) *facts {
	f := &facts{words: map[string]struct{}{}, names: map[string]struct{}{}, numbers: map[string]struct{}{}, months: map[string]string{},
		mixed: map[string]string{}, readings: map[string]struct{}{}}
	f.readNumbers([]rune(strings.ToLower(text)))
	f.readWords([]rune(text))
	if len(f.numbers)+len(f.mixed)+len(f.months) > 0 {
		f.speaksOfPlace, f.speaksOfTime = ofPlace.MatchString(text), ofTime.MatchString(text)
	}
	return f
}

// readWords finds words of content and names. A word is a run of letters; camelCase is several.
func (f *facts) readWords(runes []rune) {
	atStart, middle, capitals := true, 0, 0
	for i := 0; i < len(runes); {
		if !unicode.IsLetter(runes[i]) {
			if isStop(runes[i]) || strings.ContainsRune(":\"“«(|\n{[", runes[i]) {
				atStart = true
			}
			i++
			continue
		}
		end := i
		for end < len(runes) && (unicode.IsLetter(runes[end]) || unicode.IsMark(runes[end])) && (end == i || !humps(runes, end)) {
			end++
		}
		if isUnspaced(runes[i]) {
			f.pairs(runes[i:end])
		} else if word := stem(string(runes[i:end])); word != "" {
			f.words[word] = struct{}{}
			if !atStart {
				middle++
				month, isCalendar := calendar(string(runes[i:end]))
				if month != "" && unicode.IsUpper(runes[i]) {
					f.months[word] = month
				}
				if !isCalendar && unicode.IsUpper(runes[i]) && end-i > 2 && unicode.IsLower(runes[i+1]) {
					capitals++
					f.names[word] = struct{}{}
				}
			}
		}
		atStart = false
		i = end
	}
	f.capitalises = middle >= 10 && capitals*10 > middle*3
}

// humps says whether a new word begins inside a run of letters: the C of camelCase.
func humps(runes []rune, i int) bool { return unicode.IsUpper(runes[i]) && unicode.IsLower(runes[i-1]) }

func isUnspaced(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}

// pairs takes scripts without blanks two characters at a time.
func (f *facts) pairs(runes []rune) {
	for i := 0; i+1 < len(runes); i++ {
		f.words[string(runes[i:i+2])] = struct{}{}
	}
	if len(runes) == 1 {
		f.words[string(runes)] = struct{}{}
	}
}

// readNumbers finds numbers. A token is a run of letters, digits and what joins digits.
func (f *facts) readNumbers(runes []rune) {
	for i := 0; i < len(runes); {
		if !isTokenRune(runes[i]) {
			i++
			continue
		}
		end := i
		for end < len(runes) && (isTokenRune(runes[end]) || joinsDigits(runes, end)) {
			end++
		}
		f.token(string(runes[i:end]))
		i = end
	}
}

func isTokenRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// joinsDigits says whether a character between two digits belongs to the number: 1,234.5.
func joinsDigits(runes []rune, i int) bool {
	switch runes[i] {
	case '.', ',', '\'', '’', '\u00a0', '\u202f', '\u2009':
		return i > 0 && i+1 < len(runes) && unicode.IsDigit(runes[i-1]) && unicode.IsDigit(runes[i+1])
	}
	return false
}

func (f *facts) token(t string) {
	if !strings.ContainsFunc(t, unicode.IsDigit) {
		return
	}
	t = strings.Map(westernDigit, t)
	unit := strings.TrimRightFunc(t, unicode.IsLetter)
	// The digits of 5f3a9c are no numbers; those of 21T14, from the middle of a time, and of v1.2 are.
	if core := strings.TrimLeftFunc(strings.Replace(unit, "t", ".", 1), unicode.IsLetter); !strings.ContainsFunc(core, unicode.IsLetter) {
		for group := range strings.FieldsFuncSeq(core, func(r rune) bool { return onlyDigit(r) < 0 }) {
			f.readings[trimNumber(group)] = struct{}{}
		}
	}
	f.readings[t], f.readings[unit], f.readings[strings.TrimLeftFunc(t, unicode.IsLetter)] = struct{}{}, struct{}{}, struct{}{}
	isPlain := !strings.ContainsFunc(unit, unicode.IsLetter)
	number := ""
	if isPlain {
		number = decimal(unit)
	}
	if number != "" {
		f.readings[number] = struct{}{}
		f.readings[trimNumber(strings.Map(digitOrPoint, unit))] = struct{}{}
		f.readings[strings.Map(onlyDigit, unit)] = struct{}{}
	}
	if number != "" && unit == t {
		f.numbers[number] = struct{}{}
	} else {
		f.mixed[t] = number
	}
}

// westernDigit reads the digits of all scripts.
func westernDigit(r rune) rune {
	if r < unicode.MaxASCII || !unicode.IsDigit(r) {
		return r
	}
	// Each script's ten digits follow one another, and the zero is the first that is a digit.
	zero := r
	for n := 0; n < 9 && unicode.IsDigit(zero-1); n++ {
		zero--
	}
	return '0' + (r - zero)
}

func onlyDigit(r rune) rune {
	if r >= '0' && r <= '9' {
		return r
	}
	return -1
}

// digitOrPoint reads a comma as the point.
func digitOrPoint(r rune) rune {
	if r == ',' {
		return '.'
	}
	if r == '.' {
		return r
	}
	return onlyDigit(r)
}

// decimal reads "1,234.50" and "1 234" as "1234.5" and "1234"; "" when it is no single number: 10.0.0.5.
func decimal(s string) string {
	whole, fraction, _ := strings.Cut(s, ".")
	if strings.ContainsAny(fraction, ".,'’\u00a0\u202f\u2009") {
		return ""
	}
	groups := strings.FieldsFunc(whole, func(r rune) bool { return onlyDigit(r) < 0 })
	for _, g := range groups[min(1, len(groups)):] {
		if len(g) != 3 {
			return decimalComma(s)
		}
	}
	return trimNumber(strings.Join(groups, "") + "." + fraction)
}

// decimalComma reads "12,5".
func decimalComma(s string) string {
	whole, fraction, found := strings.Cut(s, ",")
	if !found || strings.ContainsFunc(whole+fraction, func(r rune) bool { return onlyDigit(r) < 0 }) {
		return ""
	}
	return trimNumber(whole + "." + fraction)
}

// trimNumber drops zeros that change nothing.
func trimNumber(s string) string {
	s = strings.TrimLeft(s, "0")
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	if s == "" || s[0] == '.' {
		s = "0" + s
	}
	return s
}

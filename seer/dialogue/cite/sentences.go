package cite

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// sentences splits a text. References that follow the full stop belong to the sentence before it.
func sentences(text string) []string {
	var out []string
	runes := []rune(text)
	begin := 0
	for i := 0; i < len(runes); i++ {
		if !isStop(runes[i]) {
			continue
		}
		wide := runes[i] == '。' || runes[i] == '！' || runes[i] == '？' || runes[i] == '．'
		end, marked := closing(runes, i+1)
		inWord := end < len(runes) && !wide && !marked && runes[end-1] != ' ' // 3.5, krapp.io
		if !inWord && (runes[i] != '.' || marked || !isAbbreviated(runes[begin:i]) && startsSentence(runes, end)) {
			out = appendText(out, string(runes[begin:end]))
			begin = end
		}
		i = end - 1
	}
	return appendText(out, string(runes[begin:]))
}

func appendText(out []string, s string) []string {
	if s = strings.TrimSpace(s); s != "" {
		out = append(out, s)
	}
	return out
}

func isStop(r rune) bool {
	switch r {
	case '.', '!', '?', '…', '。', '！', '？', '．', '।', '؟', '۔':
		return true
	}
	return false
}

// closing goes past quotes, brackets, emphasis, blanks and references that still belong to the sentence.
func closing(runes []rune, i int) (end int, marked bool) {
	for i < len(runes) {
		r := runes[i]
		switch {
		case isStop(r) || strings.ContainsRune(`"'”’»)*_`, r) || r == ' ':
			i++
		case r == mark:
			for i < len(runes) && runes[i] != shut {
				i++
			}
			i = min(i+1, len(runes))
			marked = true
		default:
			return backTo(runes, i), marked
		}
	}
	return i, marked
}

// backTo gives an opening quote or emphasis that closing took for a closing one back to the next sentence.
func backTo(runes []rune, i int) int {
	for i > 1 && strings.ContainsRune(`"'*_`, runes[i-1]) && runes[i-2] == ' ' {
		i--
	}
	for i > 2 && strings.ContainsRune(`*_`, runes[i-1]) && strings.ContainsRune(`*_`, runes[i-2]) && runes[i-3] == ' ' {
		i -= 2
	}
	return i
}

// isAbbreviated says whether the full stop after s ends an abbreviation: "e.g.", "Dr.", "J.".
func isAbbreviated(s []rune) bool {
	begin := len(s)
	for begin > 0 && (unicode.IsLetter(s[begin-1]) || s[begin-1] == '.') && len(s)-begin < 8 {
		begin--
	}
	switch word := strings.ToLower(string(s[begin:])); word {
	case "e.g", "i.e", "etc", "vs", "dr", "mr", "mrs", "ms", "prof", "no", "st", "approx", "ca", "cf", "resp":
		return true
	default:
		return utf8.RuneCountInString(word) == 1 && unicode.IsUpper(s[len(s)-1])
	}
}

func startsSentence(runes []rune, i int) bool {
	for ; i < len(runes); i++ {
		if r := runes[i]; !strings.ContainsRune(`"'“‘«(*_ `, r) {
			return !unicode.IsLower(r)
		}
	}
	return true
}

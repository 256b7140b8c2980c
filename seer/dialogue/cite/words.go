package cite

import (
	"strings"
	"unicode/utf8"
)

// stems is how many characters of a word are compared: "connection" and "connected" are one.
const stemRunes = 6

// stem is a word as it is compared; "" for one that says nothing: "the", and what every reply talks of, "the record".
func stem(word string) string {
	w := strings.ToLower(word)
	if isEmptyWord(w) {
		return ""
	}
	n := utf8.RuneCountInString(w)
	if n < 2 {
		return ""
	}
	for _, ending := range []string{"ies", "ing", "es", "ed", "ly", "s", "y", "e"} {
		if n-len(ending) >= 3 && strings.HasSuffix(w, ending) {
			w = strings.TrimSuffix(w, ending)
			break
		}
	}
	runes := []rune(w)
	return string(runes[:min(len(runes), stemRunes)])
}

func isEmptyWord(w string) bool {
	switch w {
	case "a", "an", "the", "and", "or", "but", "nor", "so", "yet", "if", "then", "than", "as", "of", "in", "on", "at", "by", "for", "to", "from",
		"with", "without", "into", "onto", "over", "under", "about", "between", "among", "through", "during", "before", "after", "since", "until",
		"i", "you", "he", "she", "it", "we", "they", "me", "him", "her", "us", "them", "my", "your", "his", "its", "our", "their", "mine",
		"this", "that", "these", "those", "here", "there", "who", "whom", "whose", "which", "what", "when", "where", "why", "how",
		"is", "are", "was", "were", "be", "been", "being", "am", "has", "have", "had", "having", "do", "does", "did", "done", "doing",
		"can", "could", "may", "might", "must", "shall", "should", "will", "would", "not", "no", "yes", "none", "only", "also", "too", "very",
		"all", "any", "both", "each", "every", "either", "neither", "some", "such", "same", "other", "another", "more", "most", "less", "least",
		"many", "much", "few", "several", "own", "just", "however", "therefore", "thus", "hence", "while", "because", "although", "though",
		"apache", "kafka", "according", "evidence", "record", "records", "message", "messages", "topic", "topics", "partition", "partitions", "offset", "offsets",
		"passage", "passages", "text", "texts", "said", "says", "say", "states", "stated", "mentioned", "mentions", "described", "shown", "shows",
		"following", "answer", "question", "based", "given", "found", "information", "counted", "st", "nd", "rd", "th", "don", "doesn", "isn", "wasn":
		return true
	}
	return false
}

// calendar knows months, with their numbers, and days of the week.
func calendar(word string) (month string, ok bool) {
	switch strings.ToLower(word) {
	case "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday":
		return "", true
	case "january", "jan":
		return "1", true
	case "february", "feb":
		return "2", true
	case "march", "mar":
		return "3", true
	case "april", "apr":
		return "4", true
	case "may":
		return "5", true
	case "june", "jun":
		return "6", true
	case "july", "jul":
		return "7", true
	case "august", "aug":
		return "8", true
	case "september", "sep", "sept":
		return "9", true
	case "october", "oct":
		return "10", true
	case "november", "nov":
		return "11", true
	case "december", "dec":
		return "12", true
	}
	return "", false
}

package cite

import (
	"html"
	"regexp"
	"strconv"
	"strings"
)

var (
	image      = regexp.MustCompile(`!\[([^\[\]]*)\](?:\([^()\s]*(?:\s[^()]*)?\)|\[[^\[\]]*\])`)
	link       = regexp.MustCompile(`\[((?:[^\[\]]|\[[^\[\]]*\])*)\]\((?:[^()]|\([^()]*\))*\)`)
	byLabel    = regexp.MustCompile(`\[([^\[\]]+)\]\[([^\[\]]*)\]`)
	definition = regexp.MustCompile(`^\s*\[[^\[\]]+\]:\s*\S+.*$`)
	autolink   = regexp.MustCompile(`<[A-Za-z][A-Za-z0-9+.-]*:[^<>\s]*>|<[^<>\s@]+@[^<>\s]+>`)
	tag        = regexp.MustCompile(`</?[A-Za-z][^<>]*>|<[!?][^<>]*>`)
	address    = regexp.MustCompile(`(?i)\b(?:[a-z][a-z0-9+.-]{1,20}://|www\.)[^\s<>()\[\]"'` + "`" + `]+`)
	digitsOnly = regexp.MustCompile(`^\s*\^?\d{1,9}\s*$`)
)

// withoutLinks makes plain text of links, images and HTML: an answer leads to its evidence and nowhere else.
func withoutLinks(text string) string {
	if strings.Contains(text, "]:") && definition.MatchString(text) && !digitsOnly.MatchString(strings.Trim(text, "[]: ")) {
		if label, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(text), "["), "]:"); !digitsOnly.MatchString(label) || address.MatchString(text) {
			return ""
		}
	}
	if strings.Contains(text, "[") {
		text = withoutBrackets(text)
	}
	if strings.Contains(text, "<") {
		text = autolink.ReplaceAllString(text, leftOut)
		text = tag.ReplaceAllString(text, "")
	}
	if strings.Contains(text, "://") || strings.Contains(strings.ToLower(text), "www.") {
		text = address.ReplaceAllString(text, leftOut)
	}
	return strings.NewReplacer("<", `\<`, "](", "] (").Replace(text)
}

const leftOut = "(link left out)"

// withoutBrackets makes text of images and links; one whose text is a number is a citation.
func withoutBrackets(text string) string {
	if strings.Contains(text, "![") {
		text = image.ReplaceAllString(text, "$1")
	}
	if strings.Contains(text, "](") {
		text = link.ReplaceAllStringFunc(text, func(s string) string {
			inner := link.FindStringSubmatch(s)[1]
			if digitsOnly.MatchString(inner) {
				return "[" + strings.TrimSpace(inner) + "]"
			}
			return inner
		})
	}
	if strings.Contains(text, "][") {
		text = byLabel.ReplaceAllStringFunc(text, func(s string) string {
			m := byLabel.FindStringSubmatch(s)
			if digitsOnly.MatchString(m[1]) || digitsOnly.MatchString(m[2]) {
				return s // citations, and text that is followed by one
			}
			return m[1]
		})
	}
	return text
}

// unescaped reads entities outside code, once: &lt;b&gt; is a tag then, which will be taken out.
func unescaped(text string) string {
	if !strings.Contains(text, "&") {
		return text
	}
	var b strings.Builder
	at := 0
	for _, span := range codeSpan.FindAllStringIndex(text, -1) {
		b.WriteString(html.UnescapeString(text[at:span[0]]))
		b.WriteString(text[span[0]:span[1]])
		at = span[1]
	}
	b.WriteString(html.UnescapeString(text[at:]))
	return strings.Map(printable, strings.ReplaceAll(b.String(), "\n", " "))
}

// plain is a text with its code spans, without its references and emphasis.
func (d *document) plain(text string) string {
	return d.fill(text, func([]int) string { return " " })
}

// fill puts code spans back, and for each reference what write gives.
func (d *document) fill(text string, write func(numbers []int) string) string {
	var b strings.Builder
	for {
		i := strings.IndexAny(text, string(open)+string(mark))
		if i < 0 {
			b.WriteString(text)
			return b.String()
		}
		b.WriteString(text[:i])
		kind := []rune(text[i : i+3])[0]
		number, rest, found := strings.Cut(text[i+3:], string(shut))
		n, err := strconv.Atoi(number)
		switch {
		case !found || err != nil:
			return b.String()
		case kind == open && n < len(d.codes):
			b.WriteString(d.codes[n])
		case kind == mark && n < len(d.marks):
			d.label(&b, write(d.marks[n]), rest)
		}
		text = rest
	}
}

// label writes a reference so that it makes neither a link nor a definition of what is beside it.
func (d *document) label(b *strings.Builder, label, rest string) {
	if label == "" {
		return
	}
	first := strings.TrimSpace(b.String()) == ""
	if strings.HasPrefix(label, "(") && strings.HasSuffix(b.String(), "]") {
		b.WriteByte(' ')
	}
	b.WriteString(label)
	if strings.HasPrefix(rest, "(") || strings.HasPrefix(rest, "[") || first && strings.HasPrefix(rest, ":") {
		b.WriteByte(' ')
	}
}

package cite

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// document is an answer in parts. In its texts a code span is open+index+shut, a reference mark+index+shut: characters of private use,
// which are taken out of the answer first.
type document struct {
	blocks []*block
	codes  []string // code spans, with their backticks
	marks  [][]int  // references: the numbers each gives
}

const (
	open = '\uE000'
	mark = '\uE001'
	shut = '\uE002'
)

type kind int

const (
	paragraph kind = iota
	heading
	item
	quote
	table
	fence
)

// block is a paragraph or the like; only a table has more than one line.
type block struct {
	kind   kind
	prefix string // "- ", "## "
	units  []*unit
	blank  bool // an empty line came before
}

// unit is a sentence, a row of a table, a heading, or a block of code.
type unit struct {
	text      string
	refs      []int // pieces it refers to
	unknown   bool  // refers to one that isn't there
	inherited []int // pieces it stands on, without referring to them
	borrowed  []int // pieces that what it leads to stands on
	lead      bool
	empty     bool // no words or numbers of weight
	keep      bool
}

func (u *unit) cites() []int {
	if len(u.refs) > 0 {
		return u.refs
	}
	return u.inherited
}

// leads says whether a text without citation may be one that leads to others: a heading, the head of a table, "These are:".
func (b *block) leads(u *unit) bool {
	switch b.kind {
	case heading:
		return true
	case table:
		return u == b.units[0] || isRuler(u.text)
	}
	return strings.HasSuffix(strings.TrimRight(u.text, "*_ "), ":")
}

var (
	thinking  = regexp.MustCompile(`(?is)<think(?:ing)?>.*?(?:</think(?:ing)?>|\z)`)
	comment   = regexp.MustCompile(`(?s)<!--.*?(?:-->|\z)`)
	script    = regexp.MustCompile(`(?is)<script\b.*?(?:</script\s*>|\z)|<style\b.*?(?:</style\s*>|\z)`)
	escape    = regexp.MustCompile(`\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|.)`)
	itemStart = regexp.MustCompile(`^(\s*)([-*+]|\d{1,3}[.)])\s+`)
	headStart = regexp.MustCompile(`^\s{0,3}(#{1,6})\s+`)
	ruleLine  = regexp.MustCompile(`^\s{0,3}([-*_])\s*(?:[-*_]\s*){2,}$`)
	fenceLine = regexp.MustCompile("^\\s*(```+|~~~+)\\s*([A-Za-z0-9_+-]{0,20})[^`]*$")
	rulerCell = regexp.MustCompile(`^[|:\-\s]+$`)
	codeSpan  = regexp.MustCompile("``[^\n]+?``|`[^`\n]+`")
	reference = regexp.MustCompile(`\\?(?:\[|【)\s*\^?(?:(?i:evidence|source|citation|ref|record)s?\s*)?#?\s*` +
		`(\d{1,9}(?:\s*(?:[,;–—-]|and|&)\s*\^?#?\d{1,9})*)(?:†[^\]】\n]*)?\s*\\?(?:\]|】)`)
	rangeSign = regexp.MustCompile(`(\d+)\s*[–—-]\s*\^?#?(\d+)|\d+`)
)

// maxRange is how many pieces one reference, or one sentence, may stand on.
const maxRange = 32

func parse(answer string) *document {
	if len(answer) > MaxAnswer {
		answer = answer[:MaxAnswer]
	}
	answer = strings.Map(printable, escape.ReplaceAllString(strings.ToValidUTF8(answer, ""), ""))
	answer = script.ReplaceAllString(answer, "")
	answer = comment.ReplaceAllString(thinking.ReplaceAllString(answer, ""), "")
	d := &document{}
	d.lines(strings.Split(answer, "\n"))
	return d
}

// printable takes out what no answer needs: controls, overrides of direction, private use.
func printable(r rune) rune {
	switch {
	case r == '\n':
		return r
	case r == '\t':
		return ' '
	case unicode.Is(unicode.Co, r), unicode.IsControl(r), unicode.Is(unicode.Cf, r) && r != '\u200c' && r != '\u200d':
		return -1
	}
	return r
}

// lines makes blocks.
func (d *document) lines(lines []string) {
	var text []string // of the block that is being put together
	var b *block
	end := func() {
		if b != nil {
			d.finish(b, strings.Join(text, " "))
		}
		b, text = nil, nil
	}
	blank := false
	start := func(k kind, prefix, first string) {
		end()
		b, text = &block{kind: k, prefix: prefix, blank: blank}, []string{strings.TrimSpace(first)}
		blank = false
	}
	for i := 0; i < len(lines); i++ {
		line := strings.TrimRight(lines[i], " ")
		switch {
		case line == "":
			end()
			blank = true
		case fenceLine.MatchString(line):
			end()
			i = d.fenced(lines, i, blank)
			blank = false
		case ruleLine.MatchString(line):
			end()
			blank = true
		case headStart.MatchString(line):
			m := headStart.FindStringSubmatch(line)
			start(heading, m[1]+" ", line[len(m[0]):])
			end()
		case itemStart.MatchString(line):
			m := itemStart.FindStringSubmatch(line)
			start(item, m[1]+m[2]+" ", line[len(m[0]):])
		case strings.HasPrefix(strings.TrimSpace(line), ">"):
			start(quote, "> ", strings.TrimLeft(strings.TrimSpace(line), "> "))
		case strings.HasPrefix(strings.TrimSpace(line), "|"):
			if b == nil || b.kind != table {
				start(table, "", "")
				text = nil
			}
			b.units = append(b.units, &unit{text: d.inline(strings.TrimSpace(line))})
		case b == nil || b.kind == table:
			start(paragraph, "", line)
		default:
			text = append(text, strings.TrimSpace(line))
		}
	}
	end()
}

// finish splits a block's text into sentences.
func (d *document) finish(b *block, text string) {
	switch b.kind {
	case table:
	case heading:
		b.units = []*unit{{text: d.inline(text)}}
	default:
		for _, s := range sentences(d.inline(text)) {
			b.units = append(b.units, &unit{text: s})
		}
	}
	if len(b.units) > 0 {
		d.blocks = append(d.blocks, b)
	}
}

// fenced takes a block of code, and returns the line that ends it.
func (d *document) fenced(lines []string, i int, blank bool) int {
	m := fenceLine.FindStringSubmatch(lines[i])
	var code []string
	for i++; i < len(lines); i++ {
		if strings.HasPrefix(strings.TrimSpace(lines[i]), m[1]) {
			break
		}
		code = append(code, lines[i])
	}
	body := strings.Join(code, "\n")
	if strings.TrimSpace(body) != "" {
		d.blocks = append(d.blocks, &block{kind: fence, prefix: m[1] + m[2], blank: blank, units: []*unit{{text: d.code(body)}}})
	}
	return i
}

func (d *document) code(s string) string {
	d.codes = append(d.codes, s)
	return string(open) + strconv.Itoa(len(d.codes)-1) + string(shut)
}

// inline takes code spans and references out of a text, and then what a model has no business to write.
func (d *document) inline(text string) string {
	text = unescaped(text)
	if strings.Contains(text, "`") {
		text = codeSpan.ReplaceAllStringFunc(text, d.code)
	}
	text = withoutLinks(text)
	if !strings.ContainsAny(text, "[【") {
		return text
	}
	return reference.ReplaceAllStringFunc(text, func(s string) string {
		numbers := numbersOf(reference.FindStringSubmatch(s)[1])
		d.marks = append(d.marks, numbers)
		return string(mark) + strconv.Itoa(len(d.marks)-1) + string(shut)
	})
}

// numbersOf reads "1", "1, 2" and "1–3". A range that is too long, or backwards, gives a number that no piece has.
func numbersOf(s string) []int {
	var out []int
	for _, m := range rangeSign.FindAllStringSubmatch(s, maxRange) {
		first, _ := strconv.Atoi(m[0])
		if m[1] == "" {
			out = append(out, first)
			continue
		}
		from, _ := strconv.Atoi(m[1])
		to, _ := strconv.Atoi(m[2])
		if to < from || to-from >= maxRange {
			return []int{0}
		}
		for n := from; n <= to; n++ {
			out = append(out, n)
		}
	}
	return out
}

// marksIn returns the references of a text, by index.
func marksIn(text string) []int {
	var out []int
	for _, part := range strings.Split(text, string(mark))[1:] {
		if number, _, found := strings.Cut(part, string(shut)); found {
			if i, err := strconv.Atoi(number); err == nil {
				out = append(out, i)
			}
		}
	}
	return slices.Compact(out)
}

func isRuler(row string) bool { return rulerCell.MatchString(row) && strings.Contains(row, "-") }

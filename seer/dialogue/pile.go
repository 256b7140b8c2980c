package dialogue

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/krapp-io/krapp/seer"
	"github.com/krapp-io/krapp/seer/dialogue/cite"
)

// counted stands in an answer for the number of a piece that was counted and is no record.
const counted = "(counted)"

// pile is the evidence that the model has been given. Bounded by EvidenceBytes.
type pile struct {
	nonce    string
	topics   []string // what the question may read; empty: all
	room     int      // bytes that may still be added
	perPiece int
	records  map[int]seer.Citation
	counts   map[int][]seer.Counted
	pieces   map[int]cite.Piece
	known    map[string]int // by place and text
	leftOff  int            // pieces for which there was no room
	foreign  int            // pieces of topics that the question may not read
}

func newPile(nonce string, topics []string, o Options) *pile {
	return &pile{nonce: nonce, topics: topics, room: o.EvidenceBytes, perPiece: o.PieceBytes, records: map[int]seer.Citation{},
		counts: map[int][]seer.Counted{}, pieces: map[int]cite.Piece{}, known: map[string]int{}}
}

func (p *pile) mayRead(topic string) bool {
	return len(p.topics) == 0 || slices.Contains(p.topics, topic)
}

// add numbers a piece and returns it as the model reads it; "" when there is no room for it, or it may not be read.
func (p *pile) add(e Evidence) string {
	if !p.mayRead(e.Place.Topic) {
		p.foreign++
		return ""
	}
	about, place, at := headOf(e.Citation)
	text := p.clean(clip(e.Text, p.perPiece))
	about = p.clean(about)
	head := about + "; " + place + at
	key := head + "\x00" + text
	if n, ok := p.known[key]; ok {
		return fmt.Sprintf("[%d], which you have been given.\n", n)
	}
	block, n := p.place(head, text)
	if block == "" {
		return ""
	}
	p.known[key] = n
	e.Excerpt = clip(e.Excerpt, seer.MaxExcerpt)
	p.records[n] = e.Citation
	p.pieces[n] = cite.Piece{Text: about + "\n" + text, Place: place, At: at}
	return block
}

// addCount is add for what was counted.
func (p *pile) addCount(question, text string, ranges []seer.Counted) string {
	head, text := p.clean("counted: "+oneLine(question)), p.clean(clip(text, p.perPiece))
	block, n := p.place(head, text)
	if block == "" {
		return ""
	}
	p.counts[n] = ranges
	p.pieces[n] = cite.Piece{Text: text, Mark: counted} // the question is the model's: a number in it is no evidence
	return block
}

func (p *pile) place(head, text string) (block string, n int) {
	n = len(p.pieces) + 1
	block = fmt.Sprintf("<<<evidence %d %s>>>\n%s\n%s\n<<<end %d %s>>>\n", n, p.nonce, head, text, n, p.nonce)
	if len(block) > p.room {
		p.leftOff++
		return "", 0
	}
	p.room -= len(block)
	return block, n
}

// clean takes out what could end a piece before its end. Without the nonce no delimiter closes anything; without the angles none looks like one.
func (p *pile) clean(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' {
			return r
		}
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Co, r) {
			return ' '
		}
		return r
	}, s)
	for strings.Contains(s, p.nonce) { // taking one out may make another
		s = strings.ReplaceAll(s, p.nonce, "")
	}
	return strings.NewReplacer("<<", "‹‹", ">>", "››").Replace(s)
}

// headOf says what a piece is of, and where and when it is.
func headOf(c seer.Citation) (about, place, at string) {
	about = "topic " + oneLine(c.Place.Topic)
	if c.Title != "" {
		about += fmt.Sprintf(", the text %q", oneLine(c.Title))
	}
	if c.Like > 1 {
		about += fmt.Sprintf(", one of %d records that look the same", c.Like)
	}
	place = fmt.Sprintf("partition %d, offset %d", c.Place.Partition, c.Place.Offset)
	if c.Passage > 0 {
		place += fmt.Sprintf(", passage %d", c.Passage)
	}
	if !c.Place.At.IsZero() {
		at = ", at " + c.Place.At.UTC().Format(time.RFC3339)
	}
	return about, place, at
}

// oneLine is a text within a line, of at most 200 bytes.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	return clip(strings.Join(strings.Fields(s), " "), 200)
}

// clip shortens s to at most n bytes, on a rune's border.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

package record

import (
	tea "charm.land/bubbletea/v2"

	"github.com/krapp-io/krapp/kafkaops"
)

// quick is how many bytes are cut into lines at once; more than that is done outside Update.
const quick = 32 << 10

// made is a body that was cut outside Update.
type made struct {
	number int
	part   part
	format format
	w      int
	body   body
}

// metaRows is the height of what is above the body: the record's rule, its place, key and headers, and the body's rule.
const metaRows = 6

func (p *page) bodyWidth() int  { return max(4, p.w-2) }
func (p *page) bodyHeight() int { return max(0, p.h-metaRows) }

// layOut makes the body for the present part, format and width.
func (p *page) layOut(anew bool) tea.Cmd {
	if !p.have || p.w == 0 {
		return nil
	}
	if anew {
		p.top = 0
	}
	record, w, f := p.now.record, p.bodyWidth(), p.chosen[p.part]
	size := len(p.bytes())
	if p.part == headers {
		size = 0
		for _, h := range record.Headers {
			size += len(h.Key) + len(h.Value)
		}
	}
	m := made{number: p.loads, part: p.part, format: f, w: w}
	if size <= quick || f == asHex && p.part != headers {
		p.body = makeBody(&record, m)
		p.scrollTo(p.top)
		return nil
	}
	p.body = nil
	return func() tea.Msg {
		m.body = makeBody(&record, m)
		return m
	}
}

func makeBody(r *kafkaops.Record, m made) body {
	switch m.part {
	case headers:
		return newHeaders(r.Headers, m.w)
	case key:
		return newBody(r.Key, m.format, m.w)
	}
	return newBody(r.Value, m.format, m.w)
}

// bytes are those of the present part; the headers have none of their own.
func (p *page) bytes() []byte {
	switch p.part {
	case value:
		return p.now.record.Value
	case key:
		return p.now.record.Key
	}
	return nil
}

// Move scrolls by lines.
func (p *page) Move(n int) { p.scrollTo(p.top + n) }

// Page scrolls by windows.
func (p *page) Page(n int) { p.scrollTo(p.top + n*max(1, p.bodyHeight()-1)) }

// Top scrolls to the first line.
func (p *page) Top() { p.scrollTo(0) }

// Bottom scrolls to the last line.
func (p *page) Bottom() { p.scrollTo(1 << 30) }

func (p *page) scrollTo(line int) {
	if p.body == nil {
		return
	}
	p.top = max(0, min(line, p.body.len()-p.bodyHeight()))
}

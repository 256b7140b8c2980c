package record

import (
	"encoding/hex"
	"unicode/utf8"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/theme"
	"github.com/krapp-io/krapp/tui/ui"
)

// The most of a header value that is shown, and the most headers: a record can hold a million.
const (
	maxHeaderBytes = 2 << 10
	maxHeaders     = 2000
)

// headersBody is the headers, a name and a value a line, values wrapped.
type headersBody struct {
	lines []theme.Line
	rest  int
}

func newHeaders(headers []kafkaops.Header, w int) body {
	h := &headersBody{}
	names := 8
	for _, x := range headers[:min(len(headers), maxHeaders)] {
		names = max(names, ui.T(x.Key).Width())
	}
	names = min(names, max(8, w/3))
	for i, x := range headers {
		if i == maxHeaders {
			for _, y := range headers[i:] {
				h.rest += len(y.Key) + len(y.Value)
			}
			break
		}
		name := ui.T(x.Key).Fit(names)
		for _, part := range headerValue(x.Value).Wrap(max(4, w-names-2)) {
			h.lines = append(h.lines, theme.Line{theme.S(theme.Accent, name), {Text: safetext.Spaces(2)}, {Text: part}})
			name = safetext.Spaces(names)
		}
	}
	return h
}

// headerValue is text, or hex where the bytes are no text: numbers often are.
func headerValue(b []byte) safetext.Text {
	switch {
	case b == nil:
		return safetext.Const("(null)")
	case len(b) == 0:
		return safetext.Const("(empty)")
	}
	shown := b[:min(len(b), maxHeaderBytes)]
	text := ui.T(shown)
	if !utf8.Valid(shown) && len(b) <= 64 {
		text = safetext.Of("0x" + hex.EncodeToString(shown))
	}
	if len(shown) < len(b) {
		text = safetext.Join(text, safetext.Const("… "), ui.Bytes(int64(len(b))))
	}
	return text
}

func (h *headersBody) len() int              { return len(h.lines) }
func (h *headersBody) unlisted() int         { return h.rest }
func (h *headersBody) line(i int) theme.Line { return h.lines[i] }

package markdown

import (
	"fmt"
	"strings"

	"charm.land/glamour/v2/ansi"

	"github.com/krapp-io/krapp/tui/theme"
)

// class is what a piece of text is. The renderer is told a colour for each, which is read back: the theme has the say on real ones.
type class uint8

const (
	prose class = iota
	strong
	code
	link
	muted
	classes
)

// colour is what the renderer is told for a class.
func (c class) colour() *string {
	s := fmt.Sprintf("#0000%02x", uint8(c))
	return &s
}

// span is a theme's span of a class.
func (c class) span() theme.Span {
	switch c {
	case strong, code:
		return theme.Span{Strong: true}
	case link:
		return theme.Span{Role: theme.Accent}
	case muted:
		return theme.Span{Role: theme.Muted}
	}
	return theme.Span{}
}

// styles tells the renderer how much room things take, and which class they are.
func styles() ansi.StyleConfig {
	in := func(c class) ansi.StylePrimitive { return ansi.StylePrimitive{Color: c.colour()} }
	cells := func(n uint) *uint { return &n }
	bar := string(quoteBar)
	column, row, cross := "│", "─", "┼"
	s := ansi.StyleConfig{
		BlockQuote:    ansi.StyleBlock{StylePrimitive: in(muted), Indent: cells(2), IndentToken: &bar},
		List:          ansi.StyleList{LevelIndent: 2},
		Heading:       ansi.StyleBlock{StylePrimitive: ansi.StylePrimitive{Color: strong.colour(), BlockSuffix: "\n"}},
		Strikethrough: ansi.StylePrimitive{Color: muted.colour(), BlockPrefix: "~~", BlockSuffix: "~~"},
		Emph:          in(strong),
		Strong:        in(strong),
		HorizontalRule: ansi.StylePrimitive{
			Color: muted.colour(), Format: "\n" + strings.Repeat(row, least) + "\n",
		},
		Item:        ansi.StylePrimitive{BlockPrefix: "• "},
		Enumeration: ansi.StylePrimitive{BlockPrefix: ". "},
		Task:        ansi.StyleTask{Ticked: "[x] ", Unticked: "[ ] "},
		Link:        in(muted),
		LinkText:    in(link),
		Image:       in(muted),
		ImageText:   in(link),
		Code:        ansi.StyleBlock{StylePrimitive: in(code)},
		CodeBlock:   ansi.StyleCodeBlock{StyleBlock: ansi.StyleBlock{StylePrimitive: in(code), Margin: cells(2)}},
		Table: ansi.StyleTable{
			ColumnSeparator: &column, RowSeparator: &row, CenterSeparator: &cross,
		},
		DefinitionDescription: ansi.StylePrimitive{BlockPrefix: "\n• "},
	}
	return s
}

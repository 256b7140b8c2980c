package theme

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"github.com/krapp-io/krapp/tui/safetext"
)

// Glyphs are the signs the console draws with, each one cell.
type Glyphs struct {
	Done, Attention, Failed, Busy safetext.Text // ✔ ! ✘ …
	Cursor, Mark, Crumb           safetext.Text // ▸ • ›
	On, Off                       safetext.Text // ● ○
	H, V, Cross, TeeDown, TeeUp   safetext.Text // ─ │ ┼ ┬ ┴
	Up, Down                      safetext.Text // ▲ ▼ (sort order)
	Enter                         safetext.Text // ↵

	// Levels are the eight heights of a sparkline, lowest first.
	Levels [8]safetext.Text
	// Eighths fill a cell from the left: one eighth first, the full block last.
	Eighths [8]safetext.Text
}

// Glyphs returns the theme's signs.
func (t Theme) Glyphs() Glyphs {
	if t.glyphs == nil {
		return *glyphs(t.options.ASCII)
	}
	return *t.glyphs
}

func glyphs(ascii bool) *Glyphs {
	c := safetext.Of[string]
	if ascii {
		return &Glyphs{
			Done: c("+"), Attention: c("!"), Failed: c("x"), Busy: c("~"),
			Cursor: c(">"), Mark: c("*"), Crumb: c(">"), On: c("*"), Off: c("o"),
			H: c("-"), V: c("|"), Cross: c("+"), TeeDown: c("+"), TeeUp: c("+"), Up: c("^"), Down: c("v"), Enter: c("<"),
			Levels:  [8]safetext.Text{c("_"), c("."), c(","), c("-"), c("="), c("+"), c("*"), c("#")},
			Eighths: [8]safetext.Text{c("."), c("."), c("."), c("-"), c("-"), c("="), c("="), c("#")},
		}
	}
	return &Glyphs{
		Done: c("✔"), Attention: c("!"), Failed: c("✘"), Busy: c("…"),
		Cursor: c("▸"), Mark: c("•"), Crumb: c("›"), On: c("●"), Off: c("○"),
		H: c("─"), V: c("│"), Cross: c("┼"), TeeDown: c("┬"), TeeUp: c("┴"), Up: c("▲"), Down: c("▼"), Enter: c("↵"),
		Levels:  [8]safetext.Text{c("▁"), c("▂"), c("▃"), c("▄"), c("▅"), c("▆"), c("▇"), c("█")},
		Eighths: [8]safetext.Text{c("▏"), c("▎"), c("▍"), c("▌"), c("▋"), c("▊"), c("▉"), c("█")},
	}
}

// NeedsASCII says that Unicode glyphs would not come out: the locale is named
// and is not UTF-8, the terminal is the Linux console or a dumb one, or the
// user made ambiguous characters wide. An unset locale is taken for UTF-8, as
// in containers it nearly always is. getenv is os.Getenv or that of a session.
func NeedsASCII(getenv func(string) string) bool {
	switch term := getenv("TERM"); {
	case term == "linux", term == "dumb", ansi.StringWidthWc("─") != 1:
		return true
	}
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := strings.ToLower(getenv(name)); v != "" {
			return !strings.Contains(v, "utf-8") && !strings.Contains(v, "utf8")
		}
	}
	return false
}

// Degrade replaces what is not ASCII in a drawn frame, cell by cell, where the
// theme is ASCII: data, and signs that came in as text.
func (t Theme) Degrade(frame string) string {
	if !t.options.ASCII {
		return frame
	}
	var b strings.Builder
	b.Grow(len(frame))
	for _, r := range frame {
		if r < 0x80 {
			b.WriteRune(r)
			continue
		}
		stand := asciiFor(r)
		b.WriteString(strings.Repeat(stand, ansi.StringWidthWc(string(r))))
	}
	return b.String()
}

func asciiFor(r rune) string {
	switch r {
	case '─', '−', '–', '—':
		return "-"
	case '│':
		return "|"
	case '…':
		return "~"
	case '▲':
		return "^"
	case '▼':
		return "v"
	case '✔':
		return "+"
	case '✘', '×':
		return "x"
	case '▸', '›', '→', '⟩':
		return ">"
	case '←', '↵', '⟨':
		return "<"
	case '●', '•', '·':
		return "*"
	case '○':
		return "o"
	case '█':
		return "#"
	case '▇':
		return "*"
	case '▆', '┬', '┼', '┴':
		return "+"
	case '▅', '▊', '▉':
		return "="
	case '▄', '▌', '▋':
		return "-"
	case '▃':
		return ","
	case '▂', '▏', '▎', '▍':
		return "."
	case '▁':
		return "_"
	case '↑':
		return "^"
	case '↓':
		return "v"
	}
	return "?"
}

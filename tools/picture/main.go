// Command picture turns a captured terminal screen (tmux capture-pane -e -p) on standard input into an SVG on standard output, so that
// the pictures in the papers are the program's own frames, not drawings.
//
//	tmux capture-pane -e -p -t krapp | go run ./tools/picture --size 120x40 >dashboard.svg
package main

import (
	"bufio"
	"flag"
	"fmt"
	"html"
	"image/color"
	"io"
	"os"
	"strings"

	uv "github.com/charmbracelet/ultraviolet"
)

// The size of a cell in the picture, in SVG units.
const (
	cellW, cellH = 8.4, 18.0
	margin       = 14.0
	baseline     = 13.5
)

var (
	background = color.RGBA{0x16, 0x18, 0x1d, 0xff}
	foreground = color.RGBA{0xd6, 0xd9, 0xe0, 0xff}
)

func main() {
	size := flag.String("size", "120x40", "columns x rows of the captured screen")
	flag.Parse()
	if err := run(*size, os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "picture:", err)
		os.Exit(1)
	}
}

func run(size string, in io.Reader, out io.Writer) error {
	var w, h int
	if _, err := fmt.Sscanf(size, "%dx%d", &w, &h); err != nil || w < 1 || h < 1 || w > 1000 || h > 1000 {
		return fmt.Errorf("--size %q is not COLUMNSxROWS", size)
	}
	frame, err := io.ReadAll(io.LimitReader(in, 4<<20))
	if err != nil {
		return fmt.Errorf("reading the screen: %w", err)
	}
	screen := uv.NewScreenBuffer(w, h)
	uv.NewStyledString(strings.TrimRight(string(frame), "\n")).Draw(screen, uv.Rect(0, 0, w, h))

	b := bufio.NewWriter(out)
	width, height := float64(w)*cellW+2*margin, float64(h)*cellH+2*margin
	fmt.Fprintf(b, `<svg xmlns="http://www.w3.org/2000/svg" width="%.0f" height="%.0f" viewBox="0 0 %.0f %.0f">`, width, height, width, height)
	fmt.Fprintf(b, `<rect width="100%%" height="100%%" rx="8" fill="%s"/>`, hex(background))
	fmt.Fprint(b, `<g font-family="'DejaVu Sans Mono','JetBrains Mono',Menlo,Consolas,monospace" font-size="14" xml:space="preserve">`+"\n")
	for y := range h {
		drawRow(b, screen, y, w)
	}
	fmt.Fprintln(b, "</g></svg>")
	return b.Flush()
}

// drawRow draws the backgrounds first, then each run of cells of one style, spread over exactly its cells.
func drawRow(b *bufio.Writer, screen uv.ScreenBuffer, y, w int) {
	top := margin + float64(y)*cellH
	for x := 0; x < w; {
		first := screen.CellAt(x, y)
		if first == nil || first.Width == 0 {
			x++
			continue
		}
		var text strings.Builder
		start := x
		for x < w {
			c := screen.CellAt(x, y)
			if c == nil || !c.Style.Equal(&first.Style) {
				break
			}
			text.WriteString(c.Content)
			x += max(c.Width, 1)
		}
		fg, bg := colours(first.Style)
		left, run := margin+float64(start)*cellW, float64(x-start)*cellW
		if bg != background {
			fmt.Fprintf(b, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s"/>`, left, top, run, cellH, hex(bg))
		}
		if strings.TrimSpace(text.String()) == "" {
			continue
		}
		weight := ""
		if first.Style.Attrs&uv.AttrBold != 0 {
			weight = ` font-weight="bold"`
		}
		fmt.Fprintf(b, `<text x="%.1f" y="%.1f" textLength="%.1f" lengthAdjust="spacingAndGlyphs" fill="%s"%s>%s</text>`+"\n",
			left, top+baseline, run, hex(fg), weight, html.EscapeString(strings.ReplaceAll(text.String(), " ", "\u00a0")))
	}
}

// colours are a style's, with reverse and faint resolved.
func colours(s uv.Style) (fg, bg color.Color) {
	fg, bg = color.Color(foreground), color.Color(background)
	if s.Fg != nil {
		fg = s.Fg
	}
	if s.Bg != nil {
		bg = s.Bg
	}
	if s.Attrs&uv.AttrReverse != 0 {
		fg, bg = bg, fg
	}
	if s.Attrs&uv.AttrFaint != 0 {
		fg = mix(fg, bg)
	}
	return fg, bg
}

func mix(a, b color.Color) color.Color {
	r1, g1, b1, _ := a.RGBA()
	r2, g2, b2, _ := b.RGBA()
	half := func(x, y uint32) uint8 { return uint8((x + y) / 2 >> 8) }
	return color.RGBA{half(r1, r2), half(g1, g2), half(b1, b2), 0xff}
}

func hex(c color.Color) string {
	r, g, b, _ := c.RGBA()
	return fmt.Sprintf("#%02x%02x%02x", r>>8, g>>8, b>>8)
}

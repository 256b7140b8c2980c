package tui

import (
	"testing"

	tea "charm.land/bubbletea/v2"

	"github.com/krapp-io/krapp/tui/theme"
)

// BenchmarkKeyToFrame is what a key costs in Update and View, at 120×40.
func BenchmarkKeyToFrame(b *testing.B) {
	o := toyOptions()
	o.Theme = theme.Options{Colours: theme.Full}
	o.Status.Put(connected())
	m := New(b.Context(), o)
	m.Init()
	m.Update(tea.WindowSizeMsg{Width: 120, Height: 40})
	b.ReportAllocs()
	for b.Loop() {
		m.Update(key("j"))
		m.View()
	}
}

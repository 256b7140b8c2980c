package safetext_test

import (
	"strings"
	"testing"

	"github.com/krapp-io/krapp/tui/safetext"
)

func BenchmarkOf(b *testing.B) {
	for name, s := range map[string]string{
		"json 100 B":     `{"celsius":21.4,"at":"2026-11-21T14:02:11.204Z","sensor":"sensor-7","unit":"C","ok":true,"n":12345}`,
		"CJK 4 KiB":      strings.Repeat("日本語", 455),
		"controls 4 KiB": strings.Repeat("\x9b\x1b", 2048),
		"marks 4 KiB":    strings.Repeat("e\u0301\u0301\u0301", 585),
		"4 MiB":          strings.Repeat("日\x1b", 1<<20),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				safetext.Of(s)
			}
		})
	}
}

package embed

import (
	"strings"
	"testing"
)

const (
	benchEvent   = "ERROR [consumer-<num>] connection to broker <addr> could not be established after <num> ms, node may not be available; retrying in <num>"
	benchPassage = "The harbour of Marrin was dug by hand in the third winter of the drought, when no ship could reach the old pier any longer. " +
		"Every household sent one adult and one cart, and whoever could not dig cooked for those who did. The work took eleven weeks. "
)

func BenchmarkTemplate(b *testing.B) {
	table := load(b)
	dst := make([]float32, 0, dim)
	b.ReportAllocs()
	for b.Loop() {
		dst = table.Template(dst, benchEvent)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "lines/s")
}

func BenchmarkProse(b *testing.B) {
	table := load(b)
	text := strings.Repeat(benchPassage, 2)
	dst := make([]float32, 0, dim)
	b.ReportAllocs()
	for b.Loop() {
		dst = table.Prose(dst, text)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "passages/s")
}

func BenchmarkLoad(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		load(b)
	}
}

package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"io"
	"strings"
	"testing"
)

func generate(t *testing.T, args ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := run(args, &b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestRowsAreWideAndDatedAndOfEveryKind(t *testing.T) {
	lines := strings.Split(strings.TrimSuffix(string(generate(t, "--rows", "5000", "--year", "2020", "--month", "02", "--short", "0", "--invalid", "0")), "\n"), "\n")
	if len(lines) != 5000 {
		t.Fatalf("%d rows, want 5000", len(lines))
	}
	kinds := map[string]int{}
	for _, line := range lines {
		if len(line) != width || line[15:21] != "022020" {
			t.Fatalf("a row of %d columns, dated %q", len(line), line[15:21])
		}
		kinds[strings.TrimSpace(line[30:32])]++
	}
	if len(kinds) != 13 || kinds["1"] < 3500 {
		t.Errorf("kinds of housing: %v", kinds)
	}
}

func TestFlawsComeAsOftenAsAsked(t *testing.T) {
	lines := strings.Split(strings.TrimSuffix(string(generate(t, "--rows", "10000", "--short", "0.1", "--invalid", "0.2")), "\n"), "\n")
	short, invalid := 0, 0
	for _, line := range lines {
		if len(line) < 32 {
			short++
			continue
		}
		if code := line[30:32]; code == "-1" || code == "99" || code == "  " {
			invalid++
		}
	}
	if short < 800 || short > 1200 || invalid < 1500 || invalid > 2100 {
		t.Errorf("%d short and %d invalid of 10000: want about 1000 and 1800", short, invalid)
	}
}

func TestTheSeedDecides(t *testing.T) {
	a, b, c := generate(t, "--rows", "50"), generate(t, "--rows", "50"), generate(t, "--rows", "50", "--seed", "2")
	if !bytes.Equal(a, b) || bytes.Equal(a, c) {
		t.Error("the same seed gives other rows, or another the same")
	}
}

func TestGzipHoldsTheSameRowsAndIsNotTrivial(t *testing.T) {
	plain, packed := generate(t, "--rows", "2000"), generate(t, "--rows", "2000", "--gzip", "6")
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(z)
	if err != nil || !bytes.Equal(got, plain) {
		t.Errorf("other rows: %v", err)
	}
	if ratio := float64(len(plain)) / float64(len(packed)); ratio > 5 {
		t.Errorf("compressed %.1f times: too even to be a measure", ratio)
	}
}

func TestBadFlagsAreRefused(t *testing.T) {
	for _, args := range [][]string{{"--rows", "-1"}, {"--short", "2"}, {"--year", "19"}, {"--gzip", "11"}, {"--bogus"}} {
		if err := run(args, io.Discard); err == nil {
			t.Errorf("%v is taken", args)
		}
	}
}

func BenchmarkRows(b *testing.B) {
	s := survey{rows: int64(b.N), seed: 1, year: "2019", month: "01"}
	b.SetBytes(width + 1)
	if err := s.write(bufio.NewWriterSize(io.Discard, 1<<20)); err != nil {
		b.Fatal(err)
	}
}

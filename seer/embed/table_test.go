package embed

import (
	"crypto/sha256"
	"encoding/hex"
	"hash/crc32"
	"os"
	"strings"
	"testing"
)

func load(t testing.TB) *Table {
	t.Helper()
	table, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func TestTheTableIsTheOneOnRecord(t *testing.T) {
	record, err := os.ReadFile("table.bin.sha256")
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(data))
	if want, _, _ := strings.Cut(string(record), " "); hex.EncodeToString(sum[:]) != want {
		t.Errorf("table.bin has SHA-256 %x, table.bin.sha256 says %s", sum, want)
	}
	if id := load(t).ID(); !strings.HasPrefix(id, "krapp-table-1:256:") || len(id) != len("krapp-table-1:256:00000000") {
		t.Errorf("ID %q", id)
	}
}

// TestDamageIsFound flips a bit here and there, cuts the table short, and lies in the header.
func TestDamageIsFound(t *testing.T) {
	for _, at := range []int{0, 7, 8, 12, 16, 20, 24, 28, header, header + 1, len(data) / 2, len(data) - 1} {
		damaged := []byte(data)
		damaged[at] ^= 0x80
		if _, err := parse(string(damaged)); err == nil {
			t.Errorf("byte %d: damage passed", at)
		}
	}
	for _, n := range []int{0, 1, 8, header - 1, header, len(data) - 1} {
		if _, err := parse(data[:n]); err == nil {
			t.Errorf("%d bytes passed", n)
		}
	}
	if _, err := parse(data); err != nil {
		t.Errorf("the table itself: %v", err)
	}
}

// TestAForgedTableIsRefused has the right checksum but points outside of itself.
func TestAForgedTableIsRefused(t *testing.T) {
	slots := int(u32(data, 5)) * 2
	for name, at := range map[string]int{"slot": header, "end": header + slots} {
		forged := []byte(data)
		for i := range 4 {
			forged[at+i] = 0xff
		}
		sum := crc32.ChecksumIEEE(forged[header:])
		for i := range 4 {
			forged[24+i] = byte(sum >> (8 * i))
		}
		if _, err := parse(string(forged)); err == nil {
			t.Errorf("%s: passed", name)
		}
	}
}

func TestLoadingCopiesNothing(t *testing.T) {
	if n := testing.AllocsPerRun(5, func() { load(t) }); n > 20 {
		t.Errorf("%v allocations", n)
	}
	result := testing.Benchmark(func(b *testing.B) {
		for b.Loop() {
			load(b)
		}
	})
	if got := result.AllocedBytesPerOp(); got > 64<<10 {
		t.Errorf("%d bytes allocated", got)
	}
}

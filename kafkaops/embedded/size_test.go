package embedded_test

import (
	"context"
	"io/fs"
	"path/filepath"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops/embedded"
)

func TestTheDirectoryIsHeldToItsSize(t *testing.T) {
	const limit = 8 << 20
	dir := t.TempDir()
	b := start(t, embedded.Options{Dir: dir, MaxBytes: limit})
	for _, topic := range []string{"small", "large", "krapp.runs"} {
		createTopic(t, b.Addr(), topic, 1, nil)
	}
	produce(t, b.Addr(), "small", 1000, 1000)
	produce(t, b.Addr(), "krapp.runs", 1000, 2000)
	produce(t, b.Addr(), "large", 20_000, 1000)
	waitFor(t, func() bool { return sizeOf(dir) <= limit })
	if s, e := extent(t, b.Addr(), "large"); s == 0 || e != 20_000 {
		t.Errorf("large has offsets %d to %d, want its oldest records gone and its end at 20000", s, e)
	}
	for _, topic := range []string{"small", "krapp.runs"} {
		if s, e := extent(t, b.Addr(), topic); s != 0 || e != 1000 {
			t.Errorf("%s has offsets %d to %d, want it untouched while a larger one can give", topic, s, e)
		}
	}
	produce(t, b.Addr(), "large", 10, 1000) // it goes on
}

func sizeOf(dir string) (sum int64) {
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			if info, err := d.Info(); err == nil {
				sum += info.Size()
			}
		}
		return nil
	})
	return sum
}

// waitFor waits until the condition holds, within the test's bound.
func waitFor(t *testing.T, holds func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for tick := time.NewTicker(20 * time.Millisecond); !holds(); {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatal("what was awaited did not come about")
		}
	}
}

//go:build kafka

package eos_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/eos"
)

const (
	longPartitions = 4
	longRecords    = 8
	longSteps      = 150
)

// TestKillLongChild is the worker that TestKilledLongRecords kills; on its own it does nothing.
func TestKillLongChild(t *testing.T) {
	topics := strings.Split(os.Getenv(childTopics), ",")
	if len(topics) != 2 {
		t.Skip("started by TestKill only")
	}
	c := connect(t, brokers(t))
	h := &eos.Steps{Topic: topics[1], Each: longSteps}
	switch os.Getenv(childWay) {
	case "outside":
		h.Send = func(ctx context.Context, _ eos.Tx, recs []kafkaops.Record) error {
			_, err := c.ProduceSync(ctx, recs)
			return err
		}
	case "note outside":
		notes := os.Getenv(childNotes)
		file := func(tp kafkaops.TopicPartition) string { return filepath.Join(notes, fmt.Sprint(tp.Partition)) }
		h.At = func(_ *eos.Batch, tp kafkaops.TopicPartition) string {
			note, _ := os.ReadFile(file(tp)) // none at first
			return string(note)
		}
		h.Note = func(_ *eos.Batch, tp kafkaops.TopicPartition, note string) {
			must(t, os.WriteFile(file(tp)+".new", []byte(note), 0o600))
			must(t, os.Rename(file(tp)+".new", file(tp)))
		}
	}
	o := longOptions(topics[0], os.Getenv(childSlot))
	o.OnCommit = func(c eos.Committed) { fmt.Println("committed", c.Records) }
	if err := eos.Run(context.Background(), c, o, h, func() {}); err != nil {
		t.Fatal(err)
	}
}

// killedLong has two workers work on long records, kills one again and again at random moments, starts it again in its slot, and returns what
// is wrong with the steps that readers see in the end.
func killedLong(t *testing.T, seed uint64, way string) []string {
	t.Helper()
	t.Setenv(childNotes, t.TempDir())
	random := rand.New(rand.NewPCG(seed, seed))
	c := connect(t, brokers(t))
	topics := newTopics(t, c, longPartitions, "kill-long", "kill-steps")
	produceLong(t, c, topics[0], longPartitions, longRecords)
	done := func() bool { return lag(t, c, topics[0], topics[0]) == 0 }
	a := startChildOf(t, "^TestKillLongChild$", topics, "a", way)
	startChildOf(t, "^TestKillLongChild$", topics, "b", way)
	kills := 0
	for range 3 {
		if !a.await(t, 5+random.IntN(30), done) {
			break
		}
		<-time.After(time.Duration(random.IntN(40)) * time.Millisecond) // somewhere in a transaction
		a.kill()
		kills++
		a = startChildOf(t, "^TestKillLongChild$", topics, "a", way)
	}
	if kills == 0 {
		t.Fatal("all was done before anybody was killed")
	}
	for over := time.Now().Add(2 * limit); !done(); {
		if time.Now().After(over) {
			t.Fatal("the group does not catch up")
		}
	}
	return awaitSteps(t, c, topics[1], longRecords, longSteps)
}

func TestKilledLongRecordsGoOnWhereTheyWere(t *testing.T) {
	seeds, _ := strconv.Atoi(os.Getenv("KRAPP_KILL_SEEDS"))
	for seed := range uint64(max(2, seeds)) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			if wrong := killedLong(t, seed, ""); len(wrong) > 0 {
				t.Errorf("wrong: %v", wrong)
			}
		})
	}
}

// The controls: whoever keeps the note, or what was produced, outside the transaction skips or repeats steps when it is killed.
func TestKilledLongRecordsOutsideTheTransactionAreWrong(t *testing.T) {
	for _, way := range []string{"outside", "note outside"} {
		t.Run(way, func(t *testing.T) {
			for seed := range uint64(10) {
				if wrong := killedLong(t, seed, way); len(wrong) > 0 {
					t.Logf("seed %d: %.300v", seed, wrong)
					return
				}
			}
			t.Error("ten times nothing was wrong: this test can't tell")
		})
	}
}

package main

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/tui/ui"
)

type fakeLister struct {
	asked int
	err   error
}

func (f *fakeLister) ListTopics(context.Context) ([]kafkaops.Topic, error) {
	f.asked++
	return []kafkaops.Topic{{Name: "orders"}, {Name: "bills"}}, f.err
}

func (f *fakeLister) ListGroups(context.Context) ([]kafkaops.GroupListing, error) {
	return []kafkaops.GroupListing{{ID: "billing"}}, nil
}

func TestNamesAreProposedFromWhatIsKnown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		own := func([]string) []string { return []string{"mine"} }
		f := &fakeLister{}
		n := &names{ctx: t.Context(), lister: f}
		pages := n.complete([]ui.Maker{{Args: "TOPIC"}, {Args: "[TOPIC [COUNT]]"}, {Args: "GROUP"}, {Args: "[RUN]", Complete: own}, {}})
		propose := func(page int, args ...string) []string {
			defer synctest.Wait()
			return pages[page].Complete(args)
		}
		if got := propose(0, ""); got != nil {
			t.Errorf("before anything is known: %q", got)
		}
		for range 10 { // as many as keys are pressed
			for page, want := range [][]string{{"bills", "orders"}, {"bills", "orders"}, {"billing"}, {"mine"}} {
				if got := propose(page, "o"); !slices.Equal(got, want) {
					t.Errorf("page %d: %q, want %q", page, got, want)
				}
			}
		}
		if got := propose(0, "orders", ""); got != nil {
			t.Errorf("for a second argument: %q", got)
		}
		if f.asked != 1 || pages[4].Complete != nil {
			t.Errorf("asked %d times", f.asked)
		}
		f.err = errors.New("no broker")
		time.Sleep(2 * namesFresh)
		propose(0, "")
		if got := propose(0, ""); f.asked != 2 || len(got) != 2 {
			t.Errorf("after a failure: asked %d times, %q", f.asked, got)
		}
	})
}

package terminal_test

import (
	"context"
	"testing"
	"time"

	"github.com/krapp-io/krapp/bench/terminal"
)

func TestKeysAreAnswered(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	term, err := terminal.Start(ctx, []string{"sh", "-c", "stty -echo; echo ready; read x; echo got-$x; cat"}, []string{"PATH=/usr/bin:/bin"}, 120, 40)
	if err != nil {
		t.Fatal(err)
	}
	defer term.Close()
	if _, err := term.Await(ctx, "ready", 0); err != nil {
		t.Fatal(err)
	}
	took, err := term.Press(ctx, "abc\n", "got-abc")
	if err != nil || took <= 0 {
		t.Fatalf("%s, %v", took, err)
	}
	before := term.Written()
	cancelSoon, stop := context.WithTimeout(ctx, 50*time.Millisecond)
	defer stop()
	if before == 0 {
		t.Error("nothing was counted")
	}
	if _, err := term.Await(cancelSoon, "got-abc", before); err == nil {
		t.Errorf("what was written before counts as new: %v", err)
	}
}

func TestAProgramThatEndsIsSaid(t *testing.T) {
	term, err := terminal.Start(t.Context(), []string{"true"}, []string{"PATH=/usr/bin:/bin"}, 80, 24)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := term.Await(t.Context(), "anything", 0); err == nil {
		t.Error("it wrote nothing")
	}
	_ = term.Close()
}

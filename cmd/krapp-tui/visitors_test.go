package main

import (
	"context"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"github.com/krapp-io/krapp/cmd/internal/cli"
	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/sshd"
	"github.com/krapp-io/krapp/tui"
)

func TestAVisitorBeginsWhereTheKeyAllows(t *testing.T) {
	vs := &visitors{house: &house{first: &place{name: "prod"}}}
	for name, c := range map[string]struct{ key, want []string }{
		"nothing said":      {nil, []string{"prod"}},
		"the first of them": {[]string{"dev", "prod"}, []string{"prod", "dev"}},
		"another one":       {[]string{"dev", "test"}, []string{"dev", "test"}},
	} {
		if got := vs.allowed(sshd.Visitor{Contexts: c.key}); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestAVisitorSeesAndGoesOnlyWhereTheKeyAllows(t *testing.T) {
	h, _ := world(t)
	h.cluster = newRootCluster()
	log := &notes{}
	h.audit = log
	vs := &visitors{house: h, log: h.log}
	d, err := vs.desk(t.Context(), sshd.Visitor{Name: "ann", Role: sshd.ReadOnly})
	if err != nil {
		t.Fatal(err)
	}
	items, err := d.Contexts()
	if err != nil || len(items) != 1 || items[0].Name != embeddedName || !items[0].ReadOnly || items[0].Source != "" {
		t.Errorf("%v: %+v", err, items)
	}
	if err := d.move("prod"); kafkaops.ClassOf(err) != kafkaops.Unauthorised || !strings.Contains(err.Error(), "does not allow") {
		t.Errorf("going elsewhere: %v", err)
	}
	if got := log.outcomes(); !slices.Equal(got, []string{"context.go refused"}) {
		t.Errorf("logged %v", got)
	}
	if g := d.guard(d.now); !g.ReadOnly() || !g.Served {
		t.Errorf("%+v", g)
	}
	d.rise()
	if h.first.people != 0 {
		t.Errorf("%d are still there", h.first.people)
	}
	if d, err := vs.desk(t.Context(), sshd.Visitor{Role: sshd.Operator}); err != nil || d.guard(d.now).ReadOnly() {
		t.Errorf("an operator: %v", err)
	}
	if d, err := vs.desk(t.Context(), sshd.Visitor{Role: "admin"}); err != nil || !d.guard(d.now).ReadOnly() {
		t.Errorf("an unknown role: %v", err)
	}
	if _, err := vs.desk(t.Context(), sshd.Visitor{Contexts: []string{"nowhere"}}); err == nil {
		t.Error("a context that there is not")
	}
}

// Two programs follow one another on a terminal: the first keeps no key from the second, and sizes that changed between them hold.
func TestNoKeyIsLostBetweenTwoPrograms(t *testing.T) {
	in, typing := io.Pipe()
	sizes := make(chan sshd.Size)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r := newRemote(ctx, sshd.Terminal{Input: in, Output: io.Discard, Size: sshd.Size{Width: 80, Height: 24}, Resize: sizes})
	first, leave := context.WithCancel(ctx)
	var o tui.Options
	r.show(first, &o)
	if o.Size != (tui.Size{Width: 80, Height: 24}) {
		t.Errorf("size %v", o.Size)
	}
	waiting := make(chan error, 1)
	go func() {
		_, err := io.ReadAll(o.Input) // the first program reads until it is left
		waiting <- err
	}()
	leave()
	if err := <-waiting; err != nil {
		t.Errorf("left: %v", err)
	}
	sizes <- sshd.Size{Width: 100, Height: 30}
	sizes <- sshd.Size{Width: 120, Height: 40}
	close(sizes)
	await(t, "the newest size", func() bool { r.show(ctx, &o); return o.Size.Width == 120 })
	go func() { _, _ = typing.Write([]byte("key")); _ = typing.Close() }()
	got, err := io.ReadAll(o.Input)
	if string(got) != "key" || err != nil {
		t.Errorf("the second program read %q, %v", got, err)
	}
	select {
	case s := <-o.Resize:
		if s.Width != 120 {
			t.Errorf("the newest size is %v", s)
		}
	case <-time.After(30 * time.Second):
		t.Error("no new size")
	}
}

// newRootCluster are the cluster's flags, none given.
func newRootCluster() *cli.Cluster {
	return cli.AddCluster(pflag.NewFlagSet("test", pflag.ContinueOnError))
}

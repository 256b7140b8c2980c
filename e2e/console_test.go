//go:build tmux

package e2e

import (
	"bytes"
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
)

// The console is driven by keys from the empty dashboard to the verdict.
func TestConsoleFromKeyToVerdict(t *testing.T) {
	for _, size := range sizes {
		t.Run(fmt.Sprintf("%dx%d", size.w, size.h), func(t *testing.T) {
			b := startBackend(t)
			topic, group := b.topic(t, 3), unique(t, "group")
			b.consumer(t, group, "a", topic)
			term := b.home.open(t, size.w, size.h, "krapp-tui")
			term.shows(t, "n DoIt")

			term.doit(t, topic, "2000", group)

			term.shows(t, "✔ done")
			term.shows(t, "2,000")
			term.keys(t, "Escape")
			rows := term.shows(t, "Runs")
			if !strings.Contains(strings.Join(rows, "\n"), "✔ done") {
				t.Errorf("the dashboard does not show the run that is done:\n%s", strings.Join(rows, "\n"))
			}
			if j := b.isdone(t, ""); j.Verdict != "done" || j.Once != 2000 {
				t.Errorf("a process of its own says %q of %d messages", j.Verdict, j.Once)
			}
		})
	}
}

// doit starts a run by keyboard.
func (e *terminal) doit(t *testing.T, topic, count, group string) {
	t.Helper()
	e.keys(t, "n")
	e.shows(t, "Count")
	e.fill(t, "Topic", topic)
	e.fill(t, "Count", count)
	e.fill(t, "Group", group)
	e.keys(t, "Enter")
}

// fill goes to a field of the form by its label and replaces what is in it.
func (e *terminal) fill(t *testing.T, label, text string) {
	t.Helper()
	eventually(t, "the cursor reaches "+label, func() bool {
		if at := focused(e.frame(t)); strings.HasPrefix(at, label) {
			return true
		}
		e.keys(t, "Tab")
		return false
	})
	e.keys(t, "C-u")
	e.write(t, text)
}

// focused is what stands behind the form's cursor mark.
func focused(rows []string) string {
	for _, row := range rows {
		if _, after, found := strings.Cut(row, "▸ "); found {
			return after
		}
	}
	return ""
}

// hostile are values that would take over a terminal, or its layout.
func hostile() [][]byte {
	return [][]byte{
		[]byte("\x1b[2J\x1b[H\x1b]0;owned\x07"),
		[]byte("\x1b]52;c;b3duZWQ=\x07"),
		[]byte("\x9b2J\x9d0;owned\x9c"),
		[]byte("a\u202eb\u2066c"),
		[]byte("\xff\xfe\x80"),
		[]byte("line one\r\nline two\ttab\x08\x7f"),
		[]byte("👩‍👩‍👧‍👦 🏳️‍🌈 e\u0301\u0301\u0301 世界 नमस्ते ﷽"),
		bytes.Repeat([]byte("\x1b[31mx"), 4<<20/6),
	}
}

// What messages hold changes nothing outside of their cells, in the list and on their own page.
func TestConsoleKeepsHostileMessagesInTheirCells(t *testing.T) {
	b := startBackend(t)
	topic := unique(t, "hostile")
	b.home.must(t, "topics", "create", topic, "--partitions", "1", "--set", "max.message.bytes=8000000")
	client := b.client(t)
	var records []kafkaops.Record
	for _, v := range hostile() {
		records = append(records, kafkaops.Record{Topic: topic, Partition: 0, Key: v[:min(len(v), 40)], Value: v,
			Headers: []kafkaops.Header{{Key: string(v[:min(len(v), 20)]), Value: v[:min(len(v), 60)]}}})
	}
	send(t, client, records)
	for _, size := range sizes {
		t.Run(fmt.Sprintf("%dx%d", size.w, size.h), func(t *testing.T) {
			term := b.home.open(t, size.w, size.h, "krapp-tui")
			term.shows(t, "n DoIt")
			term.command(t, "messages "+topic)
			rows := term.shows(t, "0@7")
			for i := range hostile() {
				if at := strings.Join(rows, "\n"); !strings.Contains(at, fmt.Sprintf("0@%d", i)) {
					t.Errorf("message %d is not in the list:\n%s", i, at)
				}
			}
			term.keys(t, "g")
			for range hostile() {
				term.keys(t, "Enter")
				term.shows(t, "partition 0")
				term.keys(t, "v")
				term.frame(t)
				term.keys(t, "Escape")
				term.shows(t, "0@7")
				term.keys(t, "j")
			}
			if title := term.tmux(t, "display-message", "-p", "-t", "krapp", "#{pane_title}"); strings.Contains(title, "owned") {
				t.Errorf("a message set the window's title: %q", title)
			}
			if buffers := term.tmux(t, "list-buffers"); buffers != "" {
				t.Errorf("a message set the clipboard: %q", buffers)
			}
		})
	}
}

// send stores records, whatever their size.
func send(t *testing.T, client *rdkafka.Client, records []kafkaops.Record) {
	t.Helper()
	p, err := client.NewProducer(t.Context(), rdkafka.ProducerOptions{MaxMessageBytes: 8 << 20})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close(t.Context())
	for i := range records {
		if err := p.Send(t.Context(), records[i:i+1], int64(i)); err != nil {
			t.Fatal(err)
		}
	}
	for got := 0; got < len(records); {
		for _, d := range <-p.Deliveries() {
			if d.Err != nil {
				t.Fatal(d.Err)
			}
			got++
		}
	}
}

// A terminal that is too small says what it needs, and is a console again when it is large enough.
func TestConsoleSaysWhatSizeItNeeds(t *testing.T) {
	term := startBackend(t).home.open(t, 50, 12, "krapp-tui")
	eventually(t, "it says what it needs", func() bool { return strings.Contains(strings.Join(term.capture(t), "\n"), "60") })
	term.tmux(t, "resize-window", "-t", "krapp", "-x", "80", "-y", "24")
	term.w, term.h = 80, 24
	term.shows(t, "n DoIt")
}

// The console is killed while it sends: a process of its own tells what was sent and what became of it.
func TestConsoleKilledWhileItSends(t *testing.T) {
	b := startBackend(t)
	topic, group := b.topic(t, 3), unique(t, "group")
	b.consumer(t, group, "a", topic)
	term := b.home.open(t, 120, 40, "krapp-tui")
	term.shows(t, "n DoIt")
	term.doit(t, topic, "20000000", group)
	term.shows(t, "processed a second")
	var run string
	b.await(t, "", "some of the run is processed", func(j judgement) bool { run = j.Run; return j.Processed > 5000 })

	pid := strings.TrimSpace(term.tmux(t, "display-message", "-p", "-t", "krapp", "#{pane_pid}"))
	if out, err := exec.Command("kill", "-KILL", pid).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	j := b.await(t, run, "the sender is missed, and all it stored is processed", func(j judgement) bool {
		return j.Verdict == "stalled" && j.Waiting == 0
	})
	wantTruth(t, b.client(t), topic, j)
	if j.Cause != "the sender is gone" {
		t.Errorf("the cause is not told: %s", j.short())
	}

	again := b.home.open(t, 120, 40, "krapp-tui") // and a new console shows what the dead one did
	again.shows(t, "the sender is gone")
}

package embedded_test

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/embedded"
)

func TestDataOutlivesTheBrokerUnlessEphemeral(t *testing.T) {
	dir := t.TempDir()
	first := start(t, embedded.Options{Dir: dir})
	createTopic(t, first.Addr(), "orders", 1, nil)
	produce(t, first.Addr(), "orders", 10, 100)
	id := topicID(t, first.Addr(), "orders")
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second := start(t, embedded.Options{Dir: dir})
	if s, e := extent(t, second.Addr(), "orders"); s != 0 || e != 10 {
		t.Errorf("after a restart: offsets %d to %d, want 0 to 10", s, e)
	}
	if got := topicID(t, second.Addr(), "orders"); got != id {
		t.Errorf("the topic's ID changed from %v to %v", id, got)
	}
}

func topicID(t *testing.T, addr, topic string) kadm.TopicID {
	t.Helper()
	topics, err := kadm.NewClient(client(t, addr)).ListTopics(deadline(t), topic)
	if err != nil {
		t.Fatal(err)
	}
	return topics[topic].ID
}

func TestEphemeralLeavesNothing(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	b := start(t, embedded.Options{Ephemeral: true})
	createTopic(t, b.Addr(), "orders", 1, nil)
	produce(t, b.Addr(), "orders", 10, 100)
	if got := b.Dir(); got != "" {
		t.Errorf("an ephemeral broker names the directory %q", got)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if left, _ := os.ReadDir(tmp); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestAnEphemeralDirectoryThatAKillLeftIsRemoved(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	left := filepath.Join(tmp, "krapp-ephemeral-"+strconv.Itoa(os.Getuid())+"-1")
	if err := os.MkdirAll(filepath.Join(left, "kafka"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(left, "lock"), []byte(`{"pid":1}`), 0o600); err != nil {
		t.Fatal(err)
	}
	running := start(t, embedded.Options{Ephemeral: true})
	start(t, embedded.Options{Ephemeral: true})
	if _, err := os.Stat(left); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the abandoned directory stays: %v", err)
	}
	createTopic(t, running.Addr(), "orders", 1, nil)
	produce(t, running.Addr(), "orders", 1, 100) // the running one's directory is left alone
}

func TestASecondBrokerOnTheDirectoryIsRefused(t *testing.T) {
	dir := t.TempDir()
	first := start(t, embedded.Options{Dir: dir})
	_, err := embedded.Start(t.Context(), embedded.Options{Dir: dir})
	if kafkaops.ClassOf(err) != kafkaops.Conflict {
		t.Fatalf("got %v", err)
	}
	for _, want := range []string{strconv.Itoa(os.Getpid()), first.Addr()} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not name %s", err, want)
		}
	}
	hint := kafkaops.HintOf(err)
	if !strings.Contains(hint, "--brokers "+first.Addr()) || !strings.Contains(hint, "--ephemeral") {
		t.Errorf("the hint %q does not say both ways out", hint)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	start(t, embedded.Options{Dir: dir}) // the lock went with the first
}

func TestATakenPort(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	port := ln.Addr().(*net.TCPAddr).Port
	if _, err := embedded.Start(t.Context(), embedded.Options{Dir: t.TempDir(), Port: port}); kafkaops.ClassOf(err) != kafkaops.Conflict {
		t.Errorf("got %v", err)
	}
	b := start(t, embedded.Options{Dir: t.TempDir(), Port: port, NextFreePort: true})
	if b.Port() <= port {
		t.Errorf("got port %d, want one after %d", b.Port(), port)
	}
	if b.Addr() != "127.0.0.1:"+strconv.Itoa(b.Port()) || b.Addrs()[0] != b.Addr() {
		t.Errorf("got addresses %s and %v", b.Addr(), b.Addrs())
	}
}

func TestCloseTwice(t *testing.T) {
	b := start(t, embedded.Options{Ephemeral: true})
	if err := errors.Join(b.Close(), b.Close()); err != nil {
		t.Error(err)
	}
}

func TestBadOptions(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	corrupt := t.TempDir()
	if err := os.MkdirAll(filepath.Join(corrupt, "kafka"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(corrupt, "kafka", "meta.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, o := range map[string]embedded.Options{
		"a port out of range":                {Ephemeral: true, Port: 70000},
		"a size too small":                   {Ephemeral: true, MaxBytes: 1},
		"a negative count":                   {Ephemeral: true, Partitions: -1},
		"ephemeral, but kept":                {Ephemeral: true, Dir: "x"},
		"a file for a directory":             {Dir: file},
		"a directory that is not a broker's": {Dir: corrupt},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := embedded.Start(t.Context(), o)
			if kafkaops.ClassOf(err) != kafkaops.Invalid || kafkaops.HintOf(err) == "" {
				t.Errorf("got %v with the hint %q", err, kafkaops.HintOf(err))
			}
		})
	}
}

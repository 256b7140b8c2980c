package audit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"

	"github.com/krapp-io/krapp/kafkaops"
)

// read decodes every line of a file; one that is torn fails the test.
func read(t *testing.T, path string) []Entry {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var all []Entry
	for line := range strings.Lines(string(raw)) {
		var e Entry
		d := json.NewDecoder(strings.NewReader(line))
		d.DisallowUnknownFields()
		if err := d.Decode(&e); err != nil || !strings.HasSuffix(line, "\n") {
			t.Fatalf("a torn line: %v: %q", err, line)
		}
		all = append(all, e)
	}
	return all
}

func TestAnEntryComesBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state", "audit.jsonl")
	l := &File{Path: path}
	want := Entry{
		Time: time.Date(2026, 11, 22, 3, 0, 0, 5, time.UTC), ID: "1", Actor: Actor{Kind: SSH, Name: "ann", Key: "SHA256:x", Role: "operator", Address: "127.0.0.1:1", Session: "s"},
		Context: "prod", Action: "topic.delete", Resource: "orders", Detail: "3 partitions", Outcome: Failed, Class: "conflict", Error: "deleting topic orders: busy",
	}
	if err := l.Write(want); err != nil {
		t.Fatal(err)
	}
	want.V = Version
	if got := read(t, path); len(got) != 1 || got[0] != want {
		t.Errorf("%+v\nwant %+v", got, want)
	}
	for _, name := range []string{path, path + ".lock"} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
	if info, err := os.Stat(filepath.Dir(path)); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the directory: %v, %v", info.Mode(), err)
	}
}

func TestWhatComesFromOutsideIsPrintableAndBounded(t *testing.T) {
	hostile := "\x1b[2J\n{\"outcome\":\"done\"}\r\x9b\u202e\u2028\xff" + strings.Repeat("é", 5000)
	var b bytes.Buffer
	e := Entry{Actor: Actor{Name: hostile, User: hostile, Address: hostile}, Context: hostile, Action: hostile, Resource: hostile, Detail: hostile, Error: hostile, Class: hostile, ID: hostile}
	if err := (&Stream{W: &b}).Write(e); err != nil {
		t.Fatal(err)
	}
	line := b.String()
	if strings.Count(line, "\n") != 1 || len(line) > 3*(maxText+10*maxName) {
		t.Errorf("%d line ends in %d bytes", strings.Count(line, "\n"), len(line))
	}
	var got Entry
	if err := json.Unmarshal([]byte(line), &got); err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{got.Actor.Name, got.Resource, got.Detail, got.Error} {
		if strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) && r != '�' }) || len(s) > maxText || !strings.HasSuffix(s, "…") {
			t.Errorf("%d bytes: %.60q", len(s), s)
		}
	}
	if clean("orders über", maxName) != "orders über" {
		t.Error("what is harmless was changed")
	}
}

func TestALargeFileMovesAsideAndTheOldestGoes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	l, other := &File{Path: path, MaxBytes: 1000, Keep: 2}, &File{Path: path, MaxBytes: 1000, Keep: 2}
	const n = 60
	for i := range n {
		w := l
		if i%2 == 1 { // it has to notice that the file was moved from under it
			w = other
		}
		if err := w.Write(Entry{Action: "record.produce", Detail: fmt.Sprint(i)}); err != nil {
			t.Fatal(err)
		}
	}
	var all []Entry
	for _, name := range []string{path + ".2", path + ".1", path} {
		part := read(t, name)
		info, err := os.Stat(name)
		if err != nil || info.Size() > 1000 || len(part) == 0 {
			t.Errorf("%s: %d entries, %v, %v", name, len(part), info.Size(), err)
		}
		all = append(all, part...)
	}
	for i, e := range all {
		if want := fmt.Sprint(n - len(all) + i); e.Detail != want {
			t.Fatalf("entry %d is %s, want %s", i, e.Detail, want)
		}
	}
	if _, err := os.Stat(path + ".3"); err == nil {
		t.Error("more is kept than was asked for")
	}
}

// writeMany is what each of several processes does: TestMain's child.
func writeMany(path, who string, n int) error {
	l := &File{Path: path, MaxBytes: 1_000, Keep: 400}
	for i := range n {
		if err := l.Write(Entry{Actor: Actor{User: who}, Action: "topic.create", Detail: fmt.Sprint(i)}); err != nil {
			return err
		}
	}
	return nil
}

func TestMain(m *testing.M) {
	if path := os.Getenv("AUDIT_TEST_PATH"); path != "" {
		if err := writeMany(path, os.Getenv("AUDIT_TEST_WHO"), 200); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func TestManyProcessesLoseAndTearNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	var all sync.WaitGroup
	for p := range 4 {
		all.Go(func() {
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), "AUDIT_TEST_PATH="+path, fmt.Sprintf("AUDIT_TEST_WHO=%d", p))
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("process %d: %v: %s", p, err, out)
			}
		})
	}
	all.Wait()
	files, err := filepath.Glob(path + "*")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, name := range files {
		if strings.HasSuffix(name, ".lock") {
			continue
		}
		for _, e := range read(t, name) {
			seen[e.Actor.User+" "+e.Detail] = true
		}
	}
	if len(seen) != 4*200 || len(files) < 4 {
		t.Errorf("%d of %d entries in %d files", len(seen), 4*200, len(files))
	}
}

func TestALogThatCannotBeWrittenSaysSo(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "link.jsonl")
	if err := os.Symlink(file, link); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{"below a file": filepath.Join(file, "audit.jsonl"), "a directory": dir, "a link": link} {
		err := (&File{Path: path}).Write(Entry{Action: "topic.create"})
		if kafkaops.ClassOf(err) != kafkaops.Unavailable || kafkaops.HintOf(err) == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := (&Stream{W: full{}}).Write(Entry{}); kafkaops.ClassOf(err) != kafkaops.Unavailable {
		t.Errorf("a stream that is full: %v", err)
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

// A disk that fills up in the middle of a line leaves whole lines only.
func TestHalfALineIsTakenBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	cmd := exec.Command("sh", "-c", `ulimit -f 1; trap "" XFSZ; exec "$0"`, os.Args[0]) // 512 or 1024 bytes
	cmd.Env = append(os.Environ(), "AUDIT_TEST_PATH="+path, "AUDIT_TEST_WHO=x")
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "writing the audit log") {
		t.Fatalf("it wrote more than it may: %v: %s", err, out)
	}
	if n := len(read(t, path)); n == 0 {
		t.Error("nothing was written")
	}
}

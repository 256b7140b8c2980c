package source

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/krapp-io/krapp/kafkaops"
)

func TestOnlyFilesAreRead(t *testing.T) {
	dir := t.TempDir()
	fifo := filepath.Join(dir, "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		path, why string
		class     kafkaops.Class
	}{
		"directory": {dir, "a directory", kafkaops.Invalid},
		"FIFO":      {fifo, "a FIFO", kafkaops.Invalid},
		"device":    {"/dev/zero", "a device", kafkaops.Invalid},
		"missing":   {filepath.Join(dir, "missing"), "no such file", kafkaops.NotFound},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := read(t, c.path, Options{})
			wants(t, err, c.class, c.path, c.why)
		})
	}
}

func TestRootIsNotLeft(t *testing.T) {
	outside := store(t, "outside", []byte("secret"))
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "inside"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	if got, err := read(t, "inside", Options{Root: root}); err != nil || string(got) != "x" {
		t.Errorf("%v, %q", err, got)
	}
	for _, path := range []string{outside, "file://" + outside, "../" + filepath.Base(filepath.Dir(outside)) + "/outside", "link"} {
		if got, err := read(t, path, Options{Root: root}); err == nil {
			t.Errorf("%s: read %q", path, got)
		}
	}
	if got, err := read(t, "file://"+outside, Options{}); err != nil || string(got) != "secret" {
		t.Errorf("a file URL: %v, %q", err, got)
	}
}

func TestFileThatChangesIsAConflict(t *testing.T) {
	data := wide(1000)
	for name, change := range map[string]func(string) error{
		"shrinks": func(file string) error { return os.Truncate(file, 500_000) },
		"grows": func(file string) error {
			return os.WriteFile(file, append(bytes.Clone(data), '\n'), 0o600)
		},
		"is emptied": func(file string) error { return os.Truncate(file, 0) },
	} {
		t.Run(name, func(t *testing.T) {
			file := store(t, "a", data)
			s, err := Open(t.Context(), file, Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			if _, err := io.ReadFull(s, make([]byte, 200_000)); err != nil {
				t.Fatal(err)
			}
			if err := change(file); err != nil {
				t.Fatal(err)
			}
			_, err = io.Copy(io.Discard, s)
			wants(t, err, kafkaops.Conflict, file, "changed while it was read")
		})
	}
}

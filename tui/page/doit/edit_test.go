package doit

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/roundtrip"
	"github.com/krapp-io/krapp/tui/ui"
	"github.com/krapp-io/krapp/tui/ui/uitest"
)

// edited lets an "editor" change the file that Ctrl-E wrote, and gives what the page makes of it.
func edited(t *testing.T, editor func(path string) error) (*Page, ui.Loaded[editedText], string) {
	t.Helper()
	plan := func(roundtrip.Spec) kafkaops.Plan { return kafkaops.Plan{} }
	p := New(uitest.Env(t), Deps{Plan: plan, Machine: Local{}}, ui.To("doit", "stream")).(*Page)
	ready := p.startEdit()().(ui.Loaded[begun])
	if ready.Err != nil {
		t.Fatal(ready.Err)
	}
	e := ready.Value.editing.(editing)
	info, err := os.Stat(e.file())
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("%v, %v", info.Mode(), err)
	}
	_, cmd := p.Update(ui.Snapshot[left]{Value: left{e, editor(e.file())}})
	done := cmd().(ui.Loaded[editedText])
	p.Update(done)
	return p, done, e.dir
}

func TestTheEditedValueComesBackAndNothingIsLeft(t *testing.T) {
	p, _, dir := edited(t, func(path string) error {
		return os.WriteFile(path, []byte("{\n  \"a\": {{seq}}\n}\n"), 0o600)
	})
	if got := p.fields[valueField].Value(); got != "{\n  \"a\": {{seq}}\n}" {
		t.Errorf("value %q", got)
	}
	if got := string(p.preview[1].Value); !strings.Contains(got, `"a": 1`) {
		t.Errorf("preview %q", got)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("left over: %v", err)
	}
}

func TestAnEditorThatFailsLeavesTheValue(t *testing.T) {
	for name, editor := range map[string]func(string) error{
		"cannot be run": func(string) error { return errors.New("no such file") },
		"removes it":    os.Remove,
		"makes it huge": func(path string) error { return os.Truncate(path, editLimit+1) },
	} {
		t.Run(name, func(t *testing.T) {
			p, done, dir := edited(t, editor)
			if done.Err == nil || p.fields[valueField].Value() != firstValue {
				t.Errorf("%v, value %q", done.Err, p.fields[valueField].Value())
			}
			if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("left over: %v", err)
			}
		})
	}
}

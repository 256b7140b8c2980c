package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/krapp-io/krapp/audit"
	"github.com/krapp-io/krapp/cmd/internal/guard"
)

// audited are the lines of the audit log of a machine.
func audited(t *testing.T, dir string) (said []string, all string) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(dir, "krapp", guard.FileName))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(raw)) {
		var e audit.Entry
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		if e.Actor.Kind != audit.Local || e.Actor.User == "" || e.Actor.Program != "krapp" || e.Context == "" {
			t.Errorf("who and where: %s", line)
		}
		said = append(said, e.Action+" "+e.Resource+" "+string(e.Outcome))
	}
	return said, string(raw)
}

func TestLocalChangesAreInTheAuditLogAndReadingIsNot(t *testing.T) {
	dir := machine(t)
	t.Setenv("KRAPP_BROKERS", broker(t))
	must(t, "", "topics", "create", "orders", "--partitions", "1")
	must(t, "", "produce", "orders", "--key", "k", "--value", "the secret body")
	must(t, "one secret\ntwo\n", "produce", "orders")
	must(t, "", "doit", "orders", "--count", "5", "--value", "a secret template")
	krapp(t, "", "topics", "delete", "nosuchtopic", "--yes", "nosuchtopic") // it isn't there: nothing is intended
	krapp(t, "", "topics", "delete", "orders", "--dry-run")
	krapp(t, "", "topics", "delete", "orders", "--yes", "orders", "--read-only")
	must(t, "", "topics", "delete", "orders", "--yes", "orders")
	for _, line := range []string{"topics list", "brokers", "groups list", "isdone --all", "version"} {
		krapp(t, "", strings.Fields(line)...)
	}
	got, raw := audited(t, dir)
	want := []string{
		"topic.create orders intended", "topic.create orders done", "record.produce orders intended", "record.produce orders done",
		"record.produce orders intended", "record.produce orders done", "run.start orders intended", "run.start orders done",
		"topic.delete orders refused", "topic.delete orders intended", "topic.delete orders done",
	}
	if !slices.Equal(got, want) {
		t.Errorf("the log has\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if strings.Contains(raw, "secret") {
		t.Errorf("a message's body is in the log:\n%s", raw)
	}
}

func TestALocalChangeThatCannotBeLoggedIsMadeAndSaidSo(t *testing.T) {
	dir := machine(t)
	t.Setenv("KRAPP_BROKERS", broker(t))
	if err := os.MkdirAll(filepath.Join(dir, "krapp", guard.FileName), 0o700); err != nil { // a directory in its place
		t.Fatal(err)
	}
	r := krapp(t, "", "topics", "create", "orders")
	if r.code != 0 || !strings.Contains(r.errors, "not in the audit log") {
		t.Errorf("exit code %d: %s", r.code, r.errors)
	}
	if out := must(t, "", "topics", "list"); !strings.Contains(out, "orders") {
		t.Errorf("it was not created: %s", out)
	}
}

package embedded_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/embedded"
)

func TestAnAnnouncementIsFoundUntilItIsWithdrawn(t *testing.T) {
	dir := t.TempDir()
	b := start(t, embedded.Options{Ephemeral: true})
	withdraw, err := embedded.Announce(t.Context(), dir, embedded.Announcement{Brokers: b.Addrs(), Services: map[string]string{"produce": "http://127.0.0.1:8000"}})
	if err != nil {
		t.Fatal(err)
	}
	a, ok := embedded.Announced(t.Context(), dir)
	if !ok || a.Brokers[0] != b.Addr() || a.PID != os.Getpid() || a.Services["produce"] == "" || a.Started.IsZero() {
		t.Errorf("got %+v, %v", a, ok)
	}
	if err := errors.Join(withdraw(), withdraw()); err != nil {
		t.Error(err)
	}
	if _, ok := embedded.Announced(t.Context(), dir); ok {
		t.Error("found after it was withdrawn")
	}
}

func TestStaleAnnouncements(t *testing.T) {
	b := start(t, embedded.Options{Ephemeral: true})
	live := `{"version":1,"pid":` + strconv.Itoa(os.Getpid()) + `,"brokers":["` + b.Addr() + `"]}`
	for name, tc := range map[string]struct {
		file string
		want bool
	}{
		"live":                    {live, true},
		"a process that is gone":  {strings.Replace(live, strconv.Itoa(os.Getpid()), "999999999", 1), false},
		"no process":              {strings.Replace(live, strconv.Itoa(os.Getpid()), "0", 1), false},
		"a port without a broker": {strings.Replace(live, b.Addr(), "127.0.0.1:1", 1), false},
		"an address off loopback": {strings.Replace(live, b.Addr(), "192.0.2.1:9092", 1), false},
		"another version":         {strings.Replace(live, `"version":1`, `"version":2`, 1), false},
		"torn":                    {live[:20], false},
		"empty":                   {"", false},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "broker.json"), []byte(tc.file), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, ok := embedded.Announced(t.Context(), dir); ok != tc.want {
				t.Errorf("got %v, want %v", ok, tc.want)
			}
		})
	}
}

func TestALiveAnnouncementOfAnotherProcessStays(t *testing.T) {
	dir := t.TempDir()
	b := start(t, embedded.Options{Ephemeral: true})
	other, err := json.Marshal(embedded.Announcement{Version: 1, PID: os.Getppid(), Brokers: b.Addrs()})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "broker.json")
	if err := os.WriteFile(path, other, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := embedded.Announce(t.Context(), dir, embedded.Announcement{Brokers: []string{"127.0.0.1:2"}}); kafkaops.ClassOf(err) != kafkaops.Conflict || kafkaops.HintOf(err) == "" {
		t.Errorf("got %v", err)
	}
	if a, ok := embedded.Announced(t.Context(), dir); !ok || a.PID != os.Getppid() {
		t.Errorf("the other's announcement is gone: %+v, %v", a, ok)
	}
}

func TestDirectories(t *testing.T) {
	t.Setenv("HOME", "/home/ada")
	t.Setenv("XDG_STATE_HOME", "")
	t.Setenv("XDG_RUNTIME_DIR", "")
	expect := func(name, want string, get func() (string, error)) {
		t.Helper()
		if got, err := get(); err != nil || got != want {
			t.Errorf("%s: got %q, %v, want %q", name, got, err, want)
		}
	}
	expect("state", "/home/ada/.local/state/krapp", embedded.StateDir)
	expect("announcements without a runtime directory", "/home/ada/.local/state/krapp", embedded.AnnounceDir)
	t.Setenv("XDG_STATE_HOME", "/var/state")
	t.Setenv("XDG_RUNTIME_DIR", "/run/user/1")
	expect("state", "/var/state/krapp", embedded.StateDir)
	expect("data", "/var/state/krapp/broker", embedded.DefaultDir)
	expect("announcements", "/run/user/1/krapp", embedded.AnnounceDir)
	t.Setenv("XDG_STATE_HOME", "relative")
	expect("a relative state directory", "/home/ada/.local/state/krapp", embedded.StateDir)
}

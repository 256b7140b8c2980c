// Package check reads the compose files as Docker Compose does, with its own parser, and holds them to what krapp promises. It is a module
// of its own, so that none of that is in krapp's.
package check

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
)

const composeFile = "../compose.yaml"

// load reads a compose file with the variables that krapp-compose sets.
func load(file string, env ...string) (*types.Project, error) {
	o, err := cli.NewProjectOptions([]string{file}, cli.WithEnv(append([]string{"KRAPP_KEYS=/keys-here"}, env...)))
	if err != nil {
		return nil, err
	}
	return o.LoadProject(context.Background())
}

// faults says what in a project breaks a promise.
func faults(p *types.Project) []string {
	var found []string
	for name, s := range p.Services {
		for _, port := range s.Ports {
			if port.HostIP != "127.0.0.1" {
				found = append(found, fmt.Sprintf("%s: port %d is published at %q", name, port.Target, port.HostIP))
			}
		}
		if s.Privileged || s.NetworkMode == "host" || s.Pid != "" {
			found = append(found, name+": shares the host's namespaces or rights")
		}
		if !strings.Contains(s.Image, "krapp-") {
			continue
		}
		if !s.ReadOnly || !slices.Equal(s.CapDrop, []string{"ALL"}) || len(s.CapAdd) > 0 || !slices.Contains(s.SecurityOpt, "no-new-privileges:true") {
			found = append(found, name+": its root is writable, or it has capabilities or may gain rights")
		}
		if s.MemLimit == 0 || s.PidsLimit == 0 {
			found = append(found, name+": memory or processes have no limit")
		}
		if s.StopGracePeriod == nil || time.Duration(*s.StopGracePeriod) < 30*time.Second {
			found = append(found, name+": killed before it has drained")
		}
		if len(s.DependsOn) != 3 {
			found = append(found, name+": does not wait for the three brokers")
		}
		found = append(found, mountFaults(name, s)...)
	}
	return found
}

// mountFaults finds files of the host that could be written to, and that are not there.
func mountFaults(name string, s types.ServiceConfig) []string {
	var found []string
	for _, v := range s.Volumes {
		if v.Type != types.VolumeTypeBind {
			continue
		}
		if !v.ReadOnly {
			found = append(found, name+": can write to "+v.Source)
		}
		if _, err := os.Stat(v.Source); err != nil && v.Source != "/keys-here" {
			found = append(found, name+": "+err.Error())
		}
	}
	return found
}

func TestComposeHoldsItsPromises(t *testing.T) {
	p, err := load(composeFile)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"kafka-1", "kafka-2", "kafka-3", "produce", "consume", "read", "compute", "results", "seer", "watch", "console"} {
		if _, err := p.GetService(want); err != nil {
			t.Error(err)
		}
	}
	for name, s := range p.Services {
		if len(s.Networks) != 1 || s.Networks["default"] != nil {
			t.Errorf("%s is in the networks %v, not in the one of all", name, s.Networks)
		}
	}
	for _, f := range faults(p) {
		t.Error(f)
	}
}

func TestImagesAreNamedAsTheyAreBuilt(t *testing.T) {
	p, err := load(composeFile, "REGISTRY=registry.example/team/", "TAG=v1")
	if err != nil {
		t.Fatal(err)
	}
	for service, want := range map[string]string{"seer": "registry.example/team/krapp-worker:v1", "console": "registry.example/team/krapp-tui:v1"} {
		if got := p.Services[service].Image; got != want {
			t.Errorf("%s runs %s, want %s", service, got, want)
		}
	}
}

func TestConsoleNeedsKeys(t *testing.T) {
	o, err := cli.NewProjectOptions([]string{composeFile}, cli.WithEnv(nil))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.LoadProject(context.Background()); err == nil || !strings.Contains(err.Error(), "make run-image") {
		t.Errorf("without KRAPP_KEYS: %v", err)
	}
}

// TestFaultsAreFound is the control: each change breaks one promise, and is found.
func TestFaultsAreFound(t *testing.T) {
	text, err := os.ReadFile(composeFile)
	if err != nil {
		t.Fatal(err)
	}
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	sound := strings.NewReplacer("- ../kafka/", "- "+root+"/../kafka/", `"../../examples:`, `"`+root+`/../../examples:`).Replace(string(text))
	for name, c := range map[string]struct{ old, new, want string }{
		"port for all":       {"127.0.0.1:8000:8000", "8000:8000", "published"},
		"port on an address": {"127.0.0.1:2222:2222", "0.0.0.0:2222:2222", "published"},
		"writable root":      {"read_only: true", "read_only: false", "writable"},
		"capabilities":       {"cap_drop: [ALL]", "cap_drop: [NET_RAW]", "capabilities"},
		"new rights":         {"no-new-privileges:true", "no-new-privileges:false", "gain rights"},
		"no memory limit":    {"  mem_limit: 512m\n", "", "no limit"},
		"killed":             {"stop_grace_period: 40s", "stop_grace_period: 10s", "drained"},
		"writable files":     {":/jobs:ro", ":/jobs", "can write"},
		"missing files":      {"/examples:/jobs", "/no-examples:/jobs", "no such file"},
		"not waiting":        {"    kafka-3: {condition: service_healthy}\n", "", "brokers"},
		"host's network":     {"  pids_limit: 512\n", "  pids_limit: 512\n  network_mode: host\n", "namespaces"},
	} {
		t.Run(name, func(t *testing.T) {
			changed := strings.ReplaceAll(sound, c.old, c.new)
			if changed == sound {
				t.Fatalf("%q is not in the file", c.old)
			}
			file := filepath.Join(t.TempDir(), "compose.yaml")
			if err := os.WriteFile(file, []byte(changed), 0o600); err != nil {
				t.Fatal(err)
			}
			p, err := load(file)
			if err != nil {
				t.Fatal(err)
			}
			if found := strings.Join(faults(p), "\n"); !strings.Contains(found, c.want) {
				t.Errorf("found %q, want %q in it", found, c.want)
			}
		})
	}
}

// TestUnknownKeysAreRefused shows that the parser checks against the specification's schema.
func TestUnknownKeysAreRefused(t *testing.T) {
	file := filepath.Join(t.TempDir(), "compose.yaml")
	if err := os.WriteFile(file, []byte("services: {a: {image: krapp-x, readonly: true}}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := load(file); err == nil {
		t.Error("a misspelt key was taken")
	}
}

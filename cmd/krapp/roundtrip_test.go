package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/krapp-io/krapp/cmd/internal/stack"
	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/embedded"
)

// workers runs an embedded broker and the roles, announced to this test's commands.
func workers(t *testing.T, roles ...string) *stack.Stack {
	t.Helper()
	s, err := stack.Start(t.Context(), stack.Options{Embedded: embedded.Options{Ephemeral: true}, Roles: roles,
		Listen: map[string]string{stack.Produce: "127.0.0.1:0", stack.Consume: "127.0.0.1:0", stack.Monitor: stack.NoMonitor}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestARunIsSentAndJudged(t *testing.T) {
	machine(t)
	workers(t, stack.Produce, stack.Consume)

	out := must(t, "", "doit", "demo", "--count", "1000", "--wait", "--timeout", "1m", "-o", "json")
	golden(t, "doit_wait.json", oneWorker(t, out))
	var j judgementJSON
	if err := json.Unmarshal([]byte(out), &j); err != nil {
		t.Fatal(err)
	}
	if j.Verdict != "done" || j.Once != 1000 || !j.Final {
		t.Errorf("%+v", j)
	}
	if got := must(t, "", "isdone", j.Run[len(j.Run)-6:], "-o", "json"); oneWorker(t, got) == "" {
		t.Error("an ending of the id did not name the run")
	}
	if text := must(t, "", "isdone", "--verify"); !strings.HasPrefix(text, "DONE") {
		t.Errorf("isdone --verify says %q", text)
	}
	golden(t, "doit.json", must(t, "", "doit", "demo", "-n", "10", "--workers", "-o", "json"))
	must(t, "", "isdone", "--watch", "--timeout", "1m")
	golden(t, "isdone_all.txt", must(t, "", "isdone", "--all"))
	golden(t, "groups_describe_state.txt", strings.Join(strings.Fields(must(t, "", "groups", "describe", "krapp-consume"))[:4], " "))
}

// oneWorker leaves one of the partitions and workers: which had messages, and how many, no two runs share.
func oneWorker(t *testing.T, line string) string {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal([]byte(line), &m); err != nil {
		t.Fatal(err)
	}
	for _, list := range []string{"partitions", "workers"} {
		all, ok := m[list].([]any)
		if !ok || len(all) == 0 {
			t.Fatalf("%s is %v", list, m[list])
		}
		first := all[0].(map[string]any)
		for _, k := range []string{"partition", "stored", "processed", "first_offset", "last_offset"} {
			if _, ok := first[k]; ok {
				first[k] = 0
			}
		}
		first["worker"] = "WORKER"
		m[list] = []any{first}
	}
	sorted, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return string(sorted) + "\n"
}

func TestTheVerdictIsTheExitCode(t *testing.T) {
	machine(t)
	s := workers(t) // nobody consumes
	r := krapp(t, "", "doit", "demo", "-n", "10", "--stall-after", "1s", "--wait", "--timeout", "3s")
	if r.code != 3 || !strings.Contains(r.out, "STALLED") {
		t.Errorf("nobody consumes: exit code %d\n%s%s", r.code, r.out, r.errors)
	}
	must(t, "", "doit", "demo", "-n", "10")
	if err := s.Client().DeleteTopics(t.Context(), "demo"); err != nil {
		t.Fatal(err)
	}
	if r := krapp(t, "", "isdone"); r.code != 4 || !strings.Contains(r.out, "FAILED") {
		t.Errorf("the topic was deleted: exit code %d\n%s%s", r.code, r.out, r.errors)
	}
	if r := krapp(t, "", "isdone", "--all"); r.code != 4 {
		t.Errorf("--all: exit code %d", r.code)
	}
	if topics, err := s.Client().DescribeTopics(t.Context(), "demo"); err != nil || kafkaops.ClassOf(topics[0].Err) != kafkaops.NotFound {
		t.Errorf("judging created the topic again: %v %v", topics, err)
	}
}

package main

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/krapp-io/krapp/audit"
	"github.com/krapp-io/krapp/cmd/internal/config"
	"github.com/krapp-io/krapp/cmd/internal/guard"
	"github.com/krapp-io/krapp/cmd/internal/stack"
	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/embedded"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
	"github.com/krapp-io/krapp/kafkaops/roundtrip"
	"github.com/krapp-io/krapp/tui/live"
	"github.com/krapp-io/krapp/tui/page/doit"
	"github.com/krapp-io/krapp/tui/page/pipeline"
	"github.com/krapp-io/krapp/tui/ui"
)

// changing are the methods of a Kafka client that change the cluster, reading those that don't, and making those that make something which may.
func changing() []string {
	return []string{"CreateTopics", "DeleteTopics", "CreatePartitions", "DeleteRecords", "DeleteGroups", "AlterOffsets", "ProduceSync"}
}

func making() []string { return []string{"NewProducer", "JoinGroup"} }

func readingOnly() []string {
	return []string{
		"Cluster", "ListTopics", "DescribeTopics", "TopicConfigs", "Extents", "Ends", "TopicExtents", "OffsetsAt", "ListGroups", "DescribeGroups", "Committed",
		"CommittedStable", "Lag", "Lags", "Fetch", "Tail", "Follow", "Scan", "ScanRecords", "Reader", "Context", "Close",
	}
}

// Every method of the Kafka client is known to read or to change: one that is new has to be looked at before a page can have it.
func TestEveryMethodOfTheClientIsKnown(t *testing.T) {
	known := slices.Concat(changing(), making(), readingOnly())
	client := reflect.TypeFor[*rdkafka.Client]()
	for i := range client.NumMethod() {
		if name := client.Method(i).Name; !slices.Contains(known, name) {
			t.Errorf("rdkafka.Client.%s is neither in changing, making nor readingOnly: does it change the cluster?", name)
		}
	}
	pages := reflect.TypeFor[guardedClient]()
	for i := range pages.NumMethod() {
		name := pages.Method(i).Name
		if !slices.Contains(known, name) || slices.Contains(making(), name) {
			t.Errorf("guardedClient.%s: pages can do what the guard doesn't know", name)
		}
	}
}

// A page's client asks the guard in every method that changes, before the cluster hears of it.
func TestEveryChangingMethodOfThePagesClientAsksTheGuard(t *testing.T) {
	asked := 0
	for name, client := range map[string]any{
		"guarded":     guardedClient{lateClient{unreachable(t)}, lookOnly()},
		"not guarded": lateClient{unreachable(t)}, // the negative control: without the guard, the cluster is asked
	} {
		v := reflect.ValueOf(client)
		for _, method := range changing() {
			m := v.MethodByName(method)
			if !m.IsValid() {
				continue // pages don't have it
			}
			asked++
			err := call(t.Context(), m)
			if got := kafkaops.ClassOf(err); (got == kafkaops.Unauthorised) != (name == "guarded") {
				t.Errorf("%s.%s: %v", name, method, err)
			}
		}
	}
	if asked != 6 {
		t.Errorf("%d methods were tried, want 2 clients × 3", asked)
	}
}

// call calls a method with the context and zero values, and returns its error.
func call(ctx context.Context, m reflect.Value) error {
	args := []reflect.Value{reflect.ValueOf(ctx)}
	for i := 1; i < m.Type().NumIn(); i++ {
		if m.Type().IsVariadic() && i == m.Type().NumIn()-1 {
			break
		}
		args = append(args, reflect.Zero(m.Type().In(i)))
	}
	out := m.Call(args)
	err, _ := out[len(out)-1].Interface().(error)
	return err
}

// unreachable is a session whose stack could not be started.
func unreachable(t *testing.T) *session {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	s := &session{ctx: ctx, cancel: cancel, log: slog.New(slog.DiscardHandler), changed: make(chan struct{}), heard: map[chan ui.ForApp]struct{}{},
		err: kafkaops.Errorf(kafkaops.Unreachable, "connecting to", "nowhere", "", "the cluster was asked")}
	s.jobs = &pipelines{session: s, running: map[string]*running{}}
	return s
}

// notes is an audit log.
type notes struct {
	mu      sync.Mutex
	entries []audit.Entry
}

func (n *notes) Write(e audit.Entry) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.entries = append(n.entries, e)
	return nil
}

func (n *notes) outcomes() (list []string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, e := range n.entries {
		list = append(list, e.Action+" "+string(e.Outcome))
	}
	return list
}

func lookOnly() *guard.Guard { return &guard.Guard{LookOnly: true, Served: true, Log: &notes{}} }

// world is a house on an embedded broker.
func world(t *testing.T) (*house, *rdkafka.Client) {
	t.Helper()
	home := t.TempDir()
	for _, name := range []string{"XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"} {
		t.Setenv(name, home)
	}
	h := &house{ctx: t.Context(), audit: &notes{}, served: true, log: slog.New(slog.DiscardHandler), places: map[string]*place{}}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	h.first = embeddedPlace()
	h.places[embeddedName] = h.first
	h.open(h.first, stack.Options{Embedded: embedded.Options{Ephemeral: true}, Console: true, Log: h.log})
	t.Cleanup(func() {
		if err := h.close(); err != nil {
			t.Errorf("closing: %v", err)
		}
	})
	client, err := h.first.session.Client(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return h, client
}

// everything is all that a change could leave behind.
func everything(t *testing.T, client *rdkafka.Client) string {
	t.Helper()
	topics, err := client.ListTopics(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, topic := range topics {
		if topic.Internal {
			continue
		}
		extents, err := client.TopicExtents(t.Context(), kafkaops.ReadUncommitted, topic.Name)
		if err != nil {
			t.Fatal(err)
		}
		var stored int64
		for _, x := range extents {
			stored += x.End
		}
		all = append(all, topic.Name+" "+topic.ID+" "+time.Duration(stored).String())
	}
	slices.Sort(all)
	return strings.Join(all, "\n")
}

// changes are all that can be done from a desk that leaves something in the cluster, by name.
func changes(h *house, may *guard.Guard) map[string]func(context.Context) error {
	s := h.first.session
	client, runs := guardedClient{lateClient{s}, may}, live.NewRuns(nil)
	spec := roundtrip.Spec{Topic: stack.DemoTopic, Count: 10, Value: "x", Sender: roundtrip.SendHere, Evidence: roundtrip.Evidence{Kind: roundtrip.Reported, Group: "g"}}
	start := starter{s, may, runs, make(chan ui.ForApp, 1)}
	return map[string]func(context.Context) error{
		"create topic": func(ctx context.Context) error {
			return client.CreateTopics(ctx, kafkaops.NewTopic{Name: "made", Partitions: 1, ReplicationFactor: 1})
		},
		"produce": func(ctx context.Context) error {
			_, err := client.ProduceSync(ctx, []kafkaops.Record{{Topic: stack.DemoTopic, Partition: kafkaops.AnyPartition, Value: []byte("secret body")}})
			return err
		},
		"start run": func(ctx context.Context) error { _, err := start.Start(ctx, spec); return err },
		"cancel run": func(ctx context.Context) error {
			return runActions{lateClient{s}, may, runs}.Cancel(ctx, "01M80BP8RG1PKFT2X0RHVQFWXJ")
		},
		"delete topic": func(ctx context.Context) error {
			return client.DeleteTopics(ctx, "victim")
		},
		"start job": func(ctx context.Context) error {
			return guardedJobs{s.jobs, may}.Start(ctx, pipeline.Spec{Job: sample, Workers: 1})
		},
	}
}

// Nothing that a visitor without the right asks for reaches the cluster; the same, asked for with the right, does.
func TestNothingReachesTheClusterFromWhoMayNot(t *testing.T) {
	h, client := world(t)
	if err := client.CreateTopics(t.Context(), kafkaops.NewTopic{Name: "victim", Partitions: 1, ReplicationFactor: 1}); err != nil {
		t.Fatal(err)
	}
	before := everything(t, client)
	for name, g := range map[string]guard.Guard{
		"a visitor who looks":             {Served: true, LookOnly: true},
		"an operator, context read-only":  {Served: true, ContextReadOnly: true},
		"a local user, context read-only": {ContextReadOnly: true},
	} {
		log := &notes{}
		g.Log, g.Who = log, audit.Actor{Kind: audit.SSH}
		all := changes(h, &g)
		for what, do := range all {
			if err := do(t.Context()); kafkaops.ClassOf(err) != kafkaops.Unauthorised || kafkaops.HintOf(err) == "" {
				t.Errorf("%s: %s: %v", name, what, err)
			}
		}
		if got := log.outcomes(); len(got) != len(all) || slices.ContainsFunc(got, func(s string) bool { return !strings.HasSuffix(s, " refused") }) {
			t.Errorf("%s: logged %v", name, got)
		}
	}
	if after := everything(t, client); after != before {
		t.Errorf("something reached the cluster:\n%s\nbefore:\n%s", after, before)
	}

	log := &notes{} // the negative control
	operator := changes(h, &guard.Guard{Served: true, Log: log, Who: audit.Actor{Kind: audit.SSH}})
	for what, do := range operator {
		served := what == "start job" // refused to everybody
		if err := do(t.Context()); (err != nil) != served {
			t.Errorf("an operator: %s: %v", what, err)
		}
	}
	await(t, "the run to be sent", func() bool { return h.first.session.sending.Load() == 0 })
	if after := everything(t, client); after == before || strings.Contains(after, "victim") || !strings.Contains(after, "made") {
		t.Errorf("an operator's changes did not reach the cluster:\n%s", after)
	}
	for _, e := range log.entries {
		if strings.Contains(e.Detail+e.Resource+e.Error, "secret body") {
			t.Errorf("a message's body is in the audit log: %+v", e)
		}
	}
}

// A served console reads no file of its machine and runs no program on it, whoever asks.
func TestAServedConsoleHasNoFilesNoEditorAndNoJobs(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret.yaml")
	if err := os.WriteFile(path, []byte("one\ntwo\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, served := range map[string]bool{"served": true, "at home": false} { // at home is the negative control
		t.Run(name, func(t *testing.T) {
			may := &guard.Guard{Served: served, Log: &notes{}, Who: audit.Actor{Kind: audit.Local}}
			s := unreachable(t)
			machine, jobs := guardedMachine{doit.Local{Command: "/bin/true"}, may}, guardedJobs{s.jobs, may}
			check := func(what string, err error) {
				t.Helper()
				if refused := kafkaops.ClassOf(err) == kafkaops.Unsupported; refused != served {
					t.Errorf("%s: %v", what, err)
				}
			}
			_, first, err := machine.Lines(path, 3)
			check("reading a file", err)
			if served && len(first) > 0 {
				t.Errorf("it read %q", first)
			}
			e, err := machine.Edit(t.Context(), "x")
			check("an editor", err)
			if e != nil {
				check("what runs", e.Editor().Err)
				_, _ = e.Finish(nil) // it leaves nothing behind
			}
			check("a prepared editor", guardedEditing{e, may}.check())
			_, err = starter{s, may, live.NewRuns(nil), nil}.Start(t.Context(), roundtrip.Spec{Topic: "x", File: path, Sender: roundtrip.SendWorkers})
			check("sending from a file", err)
			_, err = jobs.Look(t.Context(), path)
			check("a job's results", err)
			_, err = jobs.Describe(t.Context(), path)
			check("a job", err)
			_, err = jobs.Prepare(t.Context(), pipeline.Spec{Job: path})
			check("a job's plan", err)
			check("starting a job", jobs.Start(t.Context(), pipeline.Spec{Job: "census", File: path}))
			check("stopping a job", jobs.Stop(t.Context(), "census"))
			if found := len(jobs.Propose(t.Context(), filepath.Dir(path)+"/")) > 0; found == served {
				t.Errorf("files are proposed: %v", found)
			}
			if _, err := jobs.Describe(t.Context(), "census"); err != nil {
				t.Errorf("a built-in job: %v", err)
			}
		})
	}
}

func (e guardedEditing) check() error { return e.guard.Check(guard.Action{Kind: guard.Edit}) }

func TestRunsSentFromAServedConsoleAreBounded(t *testing.T) {
	s := unreachable(t)
	s.err = nil
	s.stack = &stack.Stack{}
	s.most = 2
	s.sending.Store(2)
	if _, err := s.Launch(t.Context(), roundtrip.Spec{Topic: "x"}, nil, nil); kafkaops.ClassOf(err) != kafkaops.Conflict || s.sending.Load() != 2 {
		t.Errorf("%v, %d are being sent", err, s.sending.Load())
	}
}

func TestAPlaceIsOpenedOnceAndClosedWhenNobodyIsThere(t *testing.T) {
	h, client := world(t)
	a, err := h.enter(t.Context(), embeddedName, true)
	if err != nil {
		t.Fatal(err)
	}
	b, err := h.enter(t.Context(), embeddedName, false)
	if err != nil || a != b || a.people != 2 {
		t.Fatalf("%v: two places of one name, %d there", err, a.people)
	}
	h.leave(a)
	h.leave(b)
	h.closeIdle(a)
	h.closing.Wait()
	if _, err := client.Cluster(t.Context()); err != nil || a.people != 0 {
		t.Errorf("the first place was closed: %v", err)
	}
	second := &place{name: "second", resolved: a.resolved}
	h.open(second, stack.Options{Context: kafkaops.Context{Brokers: client.Context().Brokers}, Log: h.log})
	h.places["second"] = second
	p := h.join("second")
	h.closeIdle(second)
	if h.join("second") != p {
		t.Fatal("it was closed under those who are there")
	}
	p.people = 0
	p.session.sending.Store(1)
	h.closeIdle(second)
	if h.places["second"] == nil {
		t.Error("it was closed while it sends")
	}
	p.session.sending.Store(0)
	h.closeIdle(second)
	h.closing.Wait()
	if h.places["second"] != nil || p.session.ctx.Err() == nil {
		t.Error("it is still open")
	}
}

func embeddedPlace() *place { return &place{name: embeddedName, resolved: &config.Resolved{}} }

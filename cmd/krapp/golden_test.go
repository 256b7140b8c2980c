package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
)

// TestGolden holds what docs/json.md promises: the fields of every command's objects, one object a line.
func TestGolden(t *testing.T) {
	machine(t)
	addr := broker(t)
	t.Setenv("KRAPP_BROKERS", addr)

	golden(t, "topics_create.json", must(t, "", "topics", "create", "orders", "-p", "2", "--set", "retention.ms=3600000", "-o", "json"))
	golden(t, "topics_create_dry_run.json", must(t, "", "topics", "create", "other", "-p", "2", "--dry-run", "-o", "json"))
	golden(t, "topics_list.json", must(t, "", "topics", "list", "-o", "json"))
	golden(t, "topics_list.yaml", must(t, "", "topics", "list", "-o", "yaml"))
	golden(t, "topics_list.txt", must(t, "", "topics", "list"))
	golden(t, "topics_describe.json", must(t, "", "topics", "describe", "orders", "-o", "json"))
	golden(t, "topics_describe.txt", must(t, "", "topics", "describe", "orders"))

	golden(t, "produce.json", must(t, "", "produce", "orders", "--partition", "0", "--key", "k", "--value", "v", "-H", "a=1", "-o", "json"))
	golden(t, "produce_lines.json", must(t, "one\ntwo\xff\n", "produce", "orders", "--partition", "0", "-o", "json"))
	golden(t, "produce_lines.txt", must(t, "a:1\nb:2", "produce", "orders", "--partition", "1", "--key-separator", ":"))
	golden(t, "tail.json", must(t, "", "tail", "orders", "--partition", "0", "-o", "json"))
	golden(t, "tail.yaml", must(t, "", "tail", "orders", "--partition", "0", "-n", "1", "-o", "yaml"))
	golden(t, "tail_raw.txt", must(t, "", "tail", "orders", "--partition", "1", "--from", "1", "--raw"))
	golden(t, "offsets.json", must(t, "", "offsets", "orders", "-o", "json"))
	golden(t, "offsets.txt", must(t, "", "offsets", "orders", "--isolation", "read-uncommitted"))
	golden(t, "brokers.json", must(t, "", "brokers", "-o", "json"))
	golden(t, "groups_list.json", must(t, "", "groups", "list", "-o", "json"))

	golden(t, "topics_delete_dry_run.txt", must(t, "", "topics", "delete", "orders", "--dry-run"))
	golden(t, "topics_delete.json", must(t, "", "topics", "delete", "orders", "--yes", "orders", "-o", "json"))
	golden(t, "topics_list_none.json", must(t, "", "topics", "list", "-o", "json"))
	golden(t, "topics_list_none.yaml", must(t, "", "topics", "list", "-o", "yaml"))
}

func TestGoldenContexts(t *testing.T) {
	dir := machine(t)
	text := "current: dev\ncontexts:\n  dev: {brokers: [127.0.0.1:9092]}\n  prod: {brokers: [a:9093, b:9093], read-only: true, colour: red}\n"
	if err := os.MkdirAll(filepath.Join(dir, "krapp"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "krapp", "config.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	golden(t, "contexts_list.json", must(t, "", "contexts", "list", "-o", "json"))
	golden(t, "contexts_list.txt", must(t, "", "contexts", "list"))
	golden(t, "contexts_show.json", must(t, "", "contexts", "show", "prod", "-o", "json"))
	golden(t, "contexts_use.json", must(t, "", "contexts", "use", "prod", "-o", "json"))
	t.Setenv("KAFKA_BROKER", "c")
	golden(t, "contexts_show_elsewhere.txt", must(t, "", "contexts", "show"))
}

func TestGoldenGroup(t *testing.T) {
	machine(t)
	t.Setenv("KRAPP_BROKERS", broker(t))
	must(t, "", "topics", "create", "orders", "-p", "1")
	must(t, "a\nb\nc\n", "produce", "orders")
	client, err := rdkafka.Connect(t.Context(), kafkaops.Context{Brokers: []string{os.Getenv("KRAPP_BROKERS")}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if err := client.AlterOffsets(t.Context(), "billing", kafkaops.Offsets{{Topic: "orders"}: 1}); err != nil {
		t.Fatal(err)
	}
	golden(t, "groups_list_one.json", must(t, "", "groups", "list", "-o", "json"))
	golden(t, "groups_describe.json", must(t, "", "groups", "describe", "billing", "-o", "json"))
}

package main

import "testing"

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

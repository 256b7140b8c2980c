package guard

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// mutators are the calls that change something: of a Kafka client, of krapp's rooms, of the configuration. That every method of the client is
// known to be one or not is tested in cmd/krapp-tui.
func mutators() []string {
	return []string{
		"CreateTopics", "DeleteTopics", "CreatePartitions", "DeleteRecords", "DeleteGroups", "AlterOffsets", "ProduceSync", "NewProducer", "JoinGroup",
		"roundtrip.Cancel", "roundtrip.Register", "roundtrip.EnsureTopics", "launch.Launch.Run", "read.EnsureTopics", "conf.Use", "client.Accept", "stack.Start",
		"client.Put", "Launch", "pipelines.Start", "pipelines.Stop", "Local.Lines", "Local.Edit",
	}
}

// known are the functions that may change something without asking, each with the reason.
func known() map[string]string {
	return map[string]string{
		"krapp/produce_lines.go lines":   "its caller is guarded",
		"krapp/ask.go give":              "its caller is guarded",
		"krapp-tui/late.go CreateTopics": "pages have guardedClient",
		"krapp-tui/late.go DeleteTopics": "pages have guardedClient",
		"krapp-tui/late.go ProduceSync":  "pages have guardedClient; the ledger keeps verdicts by it",
		"krapp-tui/session.go start":     "the stack of the console itself",
		"krapp-tui/session.go Launch":    "its only caller, starter, is guarded",
		"krapp-tui/headless.go headless": "the stack of the console itself",
		"krapp-tui/pipelines.go Start":   "pages have guardedJobs",
	}
}

// Every call in the commands that changes something stands inside of a guard's Do or Get, or is known here. A new one that bypasses the guard fails.
func TestNothingThatChangesBypassesTheGuard(t *testing.T) {
	guarded, allowed := 0, 0
	for _, dir := range []string{"../../krapp", "../../krapp-tui"} {
		files, err := filepath.Glob(dir + "/*.go")
		if err != nil || len(files) < 10 {
			t.Fatalf("%d files in %s, %v", len(files), dir, err)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			for _, c := range changesIn(t, name, nil) {
				where := filepath.Base(dir) + "/" + filepath.Base(name) + " " + c.function
				switch _, ok := known()[where]; {
				case c.guarded:
					guarded++
				case ok:
					allowed++
				default:
					t.Errorf("%s (%s) calls %s without asking the guard", where, c.at, c.call)
				}
			}
		}
	}
	if guarded < 10 || allowed < 5 {
		t.Errorf("only %d guarded and %d other changes were found: the test looks in the wrong place", guarded, allowed)
	}
}

// The negative control.
func TestABypassIsFound(t *testing.T) {
	source := `package x
func good(c client, may guard) error { return may.Do(ctx, a, func(ctx context.Context) error { return c.DeleteTopics(ctx, "x") }) }
func bad(c client) error { return c.DeleteTopics(ctx, "x") }
func worse(c client) { go func() { _ = roundtrip.Cancel(ctx, c, "x") }() }
func sly(l launch.Launch) { launch.Launch{Client: c}.Run(ctx) }
func fine(c client) error { return c.ListTopics(ctx) }`
	var found []string
	for _, c := range changesIn(t, "x.go", source) {
		found = append(found, fmt.Sprint(c.function, " ", c.guarded))
	}
	if want := []string{"good true", "bad false", "worse false", "sly false"}; !slices.Equal(found, want) {
		t.Errorf("found %v, want %v", found, want)
	}
}

type found struct {
	function, call string
	at             token.Position
	guarded        bool
}

func changesIn(t *testing.T, name string, source any) []found {
	t.Helper()
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, source, 0)
	if err != nil {
		t.Fatal(err)
	}
	var all []found
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || f.Body == nil {
			continue
		}
		walk(f.Body, false, func(call string, pos token.Pos, guarded bool) {
			all = append(all, found{f.Name.Name, call, set.Position(pos), guarded})
		})
	}
	return all
}

// walk visits the calls below a node; those in a function that is handed to a guard are guarded.
func walk(n ast.Node, guarded bool, each func(string, token.Pos, bool)) {
	ast.Inspect(n, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		name := nameOf(call.Fun)
		if slices.ContainsFunc(mutators(), func(m string) bool { return name == m || strings.HasSuffix(name, "."+m) }) {
			each(name, call.Pos(), guarded)
		}
		asks := strings.HasSuffix(name, ".Do") || name == "guard.Get"
		walk(call.Fun, guarded, each)
		for _, arg := range call.Args {
			_, function := arg.(*ast.FuncLit)
			walk(arg, guarded || asks && function, each)
		}
		return false
	})
}

// nameOf is a called function as it is written, as far as it has names: may.Do, launch.Launch.Run.
func nameOf(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		if x := nameOf(e.X); x != "" {
			return x + "." + e.Sel.Name
		}
		return e.Sel.Name
	case *ast.CompositeLit:
		return nameOf(e.Type)
	case *ast.IndexExpr:
		return nameOf(e.X)
	}
	return ""
}

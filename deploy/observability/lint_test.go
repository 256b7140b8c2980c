package observability

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// complaintsOf says what is wrong with alerts, given their unit tests, the runbook's text and the names of krapp's commands.
func complaintsOf(rules RuleFile, tests RuleTests, runbook string, commands []string) []string {
	var bad []string
	fires, rests := map[string]int{}, map[string]int{}
	for _, test := range tests.Tests {
		for _, c := range test.Cases {
			if len(c.Want) > 0 {
				fires[c.Alert]++
			} else {
				rests[c.Alert]++
			}
		}
	}
	for _, a := range rules.Alerts() {
		say := func(format string, args ...any) { bad = append(bad, a.Name+": "+fmt.Sprintf(format, args...)) }
		if fires[a.Name] == 0 || rests[a.Name] == 0 {
			say("%d tests in which it fires and %d in which it does not", fires[a.Name], rests[a.Name])
		}
		if !slices.Contains([]string{"info", "warning", "critical"}, a.Labels["severity"]) {
			say("severity %q", a.Labels["severity"])
		}
		if a.Annotations["summary"] == "" || a.Annotations["description"] == "" {
			say("no summary or description")
		}
		anchor := "#" + strings.ToLower(a.Name)
		if !strings.HasSuffix(a.Annotations["runbook_url"], "docs/observability.md"+anchor) || !strings.Contains(runbook, "\n### "+a.Name+"\n") {
			say("no runbook")
		}
		for _, m := range krappCommand.FindAllStringSubmatch(a.Annotations["description"], -1) {
			if m[1] == "" && !slices.Contains(commands, m[2]) { // "-n krapp" is kubectl's
				say("there is no command krapp %s", m[2])
			}
		}
	}
	return bad
}

var krappCommand = regexp.MustCompile(`(-n )?\bkrapp ([a-z]+)\b`)

// commands lists the words that follow "krapp" on a command line.
func commands(t *testing.T) []string {
	t.Helper()
	sources, err := filepath.Glob("../../cmd/krapp/*.go")
	if err != nil || len(sources) == 0 {
		t.Fatal("no sources of cmd/krapp", err)
	}
	use := regexp.MustCompile(`Use: *"([a-z]+)`)
	var names []string
	for _, s := range sources {
		raw, err := os.ReadFile(s)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range use.FindAllSubmatch(raw, -1) {
			names = append(names, string(m[1]))
		}
	}
	return names
}

func runbook(t *testing.T) string {
	t.Helper()
	raw, err := os.ReadFile("../../docs/observability.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestAlertsSayWhatToDoAndAreTested(t *testing.T) {
	rules, tests, err := Rules()
	if err != nil || len(rules.Alerts()) < 20 {
		t.Fatalf("%d alerts, %v", len(rules.Alerts()), err)
	}
	for _, c := range complaintsOf(rules, tests, runbook(t), commands(t)) {
		t.Error(c)
	}
}

func TestAlertsThatAreAmissAreFound(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Alert)
		says   string
	}{
		"no test":          {func(a *Alert) { a.Name += "X" }, "0 tests"},
		"no severity":      {func(a *Alert) { a.Labels = nil }, "severity"},
		"no description":   {func(a *Alert) { a.Annotations = map[string]string{"summary": "x"} }, "no summary or description"},
		"no such command":  {func(a *Alert) { a.Annotations["description"] += " krapp mend it" }, "no command krapp mend"},
		"no such runbook":  {func(a *Alert) { a.Annotations["runbook_url"] += "x" }, "no runbook"},
		"an unknown level": {func(a *Alert) { a.Labels["severity"] = "page" }, "severity"},
	} {
		rules, tests, err := Rules()
		if err != nil {
			t.Fatal(err)
		}
		c.change(&rules.Groups[0].Rules[0])
		if bad := strings.Join(complaintsOf(rules, tests, runbook(t), commands(t)), "\n"); !strings.Contains(bad, c.says) {
			t.Errorf("%s: %q does not say %q", name, bad, c.says)
		}
	}
}

// complaintsOfBoard says what is wrong with a dashboard: what grafana/dashboard-linter --strict looks at, as far as it concerns these, and more.
func complaintsOfBoard(d *Dashboard) []string {
	var bad []string
	say := func(format string, args ...any) { bad = append(bad, d.File+": "+fmt.Sprintf(format, args...)) }
	if d.UID != "krapp-"+strings.TrimSuffix(d.File, ".json") || !strings.HasPrefix(d.Title, "krapp / ") || d.Description == "" {
		say("uid %q, title %q, description %q", d.UID, d.Title, d.Description)
	}
	if d.SchemaVersion < 39 || d.Editable {
		say("schema version %d, editable %v", d.SchemaVersion, d.Editable)
	}
	if len(d.Templating.List) < 2 || d.Templating.List[0].Name != "datasource" || d.Templating.List[0].Query != "prometheus" || d.Templating.List[1].Name != "job" {
		say("its first variables are not datasource and job")
	}
	ids := map[int]bool{}
	for i, p := range d.Panels {
		if ids[p.ID] || p.ID <= 0 || p.Title == "" {
			say("panel %d %q: no title, or an id twice", p.ID, p.Title)
		}
		ids[p.ID] = true
		if p.GridPos.W < 1 || p.GridPos.H < 1 || p.GridPos.X+p.GridPos.W > 24 {
			say("panel %q is off the grid", p.Title)
		}
		for _, o := range d.Panels[:i] {
			a, b := p.GridPos, o.GridPos
			if a.X < b.X+b.W && b.X < a.X+a.W && a.Y < b.Y+b.H && b.Y < a.Y+a.H {
				say("panels %q and %q overlap", p.Title, o.Title)
			}
		}
		if p.Type != "row" {
			bad = append(bad, complaintsOfPanel(d, p)...)
		}
	}
	return bad
}

func complaintsOfPanel(d *Dashboard, p Panel) []string {
	var bad []string
	say := func(format string, args ...any) {
		bad = append(bad, d.File+": panel "+p.Title+": "+fmt.Sprintf(format, args...))
	}
	if p.Description == "" || p.FieldConfig.Defaults.Unit == "" || len(p.Targets) == 0 || p.Datasource != (Datasource{"prometheus", "${datasource}"}) {
		say("no description, unit or query, or a datasource of its own")
	}
	for _, t := range p.Targets {
		if t.Datasource != p.Datasource {
			say("a query with a datasource of its own")
		}
		by := Matchers(t.Expr)
		for _, m := range Metrics(t.Expr) {
			if !slices.Contains(by[m], "job") {
				say("%s is not of the chosen job", m)
			}
			counts := strings.HasSuffix(m, "_total") || strings.HasSuffix(m, "_bucket")
			if rated := regexp.MustCompile(`(rate|increase)\(` + m + `\b`).MatchString(t.Expr); counts != rated && m != "process_cpu_seconds_total" {
				say("%s: a counter is for rate, and rate for counters", m)
			}
		}
		if strings.Contains(t.Expr, "rate(") && !strings.Contains(t.Expr, "[$__rate_interval]") {
			say("a rate over other than $__rate_interval")
		}
		if p.Type == "timeseries" && t.LegendFormat == "" {
			say("no legend")
		}
	}
	return bad
}

func TestDashboards(t *testing.T) {
	boards, err := Dashboards()
	if err != nil || len(boards) != 3 {
		t.Fatalf("%d dashboards, %v", len(boards), err)
	}
	for i := range boards {
		for _, c := range complaintsOfBoard(&boards[i]) {
			t.Error(c)
		}
	}
}

func TestDashboardsThatAreAmissAreFound(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Dashboard)
		says   string
	}{
		"no datasource variable": {func(d *Dashboard) { d.Templating.List = d.Templating.List[1:] }, "first variables"},
		"a fixed datasource":     {func(d *Dashboard) { d.Panels[1].Targets[0].Datasource.UID = "abc" }, "datasource of its own"},
		"no job":                 {func(d *Dashboard) { d.Panels[1].Targets[0].Expr = "max(krapp_group_lag_seconds)" }, "chosen job"},
		"a counter as it is":     {func(d *Dashboard) { d.Panels[1].Targets[0].Expr = `sum(krapp_dead_letters_total{job=~"$job"})` }, "for rate"},
		"a gauge's rate": {func(d *Dashboard) {
			d.Panels[1].Targets[0].Expr = `rate(krapp_group_members{job=~"$job"}[$__rate_interval])`
		}, "for rate"},
		"a fixed interval": {func(d *Dashboard) { d.Panels[1].Targets[0].Expr = `rate(krapp_dead_letters_total{job=~"$job"}[5m])` }, "$__rate_interval"},
		"panels on panels": {func(d *Dashboard) { d.Panels[2].GridPos = d.Panels[1].GridPos }, "overlap"},
		"no unit":          {func(d *Dashboard) { d.Panels[1].FieldConfig.Defaults.Unit = "" }, "unit"},
		"editable":         {func(d *Dashboard) { d.Editable = true }, "editable"},
	} {
		boards, err := Dashboards()
		if err != nil {
			t.Fatal(err)
		}
		c.change(&boards[0])
		if bad := strings.Join(complaintsOfBoard(&boards[0]), "\n"); !strings.Contains(bad, c.says) {
			t.Errorf("%s: %q does not say %q", name, bad, c.says)
		}
	}
}

func TestMetrics(t *testing.T) {
	for expr, want := range map[string]string{
		`a_b`: "a_b",
		`sum by (x, y) (rate(a_total{job=~"$job", c="by (d)"}[5m])) / on (q) b{z="w"} > 3`: "a_total b",
		`time() - min(last{of="groups"}) and on (job) up == 0`:                             "last up",
		`histogram_quantile(0.99, sum by (le) (rate(h_bucket{a="b"}[$__rate_interval])))`:  "h_bucket",
		`absent(x{of="1"}) or absent(y)`:                                                   "x y",
	} {
		if got := strings.Join(Metrics(expr), " "); got != want {
			t.Errorf("%s: %q, want %q", expr, got, want)
		}
	}
}

// TestExpressionsParse has promtool read the dashboards' expressions as rules; ./check runs it.
func TestExpressionsParse(t *testing.T) {
	promtool := os.Getenv("KRAPP_PROMTOOL")
	if promtool == "" {
		t.Skip("deploy/observability/check runs this with promtool")
	}
	boards, err := Dashboards()
	if err != nil {
		t.Fatal(err)
	}
	var exprs []string
	for i := range boards {
		exprs = append(exprs, boards[i].Expressions()...)
	}
	if out, err := parse(t, promtool, exprs); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	if out, err := parse(t, promtool, append(exprs, "sum by (a (b)")); err == nil {
		t.Errorf("a broken expression passed: %s", out)
	}
}

func parse(t *testing.T, promtool string, exprs []string) (string, error) {
	t.Helper()
	var file strings.Builder
	file.WriteString("groups:\n  - name: panels\n    rules:\n")
	for i, e := range exprs {
		e = strings.ReplaceAll(e, "$__rate_interval", "5m")
		fmt.Fprintf(&file, "      - record: panel:%d\n        expr: '%s'\n", i, strings.ReplaceAll(e, "'", "''"))
	}
	name := filepath.Join(t.TempDir(), "panels.yaml")
	if err := os.WriteFile(name, []byte(file.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), promtool, "check", "rules", name).CombinedOutput()
	return string(out), err
}

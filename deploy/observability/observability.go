// Package observability holds Prometheus rules and Grafana dashboards, as files, and reads them for the tests that hold them to the metrics that
// krapp's programs really have.
package observability

import (
	"embed"
	"encoding/json"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

//go:embed prometheus/*.yaml grafana/dashboards/*.json
var files embed.FS

// Alert is one alerting rule.
type Alert struct {
	Name        string `yaml:"alert"`
	Expr        string
	For         string
	Labels      map[string]string
	Annotations map[string]string
}

// RuleFile is a file of rules.
type RuleFile struct {
	Groups []struct {
		Name  string
		Rules []Alert
	}
}

// Alerts lists the alerts, in order.
func (f *RuleFile) Alerts() []Alert {
	var all []Alert
	for _, g := range f.Groups {
		all = append(all, g.Rules...)
	}
	return all
}

// RuleTests is a file of promtool's unit tests.
type RuleTests struct {
	Tests []struct {
		Name  string
		Cases []struct {
			Alert string `yaml:"alertname"`
			Want  []any  `yaml:"exp_alerts"`
		} `yaml:"alert_rule_test"`
	}
}

// Rules reads the rules and their unit tests.
func Rules() (rules RuleFile, tests RuleTests, err error) {
	for name, into := range map[string]any{"krapp-rules.yaml": &rules, "krapp-rules-test.yaml": &tests} {
		raw, err := files.ReadFile("prometheus/" + name)
		if err != nil {
			return rules, tests, err
		}
		if err := yaml.Unmarshal(raw, into); err != nil {
			return rules, tests, fmt.Errorf("reading %s: %w", name, err)
		}
	}
	return rules, tests, nil
}

// Dashboard is what tests look at of a Grafana dashboard.
type Dashboard struct {
	File          string `json:"-"`
	UID           string
	Title         string
	Description   string
	SchemaVersion int
	Editable      bool
	Templating    struct{ List []Variable }
	Panels        []Panel
}

// Variable is a template variable.
type Variable struct {
	Name, Type, Definition string
	Query                  any
}

// Panel is a panel, or a row.
type Panel struct {
	ID                       int
	Type, Title, Description string
	Datasource               Datasource
	GridPos                  struct{ X, Y, W, H int }
	Targets                  []Target
	FieldConfig              struct{ Defaults struct{ Unit string } }
}

// Target is a query of a panel.
type Target struct {
	RefID, Expr, LegendFormat string
	Datasource                Datasource
}

// Datasource is where a panel's data come from.
type Datasource struct{ Type, UID string }

// Dashboards reads all dashboards.
func Dashboards() ([]Dashboard, error) {
	entries, err := files.ReadDir("grafana/dashboards")
	if err != nil {
		return nil, err
	}
	all := make([]Dashboard, len(entries))
	for i, e := range entries {
		raw, err := files.ReadFile(path.Join("grafana/dashboards", e.Name()))
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(raw, &all[i]); err != nil {
			return nil, fmt.Errorf("reading %s: %w", e.Name(), err)
		}
		all[i].File = e.Name()
	}
	return all, nil
}

// Expressions lists the PromQL expressions of a dashboard: of its panels, and the selectors of its variables.
func (d *Dashboard) Expressions() []string {
	var all []string
	for _, p := range d.Panels {
		for _, t := range p.Targets {
			all = append(all, t.Expr)
		}
	}
	for _, v := range d.Templating.List {
		if inner, ok := strings.CutPrefix(v.Definition, "label_values("); ok {
			all = append(all, inner[:strings.LastIndex(inner, ",")])
		}
	}
	return all
}

var (
	text     = regexp.MustCompile(`"[^"]*"`)
	grouping = regexp.MustCompile(`\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)`)
	selector = regexp.MustCompile(`([a-zA-Z_:][a-zA-Z0-9_:]*)?\{([^}]*)\}`)
	window   = regexp.MustCompile(`\[[^\]]*\]`)
	word     = regexp.MustCompile(`[a-zA-Z_:][a-zA-Z0-9_:]*\s*\(?`)
	matcher  = regexp.MustCompile(`([a-zA-Z_][a-zA-Z0-9_]*)\s*(=~|!~|!=|=)`)
)

// Metrics lists the metrics that an expression names, sorted. It knows PromQL as far as our files use it.
func Metrics(expr string) []string {
	plain := text.ReplaceAllString(expr, "")
	plain = window.ReplaceAllString(plain, "")
	plain = grouping.ReplaceAllString(plain, " ")
	plain = selector.ReplaceAllString(plain, "$1 ")
	var names []string
	for _, w := range word.FindAllString(plain, -1) {
		if strings.HasSuffix(w, "(") {
			continue // a function
		}
		switch w = strings.TrimSpace(w); w {
		case "and", "or", "unless", "bool", "offset", "by", "without", "on":
		default:
			names = append(names, w)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Matchers lists, for each metric of an expression, the labels that it is selected by.
func Matchers(expr string) map[string][]string {
	out := map[string][]string{}
	for _, m := range selector.FindAllStringSubmatch(expr, -1) {
		for _, l := range matcher.FindAllStringSubmatch(text.ReplaceAllString(m[2], ""), -1) {
			out[m[1]] = append(out[m[1]], l[1])
		}
	}
	return out
}

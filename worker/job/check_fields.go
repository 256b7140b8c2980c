package job

import (
	"errors"
	"fmt"
	"regexp"
	"slices"

	"github.com/expr-lang/expr/types"
)

// plan is a Job whose expressions are compiled and whose fields are known. It is shared by all goroutines.
type plan struct {
	scope    *scope
	fields   []string // of the row, then variables, then computed
	rows     int      // how many of fields are the row's
	vars     int      // how many are the source's variables
	index    map[string]int
	where    *expression
	computed map[string]*expression // all that compile
	routes   []routePlan
}

// routePlan is a route: its condition, and templates cut up.
type routePlan struct {
	when       *expression
	to         [][]templatePart
	partitions int
}

// newPlan checks a Job as a whole.
func newPlan(j *Job) (*plan, []problem) {
	c := &checker{j: j}
	c.shape()
	p := &plan{scope: newScope(j), computed: map[string]*expression{}}
	c.compute(p)
	if j.Where != "" {
		p.where = c.expression("where", j.Where, p.scope, true)
	}
	c.groupBy(p.scope)
	c.aggregates(p.scope)
	c.labels()
	if j.Stream != nil && j.Stream.Time != "" {
		c.field("stream/time", j.Stream.Time, p.scope)
	}
	c.routes(p)
	if len(c.problems) == 0 {
		p.collect(j)
	}
	return p, c.problems
}

// expression compiles one; nil after a mistake.
func (c *checker) expression(path, text string, s *scope, condition bool) *expression {
	e, err := compileExpr(text, s, condition)
	if err == nil {
		return e
	}
	var at *exprError
	if !errors.As(err, &at) {
		at = &exprError{text: err.Error()}
	}
	c.problems = append(c.problems, problem{path: path, inside: true, offset: at.offset, text: last(path) + ": " + at.text, hint: at.hint})
	return nil
}

func (c *checker) compute(p *plan) {
	if !c.atMost("compute", "computed fields", len(c.j.Compute), maxComputed) {
		return
	}
	for _, computed := range c.j.Compute {
		p.scope.upcoming[computed.Name] = true
	}
	for _, computed := range c.j.Compute {
		path := "compute/" + computed.Name
		if why := p.scope.reserved(computed.Name); why != "" {
			c.key(path, "give what is computed a name of its own", "%q can't be computed: %s", computed.Name, why)
		} else if !regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,199}$`).MatchString(computed.Name) {
			c.key(path, "name it with letters, digits and _", "%.40q is not a name of a field", computed.Name)
		}
		result := types.Type(types.Any)
		if e := c.expression(path, computed.Expr, p.scope, false); e != nil {
			p.computed[computed.Name], result = e, e.result
		}
		delete(p.scope.upcoming, computed.Name)
		p.scope.computed[computed.Name] = result
	}
}

// field checks a field that is named outside of an expression.
func (c *checker) field(path, name string, s *scope) {
	if _, computed := s.computed[name]; computed || contains(s.vars, name) || s.isRow(name) {
		if name != "" {
			return
		}
	}
	err := s.unknown(name)
	c.wrong(path, err.hint, "%s", err.text)
}

func (c *checker) groupBy(s *scope) {
	if !c.atMost("group_by", "fields to group by", len(c.j.GroupBy), maxGroupBy) {
		return
	}
	for i, name := range c.j.GroupBy {
		path := fmt.Sprintf("group_by/%d", i)
		switch {
		case slices.Index(c.j.GroupBy, name) < i:
			c.wrong(path, "keep one", "%q is there twice", name)
		case name != WindowField:
			c.field(path, name, s)
		case c.j.Window == nil:
			c.wrong(path, "say window: {size: 1m}", "there is no window to group by")
		}
	}
}

func (c *checker) aggregates(s *scope) {
	if len(c.j.Aggregates) == 0 {
		c.wrong("aggregates", "say aggregates: {Count: count}", "there are no aggregates: nothing is computed")
	}
	if !c.atMost("aggregates", "aggregates", len(c.j.Aggregates), maxAggregates) {
		return
	}
	for _, a := range c.j.Aggregates {
		path := "aggregates/" + a.Name
		c.fieldName(path+"/key", a.Name)
		if a.Name == descriptionKey {
			c.key(path, "name it otherwise", "%s is the name of the label in results", a.Name)
		}
		if a.Kind != Count && a.Field == WindowField {
			c.wrong(path, "group by it", "the window is not a value of rows")
		} else if a.Kind != Count {
			c.field(path, a.Field, s)
		}
	}
}

// descriptionKey is what a group's label is called in results, beside the aggregates.
const descriptionKey = "Description"

func (c *checker) labels() {
	if !c.atMost("labels", "tables of labels", len(c.j.Labels), maxGroupBy) {
		return
	}
	for _, t := range c.j.Labels {
		path := "labels/" + t.Field
		c.atMost(path, "labels", len(t.Labels), maxLabels)
		switch {
		case t.Field == WindowField || !contains(c.j.GroupBy, t.Field):
			c.key(path, didYouMean(t.Field, c.j.GroupBy, "it is grouped by"), "labels of %q, which nothing is grouped by%s", t.Field, meant(t.Field, c.j.GroupBy))
		case len(t.Labels) == 0:
			c.wrong(path, "write CODE: what it means, or leave the table out", "there are no labels of %s: every row would be left out", t.Field)
		}
		for _, l := range t.Labels {
			if l.Text == "" {
				c.wrong(path+"/"+l.Code, "write what the code means", "the code %.40q has no label", l.Code)
			}
		}
	}
}

func (c *checker) routes(p *plan) {
	if len(c.j.Routes) > 0 && c.j.Stream == nil {
		c.wrong("routes", "leave routes out, or say stream: in the place of source:", "routes are of streams: rows of files are not sent on")
		return
	}
	if !c.atMost("routes", "routes", len(c.j.Routes), maxRoutes) {
		return
	}
	for i, r := range c.j.Routes {
		path := fmt.Sprintf("routes/%d", i)
		plan := routePlan{partitions: r.Partitions}
		if r.When != "" {
			plan.when = c.expression(path+"/when", r.When, p.scope, true)
		}
		if len(r.To) == 0 {
			c.wrong(path, "say to: [TOPIC]", "a route to nowhere")
		}
		if !c.atMost(path+"/to", "topics of a route", len(r.To), maxTargets) {
			continue
		}
		c.between(path+"/partitions", r.Partitions, 1, maxPartitions)
		for k, to := range r.To {
			plan.to = append(plan.to, c.target(fmt.Sprintf("%s/to/%d", path, k), to, p.scope))
		}
		p.routes = append(p.routes, plan)
	}
}

// target checks a template of a topic's name.
func (c *checker) target(path, to string, s *scope) []templatePart {
	const hint = "write topics as all or student-{{student}}"
	parts, err := cutTemplate(to[:min(len(to), maxTemplate)], "{{", "}}")
	if err != nil || len(to) > maxTemplate || len(parts) == 0 {
		c.wrong(path, hint, "%.80q is not a template of a topic's name", to)
		return nil
	}
	shape := "" // as a topic could be called
	for _, part := range parts {
		if part.name != "" {
			c.field(path, part.name, s)
			shape += "x"
		}
		shape += part.text
	}
	switch {
	case !validTopic(shape):
		c.wrong(path, hint, "%.80q is not the name of a topic", to)
	case internalTopic(parts[0].text) || internalTopic(shape):
		c.wrong(path, hint, "%q is a topic of krapp's or Kafka's own", to)
	case len(parts) == 1 && contains(c.j.Stream.Topics, to):
		c.wrong(path, "send to another topic", "%q is what the stream reads: records would go round for ever", to)
	}
	return parts
}

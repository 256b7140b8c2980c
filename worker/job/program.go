package job

import (
	"maps"
	"slices"

	"github.com/expr-lang/expr/vm"

	"github.com/krapp-io/krapp/kafkaops"
)

// Program is a job made ready to run on rows. It is not safe for concurrent use: one for each goroutine (Fork shares what was compiled).
type Program struct {
	*plan
	job    *Job
	print  string // see Job.Print
	layout layout

	before []step // computed fields that where needs
	after  []step // the others
	loads  []load // values that expressions see

	machine vm.VM
	env     map[string]any
	text    []byte // of computed values
}

// step computes one field.
type step struct {
	name  string
	field int // in fields
	expr  *expression
}

// load gives expressions a value of the row. The value before is kept: rows repeat their values, and a new one is an allocation or two.
type load struct {
	name  string
	field int // in fields
	text  []byte
	valid bool // env has the value of text
}

// Compile makes a job ready. A Job of Parse compiles; of others, mistakes are errors (Invalid) without positions.
func Compile(j *Job) (*Program, error) {
	plan, problems := newPlan(j)
	if len(problems) > 0 {
		var mistakes []mistake
		for _, p := range problems {
			mistakes = append(mistakes, mistake{text: p.text, hint: p.hint})
		}
		return nil, refused(j.Name, mistakes)
	}
	layout, err := newLayout(j.Format, plan.fields)
	if err != nil {
		return nil, kafkaops.NewError(kafkaops.Invalid, "compiling job", j.Name, "check the format", err)
	}
	p := &Program{plan: plan, job: j, layout: layout}
	p.print = j.Print()
	p.prepare()
	return p, nil
}

// Fork returns a Program for another goroutine.
func (p *Program) Fork() *Program {
	fork := &Program{plan: p.plan, job: p.job}
	fork.print = p.print
	fork.layout, _ = p.layout.fork() // Compile has seen that it can be made
	fork.prepare()
	return fork
}

// Fields is the fields of rows that the job uses, in a fixed order: the row's own, variables of the source, computed ones.
func (p *Program) Fields() []string { return slices.Clone(p.fields) }

// collect finds the fields that are used, in a fixed order.
func (p *plan) collect(j *Job) {
	used := newOrdered()
	used.add(j.fieldsNamed()...)
	if p.where != nil {
		used.add(p.where.uses...)
	}
	for _, r := range p.routes {
		if r.when != nil {
			used.add(r.when.uses...)
		}
		for _, to := range r.to {
			for _, part := range to {
				used.add(part.name)
			}
		}
	}
	for _, c := range slices.Backward(j.Compute) { // one may use those before it
		if used.has(c.Name) {
			used.add(p.computed[c.Name].uses...)
		}
	}
	var vars, computed []string
	for _, name := range used.names {
		switch {
		case p.scope.isRow(name):
			p.fields = append(p.fields, name)
		case contains(p.scope.vars, name):
			vars = append(vars, name)
		}
	}
	for _, c := range j.Compute {
		if used.has(c.Name) {
			computed = append(computed, c.Name)
		}
	}
	p.rows, p.vars = len(p.fields), len(vars)
	p.fields = append(append(p.fields, vars...), computed...)
	p.index = make(map[string]int, len(p.fields))
	for i, name := range p.fields {
		p.index[name] = i
	}
}

// fieldsNamed is the fields that a job names outside of expressions and routes.
func (j *Job) fieldsNamed() []string {
	names := slices.DeleteFunc(slices.Clone(j.GroupBy), func(name string) bool { return name == WindowField })
	for _, a := range j.Aggregates {
		names = append(names, a.Field)
	}
	if j.Stream != nil {
		names = append(names, j.Stream.Time)
	}
	return names
}

// ordered is names without repetition, as they came.
type ordered struct {
	names []string
	seen  map[string]bool
}

func newOrdered() *ordered { return &ordered{seen: map[string]bool{"": true}} }

func (o *ordered) has(name string) bool { return o.seen[name] }

func (o *ordered) add(names ...string) {
	for _, name := range names {
		if !o.seen[name] {
			o.seen[name] = true
			o.names = append(o.names, name)
		}
	}
}

// prepare makes what one goroutine needs to run expressions.
func (p *Program) prepare() {
	needed := map[string]bool{}
	if p.where != nil {
		p.need(p.where, needed)
	}
	early := maps.Clone(needed)
	for _, c := range p.job.Compute {
		field, used := p.index[c.Name]
		if !used {
			continue
		}
		s := step{name: c.Name, field: field, expr: p.computed[c.Name]}
		if early[c.Name] {
			p.before = append(p.before, s)
		} else {
			p.after = append(p.after, s)
		}
		p.need(s.expr, needed)
	}
	for _, r := range p.routes {
		if r.when != nil {
			p.need(r.when, needed)
		}
	}
	for field, name := range p.fields[:p.rows+p.vars] {
		if needed[name] {
			p.loads = append(p.loads, load{name: name, field: field})
		}
	}
	p.machine.MemoryBudget = exprMemory
	p.env = make(map[string]any, len(needed))
}

// need notes what an expression uses, through computed fields too.
func (p *Program) need(e *expression, needed map[string]bool) {
	for _, name := range e.uses {
		if needed[name] {
			continue
		}
		needed[name] = true
		if of := p.computed[name]; of != nil {
			p.need(of, needed)
		}
	}
}

package job

import (
	"errors"
	"fmt"

	"github.com/expr-lang/expr/file"
)

// eval computes Where and Compute for the row whose values were read last (values are those of p.layout): it fills the computed ones, which
// are valid until the next call. keep=false: the row is left out. An error is about this row, a dead letter.
func (p *Program) eval(values [][]byte) (keep bool, err error) {
	if len(p.loads) == 0 && p.where == nil && len(p.before)+len(p.after) == 0 {
		return true, nil
	}
	p.text = p.text[:0]
	for i := range p.loads {
		if err := p.load(&p.loads[i], values); err != nil {
			return false, err
		}
	}
	if err := p.compute(p.before, values); err != nil {
		return false, err
	}
	if p.where != nil {
		if keep, err := p.holds(p.where, "where"); err != nil || !keep {
			return false, err
		}
	}
	return true, p.compute(p.after, values)
}

// load puts one value where expressions find it.
func (p *Program) load(l *load, values [][]byte) error {
	text := values[l.field]
	if p.job.Format.Kind == JSONLines {
		return p.loadJSON(l, text)
	}
	if text == nil {
		return fmt.Errorf("the row has no field %s", l.name)
	}
	if !l.valid || string(text) != string(l.text) {
		p.env[l.name] = string(text)
		l.text, l.valid = append(l.text[:0], text...), true
	}
	return nil
}

// loadJSON puts a value of its JSON type; absent and null ones are nil.
func (p *Program) loadJSON(l *load, text []byte) error {
	kind := p.layout.kinds[l.field]
	switch {
	case text == nil:
		p.env[l.name], l.valid = nil, false
		return nil
	case kind == textValue && l.valid && string(text) == string(l.text):
		return nil
	}
	v, err := exprValue(text, kind)
	if err != nil {
		return fmt.Errorf("%s: %w", l.name, err)
	}
	p.env[l.name] = v
	l.valid = kind == textValue
	if l.valid {
		l.text = append(l.text[:0], text...)
	}
	return nil
}

func (p *Program) compute(steps []step, values [][]byte) error {
	for i := range steps {
		s := &steps[i]
		v, err := p.machine.Run(s.expr.program, p.env)
		if err != nil {
			return fmt.Errorf("%s: %s", s.name, whyNotComputed(err))
		}
		from := len(p.text)
		var absent bool
		if p.text, absent, err = appendResult(p.text, v); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		p.env[s.name] = v
		values[s.field] = p.text[from:len(p.text):len(p.text)]
		if absent {
			values[s.field] = nil
		}
	}
	return nil
}

// holds says whether a condition is true of the row.
func (p *Program) holds(e *expression, what string) (bool, error) {
	v, err := p.machine.Run(e.program, p.env)
	if err != nil {
		return false, fmt.Errorf("%s: %s", what, whyNotComputed(err))
	}
	is, ok := v.(bool)
	if !ok {
		return false, fmt.Errorf("%s is neither true nor false", what)
	}
	return is, nil
}

// whyNotComputed is the message of a failed expression without position and drawing.
func whyNotComputed(err error) string {
	var at *file.Error
	if errors.As(err, &at) {
		return firstLine(at.Message)
	}
	return firstLine(err.Error())
}

// targets finds the topics that the row goes to, by its routes' templates; it is called after eval kept the row. Names are not
// checked: a value can make one that no topic can have. each is called with the name, valid during the call, and the partitions of a topic
// that is to be made.
func (p *Program) targets(values [][]byte, each func(topic []byte, partitions int) error) error {
	var name []byte
	for i := range p.routes {
		r := &p.routes[i]
		if r.when != nil {
			if matches, err := p.holds(r.when, "when"); err != nil {
				return err
			} else if !matches {
				continue
			}
		}
		for _, to := range r.to {
			var err error
			if name, err = p.target(name[:0], to, values); err != nil {
				return err
			}
			if err := each(name, r.partitions); err != nil {
				return err
			}
		}
	}
	return nil
}

// target appends the name that a template makes of a row.
func (p *Program) target(dst []byte, to []templatePart, values [][]byte) ([]byte, error) {
	for _, part := range to {
		if part.name == "" {
			dst = append(dst, part.text...)
			continue
		}
		v := values[p.index[part.name]]
		if len(v) == 0 {
			return dst, fmt.Errorf("the row has no %s to route by", part.name)
		}
		dst = append(dst, v...)
	}
	return dst, nil
}

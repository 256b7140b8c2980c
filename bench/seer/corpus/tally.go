package corpus

import (
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Tally says what an exact question asks for, so that its answer can be told from the generator's own knowledge of its messages.
type Tally struct {
	Topic string            `json:"topic"`
	Op    string            `json:"op"`              // count, distinct, sum, mean, min, max, first, last, top, group, groupsum
	Field string            `json:"field,omitempty"` // distinct, sum, mean, min, max, groupsum
	By    string            `json:"by,omitempty"`    // top, group, groupsum
	Where map[string]string `json:"where,omitempty"` // field → value, or ">value"; "@partition" → number
	Since string            `json:"since,omitempty"` // 15:04 of the day, inclusive
	Until string            `json:"until,omitempty"` // exclusive
}

// Stored is a message and where it is.
type Stored struct {
	Message
	Partition int32
	Offset    int64
}

// Expected is what a right answer must hold.
type Expected struct {
	Number *big.Rat            // nil: none
	Mean   bool                // Number may be rounded
	Group  string              // the group that must be named: of top
	Groups map[string]*big.Rat // all of them, each with its number
	Record *Stored             // to be cited: first, last; nil: none
	Having []*Stored           // any of these is to be cited: min, max
}

// Compute works the tally out over all messages.
func (t Tally) Compute(all []Stored) (Expected, error) {
	var some []*Stored
	for i := range all {
		keep, err := t.keeps(&all[i])
		if err != nil {
			return Expected{}, err
		}
		if keep {
			some = append(some, &all[i])
		}
	}
	switch t.Op {
	case "count":
		return Expected{Number: whole(len(some))}, nil
	case "first", "last":
		return t.record(some)
	case "top", "group", "groupsum":
		return t.groups(some)
	}
	return t.overField(some)
}

func (t Tally) keeps(m *Stored) (bool, error) {
	if m.Topic != t.Topic || !t.inTime(m.At) {
		return false, nil
	}
	for field, want := range t.Where {
		if field == "@partition" {
			if strconv.Itoa(int(m.Partition)) != want {
				return false, nil
			}
			continue
		}
		got, ok := m.Fields[field]
		if limit, above := strings.CutPrefix(want, ">"); above && ok {
			a, b, err := two(got, limit)
			if err != nil {
				return false, err
			}
			if a.Cmp(b) > 0 {
				continue
			}
			return false, nil
		}
		if !ok || got != want {
			return false, nil
		}
	}
	return true, nil
}

func (t Tally) inTime(at time.Time) bool {
	clock := at.UTC().Format("15:04")
	return (t.Since == "" || clock >= t.Since) && (t.Until == "" || clock < t.Until)
}

// record finds the first or last by timestamp.
func (t Tally) record(some []*Stored) (Expected, error) {
	if len(some) == 0 {
		return Expected{}, fmt.Errorf("nothing to choose from")
	}
	best := some[0]
	for _, m := range some {
		if t.Op == "first" && m.At.Before(best.At) || t.Op == "last" && m.At.After(best.At) {
			best = m
		}
	}
	return Expected{Record: best}, nil
}

func (t Tally) groups(some []*Stored) (Expected, error) {
	groups := make(map[string]*big.Rat)
	for _, m := range some {
		by, ok := m.Fields[t.By]
		if !ok {
			continue
		}
		add := whole(1)
		if t.Op == "groupsum" {
			v, ok := m.Fields[t.Field]
			if !ok {
				continue
			}
			if _, ok := add.SetString(v); !ok {
				return Expected{}, fmt.Errorf("%q is no number", v)
			}
		}
		if groups[by] == nil {
			groups[by] = new(big.Rat)
		}
		groups[by].Add(groups[by], add)
	}
	if t.Op != "top" {
		return Expected{Groups: groups}, nil
	}
	names := make([]string, 0, len(groups))
	for name := range groups {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { return groups[b].Cmp(groups[a]) })
	if len(names) < 2 || groups[names[0]].Cmp(groups[names[1]]) == 0 {
		return Expected{}, fmt.Errorf("no %s has more than all others", t.By)
	}
	return Expected{Group: names[0], Number: groups[names[0]]}, nil
}

func (t Tally) overField(some []*Stored) (Expected, error) {
	if t.Op == "distinct" {
		seen := make(map[string]bool)
		for _, m := range some {
			if v, ok := m.Fields[t.Field]; ok {
				seen[v] = true
			}
		}
		return Expected{Number: whole(len(seen))}, nil
	}
	sum, n := new(big.Rat), 0
	var best *big.Rat
	var having []*Stored
	for _, m := range some {
		text, ok := m.Fields[t.Field]
		if !ok {
			continue
		}
		v, ok := new(big.Rat).SetString(text)
		if !ok {
			return Expected{}, fmt.Errorf("%q is no number", text)
		}
		sum.Add(sum, v)
		n++
		switch better := t.better(v, best); {
		case better > 0:
			best, having = v, []*Stored{m}
		case better == 0:
			having = append(having, m)
		}
	}
	if n == 0 {
		return Expected{}, fmt.Errorf("no message has a %s", t.Field)
	}
	switch t.Op {
	case "sum":
		return Expected{Number: sum}, nil
	case "mean":
		return Expected{Number: sum.Quo(sum, whole(n)), Mean: true}, nil
	case "min", "max":
		return Expected{Number: best, Having: having}, nil
	}
	return Expected{}, fmt.Errorf("op %q is not known", t.Op)
}

// better is positive when v goes before best, 0 when they are alike.
func (t Tally) better(v, best *big.Rat) int {
	if best == nil {
		return 1
	}
	if t.Op == "min" {
		return best.Cmp(v)
	}
	return v.Cmp(best)
}

func whole(n int) *big.Rat { return new(big.Rat).SetInt64(int64(n)) }

func two(a, b string) (*big.Rat, *big.Rat, error) {
	x, ok := new(big.Rat).SetString(a)
	y, ok2 := new(big.Rat).SetString(b)
	if !ok || !ok2 {
		return nil, nil, fmt.Errorf("%q or %q is no number", a, b)
	}
	return x, y, nil
}

package consume

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/vm"

	"github.com/krapp-io/krapp/kafkaops"
)

// validator says what is wrong with a record; "" when it is good. It is for one goroutine.
type validator func(r *kafkaops.Record) string

// maxReason bounds what a rejection says, in bytes: it goes into a header.
const maxReason = 1000

// newValidator compiles a rule: "", "json" or an expression.
func newValidator(rule string) (validator, error) {
	switch strings.TrimSpace(rule) {
	case "":
		return nil, nil
	case "json":
		return validJSON, nil
	}
	return newExpression(rule)
}

func validJSON(r *kafkaops.Record) string {
	switch {
	case r.Value == nil:
		return "no value, JSON expected"
	case !json.Valid(r.Value):
		return "the value is not JSON"
	}
	return ""
}

// facts is what an expression can ask about a record.
type facts struct {
	Topic     string            `expr:"topic"`
	Partition int               `expr:"partition"`
	Offset    int               `expr:"offset"`
	Timestamp time.Time         `expr:"timestamp"`
	Key       string            `expr:"key"`
	Value     string            `expr:"value"`
	JSON      any               `expr:"json"`
	Headers   map[string]string `expr:"headers"`
}

// uses notes which of the costly facts an expression asks for.
type uses struct{ json, headers bool }

// Visit is called for each node of the expression.
func (u *uses) Visit(node *ast.Node) {
	if id, ok := (*node).(*ast.IdentifierNode); ok {
		u.json = u.json || id.Value == "json"
		u.headers = u.headers || id.Value == "headers"
	}
}

func newExpression(rule string) (validator, error) {
	program, err := expr.Compile(rule, expr.Env(facts{}), expr.AsBool())
	if err != nil {
		return nil, kafkaops.NewError(kafkaops.Invalid, "reading the validation rule", rule,
			`say json, or a condition such as json.amount > 0 && key != ""`, err)
	}
	var u uses
	node := program.Node()
	ast.Walk(&node, &u)
	var machine vm.VM
	return func(r *kafkaops.Record) string {
		f, reason := u.facts(r)
		if reason != "" {
			return reason
		}
		good, err := machine.Run(program, f)
		if err != nil {
			return clip("the rule failed: " + firstLine(err.Error()))
		}
		if good != true {
			return clip("the rule does not hold: " + rule)
		}
		return ""
	}, nil
}

func (u *uses) facts(r *kafkaops.Record) (facts, string) {
	f := facts{
		Topic: r.Topic, Partition: int(r.Partition), Offset: int(r.Offset), Timestamp: r.Timestamp, Key: string(r.Key), Value: string(r.Value),
	}
	if u.headers {
		f.Headers = make(map[string]string, len(r.Headers))
		for _, h := range r.Headers {
			f.Headers[h.Key] = string(h.Value) // the last of equal ones, as Kafka's lastHeader
		}
	}
	if u.json {
		if err := json.Unmarshal(r.Value, &f.JSON); err != nil {
			return f, clip(fmt.Sprintf("the value is not JSON: %v", err))
		}
	}
	return f, ""
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

// clip shortens a reason at a character's border.
func clip(s string) string {
	if len(s) <= maxReason {
		return s
	}
	return strings.ToValidUTF8(s[:maxReason], "") + "…"
}

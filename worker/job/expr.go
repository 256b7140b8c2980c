package job

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/types"
	"github.com/expr-lang/expr/vm"
)

// Bounds of an expression. Work grows with its length times the largest list that it can make or meet, not with products of lists: there is
// no loop inside of a loop.
const (
	maxExprBytes = 16 << 10
	maxExprNodes = 2000
	exprMemory   = 100_000 // elements and bytes that one run may make, in the unit of vm.VM.MemoryBudget
)

// expression is a compiled one. It is shared by all goroutines.
type expression struct {
	program *vm.Program
	uses    []string // fields, sorted
	result  types.Type
}

// exprError is what is wrong with an expression, and at which of its characters.
type exprError struct {
	offset     int
	text, hint string
}

func (e *exprError) Error() string { return e.text }

// compileExpr compiles text over the fields of s. condition: it must be true or false.
func compileExpr(text string, s *scope, condition bool) (*expression, error) {
	if len(text) > maxExprBytes {
		return nil, &exprError{text: fmt.Sprintf("the expression has %d bytes, at most %d are taken", len(text), maxExprBytes), hint: "compute parts of it under compute:"}
	}
	config := conf.CreateNew()
	config.MaxNodes = maxExprNodes
	tree, err := parser.ParseWithConfig(text, config)
	if err != nil {
		return nil, asExprError(err)
	}
	local := localsOf(tree.Node)
	paths := &pathPatcher{scope: s, locals: local}
	ast.Walk(&tree.Node, paths)
	calls := &callFinder{locals: local}
	ast.Walk(&tree.Node, calls)
	names := &nameFinder{scope: s, env: types.Map{}, locals: local}
	ast.Walk(&tree.Node, names)
	if err := errors.Join(calls.err, names.err, noNestedLoops(tree.Node)); err != nil {
		return nil, err
	}
	options := []expr.Option{expr.Env(names.env), expr.Patch(paths), expr.MaxNodes(maxExprNodes)}
	if condition {
		options = append(options, expr.AsBool())
	}
	program, err := expr.Compile(text, options...)
	if err != nil {
		return nil, asExprError(err)
	}
	e := &expression{program: program, uses: slices.Sorted(maps.Keys(names.env)), result: types.Any}
	node := program.Node()
	if t := node.Type(); t != nil {
		if e.result, err = resultType(t); err != nil {
			return nil, &exprError{text: err.Error(), hint: "compute a text, a number, a time, or true or false"}
		}
	}
	return e, nil
}

// resultType is the type that later expressions see, of what an expression gives.
func resultType(t reflect.Type) (types.Type, error) {
	switch t.Kind() {
	case reflect.Slice, reflect.Array, reflect.Map, reflect.Func:
		return nil, fmt.Errorf("the expression gives a %s, which is not a value of a field", t.Kind())
	case reflect.String, reflect.Bool, reflect.Int, reflect.Float64:
		return types.TypeOf(reflect.Zero(t).Interface()), nil
	}
	if t == reflect.TypeFor[time.Time]() || t == reflect.TypeFor[time.Duration]() {
		return types.TypeOf(reflect.Zero(t).Interface()), nil
	}
	return types.Any, nil
}

// asExprError takes position and message out of what expr says, which is many lines with a drawing.
func asExprError(err error) error {
	var at *file.Error
	if !errors.As(err, &at) {
		return &exprError{text: firstLine(err.Error()), hint: hintOfExpr(err.Error())}
	}
	return &exprError{offset: max(at.From, 0), text: at.Message, hint: hintOfExpr(at.Message)}
}

func hintOfExpr(message string) string {
	switch {
	case strings.Contains(message, "mismatched types"):
		return "fields of fixed-width and CSV rows are texts: convert with int(field) or float(field)"
	case strings.Contains(message, "expected bool"):
		return "a condition is true or false: compare with ==, !=, <, in, matches …"
	}
	return "see https://expr-lang.org/docs/language-definition"
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

// pathPatcher makes one name of a path: user.id of a JSON row, and $env["unit price"] of any.
type pathPatcher struct {
	scope  *scope
	locals locals
}

// Visit is called for each node, after those below it.
func (p *pathPatcher) Visit(node *ast.Node) {
	member, ok := (*node).(*ast.MemberNode)
	if !ok {
		return
	}
	of, isName := member.Node.(*ast.IdentifierNode)
	property, isText := member.Property.(*ast.StringNode)
	switch {
	case !isName || !isText:
	case of.Value == "$env":
		ast.Patch(node, &ast.IdentifierNode{Value: property.Value})
	case !p.locals[of.Value] && p.scope.isPath(of.Value):
		ast.Patch(node, &ast.IdentifierNode{Value: of.Value + "." + property.Value})
	}
}

// nameFinder notes the fields that an expression uses.
type nameFinder struct {
	scope  *scope
	locals locals
	env    types.Map
	err    error
}

// Visit is called for each node, after those below it.
func (f *nameFinder) Visit(node *ast.Node) {
	if f.err != nil {
		return
	}
	switch n := (*node).(type) {
	case *ast.IdentifierNode:
		f.name(n)
	case *ast.BuiltinNode:
		if why := refusedFunction(n.Name); why != "" {
			f.err = &exprError{offset: n.Location().From, text: n.Name + "() " + why, hint: "compute from the row's own fields"}
		}
	}
}

func (f *nameFinder) name(n *ast.IdentifierNode) {
	if f.locals[n.Value] {
		return
	}
	t, err := f.scope.typeOf(n.Value)
	if err != nil {
		f.err = &exprError{offset: n.Location().From, text: err.text, hint: err.hint}
		return
	}
	f.env[n.Value] = t
}

// refusedFunction says why a function of the language is not to be had.
func refusedFunction(name string) string {
	switch name {
	case "now":
		return "would make the answer depend on when it was computed"
	case "uniq":
		return "takes time with the square of the list's length"
	}
	return ""
}

// callFinder refuses calls of fields; those of the language's own functions are other nodes.
type callFinder struct {
	locals locals
	err    error
}

// Visit is called for each node.
func (f *callFinder) Visit(node *ast.Node) {
	call, ok := (*node).(*ast.CallNode)
	if !ok || f.err != nil {
		return
	}
	if id, ok := call.Callee.(*ast.IdentifierNode); ok && !f.locals[id.Value] {
		f.err = &exprError{offset: id.Location().From, text: "there is no function " + id.Value,
			hint: "the functions are those of https://expr-lang.org/docs/language-definition"}
	}
}

// localsOf is the names that an expression declares with let.
func localsOf(node ast.Node) locals {
	l := locals{}
	ast.Walk(&node, l)
	return l
}

type locals map[string]bool

// Visit is called for each node.
func (l locals) Visit(node *ast.Node) {
	if n, ok := (*node).(*ast.VariableDeclaratorNode); ok {
		l[n.Name] = true
	}
}

// noNestedLoops refuses a predicate (of all, any, filter, map …) inside of another.
func noNestedLoops(node ast.Node) error {
	outer := &loopFinder{}
	ast.Walk(&node, outer)
	return outer.err
}

type loopFinder struct{ err error }

// Visit is called for each node, after those below it.
func (l *loopFinder) Visit(node *ast.Node) {
	outer, ok := (*node).(*ast.PredicateNode)
	if !ok || l.err != nil {
		return
	}
	inner := &anyLoop{}
	body := outer.Node
	ast.Walk(&body, inner)
	if inner.found != nil {
		l.err = &exprError{offset: inner.found.Location().From, text: "a loop inside of a loop (filter, map, any, all …)",
			hint: "compute the inner one first, under compute:, or flatten the list"}
	}
}

type anyLoop struct{ found ast.Node }

// Visit is called for each node.
func (a *anyLoop) Visit(node *ast.Node) {
	if _, ok := (*node).(*ast.PredicateNode); ok {
		a.found = *node
	}
}

package main

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/krapp-io/krapp/cmd/internal/cli"
	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/worker/job"
)

// valueKind is what a flag of a command over SSH takes.
type valueKind int

const (
	noValue valueKind = iota
	formatValue
	countValue
	timeValue
	textValue
)

// reading is a krapp command that only reads: the flags that it may have, by their long names, and what may follow them. What isn't here doesn't
// exist for a visitor; no flag chooses a cluster, or reads or writes a file.
type reading struct {
	flags map[string]valueKind
	least int
	most  int
	arg   func(string) bool // nil: any word
}

// The bounds of a command line.
const (
	mostWord  = 4 << 10
	mostLines = 10_000
	anyNumber = 64
)

// readings are the commands, by their words.
func readings() map[string]reading {
	with := func(flags map[string]valueKind) map[string]valueKind {
		if flags == nil {
			flags = map[string]valueKind{}
		}
		flags["output"] = formatValue
		return flags
	}
	builtin := func(name string) bool { return slices.Contains(job.Builtin(), name) }
	return map[string]reading{
		"topics list":     {flags: with(map[string]valueKind{"all": noValue})},
		"topics describe": {flags: with(nil), least: 1, most: anyNumber},
		"groups list":     {flags: with(nil)},
		"groups describe": {flags: with(nil), least: 1, most: anyNumber},
		"offsets":         {flags: with(map[string]valueKind{"isolation": textValue}), least: 1, most: anyNumber},
		"brokers":         {flags: with(nil)},
		"tail": {flags: with(map[string]valueKind{"lines": countValue, "follow": noValue, "from": textValue, "to": textValue, "partition": countValue}),
			least: 1, most: 1},
		"isdone":  {flags: with(map[string]valueKind{"verify": noValue, "watch": noValue, "all": noValue, "timeout": timeValue}), most: 1},
		"results": {flags: with(map[string]valueKind{"watch": noValue, "timeout": timeValue}), most: 1, arg: builtin},
		"ask":     {flags: with(map[string]valueKind{"topic": textValue, "status": noValue, "timeout": timeValue}), most: anyNumber},
		"version": {flags: with(nil)},
	}
}

// shorts are the short names of flags.
func shorts() map[string]string {
	return map[string]string{"o": "output", "a": "all", "n": "lines", "f": "follow", "w": "watch"}
}

func refused(hint, format string, args ...any) error {
	return &cli.Usage{Err: kafkaops.Errorf(kafkaops.Unauthorised, "reading the command", "", hint, format, args...)}
}

// readOnlyCommand reads a visitor's command line and makes krapp's from it: only what is known gets into it, each value stuck to its flag, and what
// follows behind "--".
func readOnlyCommand(argv []string) ([]string, error) {
	for _, w := range argv {
		if len(w) > mostWord || strings.ContainsFunc(w, func(r rune) bool { return !unicode.IsPrint(r) }) {
			return nil, refused("Write it in fewer, printable characters.", "a word of it is too long or can't be printed")
		}
	}
	if len(argv) > 0 && argv[0] == "krapp" {
		argv = argv[1:]
	}
	words, c, rest := commandOf(argv)
	if words == nil {
		return nil, refused("There are: "+commandList()+".", "%q is no command that can be run here", strings.Join(argv, " "))
	}
	args := words
	var follow []string
	for len(rest) > 0 {
		w := rest[0]
		rest = rest[1:]
		if w == "--" {
			follow = append(follow, rest...)
			break
		}
		if len(w) < 2 || w[0] != '-' {
			follow = append(follow, w)
			continue
		}
		flag, left, err := c.flag(w, rest)
		if err != nil {
			return nil, err
		}
		args, rest = append(args, flag), left
	}
	if len(follow) < c.least || len(follow) > c.most {
		return nil, refused("krapp "+strings.Join(words, " ")+" takes "+strconv.Itoa(c.least)+" to "+strconv.Itoa(c.most)+" names.", "%d were given", len(follow))
	}
	for _, w := range follow {
		if w == "" || c.arg != nil && !c.arg(w) {
			return nil, refused("See krapp --help for what it takes.", "%q can't be given here", w)
		}
	}
	return append(append(args, "--"), follow...), nil
}

// commandOf finds the command that the words begin with.
func commandOf(argv []string) (words []string, c reading, rest []string) {
	for n := min(2, len(argv)); n > 0; n-- {
		if c, ok := readings()[strings.Join(argv[:n], " ")]; ok {
			return slices.Clone(argv[:n]), c, argv[n:]
		}
	}
	return nil, c, nil
}

func commandList() string {
	var names []string
	for name := range readings() {
		names = append(names, name)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// flag reads one flag, whose value may be the next word, and writes it as --name=value.
func (c reading) flag(w string, rest []string) (string, []string, error) {
	name, value, given := strings.Cut(strings.TrimLeft(w, "-"), "=")
	if !strings.HasPrefix(w, "--") {
		long, ok := shorts()[name[:min(1, len(name))]]
		if !ok {
			return "", nil, c.unknown(w)
		}
		if len(name) > 1 { // -n5
			value, given = w[2:], true
		}
		name = long
	}
	kind, ok := c.flags[name]
	if !ok {
		return "", nil, c.unknown(w)
	}
	if kind == noValue {
		if given {
			return "", nil, refused("Write --"+name+" alone.", "--%s takes no value", name)
		}
		return "--" + name, rest, nil
	}
	if !given {
		if len(rest) == 0 {
			return "", nil, refused("Write --"+name+"=VALUE.", "--%s needs a value", name)
		}
		value, rest = rest[0], rest[1:]
	}
	if !kind.takes(value) {
		return "", nil, refused("See krapp --help for what it takes.", "--%s can't be %q here", name, value)
	}
	return "--" + name + "=" + value, rest, nil
}

func (c reading) unknown(w string) error {
	var names []string
	for name := range c.flags {
		names = append(names, "--"+name)
	}
	slices.Sort(names)
	return refused("There are: "+strings.Join(names, ", ")+".", "%q is no flag that can be given here", w)
}

// takes says whether a flag may have that value.
func (k valueKind) takes(value string) bool {
	switch k {
	case formatValue:
		return value == "table" || value == "json" || value == "yaml"
	case countValue:
		n, err := strconv.Atoi(value)
		return err == nil && n >= 0 && n <= mostLines
	case timeValue:
		d, err := time.ParseDuration(value)
		return err == nil && d > 0 && d <= 24*time.Hour
	case textValue:
		return value != "" && len(value) <= 256
	}
	return false
}

//go:build deploy

package k8s

import (
	"bytes"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// overlays are all there are.
var overlays = []string{"external", "local", "strimzi", "gke"}

// object is one rendered object.
type object map[string]any

// rendered is what kubectl has made of overlays already.
var rendered = map[string][]byte{}

// render is an overlay as kubectl renders it.
func render(t *testing.T, overlay string) []object {
	t.Helper()
	if out := rendered[overlay]; out != nil {
		return decode(t, out)
	}
	if _, err := exec.LookPath("kubectl"); err != nil {
		t.Fatal("kubectl is missing: install it (1.31 or newer)")
	}
	var errs bytes.Buffer
	cmd := exec.Command("kubectl", "kustomize", "overlays/"+overlay)
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("rendering %s: %v\n%s", overlay, err, errs.String())
	}
	rendered[overlay] = out
	return decode(t, out)
}

func decode(t *testing.T, text []byte) []object {
	t.Helper()
	var all []object
	for d := yaml.NewDecoder(bytes.NewReader(text)); ; {
		var o map[string]any // not object: yaml would make every mapping in it one
		err := d.Decode(&o)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, o)
	}
}

func (o object) kind() string { return text(o["kind"]) }
func (o object) name() string { return text(o.at("metadata", "name")) }
func (o object) what() string { return o.kind() + " " + o.name() }

// at walks down through mappings; nil where the way ends.
func (o object) at(path ...string) any { return at(map[string]any(o), path...) }

func at(from any, path ...string) any {
	for _, p := range path {
		switch m := from.(type) {
		case map[string]any:
			from = m[p]
		case object:
			from = m[p]
		default:
			return nil
		}
	}
	return from
}

func text(v any) string {
	s, _ := v.(string)
	return s
}

func number(v any) int {
	n, _ := v.(int)
	return n
}

// list is the elements of a sequence.
func list(v any) []any {
	l, _ := v.([]any)
	return l
}

// named finds the element of a sequence with that name.
func named(v any, name string) any {
	for _, e := range list(v) {
		if text(at(e, "name")) == name {
			return e
		}
	}
	return nil
}

// has says whether all pairs of part are in labels.
func has(labels, part any) bool {
	m, _ := part.(map[string]any)
	for k, v := range m {
		if at(labels, k) != v {
			return false
		}
	}
	return true
}

// workload is a Deployment, StatefulSet or Job: something of krapp's that makes pods.
type workload struct {
	object
	pod       any // its template's spec
	container any
	labels    any // of its pods
}

func workloads(all []object) []workload {
	var found []workload
	for _, o := range all {
		switch o.kind() {
		case "Deployment", "StatefulSet", "Job", "DaemonSet", "CronJob":
			pod := o.at("spec", "template", "spec")
			w := workload{object: o, pod: pod, labels: o.at("spec", "template", "metadata", "labels")}
			if c := list(at(pod, "containers")); len(c) == 1 {
				w.container = c[0]
			}
			found = append(found, w)
		}
	}
	return found
}

// env is the value of a container's variable.
func (w workload) env(name string) string {
	return text(at(named(at(w.container, "env"), name), "value"))
}

func ofKind(all []object, kind string) []object {
	var found []object
	for _, o := range all {
		if o.kind() == kind {
			found = append(found, o)
		}
	}
	return found
}

// find is the object of that kind and name; nil if there is none.
func find(all []object, kind, name string) object {
	for _, o := range ofKind(all, kind) {
		if o.name() == name {
			return o
		}
	}
	return nil
}

// hashless is a generated name without its hash.
func hashless(name string) string {
	if i := strings.LastIndexByte(name, '-'); i > 0 && len(name)-i == 11 {
		return name[:i]
	}
	return name
}

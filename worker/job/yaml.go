package job

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// YAML is the job as Parse reads it, with all defaults written out.
func (j *Job) YAML() []byte {
	m := newMapping()
	m.text("name", j.Name)
	m.text("description", j.Description)
	m.node("source", j.Files.yaml())
	m.node("stream", j.Stream.yaml())
	m.node("format", j.Format.yaml())
	m.text("where", j.Where)
	compute, aggregates, labels := newMapping(), newMapping(), newMapping()
	for _, c := range j.Compute {
		compute.add(c.Name, scalar(c.Expr))
	}
	for _, a := range j.Aggregates {
		aggregates.add(a.Name, scalar(strings.TrimSpace(string(a.Kind)+" "+a.Field)))
	}
	for _, t := range j.Labels {
		table := newMapping()
		for _, l := range t.Labels {
			table.add(l.Code, scalar(l.Text))
		}
		labels.add(t.Field, table.n)
	}
	m.mapping("compute", compute)
	m.node("group_by", texts(j.GroupBy))
	m.mapping("aggregates", aggregates)
	m.mapping("labels", labels)
	m.node("window", j.Window.yaml())
	m.node("routes", j.routesYAML())
	sizes := newMapping()
	sizes.number("rows", j.Chunk.Rows)
	if j.Chunk.Bytes != 0 {
		sizes.text("bytes", formatBytes(j.Chunk.Bytes))
	}
	m.mapping("chunk", sizes)
	topics := newMapping()
	topics.number("partitions", j.Topics.Partitions)
	topics.number("replication_factor", j.Topics.ReplicationFactor)
	m.mapping("topics", topics)
	var b bytes.Buffer
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	if err := enc.Encode(m.n); err != nil { // nodes of texts can always be encoded
		return nil
	}
	return b.Bytes()
}

// Describe is the job as YAML with its sources behind it, for people.
func (j *Job) Describe(sources []Source) string {
	var b strings.Builder
	b.Write(j.YAML())
	if j.Files != nil {
		fmt.Fprintf(&b, "# %d sources:\n", len(sources))
	}
	for _, s := range sources {
		fmt.Fprintf(&b, "# %s %s\n", s.ID, s.URL)
	}
	return b.String()
}

func (f *Files) yaml() *yaml.Node {
	if f == nil {
		return nil
	}
	m, lists := newMapping(), newMapping()
	m.text("url", f.URL)
	for _, l := range f.Lists {
		lists.add(l.Name, texts(l.Values))
	}
	m.mapping("lists", lists)
	return m.n
}

func (s *Stream) yaml() *yaml.Node {
	if s == nil {
		return nil
	}
	m := newMapping()
	m.node("topics", texts(s.Topics))
	m.text("time", s.Time)
	return m.n
}

func (f Format) yaml() *yaml.Node {
	m, below := newMapping(), newMapping()
	for _, c := range f.Columns {
		below.add(c.Name, plain(fmt.Sprintf("%d-%d", c.First, c.Last)))
	}
	if f.Kind == CSV {
		below.text("delimiter", string(f.Delimiter))
		if f.Header {
			below.add("header", plain("true"))
		}
		below.node("names", texts(f.Names))
	}
	m.add(string(f.Kind), below.n)
	return m.n
}

func (w *Window) yaml() *yaml.Node {
	if w == nil {
		return nil
	}
	m := newMapping()
	m.add("size", plain(formatDuration(w.Size)))
	m.add("every", plain(formatDuration(w.Every)))
	m.add("lateness", plain(formatDuration(w.Lateness)))
	m.add("keep", plain(formatDuration(w.Keep)))
	return m.n
}

func (j *Job) routesYAML() *yaml.Node {
	if len(j.Routes) == 0 {
		return nil
	}
	list := &yaml.Node{Kind: yaml.SequenceNode}
	for _, r := range j.Routes {
		m := newMapping()
		m.text("when", r.When)
		m.node("to", texts(r.To))
		m.number("partitions", r.Partitions)
		list.Content = append(list.Content, m.n)
	}
	return list
}

// mappingNode builds a mapping and leaves out what is empty.
type mappingNode struct{ n *yaml.Node }

func newMapping() mappingNode { return mappingNode{&yaml.Node{Kind: yaml.MappingNode}} }

func (m mappingNode) add(key string, value *yaml.Node) {
	m.n.Content = append(m.n.Content, scalar(key), value)
}

func (m mappingNode) node(key string, value *yaml.Node) {
	if value != nil {
		m.add(key, value)
	}
}

func (m mappingNode) mapping(key string, value mappingNode) {
	if len(value.n.Content) > 0 {
		m.add(key, value.n)
	}
}

func (m mappingNode) text(key, value string) {
	if value != "" {
		m.add(key, scalar(value))
	}
}

func (m mappingNode) number(key string, value int) {
	if value != 0 {
		m.add(key, plain(strconv.Itoa(value)))
	}
}

// texts is a list on one line.
func texts(values []string) *yaml.Node {
	if len(values) == 0 {
		return nil
	}
	list := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
	for _, v := range values {
		list.Content = append(list.Content, scalar(v))
	}
	return list
}

func plain(text string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Value: text} }

// scalar is a text that is read back as it is: quoted unless it is a word.
func scalar(text string) *yaml.Node {
	n := plain(text)
	if text == "" || strings.ContainsFunc(text, func(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '_' }) || isYAMLWord(text) {
		n.Style = yaml.DoubleQuotedStyle
	}
	return n
}

// isYAMLWord says whether some reader of YAML takes a plain word for something other than a text.
func isYAMLWord(text string) bool {
	return contains([]string{"null", "true", "false", "yes", "no", "on", "off", "y", "n"}, strings.ToLower(text))
}

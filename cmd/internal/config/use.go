package config

import (
	"bytes"
	"os"
	"path/filepath"

	"go.yaml.in/yaml/v3"

	"github.com/krapp-io/krapp/kafkaops"
)

const opUse = "choosing the context"

// Use makes a context the current one in the file, leaving comments and order as they are. The file is replaced in one step.
func (c *Config) Use(name string) error {
	if _, ok := c.file.Contexts[name]; !ok {
		return unknownContext(c.Path, name, c.file.Contexts)
	}
	raw, err := os.ReadFile(c.Path)
	if err != nil {
		return kafkaops.NewError(kafkaops.NotFound, opUse, name, "", err)
	}
	out, err := withCurrent(raw, name)
	if err != nil {
		return kafkaops.NewError(kafkaops.Internal, opUse, name, "Set current: in "+c.Path+" by hand.", err)
	}
	if err := replaceFile(c.Path, out); err != nil {
		return kafkaops.NewError(kafkaops.Invalid, opUse, name, "Make "+filepath.Dir(c.Path)+" writable, or set current: by hand.", err)
	}
	c.file.Current = name
	return nil
}

// withCurrent sets the key current in the text of a configuration file.
func withCurrent(raw []byte, name string) ([]byte, error) {
	var root yaml.Node
	if err := yaml.Unmarshal(raw, &root); err != nil {
		return nil, err
	}
	top := root.Content[0]
	value := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: name}
	replaced := false
	for i := 0; i+1 < len(top.Content); i += 2 {
		if top.Content[i].Value == "current" {
			value.LineComment = top.Content[i+1].LineComment
			top.Content[i+1], replaced = value, true
		}
	}
	if !replaced {
		key := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: "current"}
		top.Content = append([]*yaml.Node{key, value}, top.Content...)
	}
	var b bytes.Buffer
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	if err := enc.Encode(&root); err != nil {
		return nil, err
	}
	return b.Bytes(), enc.Close()
}

// replaceFile writes beside the file and renames, so that a crash leaves the old or the new one. A link is followed, the mode kept.
func replaceFile(path string, text []byte) error {
	path, err := filepath.EvalSymlinks(path)
	if err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".config-*.yaml")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name()) // it is gone after the rename
	_, err = tmp.Write(text)
	if err == nil {
		err = tmp.Chmod(info.Mode().Perm())
	}
	if closeErr := tmp.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}

package worker

import (
	"path"
	"slices"
	"strings"

	"github.com/krapp-io/krapp/kafkaops"
)

// Topics is an allowlist of topics: globs such as "orders", "orders-*". None given allows every topic, but never krapp's own (krapp.*) or
// Kafka's (__*): those could make a worker believe things.
type Topics struct{ patterns []string }

// NewTopics checks the globs.
func NewTopics(patterns []string) (Topics, error) {
	for _, p := range patterns {
		if _, err := path.Match(p, "topic"); err != nil || p == "" {
			return Topics{}, kafkaops.Errorf(kafkaops.Invalid, "reading the topic allowlist", p, "give names or globs: orders, orders-*", "%q is not a glob", p)
		}
	}
	return Topics{patterns: slices.Clone(patterns)}, nil
}

// Allows says whether a topic may be touched.
func (t Topics) Allows(topic string) bool {
	if Internal(topic) || !ValidTopic(topic) {
		return false
	}
	return len(t.patterns) == 0 || t.names(topic)
}

// names says whether a pattern matches.
func (t Topics) names(topic string) bool {
	return slices.ContainsFunc(t.patterns, func(p string) bool {
		ok, err := path.Match(p, topic)
		return ok && err == nil
	})
}

// Without leaves out of t what the other list names; none there leaves nothing out.
func (t Topics) Without(except Topics) func(topic string) bool {
	return func(topic string) bool { return t.Allows(topic) && !except.names(topic) }
}

// Internal says whether a topic is krapp's or Kafka's own.
func Internal(topic string) bool {
	return strings.HasPrefix(topic, "krapp.") || strings.HasPrefix(topic, "__")
}

// ValidTopic says whether Kafka could have a topic of that name: 1 to 249 of [a-zA-Z0-9._-], and not "." or "..".
func ValidTopic(topic string) bool {
	if topic == "" || len(topic) > 249 || topic == "." || topic == ".." {
		return false
	}
	return !strings.ContainsFunc(topic, func(c rune) bool { return !strings.ContainsRune(topicChars, c) })
}

const topicChars = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"

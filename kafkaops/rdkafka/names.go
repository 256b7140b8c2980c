package rdkafka

import (
	"strings"

	"github.com/krapp-io/krapp/kafkaops"
)

const maxTopicName = 249

// checkTopic refuses names that no broker accepts. They must not reach librdkafka: a NUL would cut the name short and so name another topic,
// and the ordinary client panics on very long ones.
func checkTopic(op, name string) error {
	bad := name == "" || name == "." || name == ".." || len(name) > maxTopicName ||
		strings.ContainsFunc(name, func(r rune) bool {
			return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '.' && r != '_' && r != '-'
		})
	if bad {
		return kafkaops.Errorf(kafkaops.Invalid, op, name, "use letters, digits, '.', '_' and '-', at most 249 of them", "invalid topic name")
	}
	return nil
}

// checkTopics is checkTopic for several.
func checkTopics(op string, names []string) error {
	for _, name := range names {
		if err := checkTopic(op, name); err != nil {
			return err
		}
	}
	return nil
}

// checkGroup refuses group names that librdkafka would cut short or reject without a word.
func checkGroup(op, name string) error {
	if name == "" || strings.ContainsRune(name, 0) {
		return kafkaops.Errorf(kafkaops.Invalid, op, name, "name a group", "invalid group name")
	}
	return nil
}

package stack

import (
	"fmt"
	"slices"
	"strings"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/embedded"
)

func portNote(what string, asked int, got string) string {
	return fmt.Sprintf("%s listens on %s: port %d is taken.", what, got, asked)
}

func joinNote(a embedded.Announcement) string {
	return fmt.Sprintf("This is a client of the broker at %s, which process %d runs: it ends with that process.", strings.Join(a.Brokers, ","), a.PID)
}

func announcedNote(addr string) string {
	return fmt.Sprintf("Another embedded broker is announced: scripts find that one, and this one with --brokers %s.", addr)
}

func ownTopic(t kafkaops.Topic) bool {
	return t.Internal || strings.HasPrefix(t.Name, "__") || strings.HasPrefix(t.Name, "krapp.") || slices.Contains(seerTopics(), t.Name)
}

package main

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/tui/ui"
)

const (
	namesFresh = 5 * time.Second  // younger names aren't asked for again
	namesLimit = 10 * time.Second // of asking
)

// lister lists what a cluster has.
type lister interface {
	ListTopics(ctx context.Context) ([]kafkaops.Topic, error)
	ListGroups(ctx context.Context) ([]kafkaops.GroupListing, error)
}

// names are the topics and groups last known, for completion; they are renewed behind the user's back.
type names struct {
	ctx    context.Context // of the console: asking ends with it
	lister lister

	mu           sync.Mutex
	asked        time.Time
	topic, group []string // each replaced as a whole
}

// complete gives every page that begins with a topic or a group its proposals.
func (n *names) complete(pages []ui.Maker) []ui.Maker {
	for i := range pages {
		m := &pages[i]
		switch {
		case m.Complete != nil:
		case strings.HasPrefix(strings.Trim(m.Args, "["), "TOPIC"):
			m.Complete = first(n.topics)
		case strings.HasPrefix(m.Args, "GROUP"):
			m.Complete = first(n.groups)
		}
	}
	return pages
}

// first proposes for the first argument only.
func first(known func() []string) func(args []string) []string {
	return func(args []string) []string {
		if len(args) > 1 {
			return nil
		}
		return known()
	}
}

func (n *names) topics() []string { return n.known(&n.topic) }
func (n *names) groups() []string { return n.known(&n.group) }

func (n *names) known(list *[]string) []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	if time.Since(n.asked) > namesFresh {
		n.asked = time.Now()
		go n.renew()
	}
	return *list
}

// renew asks the cluster. What can't be had stays as it was: a failure shows elsewhere.
func (n *names) renew() {
	ctx, cancel := context.WithTimeout(n.ctx, namesLimit)
	defer cancel()
	topics, topicsErr := n.lister.ListTopics(ctx)
	groups, groupsErr := n.lister.ListGroups(ctx)
	n.mu.Lock()
	defer n.mu.Unlock()
	if topicsErr == nil {
		n.topic = sorted(topics, func(t kafkaops.Topic) string { return t.Name })
	}
	if groupsErr == nil {
		n.group = sorted(groups, func(g kafkaops.GroupListing) string { return g.ID })
	}
}

func sorted[T any](all []T, name func(T) string) []string {
	list := make([]string, len(all))
	for i, v := range all {
		list[i] = name(v)
	}
	slices.Sort(list)
	return list
}

package watch

import (
	"cmp"
	"maps"
	"slices"

	"github.com/krapp-io/krapp/kafkaops"
)

// pair is a group and a topic.
type pair struct{ group, topic string }

// progress counts how offsets move from one look to the next. Offsets themselves would make a rate leap when a partition joins in, or a group
// commits for the first time; here what was not seen before counts nothing.
type progress struct {
	commits   map[string]kafkaops.Offsets // by group, as seen last
	ends      kafkaops.Offsets
	committed map[pair]int64
	stored    map[string]int64
}

func newProgress() progress {
	return progress{commits: map[string]kafkaops.Offsets{}, ends: kafkaops.Offsets{}, committed: map[pair]int64{}, stored: map[string]int64{}}
}

// add takes what was seen of groups. What can't be read this time goes on from what was seen before.
func (p *progress) add(known map[string][]kafkaops.Lag) {
	ends := kafkaops.Offsets{}
	for group, lags := range known {
		before, now := p.commits[group], kafkaops.Offsets{}
		for _, l := range lags {
			if l.Records < 0 {
				if at, ok := before[l.TopicPartition]; ok {
					now[l.TopicPartition] = at
				}
				continue
			}
			ends[l.TopicPartition] = max(ends[l.TopicPartition], l.End)
			now[l.TopicPartition] = max(l.Start, l.Committed)
			if at, ok := before[l.TopicPartition]; ok {
				p.committed[pair{group, l.Topic}] += max(0, now[l.TopicPartition]-at)
			}
		}
		p.commits[group] = now
	}
	for tp, end := range ends {
		if at, ok := p.ends[tp]; ok {
			p.stored[tp.Topic] += max(0, end-at)
		}
		p.ends[tp] = end
	}
	if len(p.commits) > maxRemembered || len(p.ends) > 10*maxRemembered {
		*p = newProgress() // counters may begin anew
	}
}

// maxRemembered bounds the groups that are remembered: names that come and go must not take ever more memory.
const maxRemembered = 10_000

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }

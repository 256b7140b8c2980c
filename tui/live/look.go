package live

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
)

// The pace of a feed: glances see whether there are new messages, samples take lags, rates and the state of the connection.
const (
	glanceBusy = 250 * time.Millisecond
	glanceIdle = time.Second
	glanceRest = 2 * time.Second
	sampleBusy = time.Second
	sampleIdle = 2 * time.Second
	sampleRest = 10 * time.Second // idle and without a lag: what can change then shows in a glance
	restAfter  = 5 * time.Second  // without a change the topic counts as idle
	deepAfter  = 30 * time.Second // and as at rest

	retryFirst = time.Second // after a failure, doubled each time
	retryMost  = 8 * time.Second

	pingTimeout  = 2 * time.Second
	fetchTimeout = 5 * time.Second
)

// look is the state of a feed's loop. One goroutine owns it.
type look struct {
	feed     *feed
	target   Target
	sampled  time.Time // of the last sample
	changed  time.Time // when offsets moved last
	failures int
	quiet    bool // the last sample found no lag and no error
	meters   map[kafkaops.TopicPartition]*meter

	ends    kafkaops.Offsets // at the last glance
	tailed  kafkaops.Offsets // the ends for which the messages were fetched
	tailedN int
	tailErr error
}

// step looks once and says how long to wait. now makes it a full sample.
func (l *look) step(ctx context.Context, now bool) time.Duration {
	if now || time.Since(l.sampled) >= l.sampleEvery() {
		if !l.sample(ctx, now) {
			l.sampled = time.Time{} // the next try is one
			l.feed.fetches(0)
			return backOff(l.failures, retryFirst, retryMost)
		}
	} else {
		l.glance(ctx)
	}
	n := l.feed.hub.wanted(l.feed)
	l.feed.fetches(n)
	if n == 0 || l.target.Topic == "" {
		return l.pace(sampleBusy, sampleIdle)
	}
	l.tail(ctx, n)
	if time.Since(l.changed) >= deepAfter {
		return glanceRest
	}
	return l.pace(glanceBusy, glanceIdle)
}

// sampleEvery is how long a sample lasts. It is the dearest question: a dozen requests, against one or so a broker for a glance.
func (l *look) sampleEvery() time.Duration {
	if l.quiet && len(l.ends) > 0 {
		return l.pace(sampleBusy, sampleRest)
	}
	return l.pace(sampleBusy, sampleIdle)
}

func (l *look) pace(busy, idle time.Duration) time.Duration {
	if time.Since(l.changed) < restAfter {
		return busy
	}
	return idle
}

// sample asks for everything. It is false when the cluster does not answer. Somebody who asked for it wants to know the connection as it is
// now; else it may be what another feed has just found.
func (l *look) sample(ctx context.Context, asked bool) bool {
	l.sampled = time.Now()
	fresh := pulseFresh
	if asked {
		fresh = pulseAsked
	}
	state, ok := l.feed.hub.pulse.feel(ctx, fresh)
	if !ok {
		return true
	}
	if state.err != nil {
		l.failures++
		next := time.Now().Add(backOff(l.failures, retryFirst, retryMost))
		l.feed.show(func(s *scene) { s.link, s.nextTry = state, next })
		return false
	}
	l.failures = 0
	p := Partitions{Target: l.target}
	if l.target.Topic != "" {
		p = l.partitions(ctx)
		if ctx.Err() != nil {
			return true
		}
	}
	var t totals
	t.in, t.out, t.lag, t.behind = p.Totals()
	l.quiet = p.Err == nil && t.lag <= 0
	l.feed.show(func(s *scene) { s.link, s.partitions, s.totals, s.sampled = state, p, t, true })
	return true
}

// partitions fetches offsets and lags. What cannot be had leaves the last rows, with the error.
func (l *look) partitions(ctx context.Context) Partitions {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	known, _ := l.feed.look()
	last := known.partitions
	extents, err := l.feed.hub.cluster.TopicExtents(ctx, kafkaops.ReadCommitted, l.target.Topic)
	if err != nil {
		last.Rows, last.Err = slices.Clone(last.Rows), err // pictures share the old ones
		for i := range last.Rows {
			last.Rows[i].Stale = true
		}
		return last
	}
	var lags []kafkaops.Lag
	if l.target.Group != "" {
		lags, err = l.feed.hub.cluster.Lag(ctx, l.target.Group)
	}
	l.saw(extents.Ends())
	rows := l.rows(merge(l.target, extents, lags, err))
	if unread := keepLast(rows, last.Rows, err); err == nil {
		err = unread
	}
	return Partitions{Target: l.target, Rows: rows, Err: err, At: time.Now()}
}

// glance asks for the ends only.
func (l *look) glance(ctx context.Context) {
	if len(l.ends) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, pingTimeout)
	defer cancel()
	ends, err := l.feed.hub.cluster.Ends(ctx, kafkaops.ReadCommitted, slices.Collect(maps.Keys(l.ends)))
	if err != nil {
		l.sampled = time.Time{} // look properly next time
		return
	}
	l.saw(ends)
}

func (l *look) saw(ends kafkaops.Offsets) {
	if !maps.Equal(l.ends, ends) {
		l.ends, l.changed = ends, time.Now()
	}
}

// tail fetches the newest messages if there can be others than those shown.
func (l *look) tail(ctx context.Context, n int) {
	if l.tailErr == nil && n <= l.tailedN && l.tailed != nil && maps.Equal(l.tailed, l.ends) {
		return
	}
	if l.ends == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	ends := l.ends
	records, err := l.feed.hub.cluster.Tail(ctx, []string{l.target.Topic}, n)
	if ctx.Err() != nil && err == nil {
		return
	}
	l.tailErr = err
	picture := Messages{Topic: l.target.Topic, Count: n, Err: err}
	if err != nil {
		l.changed = time.Now().Add(-restAfter) // no hurry
		last, _ := l.feed.look()
		picture.Records = last.messages.Records
	} else {
		l.tailed, l.tailedN = ends, n
		picture.Records = previews(records)
	}
	l.feed.show(func(s *scene) { s.messages = picture })
}

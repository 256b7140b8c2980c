package live

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/ui"
)

// The pace of Watch: glances see whether there are new messages, samples take lags, rates and the state of the connection.
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

// look is the state of Watch's loop. One goroutine owns it.
type look struct {
	watch    *Watch
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
	if t, _ := l.watch.Target(); t != l.target || l.meters == nil {
		*l = look{watch: l.watch, target: t, changed: time.Now(), failures: l.failures, meters: map[kafkaops.TopicPartition]*meter{}}
		now = true
		l.blank()
	}
	if now || time.Since(l.sampled) >= l.sampleEvery() {
		if !l.sample(ctx) {
			return backOff(l.failures, retryFirst, retryMost)
		}
	} else {
		l.glance(ctx)
	}
	n := l.watch.wanted()
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

// blank empties the pictures of another target than the present one.
func (l *look) blank() {
	if p, ok := l.watch.partitions.Latest(); ok && p.Target != l.target {
		l.watch.partitions.Put(Partitions{Target: l.target})
	}
	if m, ok := l.watch.messages.Latest(); ok && m.Topic != l.target.Topic {
		l.watch.messages.Put(Messages{Topic: l.target.Topic})
	}
}

func (l *look) pace(busy, idle time.Duration) time.Duration {
	if time.Since(l.changed) < restAfter {
		return busy
	}
	return idle
}

// sample asks for everything. It is false when the cluster does not answer.
func (l *look) sample(ctx context.Context) bool {
	l.sampled = time.Now()
	about, err := l.ping(ctx)
	if ctx.Err() != nil {
		return true
	}
	if err != nil {
		l.failures++
		l.watch.disconnected(err, time.Now().Add(backOff(l.failures, retryFirst, retryMost)))
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
	_, _, lag, _ := p.Totals()
	l.quiet = p.Err == nil && lag <= 0
	l.watch.partitions.Put(p)
	l.watch.connected(about, p)
	return true
}

func (l *look) ping(ctx context.Context) (kafkaops.Cluster, error) {
	ctx, cancel := context.WithTimeout(ctx, pingTimeout)
	defer cancel()
	return l.watch.cluster.Cluster(ctx)
}

// partitions fetches offsets and lags. What cannot be had leaves the last rows, with the error.
func (l *look) partitions(ctx context.Context) Partitions {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	last, _ := l.watch.partitions.Latest()
	if last.Target != l.target {
		last = Partitions{Target: l.target}
	}
	extents, err := l.watch.cluster.TopicExtents(ctx, kafkaops.ReadCommitted, l.target.Topic)
	if err != nil {
		last.Rows, last.Err = slices.Clone(last.Rows), err // pictures share the old ones
		for i := range last.Rows {
			last.Rows[i].Stale = true
		}
		return last
	}
	var lags []kafkaops.Lag
	if l.target.Group != "" {
		lags, err = l.watch.cluster.Lag(ctx, l.target.Group)
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
	ends, err := l.watch.cluster.Ends(ctx, kafkaops.ReadCommitted, slices.Collect(maps.Keys(l.ends)))
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
	if l.tailErr == nil && n == l.tailedN && l.tailed != nil && maps.Equal(l.tailed, l.ends) {
		return
	}
	if l.ends == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	ends := l.ends
	records, err := l.watch.cluster.Tail(ctx, []string{l.target.Topic}, n)
	if ctx.Err() != nil && err == nil {
		return
	}
	l.tailErr = err
	picture := Messages{Topic: l.target.Topic, Count: n, Err: err}
	if err != nil {
		l.changed = time.Now().Add(-restAfter) // no hurry
		if last, ok := l.watch.messages.Latest(); ok && last.Topic == picture.Topic {
			picture.Records = last.Records
		}
	} else {
		l.tailed, l.tailedN = ends, n
		picture.Records = previews(records)
	}
	l.watch.messages.Put(picture)
}

// blankStatus is before anything is known.
func (w *Watch) blankStatus() ui.Status {
	return ui.Status{
		Context: w.options.Context, Mark: w.options.Mark, ReadOnly: w.options.ReadOnly, Address: w.options.Address, QuitStops: w.stops(), Since: time.Now(),
		InPerSecond: -1, OutPerSecond: -1, Lag: -1, Behind: -1,
	}
}

func (w *Watch) stops() []safetext.Text {
	if w.options.Stops == nil {
		return nil
	}
	return w.options.Stops()
}

// connected puts the state of a connection that works.
func (w *Watch) connected(c kafkaops.Cluster, p Partitions) {
	s, _ := w.status.Latest()
	if s.State != ui.Connected {
		s.State, s.Since = ui.Connected, time.Now()
	}
	s.Why, s.NextTry, s.QuitStops, s.Brokers = safetext.Text{}, time.Time{}, w.stops(), len(c.Brokers)
	if len(c.Brokers) > 0 {
		s.Address = safetext.Sprintf("%s:%d", c.Brokers[0].Host, c.Brokers[0].Port)
	}
	s.InPerSecond, s.OutPerSecond, s.Lag, s.Behind = p.Totals()
	w.status.Put(s)
}

// disconnected puts the state of one that does not; figures go, as they are no longer true.
func (w *Watch) disconnected(err error, next time.Time) {
	s, _ := w.status.Latest()
	if s.State != ui.Disconnected {
		s.State, s.Since = ui.Disconnected, time.Now()
	}
	if problem, ok := ui.ProblemOf(err); ok {
		s.Why = brief(problem)
	}
	s.NextTry, s.QuitStops = next, w.stops()
	s.InPerSecond, s.OutPerSecond, s.Lag, s.Behind = -1, -1, -1, -1
	w.status.Put(s)
}

// brief is the end of a problem's cause, which says what happened: what stands before it names the broker, as the header does already.
func brief(p ui.Problem) safetext.Text {
	why := p.Why.String()
	if at := strings.LastIndex(why, ": "); at >= 0 && at+2 < len(why) {
		return safetext.Of(why[at+2:])
	}
	if why == "" {
		return p.What
	}
	return p.Why
}

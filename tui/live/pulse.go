package live

import (
	"context"
	"sync"
	"time"

	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/ui"
)

// How old an answer of the cluster may be that another feed got.
const (
	pulseFresh = 9 * sampleBusy / 10
	pulseAsked = pulseFresh / 10 // for somebody who asks to look now
	pulseKnown = 3 * sampleRest  // after that nothing is known of the connection any more
)

// pulse asks the cluster who it is, once for all feeds, and knows since when it answers.
type pulse struct {
	cluster Cluster

	mu   sync.Mutex // held while the cluster is asked: another feed waits for that answer, which has a limit
	at   time.Time  // when the last one was asked for
	link link
}

// link is the state of the connection.
type link struct {
	state   ui.ConnState
	since   time.Time
	address safetext.Text // the first broker's; empty until one was heard of
	brokers int
	err     error // of Disconnected
}

// feel gives the state of the connection, not older than fresh. It is false when ctx ended instead.
func (p *pulse) feel(ctx context.Context, fresh time.Duration) (link, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if !p.at.IsZero() && now.Sub(p.at) < fresh {
		return p.link, ctx.Err() == nil
	}
	asking, cancel := context.WithTimeout(ctx, pingTimeout)
	defer cancel()
	about, err := p.cluster.Cluster(asking)
	if ctx.Err() != nil {
		return p.link, false
	}
	if now.Sub(p.at) > pulseKnown {
		p.link.state = ui.Connecting // nobody looked meanwhile
	}
	p.at = now
	p.link.err = err
	if err != nil {
		p.link.enter(ui.Disconnected)
		return p.link, true
	}
	p.link.enter(ui.Connected)
	p.link.brokers = len(about.Brokers)
	if len(about.Brokers) > 0 {
		p.link.address = safetext.Sprintf("%s:%d", about.Brokers[0].Host, about.Brokers[0].Port)
	}
	return p.link, true
}

func (l *link) enter(s ui.ConnState) {
	if l.state != s {
		l.state, l.since = s, time.Now()
	}
}

package read

import (
	"context"
	"time"

	"github.com/krapp-io/krapp/worker/job"
)

// Progress is how far a reader is. A source that another reader is at counts as pending until it is final.
type Progress struct {
	Sources       []SourceProgress // in the order of Options.Sources
	Rows          int64            // read by this worker since its start
	RowsPerSecond float64          // over the last seconds
}

// SourceProgress is how far one source is.
type SourceProgress struct {
	ID, URL    string
	Phase      job.SourcePhase
	Rows       int64
	Chunks     int64
	Read, Size int64  // compressed bytes; Size -1: not known
	Error      string // of one that failed
}

const (
	progressEvery = 250 * time.Millisecond
	rateOver      = 3 * time.Second
)

// meter makes a rate of a count.
type meter struct {
	at   []time.Time
	rows []int64
}

// rate is rows a second over the last seconds.
func (m *meter) rate(now time.Time, rows int64) float64 {
	m.at, m.rows = append(m.at, now), append(m.rows, rows)
	for len(m.at) > 2 && now.Sub(m.at[0]) > rateOver {
		m.at, m.rows = m.at[1:], m.rows[1:]
	}
	if d := now.Sub(m.at[0]).Seconds(); d > 0 {
		return float64(rows-m.rows[0]) / d
	}
	return 0
}

// tell calls Options.Progress until ctx ends, and once more then.
func (r *Role) tell(ctx context.Context) {
	if r.o.Progress == nil {
		return
	}
	var m meter
	tick := time.NewTicker(progressEvery)
	defer tick.Stop()
	for {
		ended := ctx.Err() != nil
		p := r.progress()
		p.RowsPerSecond = m.rate(r.now(), p.Rows)
		if r.o.Progress(p); ended {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
}

func (r *Role) progress() Progress {
	live := make(map[string]SourceProgress)
	for _, s := range r.reading() {
		at := s.live()
		live[at.ID] = at
	}
	p := Progress{Rows: r.counts.rows.Load(), Sources: make([]SourceProgress, len(r.o.Sources))}
	for i, src := range r.o.Sources {
		s, known := r.book.get(src.ID)
		out := SourceProgress{ID: src.ID, URL: src.URL, Phase: s.Phase, Rows: s.Rows, Chunks: s.Chunks, Read: s.Read, Size: s.Size}
		if !known {
			out.Phase, out.Size = job.Pending, -1
		}
		if s.Error != nil {
			out.Error = s.Error.Text
		}
		if at, is := live[src.ID]; is && out.Phase == job.Pending {
			out = at
		}
		p.Sources[i] = out
	}
	return p
}

// live is how far a stream has read.
func (s *stream) live() SourceProgress {
	s.mu.Lock()
	defer s.mu.Unlock()
	return SourceProgress{
		ID: s.state.ID, URL: s.state.URL, Phase: job.Reading, Rows: s.begin.Rows + s.rows, Chunks: s.begin.Index + s.chunks, Read: s.read, Size: s.size,
	}
}

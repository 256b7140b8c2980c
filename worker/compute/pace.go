package compute

import (
	"cmp"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/worker/job"
)

// What one transaction takes in.
const (
	batchBytes  = 8 << 20   // of chunks; with costs, see pacer
	letterBytes = 128       // what a dead letter costs of batchBytes: so a transaction has about 65,000 at most
	busyBytes   = 1 << 20   // in BatchTime: more is plenty, and nothing waits any more
	readBytes   = 2 << 20   // held for the next transaction
	aheadBytes  = 512 << 10 // fetched ahead by the client, of each partition
	leastChunks = 4         // held, however large they are
	mostChunks  = 1024      // held, however small they are
	delayAhead  = time.Second
)

// pacer says when a chunk is to be computed and what of a transaction it takes. Little that comes is gathered for a while, so that there are few
// partial results; plenty is computed at once, as much at a time as a transaction holds.
//
// Each row may turn out to be a dead letter, and a transaction can't hold many of those: pacer starts as if all did, and learns from what did.
type pacer struct {
	now       func() time.Time
	gather    time.Duration
	delay     time.Duration
	chunkRows int

	began     time.Time // the stretch of time that is being gathered in
	here      int       // bytes that came in it
	before    int       // and in the one before
	workUntil time.Time // with delay: when the work given so far is done
	deadShare float64   // of the rows, at most about
	wary      bool      // the last batch failed: a chunk may have as many rows as bytes
}

func newPacer(o Options) *pacer {
	return &pacer{now: time.Now, gather: o.BatchTime, delay: o.Delay, chunkRows: cmp.Or(o.Job.Chunk.Rows, defaultChunkRows), deadShare: 1}
}

const (
	defaultChunkRows  = 10_000
	defaultChunkBytes = 512 << 10
)

// due is eos.Options.Due.
func (p *pacer) due(r *kafkaops.Record) (time.Time, int) {
	rows := len(r.Value)
	if !p.wary {
		rows = min(rows, p.chunkRows)
	}
	cost := 1 + len(r.Value) + int(p.deadShare*float64(rows)*letterBytes)
	now := p.now()
	if p.delay > 0 {
		if p.workUntil.Before(now) {
			p.workUntil = now
		}
		p.workUntil = p.workUntil.Add(p.delay)
		return p.workUntil, cost
	}
	if since := now.Sub(p.began); since >= p.gather {
		p.before = 0
		if since < 2*p.gather {
			p.before = p.here
		}
		p.began, p.here = now, 0
	}
	if p.here += len(r.Value); p.here >= busyBytes || p.before >= busyBytes {
		return now, cost
	}
	return p.began.Add(p.gather), cost
}

// learn is told what a batch that was committed had.
func (p *pacer) learn(rows, letters int64) {
	share := 0.0
	if rows > 0 {
		share = min(1, float64(letters)/float64(rows))
	}
	p.deadShare, p.wary = max(share, p.deadShare/2), false
}

// doubt makes the next batches small: the last one failed, perhaps of its size.
func (p *pacer) doubt() { p.deadShare, p.wary = 1, true }

// holds is how many chunks are read ahead.
func (o Options) holds() int {
	n := min(max(readBytes/chunkBytes(o.Job), leastChunks), mostChunks)
	if o.Delay > 0 {
		n = min(n, 1+int(delayAhead/o.Delay))
	}
	return n
}

// chunkBytes is about how large a full chunk of the job is.
func chunkBytes(j *job.Job) int {
	most := cmp.Or(j.Chunk.Bytes, defaultChunkBytes)
	program, err := job.Compile(j)
	if err != nil || j.Format.Kind != job.Fixed {
		return most
	}
	width := 1
	for _, field := range program.Fields() {
		for _, c := range j.Format.Columns {
			if c.Name == field {
				width += c.Last - c.First + 1
			}
		}
	}
	return min(most, width*cmp.Or(j.Chunk.Rows, defaultChunkRows))
}

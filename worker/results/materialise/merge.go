package materialise

import (
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
	"github.com/krapp-io/krapp/worker/job"
)

// merge takes a batch in. A record that can't be merged is counted and complained about; it never holds the others up.
func (f *follower) merge(b *rdkafka.Batch) {
	for _, run := range b.Runs() {
		f.stale = true
		if run.Topic == f.job.SourcesTopic() {
			for i := run.First; i <= run.Last; i++ {
				f.complain(run.Topic, f.source(b.Key(i), b.Value(i)))
			}
			continue
		}
		n := int64(run.Last - run.First + 1)
		f.view.Read += n
		f.snapshots.changes += n
		f.view.Newest = time.UnixMilli(b.TimestampMillis(run.Last)).UTC()
		for i := run.First; i <= run.Last; i++ {
			f.complain(run.Topic, f.result(b.Value(i)))
		}
	}
}

// result merges a record of the results topic.
func (f *follower) result(value []byte) error {
	partial, state, err := job.DecodeResult(value)
	switch {
	case err != nil:
	case state != nil:
		err = f.table.Progress(*state)
	default:
		err = f.table.Add(partial)
	}
	if err != nil && kafkaops.ClassOf(err) != kafkaops.Conflict { // those the table counts itself
		f.table.Lose(0, 1)
	}
	return err
}

// source merges a record of the sources topic.
func (f *follower) source(key, value []byte) error {
	if value == nil {
		f.table.Forget(string(key))
		return nil
	}
	state, err := job.DecodeState(value)
	if err != nil {
		return err
	}
	if state.ID != string(key) {
		return kafkaops.Errorf(kafkaops.Invalid, "reading state of source", state.ID, "", "its record's key is %q", key)
	}
	return f.table.Source(state)
}

// complain logs the first failure of each kind: hostile topics have millions.
func (f *follower) complain(topic string, err error) {
	if err == nil {
		return
	}
	kind := topic + " " + string(kafkaops.ClassOf(err))
	if !f.complaint[kind] {
		f.complaint[kind] = true
		f.log.Error("a record could not be merged; more like it are only counted", "topic", topic, "error", err.Error(), "hint", kafkaops.HintOf(err))
	}
}

// tell shows a picture when there is news and it is time.
func (f *follower) tell() {
	arrived := !f.caughtUp && f.reached(f.target)
	moved := f.moved()
	if arrived || (f.stale || moved) && time.Since(f.shown) >= f.pace() {
		f.caughtUp = f.caughtUp || arrived
		f.show()
	}
}

// reached says whether everything before the offsets is merged.
func (f *follower) reached(offsets kafkaops.Offsets) bool {
	for tp, end := range offsets {
		if f.positions[tp] < end {
			return false
		}
	}
	return true
}

// moved says whether the newest picture tells other positions: also behind the last record there are offsets that CaughtUp waits for, of the
// transaction's end.
func (f *follower) moved() bool {
	for tp, at := range f.positions {
		if f.view.Positions[tp] != at {
			return true
		}
	}
	return false
}

// show publishes a picture of now.
func (f *follower) show() {
	f.view.Phase = CatchingUp
	switch {
	case f.caughtUp:
		f.view.Phase = Live
	case f.table == nil:
		f.view.Phase = Starting
	}
	f.picture()
	f.m.show(f.view)
}

// picture brings the view up to date. What is large is made anew only when the table has changed.
func (f *follower) picture() {
	began := time.Now()
	f.view.CaughtUp, f.view.Lag, f.view.Positions = f.caughtUp, f.lag(), f.positions.Clone()
	if f.stale {
		f.stale = false
		f.table.Drop(began)
		f.view.Results, f.view.Groups = f.table.Results(), f.table.Groups()
		f.view.Completeness = f.table.Completeness()
		f.view.Sources = nil
		if f.job.Stream == nil {
			f.view.Sources = f.table.Sources()
		}
		f.cost = time.Since(began)
	}
	f.shown = time.Now()
}

// lag is how many offsets of the results topic are still to be read, -1 when that isn't known.
func (f *follower) lag() int64 {
	if f.ends == nil {
		return -1
	}
	lag := int64(0)
	for tp, end := range f.ends {
		if tp.Topic == f.job.ResultsTopic() {
			lag += max(0, end-f.positions[tp])
		}
	}
	return lag
}

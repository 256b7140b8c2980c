package wire

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/RoaringBitmap/roaring/v2"
)

// reportVersion is the version of the binary format of reports; it is their first byte.
const reportVersion = 1

// The second byte of a binary report.
const (
	kindDone = 'd'
	kindSent = 's'
)

// Done says what a group made of one range of a partition of a run's topic, in one transaction with the offsets that it covers. Its identity
// is (Group, TopicID, Partition, First, Last, At): reading it twice is harmless.
type Done struct {
	Run       string
	Group     string
	Topic     string
	TopicID   string // "" when the application doesn't know it
	Worker    string
	Partition int32
	First     int64 // offset of the first message of the run in the batch
	Last      int64
	At        time.Time       // when the result became, or was about to become, visible to a read-committed reader
	Processed *roaring.Bitmap // sequence numbers processed at least once
	Again     *roaring.Bitmap // those of them processed more than once within this batch
	Rejected  *roaring.Bitmap // dead-lettered; not in Processed
	Latency   Latencies
	Skew      time.Duration // how far a message seemed to have been processed before it was sent: the clocks differ at least that much
}

// Sent says what became of messages that a sender handed over, since its last report.
type Sent struct {
	Run       string
	Sender    string
	TopicID   string
	At        time.Time
	FirstSent time.Time
	LastSent  time.Time
	Acked     []Acked
	Failed    []Failure
	Possibly  *roaring.Bitmap // timed out: may be stored
}

// Acked is what was acknowledged on one partition. All of the sender's messages there from First to Last are in Seqs: acknowledgements come in
// order of offset.
type Acked struct {
	Partition int32
	First     int64
	Last      int64
	Seqs      *roaring.Bitmap
}

// Failure is the messages that were refused for one reason.
type Failure struct {
	Class string // of kafkaops.OpError
	Error string // of the first of them
	Seqs  *roaring.Bitmap
}

// Report is one record of krapp.reports; exactly one of the two is set.
type Report struct {
	Done *Done
	Sent *Sent
}

// RunOf reads whose report this is without decoding the rest; "" when it can't be told.
func RunOf(value []byte) string {
	if len(value) > 2 && value[0] == reportVersion {
		r := reader{b: value[2:]}
		return r.string()
	}
	return ""
}

// DecodeReport reads a report in the binary or the JSON form.
func DecodeReport(value []byte) (Report, error) {
	if len(value) == 0 {
		return Report{}, errors.New("reading a report: it is empty")
	}
	var report Report
	var err error
	switch {
	case value[0] == '{':
		report, err = decodeJSON(value)
	case value[0] != reportVersion:
		err = fmt.Errorf("version %d is not known here", value[0])
	case len(value) < 2:
		err = errShort
	case value[1] == kindDone:
		report.Done, err = decodeDone(value[2:])
	case value[1] == kindSent:
		report.Sent, err = decodeSent(value[2:])
	default:
		err = fmt.Errorf("kind %q is not known here", value[1])
	}
	if err != nil {
		return Report{}, fmt.Errorf("reading a report: %w", err)
	}
	return report, nil
}

// Append appends the report's binary form.
func (d *Done) Append(b []byte) ([]byte, error) {
	b = append(b, reportVersion, kindDone)
	for _, s := range []string{d.Run, d.Group, d.Topic, d.TopicID, d.Worker} {
		b = appendString(b, s)
	}
	b = binary.AppendUvarint(b, uint64(d.Partition))
	b = binary.AppendUvarint(b, uint64(d.First))
	b = binary.AppendUvarint(b, uint64(d.Last))
	b = appendTime(b, d.At)
	for _, bitmap := range []*roaring.Bitmap{d.Processed, d.Again, d.Rejected} {
		var err error
		if b, err = appendBitmap(b, bitmap); err != nil {
			return nil, err
		}
	}
	b = d.Latency.append(b)
	return binary.AppendUvarint(b, uint64(max(0, d.Skew))), nil
}

func decodeDone(b []byte) (*Done, error) {
	r := reader{b: b}
	d := &Done{Run: r.string(), Group: r.string(), Topic: r.string(), TopicID: r.string(), Worker: r.string()}
	d.Partition, d.First, d.Last, d.At = r.int31(), r.int63(), r.int63(), r.time()
	d.Processed, d.Again, d.Rejected = r.bitmap(), r.bitmap(), r.bitmap()
	r.latencies(&d.Latency)
	d.Skew = time.Duration(r.int63())
	if r.err != nil {
		return nil, r.err
	}
	return d, d.check()
}

func (d *Done) check() error {
	if d.Run == "" || d.Group == "" || d.Topic == "" {
		return errors.New("it names no run, group or topic")
	}
	if d.Partition < 0 || d.First < 0 || d.Last < d.First {
		return fmt.Errorf("partition %d, offsets %d to %d", d.Partition, d.First, d.Last)
	}
	return nil
}

// Append appends the report's binary form.
func (s *Sent) Append(b []byte) ([]byte, error) {
	b = append(b, reportVersion, kindSent)
	for _, text := range []string{s.Run, s.Sender, s.TopicID} {
		b = appendString(b, text)
	}
	for _, t := range []time.Time{s.At, s.FirstSent, s.LastSent} {
		b = appendTime(b, t)
	}
	var err error
	b = binary.AppendUvarint(b, uint64(len(s.Acked)))
	for _, a := range s.Acked {
		b = binary.AppendUvarint(b, uint64(a.Partition))
		b = binary.AppendUvarint(b, uint64(a.First))
		b = binary.AppendUvarint(b, uint64(a.Last))
		if b, err = appendBitmap(b, a.Seqs); err != nil {
			return nil, err
		}
	}
	b = binary.AppendUvarint(b, uint64(len(s.Failed)))
	for _, f := range s.Failed {
		b = appendString(appendString(b, f.Class), f.Error)
		if b, err = appendBitmap(b, f.Seqs); err != nil {
			return nil, err
		}
	}
	return appendBitmap(b, s.Possibly)
}

func decodeSent(b []byte) (*Sent, error) {
	r := reader{b: b}
	s := &Sent{Run: r.string(), Sender: r.string(), TopicID: r.string(), At: r.time(), FirstSent: r.time(), LastSent: r.time()}
	for n := r.uvarint(); n > 0 && r.err == nil; n-- {
		a := Acked{Partition: r.int31(), First: r.int63(), Last: r.int63(), Seqs: r.bitmap()}
		if r.err == nil && a.Last < a.First {
			r.err = fmt.Errorf("partition %d, offsets %d to %d", a.Partition, a.First, a.Last)
		}
		s.Acked = append(s.Acked, a)
	}
	for n := r.uvarint(); n > 0 && r.err == nil; n-- {
		s.Failed = append(s.Failed, Failure{Class: r.string(), Error: r.string(), Seqs: r.bitmap()})
	}
	s.Possibly = r.bitmap()
	if r.err == nil && s.Run == "" {
		r.err = errors.New("it names no run")
	}
	if r.err != nil {
		return nil, r.err
	}
	return s, nil
}

// appendTime writes unix nanoseconds; 0 for the zero time.
func appendTime(b []byte, t time.Time) []byte {
	if t.IsZero() || t.UnixNano() < 0 {
		return binary.AppendUvarint(b, 0)
	}
	return binary.AppendUvarint(b, uint64(t.UnixNano()))
}

func (r *reader) time() time.Time {
	ns := r.int63()
	if ns == 0 {
		return time.Time{}
	}
	return time.Unix(0, ns).UTC()
}

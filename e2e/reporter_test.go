package e2e

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
)

// report is a done report as docs/reports.md has applications write it.
type report struct {
	Version   int        `json:"v"`
	Kind      string     `json:"kind"`
	Run       string     `json:"run"`
	Group     string     `json:"group"`
	Topic     string     `json:"topic"`
	Worker    string     `json:"worker"`
	Partition int32      `json:"partition"`
	First     int64      `json:"first"`
	Last      int64      `json:"last"`
	At        int64      `json:"at"`
	Seqs      [][2]int64 `json:"seqs"`
	Rejected  [][2]int64 `json:"rejected,omitempty"`
}

// reporter is a processing application that is none of krapp's and may lie: it writes the reports that a test wants.
type reporter struct {
	client     *rdkafka.Client
	run, group string
	topic      string
}

// processed reports the messages at these places as processed, partition by partition. at distinguishes one time of processing from another.
func (a reporter) processed(t *testing.T, places []place, at int64) []kafkaops.Record {
	t.Helper()
	var records []kafkaops.Record
	byPartition := map[int32][]place{}
	for _, p := range places {
		byPartition[p.partition] = append(byPartition[p.partition], p)
	}
	for partition, there := range byPartition {
		first := slices.MinFunc(there, func(a, b place) int { return int(a.offset - b.offset) })
		last := slices.MaxFunc(there, func(a, b place) int { return int(a.offset - b.offset) })
		r := report{
			Version: 1, Kind: "done", Run: a.run, Group: a.group, Topic: a.topic, Worker: "an application",
			Partition: partition, First: first.offset, Last: last.offset, At: at,
		}
		for _, p := range there {
			r.Seqs = append(r.Seqs, [2]int64{p.seq, p.seq})
		}
		value, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		records = append(records, kafkaops.Record{
			Topic: "krapp.reports", Partition: kafkaops.AnyPartition, Key: []byte(a.run), Value: value,
		})
	}
	a.write(t, records)
	return records
}

func (a reporter) write(t *testing.T, records []kafkaops.Record) {
	t.Helper()
	if err := produced(t.Context(), a.client, records); err != nil {
		t.Fatal(err)
	}
}

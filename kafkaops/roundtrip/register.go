package roundtrip

import (
	"context"
	"encoding/json"
	"path/filepath"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/krapp-io/krapp/kafkaops"
)

// Register validates a spec, creates what is missing (krapp's own topics, and the run's topic if the spec says so), and writes the run to
// krapp.runs. No message is sent before the run is stored, so no crash can hide one.
func Register(ctx context.Context, cluster Cluster, spec Spec) (Run, error) {
	if spec.Sender == "" {
		spec.Sender = SendHere
	}
	if spec.Evidence.Kind == "" {
		spec.Evidence.Kind = Reported
	}
	if spec.Evidence.Group == "" && spec.Evidence.Kind == Reported {
		spec.Evidence.Group = DefaultGroup
	}
	if err := Validate(spec); err != nil {
		return Run{}, err
	}
	if err := EnsureTopics(ctx, cluster); err != nil {
		return Run{}, err
	}
	topic, err := ensureTopic(ctx, cluster, spec)
	if err != nil {
		return Run{}, err
	}
	ends, err := endsAtStart(ctx, cluster, spec)
	if err != nil {
		return Run{}, err
	}
	run := Run{ID: ulid.Make().String(), Spec: spec, TopicID: topic.ID, Ends: ends, Created: time.Now().UTC()}
	if spec.File != "" {
		run.File = filepath.Base(spec.File)
	}
	value, err := EncodeRun(run)
	if err != nil {
		return Run{}, kafkaops.NewError(kafkaops.Internal, "registering the run on", spec.Topic, "", err)
	}
	record := kafkaops.Record{Topic: RunsTopic, Partition: 0, Key: RunKey(run.ID, RunRecord, ""), Value: value}
	return run, write(ctx, cluster, "registering the run in", record)
}

// ensureTopic describes the run's topic, after creating it if it is missing and the spec says so.
func ensureTopic(ctx context.Context, cluster Cluster, spec Spec) (kafkaops.Topic, error) {
	topic, err := describe(ctx, cluster, spec.Topic)
	if err == nil || kafkaops.ClassOf(err) != kafkaops.NotFound {
		return topic, err
	}
	if !spec.CreateTopic {
		return topic, kafkaops.NewError(kafkaops.NotFound, "registering a run on", spec.Topic, "create it first, or with the run: --create, or the form's partitions", err)
	}
	partitions := spec.Partitions
	if partitions == 0 {
		partitions = -1
	}
	asked := kafkaops.NewTopic{Name: spec.Topic, Partitions: partitions, ReplicationFactor: -1}
	if err := cluster.CreateTopics(ctx, asked); err != nil && kafkaops.ClassOf(err) != kafkaops.AlreadyExists {
		return topic, err
	}
	return describe(ctx, cluster, spec.Topic)
}

func describe(ctx context.Context, cluster Cluster, name string) (kafkaops.Topic, error) {
	topics, err := cluster.DescribeTopics(ctx, name)
	if err != nil {
		return kafkaops.Topic{}, err
	}
	if len(topics) != 1 {
		return kafkaops.Topic{}, kafkaops.Errorf(kafkaops.Internal, "describing topic", name, "", "%d topics came back", len(topics))
	}
	return topics[0], topics[0].Err
}

// endsAtStart reads where the topics stand before the first message: evidence older than that is none of this run's. The ends are those a
// read-uncommitted reader sees, as a transaction that is open now holds back the others.
func endsAtStart(ctx context.Context, cluster Cluster, spec Spec) (kafkaops.Offsets, error) {
	topics := []string{spec.Topic, ReportsTopic, RunsTopic}
	if spec.Evidence.Kind == Arrived {
		if _, err := describe(ctx, cluster, spec.Evidence.Topic); err != nil {
			return nil, kafkaops.NewError(kafkaops.ClassOf(err), "awaiting messages in", spec.Evidence.Topic, "create the output topic first", err)
		}
		topics = append(topics, spec.Evidence.Topic)
	}
	for wait := 20 * time.Millisecond; ; wait *= 2 {
		extents, err := cluster.TopicExtents(ctx, kafkaops.ReadUncommitted, topics...)
		if err == nil {
			err = firstError(extents)
		}
		if err == nil {
			return extents.Ends(), nil
		}
		if wait > time.Second { // a topic just made, or a leader just moved, answers by then
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(wait):
		}
	}
}

func firstError(extents kafkaops.Extents) error {
	for _, tp := range extents.Partitions() {
		if err := extents[tp].Err; err != nil {
			return kafkaops.NewError(kafkaops.ClassOf(err), "reading the end of", tp.Topic, kafkaops.HintOf(err), err)
		}
	}
	return nil
}

// cancelJSON is the value of RUN/cancel.
type cancelJSON struct {
	Version int       `json:"v"`
	At      time.Time `json:"at"`
}

// Cancel asks whoever sends the run to stop. What is stored already is still judged.
func Cancel(ctx context.Context, cluster Cluster, runID string) error {
	if !validID(runID) {
		return kafkaops.Errorf(kafkaops.Invalid, "cancelling run", runID, "give the run's full id", "that is not a run's id")
	}
	value, err := json.Marshal(cancelJSON{Version: runVersion, At: time.Now().UTC()})
	if err != nil {
		return kafkaops.NewError(kafkaops.Internal, "cancelling run", runID, "", err)
	}
	record := kafkaops.Record{Topic: RunsTopic, Partition: 0, Key: RunKey(runID, CancelRecord, ""), Value: value}
	return write(ctx, cluster, "cancelling a run in", record)
}

// DecodeCancel reads the value of a RUN/cancel record: when it was asked.
func DecodeCancel(value []byte) (time.Time, error) {
	var in cancelJSON
	if err := json.Unmarshal(value, &in); err != nil {
		return time.Time{}, err
	}
	if in.Version != runVersion {
		return time.Time{}, kafkaops.Errorf(kafkaops.Unsupported, "reading a cancellation", "", "", "version %d is not known here", in.Version)
	}
	return in.At, nil
}

package wire

import (
	"encoding/json"
	"fmt"
	"time"
)

// SenderState is what a sender is doing.
type SenderState string

// The states of a sender. All but the first two are its last word.
const (
	SenderSending   SenderState = "sending"
	SenderEnqueuing SenderState = "enqueuing" // writing slices to krapp.work
	SenderEnqueued  SenderState = "enqueued"  // all slices are in krapp.work
	SenderDone      SenderState = "done"      // every message has its outcome reported
	SenderCancelled SenderState = "cancelled"
	SenderFailed    SenderState = "failed"
	SenderStopped   SenderState = "stopped" // asked to stop before it had sent all
)

// Last says whether a sender in this state says no more.
func (s SenderState) Last() bool { return s != SenderSending && s != SenderEnqueuing }

// Heartbeat is what a sender says of itself each second, under its own key in krapp.runs.
type Heartbeat struct {
	Sender    string      `json:"-"` // in the key
	State     SenderState `json:"state"`
	Sent      int64       `json:"sent"` // handed to the client library; enqueuing: messages enqueued
	Acked     int64       `json:"acked"`
	Failed    int64       `json:"failed"`
	Possibly  int64       `json:"possibly"`
	Reason    string      `json:"reason,omitempty"` // failed, stopped: why
	At        time.Time   `json:"at"`               // by the sender's clock
	FirstSent time.Time   `json:"first_sent,omitzero"`
	LastSent  time.Time   `json:"last_sent,omitzero"`
}

type heartbeatJSON struct {
	Version int `json:"v"`
	Heartbeat
}

const heartbeatVersion = 1

// EncodeHeartbeat gives the value of a RUN/sender/ID record.
func EncodeHeartbeat(h Heartbeat) ([]byte, error) {
	return json.Marshal(heartbeatJSON{Version: heartbeatVersion, Heartbeat: h})
}

// DecodeHeartbeat reads the value of a RUN/sender/ID record.
func DecodeHeartbeat(sender string, value []byte) (Heartbeat, error) {
	var in heartbeatJSON
	if err := json.Unmarshal(value, &in); err != nil {
		return Heartbeat{}, fmt.Errorf("reading a heartbeat: %w", err)
	}
	if in.Version != heartbeatVersion {
		return Heartbeat{}, fmt.Errorf("reading a heartbeat: version %d is not known here", in.Version)
	}
	if in.State == "" || in.Sent < 0 || in.Acked < 0 || in.Failed < 0 || in.Possibly < 0 {
		return Heartbeat{}, fmt.Errorf("reading a heartbeat: state %.20q, sent %d", in.State, in.Sent)
	}
	in.Sender = sender
	return in.Heartbeat, nil
}

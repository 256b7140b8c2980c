package remote

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/seer"
)

// FuzzFollow reads streams of whatever bytes: an answer within its bounds, or an error that says so.
func FuzzFollow(f *testing.F) {
	for _, s := range []string{
		"", "\n\n", ": alive\n\n", "event: answer\ndata: {\"way\":\"exact\",\"text\":\"x\"}\n\n", "event: step\r\ndata: {\"step\":\"s\"}\r\n\r\nevent: failed\ndata: {\"error\":\"e\"}\n\n",
		"data\n\n", "event:answer\ndata:{}\ndata:{}\n\n", "event: answer\ndata: {\"way\":\"refused\",\"text\":\"x\",\"citations\":[{\"n\":1,\"place\":{\"topic\":\"t\"}}]}\n\n",
	} {
		f.Add([]byte(s))
	}
	c, err := New(Options{URL: "http://127.0.0.1:8030"})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		a, err := c.follow(context.Background(), newEvents(bytes.NewReader(raw), func() {}), func(seer.Event) {})
		if err != nil {
			var op *kafkaops.OpError
			if !errors.As(err, &op) || op.Class == kafkaops.Internal && !bytes.Contains(raw, []byte("failed")) {
				t.Errorf("%v", err)
			}
			return
		}
		if why := wrong(&a); why != "" {
			t.Error(why)
		}
	})
}

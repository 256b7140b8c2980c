package kafkatest

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
)

// connectBound is what the design promises; the tests allow a loaded machine more before they call it a hang.
const connectBound = 15 * time.Second

// contractConnect: where no broker answers, Connect says why.
func contractConnect(t *testing.T, brokers []string) {
	cases := map[string]struct {
		context kafkaops.Context
		class   kafkaops.Class
		says    string
	}{
		"nothing listens": {
			kafkaops.Context{Brokers: []string{closedPort(t)}}, kafkaops.Unreachable, "refused"},
		"a port that accepts and never answers": {
			kafkaops.Context{Brokers: []string{halfOpenPort(t)}}, kafkaops.Unreachable, ""},
		"a name that does not resolve": {
			kafkaops.Context{Brokers: []string{"broker.invalid:9092"}}, kafkaops.Unreachable, "broker.invalid"},
		"no port": {
			kafkaops.Context{Brokers: []string{"no port at all:::"}}, kafkaops.Unreachable, ""},
		"no brokers": {
			kafkaops.Context{}, kafkaops.Invalid, "no brokers"},
		"TLS towards a plain listener": {
			kafkaops.Context{Brokers: brokers, Security: kafkaops.Security{TLS: true}}, kafkaops.Unauthenticated, "SSL"},
		"SASL towards a listener without": {
			kafkaops.Context{Brokers: brokers, Security: kafkaops.Security{
				SASLMechanism: "PLAIN", Username: "u", Password: kafkaops.NewSecret("hunter2"),
			}}, kafkaops.Unauthenticated, ""},
		"an unknown mechanism": {
			kafkaops.Context{Brokers: brokers, Security: kafkaops.Security{SASLMechanism: "NONSENSE"}}, kafkaops.Invalid, "mechanism"},
		"a certificate that is not there": {
			kafkaops.Context{Brokers: brokers, Security: kafkaops.Security{TLS: true, CAFile: "/nonexistent/ca.pem"}},
			kafkaops.Invalid, "ca"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(context.Background(), connectBound)
			defer cancel()
			client, err := rdkafka.Connect(ctx, c.context, nil)
			if err == nil {
				client.Close()
				t.Fatal("it connected")
			}
			if ctx.Err() != nil {
				t.Error("Connect waited for the caller's deadline instead of its own")
			}
			wantClass(t, err, c.class)
			if !strings.Contains(strings.ToLower(err.Error()), strings.ToLower(c.says)) || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("it says %q, want %q in it, and no password", err, c.says)
			}
			if kafkaops.HintOf(err) == "" {
				t.Errorf("%v has no hint", err)
			}
		})
	}
	t.Run("one of several brokers is enough", func(t *testing.T) {
		c, err := rdkafka.Connect(deadline(t), kafkaops.Context{Brokers: append([]string{closedPort(t)}, brokers...)}, nil)
		if err != nil {
			t.Fatal(err)
		}
		c.Close()
		c.Close() // twice does nothing
	})
	t.Run("a context that has ended", func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_, err := rdkafka.Connect(ctx, kafkaops.Context{Brokers: brokers}, nil)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
}

// closedPort is an address where nothing listens.
func closedPort(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// halfOpenPort accepts connections and says nothing, until the test ends.
func halfOpenPort(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				_, _ = io.Copy(io.Discard, conn)
			}()
		}
	}()
	return l.Addr().String()
}

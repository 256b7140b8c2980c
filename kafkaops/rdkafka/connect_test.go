package rdkafka_test

import (
	"encoding/binary"
	"io"
	"net"
	"sync/atomic"
	"testing"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
)

// dying is a way to a broker that goes away when it is asked for metadata, as one does that is killed; after some times it lives.
type dying struct {
	net.Listener
	broker string
	deaths atomic.Int64 // still to die
}

func dieOnMetadata(t *testing.T, broker string, times int64) *dying {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { _ = ln.Close() })
	d := &dying{Listener: ln, broker: broker}
	d.deaths.Store(times)
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			go d.serve(conn)
		}
	}()
	return d
}

func (d *dying) serve(client net.Conn) {
	defer client.Close()
	broker, err := net.Dial("tcp", d.broker)
	if err != nil {
		return
	}
	defer broker.Close()
	go func() { _, _ = io.Copy(client, broker); _ = client.Close() }()
	const metadata = 3 // Kafka's number of that request
	for {
		var head [6]byte // the request's size, and which it is
		if _, err := io.ReadFull(client, head[:]); err != nil {
			return
		}
		if binary.BigEndian.Uint16(head[4:]) == metadata && d.deaths.Add(-1) >= 0 {
			return
		}
		if _, err := broker.Write(head[:]); err != nil {
			return
		}
		if _, err := io.CopyN(broker, client, int64(binary.BigEndian.Uint32(head[:4]))-2); err != nil {
			return
		}
	}
}

// A broker that is killed while a client connects is no reason not to connect: the others, or itself in a moment, do answer.
func TestConnectingOutlivesABrokerThatDiesWhenAsked(t *testing.T) {
	_, b, ctx := start(t)
	d := dieOnMetadata(t, b.Addr(), 4)
	c, err := rdkafka.Connect(ctx, kafkaops.Context{Name: "test", Brokers: []string{d.Addr().String()}}, nil)
	must(t, err)
	defer c.Close()
	if left := d.deaths.Load(); left >= 0 {
		t.Errorf("nobody died (%d to go): this proves nothing", left)
	}
}

package embedded_test

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops/embedded"
)

// frame is a request of a size and key that need not be true.
func frame(size uint32, key uint16) []byte {
	b := make([]byte, 14)
	binary.BigEndian.PutUint32(b, size)
	binary.BigEndian.PutUint16(b[4:], key)
	return b
}

func TestStrangersAreTurnedAway(t *testing.T) {
	b := start(t, embedded.Options{Ephemeral: true})
	for name, bytes := range map[string][]byte{
		"an HTTP request":     []byte("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"),
		"a TLS handshake":     {0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3},
		"an unknown request":  frame(10, 9999),
		"a negative size":     frame(1<<31, 18),
		"a request too small": frame(2, 18),
	} {
		t.Run(name, func(t *testing.T) {
			conn, err := net.Dial("tcp", b.Addr())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if _, err := conn.Write(bytes); err != nil {
				t.Fatal(err)
			}
			_ = conn.SetReadDeadline(time.Now().Add(30 * time.Second))
			n, err := conn.Read(make([]byte, 1))
			var timeout net.Error
			if n != 0 || err == nil || errors.As(err, &timeout) && timeout.Timeout() {
				t.Errorf("got %d bytes and %v, want the connection closed", n, err)
			}
		})
	}
	createTopic(t, b.Addr(), "orders", 1, nil) // and it still serves
	produce(t, b.Addr(), "orders", 10, 100)
}

func TestAConnectionThatEndsMidRequestHarmsNobody(t *testing.T) {
	b := start(t, embedded.Options{Ephemeral: true})
	conn, err := net.Dial("tcp", b.Addr())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Write(frame(1000, 18)[:10]); err != nil {
		t.Fatal(err)
	}
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, conn)
	conn.Close()
	createTopic(t, b.Addr(), "orders", 1, nil)
}

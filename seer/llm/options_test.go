package llm

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
)

func TestAddress(t *testing.T) {
	key := kafkaops.NewSecret(secret)
	cases := []struct {
		name string
		o    Options
		ok   bool
	}{
		{"https", Options{BaseURL: "https://api.openai.com/v1", Key: key}, true},
		{"https with a slash at the end", Options{BaseURL: "https://api.openai.com/v1/", Key: key}, true},
		{"http to loopback", Options{BaseURL: "http://127.0.0.1:11434/v1", Key: key}, true},
		{"http to loopback, IPv6", Options{BaseURL: "http://[::1]:11434/v1", Key: key}, true},
		{"http to localhost", Options{BaseURL: "http://localhost:11434/v1", Key: key}, true},
		{"http elsewhere", Options{BaseURL: "http://10.0.0.5/v1"}, false},
		{"http elsewhere, allowed", Options{BaseURL: "http://10.0.0.5/v1", AllowPlainHTTP: true}, true},
		{"http elsewhere, allowed, with a key", Options{BaseURL: "http://10.0.0.5/v1", AllowPlainHTTP: true, Key: key}, false},
		{"localhost as another's subdomain", Options{BaseURL: "http://localhost.evil.example/v1"}, false},
		{"another scheme", Options{BaseURL: "ftp://127.0.0.1/v1"}, false},
		{"no scheme", Options{BaseURL: "api.openai.com/v1"}, false},
		{"the key as the address", Options{BaseURL: secret}, false},
		{"the key in the address", Options{BaseURL: "https://me:" + secret[:8] + "@host/v1"}, false},
		{"the key in the query", Options{BaseURL: "https://host/v1?key=" + secret}, false},
		{"nothing", Options{}, false},
		{"a key of two lines", Options{BaseURL: "https://host/v1", Key: kafkaops.NewSecret(secret + "\r\nX-Evil: 1")}, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			c.o.Model = "m"
			_, err := New(c.o)
			if (err == nil) != c.ok || err != nil && kafkaops.ClassOf(err) != kafkaops.Invalid {
				t.Errorf("%v", err)
			}
			if err != nil && strings.Contains(fmt.Sprintf("%+v %s", err, kafkaops.HintOf(err)), secret[:8]) {
				t.Errorf("the key got out: %v", err)
			}
		})
	}
	if _, err := New(Options{BaseURL: "https://host/v1"}); kafkaops.ClassOf(err) != kafkaops.Invalid {
		t.Errorf("without a model: %v", err)
	}
}

// TestLoopbackIsDialled: a name that passes for loopback but leads elsewhere is found out before anything is sent.
func TestLoopbackIsDialled(t *testing.T) {
	c, err := New(Options{BaseURL: "http://127.0.0.1:1/v1", Model: "m"})
	if err != nil {
		t.Fatal(err)
	}
	transport := c.doer.http.Transport.(*http.Transport)
	listener, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	outside := ""
	addresses, _ := net.InterfaceAddrs()
	for _, a := range addresses {
		if ip, ok := a.(*net.IPNet); ok && !ip.IP.IsLoopback() && ip.IP.To4() != nil {
			outside = ip.IP.String()
		}
	}
	if outside == "" {
		t.Skip("this machine has no address off loopback")
	}
	if conn, err := transport.DialContext(context.Background(), "tcp", net.JoinHostPort(outside, port)); err == nil {
		conn.Close()
		t.Error("connected off loopback")
	} else if !strings.Contains(err.Error(), "does not lead to this machine") {
		t.Error(err)
	}
	conn, err := transport.DialContext(context.Background(), "tcp", net.JoinHostPort("127.0.0.1", port))
	if err != nil {
		t.Fatal("on loopback:", err)
	}
	conn.Close()
}

func TestUntrustedCertificate(t *testing.T) {
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0)
	server.StartTLS()
	defer server.Close()
	c, err := New(Options{BaseURL: server.URL + "/v1", Model: "m", Key: kafkaops.NewSecret(secret), Wait: func(context.Context, time.Duration) error {
		t.Error("tried again")
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Chat(t.Context(), Request{Messages: []Message{{Role: User, Text: "x"}}}, nil)
	if kafkaops.ClassOf(err) != kafkaops.Unreachable || !strings.Contains(err.Error(), "certificate") {
		t.Error(err)
	}
}

func TestNobodyListens(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	c, err := New(Options{BaseURL: "http://" + address + "/v1", Model: "m", Key: kafkaops.NewSecret(secret), Retries: -1})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Chat(t.Context(), Request{Messages: []Message{{Role: User, Text: "x"}}}, nil)
	if kafkaops.ClassOf(err) != kafkaops.Unreachable || kafkaops.HintOf(err) == "" {
		t.Error(err)
	}
}

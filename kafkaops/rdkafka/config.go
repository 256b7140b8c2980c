package rdkafka

import (
	"fmt"
	"strings"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/krapp-io/krapp/kafkaops"
)

const (
	defaultTimeout = 10 * time.Second
	// awaitedRefresh is how often metadata is renewed while something is awaited; librdkafka's 5 minutes hide new topics and partitions.
	awaitedRefresh = 2 * time.Second
)

// baseConfig returns the settings that every handle shares. Values are strings, as the shim hands them to librdkafka one by one.
func baseConfig(c kafkaops.Context) (map[string]string, error) {
	if len(c.Brokers) == 0 {
		return nil, kafkaops.Errorf(kafkaops.Invalid, "connecting", c.Name, "name a broker as host:port", "no brokers configured")
	}
	clientID := c.ClientID
	if clientID == "" {
		clientID = "krapp"
	}
	conf := map[string]string{
		"bootstrap.servers":                  strings.Join(c.Brokers, ","),
		"client.id":                          clientID,
		"allow.auto.create.topics":           "false",
		"topic.metadata.refresh.interval.ms": millis(awaitedRefresh),
		"socket.connection.setup.timeout.ms": "5000",
		"socket.keepalive.enable":            "true",
		"reconnect.backoff.ms":               "50",
		"reconnect.backoff.max.ms":           "1000",
		"log.connection.close":               "false",
		"log.queue":                          "true",
		"enable.metrics.push":                "false", // telemetry that nobody reads and that old brokers answer with errors
	}
	return conf, addSecurity(conf, c.Security)
}

// addSecurity adds encryption and authentication.
func addSecurity(conf map[string]string, s kafkaops.Security) error {
	protocol := "plaintext"
	if s.TLS {
		protocol = "ssl"
	}
	if s.SASLMechanism != "" {
		protocol = "sasl_" + protocol
		conf["sasl.mechanism"] = s.SASLMechanism
		conf["sasl.username"] = s.Username
		conf["sasl.password"] = s.Password.Reveal()
	}
	conf["security.protocol"] = protocol
	for key, file := range map[string]string{
		"ssl.ca.location": s.CAFile, "ssl.certificate.location": s.CertFile, "ssl.key.location": s.KeyFile,
	} {
		switch {
		case file == "":
		case !s.TLS:
			return kafkaops.Errorf(kafkaops.Invalid, "connecting", "", "set tls: true or remove the file", "%s is set but TLS is off", key)
		default:
			conf[key] = file
		}
	}
	return nil
}

// with returns conf with more settings on top.
func with(conf map[string]string, more map[string]string) map[string]string {
	all := make(map[string]string, len(conf)+len(more))
	for k, v := range conf {
		all[k] = v
	}
	for k, v := range more {
		all[k] = v
	}
	return all
}

// configMap converts the settings for the ordinary client, which sends what it logs to logs.
func configMap(conf map[string]string, logs chan kafka.LogEvent) *kafka.ConfigMap {
	m := kafka.ConfigMap{"go.logs.channel.enable": true, "go.logs.channel": logs}
	for k, v := range conf {
		if k != "log.queue" { // the ordinary client sets it itself
			m[k] = v
		}
	}
	return &m
}

func millis(d time.Duration) string { return fmt.Sprint(d.Milliseconds()) }

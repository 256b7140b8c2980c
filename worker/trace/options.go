package trace

import (
	"log/slog"
	"net/url"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/krapp-io/krapp/kafkaops"
)

// Options say where spans go and what they say of this process. Environment is required; without an endpoint, there or here, New makes no Tracer.
type Options struct {
	// Endpoint is the collector's URL, such as http://127.0.0.1:4318; it wins over the environment's. "/v1/traces" is added to it.
	Endpoint string
	// Environment looks up the standard variables, OTEL_EXPORTER_OTLP_ENDPOINT and others: os.LookupEnv. The exporter itself reads them too.
	Environment func(name string) (string, bool)
	Service     string // service.name, unless OTEL_SERVICE_NAME says another
	Instance    string // service.instance.id
	Version     string // service.version; ""
	Registry    prometheus.Registerer
	Log         *slog.Logger // nil: silent

	queue int           // spans that wait; 0: the SDK's 2048 or OTEL_BSP_MAX_QUEUE_SIZE
	every time.Duration // between two exports; 0: the SDK's 5 s or OTEL_BSP_SCHEDULE_DELAY
}

const (
	op       = "setting up traces"
	tracesAt = "/v1/traces"
)

// variable is what the environment says, "" for nothing.
func (o Options) variable(name string) string {
	if o.Environment == nil {
		return ""
	}
	value, _ := o.Environment(name)
	return strings.TrimSpace(value)
}

// wanted says whether traces are asked for.
func (o Options) wanted() bool {
	if strings.EqualFold(o.variable("OTEL_SDK_DISABLED"), "true") || o.variable("OTEL_TRACES_EXPORTER") == "none" {
		return false
	}
	return o.Endpoint != "" || o.variable("OTEL_EXPORTER_OTLP_ENDPOINT") != "" || o.variable("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") != ""
}

// check refuses what the exporter would pass over in silence.
func (o Options) check() error {
	for _, name := range []string{"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"} {
		if p := o.variable(name); p != "" && p != "http/protobuf" && p != "http/json" {
			return kafkaops.Errorf(kafkaops.Unsupported, op, name, "set it to http/protobuf, or unset OTEL_EXPORTER_OTLP_ENDPOINT: traces are off without it",
				"traces are sent over HTTP, not %q", p)
		}
	}
	for _, name := range []string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"} {
		if text := o.variable(name); text != "" && o.Endpoint == "" {
			if _, err := parseEndpoint(name, text); err != nil {
				return err
			}
		}
	}
	return nil
}

// parseEndpoint checks a collector's URL. Its error never repeats the URL: a password may be in it.
func parseEndpoint(from, text string) (*url.URL, error) {
	const hint = "give a URL such as http://127.0.0.1:4318; what the collector wants to be told goes into OTEL_EXPORTER_OTLP_HEADERS"
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return nil, kafkaops.Errorf(kafkaops.Invalid, op, from, hint, "it is no http or https URL")
	case u.User != nil:
		return nil, kafkaops.Errorf(kafkaops.Invalid, op, from, hint, "a user or password does not belong into a URL")
	}
	return u, nil
}

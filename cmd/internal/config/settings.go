package config

import (
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
)

// The names of the settings, as they stand in a context of config.yaml and as flags. In the environment they are KRAPP_ and the name in
// capitals with underscores.
const (
	Brokers       = "brokers"
	ReadOnly      = "read-only"
	Colour        = "colour"
	ClientID      = "client-id"
	Timeout       = "request-timeout"
	TLS           = "tls"
	CAFile        = "ca-file"
	CertFile      = "cert-file"
	KeyFile       = "key-file"
	SASLMechanism = "sasl-mechanism"
	Username      = "username"
	PasswordFile  = "password-file"
	Password      = "password" // environment and .env only

	SeerURL        = "seer-url"        // of a seer elsewhere
	SeerTokenFile  = "seer-token-file" // for it
	SeerModelURL   = "seer-model-url"  // of an OpenAI-compatible endpoint
	SeerModel      = "seer-model"
	SeerEmbeddings = "seer-embeddings"
	SeerKeyFile    = "seer-key-file"
	SeerKey        = "seer-key" // environment and .env only
)

// settingNames lists the settings in the order in which they are shown.
func settingNames() []string {
	return append([]string{
		Brokers, ReadOnly, Colour, ClientID, Timeout, TLS, CAFile, CertFile, KeyFile, SASLMechanism, Username, PasswordFile, Password,
	}, seerSettings()...)
}

// IsSetting says whether a flag of that name is a setting's.
func IsSetting(name string) bool { return slices.Contains(settingNames(), name) }

// credentials are the settings that must not be sent to other brokers than they were written for.
func isCredential(name string) bool {
	switch name {
	case CertFile, KeyFile, SASLMechanism, Username, PasswordFile, Password:
		return true
	}
	return false
}

// isSecurity adds what says how to reach those brokers: it is of no use with others.
func isSecurity(name string) bool { return isCredential(name) || name == TLS || name == CAFile }

// envName is the environment variable of a setting.
func envName(setting string) string {
	return "KRAPP_" + strings.ToUpper(strings.ReplaceAll(setting, "-", "_"))
}

// apply parses a setting's text into the context. Password files aren't read here.
func apply(r *Resolved, name, text, origin string) error {
	c := &r.Context
	var err error
	switch name {
	case Brokers:
		c.Brokers, err = ParseBrokers(text)
	case ReadOnly:
		c.ReadOnly, err = parseBool(text)
	case Colour:
		r.Colour, err = parseColour(text)
	case ClientID:
		c.ClientID = text
	case Timeout:
		c.Timeout, err = parseTimeout(text)
	case TLS:
		c.Security.TLS, err = parseBool(text)
	case CAFile:
		c.Security.CAFile = text
	case CertFile:
		c.Security.CertFile = text
	case KeyFile:
		c.Security.KeyFile = text
	case SASLMechanism:
		c.Security.SASLMechanism, err = parseMechanism(text)
	case Username:
		c.Security.Username = text
	case Password:
		c.Security.Password = kafkaops.NewSecret(text)
	default:
		err = applySeer(&r.Seer, name, text)
	}
	if err != nil {
		return kafkaops.NewError(kafkaops.Invalid, "reading the setting "+name+" from", origin, kafkaops.HintOf(err), err)
	}
	return nil
}

// parseColour reads the colour of the context's name in the console's header.
func parseColour(text string) (string, error) {
	switch text {
	case "red", "yellow", "green", "blue":
		return text, nil
	}
	return "", kafkaops.Errorf(kafkaops.Invalid, "reading a colour", text, "Write red, yellow, green or blue.", "it is none of the four")
}

// ParseBrokers reads a comma-separated list of host:port; a port left out is 9092.
func ParseBrokers(text string) ([]string, error) {
	var brokers []string
	for part := range strings.SplitSeq(text, ",") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		addr, err := brokerAddress(part)
		if err != nil {
			return nil, err
		}
		brokers = append(brokers, addr)
	}
	if len(brokers) == 0 {
		return nil, kafkaops.Errorf(kafkaops.Invalid, "reading the brokers", "", "Give one or more HOST:PORT, separated by commas.", "the list is empty")
	}
	return brokers, nil
}

func brokerAddress(text string) (string, error) {
	const op, hint = "reading the broker address", "Write HOST:PORT, as in 127.0.0.1:9092; a protocol or a path does not belong to it."
	if strings.ContainsAny(text, "/ \t\n\r@") {
		return "", kafkaops.Errorf(kafkaops.Invalid, op, strconv.Quote(text), hint, "not a host and port")
	}
	host, port, err := net.SplitHostPort(text)
	if err != nil {
		if bare := strings.Trim(text, "[]"); !strings.Contains(text, ":") || net.ParseIP(bare) != nil {
			return net.JoinHostPort(bare, "9092"), nil
		}
		return "", kafkaops.NewError(kafkaops.Invalid, op, strconv.Quote(text), hint, err)
	}
	if n, err := strconv.ParseUint(port, 10, 16); host == "" || err != nil || n == 0 {
		return "", kafkaops.Errorf(kafkaops.Invalid, op, strconv.Quote(text), hint, "not a host and a port from 1 to 65535")
	}
	return text, nil
}

func parseBool(text string) (bool, error) {
	b, err := strconv.ParseBool(text)
	if err != nil {
		return false, kafkaops.Errorf(kafkaops.Invalid, "reading a yes or no", strconv.Quote(text), "Write true or false.", "neither true nor false")
	}
	return b, nil
}

func parseTimeout(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		return 0, kafkaops.Errorf(kafkaops.Invalid, "reading a duration", strconv.Quote(text), "Write a duration above zero with its unit, as in 10s or 1m30s.", "not a duration")
	}
	return d, nil
}

func parseMechanism(text string) (string, error) {
	switch m := strings.ToUpper(text); m {
	case "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512":
		return m, nil
	}
	return "", kafkaops.Errorf(kafkaops.Invalid, "reading the SASL mechanism", strconv.Quote(text), "Write PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512.", "not a mechanism that krapp speaks")
}

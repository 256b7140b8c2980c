package config

import (
	"strings"
	"testing"

	"github.com/krapp-io/krapp/kafkaops"
)

func FuzzParse(f *testing.F) {
	for _, s := range []string{"", "current: a\n", twoContexts, "contexts: {a: {brokers: [b:1]}}", "- 1", "a: &x [*x]", "contexts: {a: null}", "\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := parse("config.yaml", []byte(text)); err != nil && kafkaops.ClassOf(err) == kafkaops.Internal {
			t.Errorf("not an OpError: %v", err)
		}
	})
}

func FuzzDotenv(f *testing.F) {
	for _, s := range []string{"", "KRAPP_BROKERS=a:1", "export KAFKA_BROKER=\"a b\" # c", "=", "KRAPP_X='", "#KRAPP_X=1", "KRAPP_A==\n\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for name, value := range parseDotenv(text) {
			if !ourName(name) || strings.ContainsRune(value, '\n') {
				t.Errorf("%q=%q", name, value)
			}
		}
	})
}

func FuzzParseBrokers(f *testing.F) {
	for _, s := range []string{"", "a", "a:1,b:2", "[::1]:9092", "::1", "kafka://a", "a:0", ":1", "a:b:c"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		brokers, err := ParseBrokers(text)
		if err != nil {
			return
		}
		again, err := ParseBrokers(strings.Join(brokers, ","))
		if err != nil || strings.Join(again, ",") != strings.Join(brokers, ",") {
			t.Errorf("%q gives %q, which gives %q (%v)", text, brokers, again, err)
		}
	})
}

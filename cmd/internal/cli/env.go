package cli

import (
	"strings"

	"github.com/spf13/pflag"

	"github.com/krapp-io/krapp/kafkaops"
)

// FromEnvironment sets every flag that was not given from PREFIX_NAME, where NAME is the flag's in capitals with underscores. Flags win.
func FromEnvironment(flags *pflag.FlagSet, prefix string, lookup func(string) (string, bool)) error {
	var failed error
	flags.VisitAll(func(f *pflag.Flag) {
		name := prefix + "_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
		text, ok := lookup(name)
		if failed != nil || f.Changed || !ok || text == "" {
			return
		}
		if err := flags.Set(f.Name, text); err != nil {
			failed = &Usage{kafkaops.NewError(kafkaops.Invalid, "reading the environment variable", name, "It stands for --"+f.Name+": "+f.Usage+".", err)}
		}
	})
	return failed
}

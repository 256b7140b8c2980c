package cli

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/krapp-io/krapp/cmd/internal/config"
	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/embedded"
	"github.com/krapp-io/krapp/tui/safetext"
)

// Cluster holds the flags that say which cluster to talk to. A password is never among them: command lines are public.
type Cluster struct {
	config  string
	context string
	flags   *pflag.FlagSet
	seer    []*pflag.FlagSet // of the commands that have the seer's flags
}

// AddCluster adds the flags to a set.
func AddCluster(flags *pflag.FlagSet) *Cluster {
	c := &Cluster{flags: flags}
	flags.StringVar(&c.config, "config", "", "configuration file (default $XDG_CONFIG_HOME/krapp/config.yaml)")
	flags.StringVar(&c.context, "context", "", "named context of the configuration file")
	flags.StringP(config.Brokers, "b", "", "brokers as HOST:PORT,… in the place of the context's")
	flags.Bool(config.ReadOnly, false, "refuse everything that changes the cluster")
	flags.String(config.ClientID, "", "client.id to show to the brokers")
	flags.String(config.Timeout, "", "bound of each single request (default 10s)")
	flags.Bool(config.TLS, false, "encrypt")
	flags.String(config.CAFile, "", "certificate authority to trust")
	flags.String(config.CertFile, "", "client certificate")
	flags.String(config.KeyFile, "", "client key (mode 0600)")
	flags.String(config.SASLMechanism, "", "PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512")
	flags.String(config.Username, "", "user name for SASL")
	flags.String(config.PasswordFile, "", "file that holds the password (mode 0600); or set KRAPP_PASSWORD")
	return c
}

// AddAskedSeer adds the flags that say which seer to ask.
func (c *Cluster) AddAskedSeer(flags *pflag.FlagSet) {
	c.seer = append(c.seer, flags)
	flags.String(config.SeerURL, "", "seer to ask, as in http://127.0.0.1:8030 (default: the one that is announced, or that port)")
	flags.String(config.SeerTokenFile, "", "file that holds its bearer token (mode 0600)")
}

// AddModel adds the flags that say which model writes a seer's prose. The key is never among them.
func (c *Cluster) AddModel(flags *pflag.FlagSet) {
	c.seer = append(c.seer, flags)
	flags.String(config.SeerModel, "", "model that writes the seer's answers from its evidence (default: none, nothing leaves this machine)")
	flags.String(config.SeerModelURL, "", "base URL of an OpenAI-compatible endpoint (default "+config.OpenAI+")")
	flags.String(config.SeerEmbeddings, "", "model that embeds (default: the table in the program)")
	flags.String(config.SeerKeyFile, "", "file that holds the endpoint's key (mode 0600); or set KRAPP_SEER_KEY")
}

// Load reads the configuration with the flags that were given.
func (c *Cluster) Load() (*config.Config, error) {
	given := map[string]string{}
	for _, flags := range append([]*pflag.FlagSet{c.flags}, c.seer...) {
		flags.VisitAll(func(f *pflag.Flag) { // not Visit: it knows only what was parsed by this very set
			if f.Changed && config.IsSetting(f.Name) {
				given[f.Name] = f.Value.String()
			}
		})
	}
	return c.load(c.context, given)
}

// LoadContext reads the configuration for a context that was chosen after the command line: the flags were meant for another one.
func (c *Cluster) LoadContext(name string) (*config.Config, error) { return c.load(name, nil) }

func (c *Cluster) load(context string, flags map[string]string) (*config.Config, error) {
	dir, err := os.Getwd()
	if err != nil {
		dir = "" // a removed working directory has no .env
	}
	return config.Load(config.Inputs{Path: c.config, Context: context, Flags: flags, Getenv: os.LookupEnv, Dir: dir})
}

// Resolve says what holds, without looking for an embedded broker.
func (c *Cluster) Resolve() (*config.Resolved, error) {
	conf, err := c.Load()
	if err != nil {
		return nil, err
	}
	return conf.Resolve("")
}

// Locate is Resolve with the announced embedded broker where no brokers are named; notes goes to people (stderr).
func (c *Cluster) Locate(ctx context.Context, notes io.Writer) (*config.Resolved, error) {
	r, err := c.Resolve()
	if err != nil {
		return nil, err
	}
	ShowNotes(notes, r.Notes)
	return r, r.Locate(ctx, Announced)
}

// Announced finds the embedded broker of this user that is announced.
func Announced(ctx context.Context) (brokers []string, ok bool) {
	a, ok := embedded.Announced(ctx, "")
	return a.Brokers, ok
}

// ShowNotes writes notes for people.
func ShowNotes(w io.Writer, notes []string) {
	for _, n := range notes {
		fmt.Fprintf(w, "note: %s\n", safetext.Of(n))
	}
}

// Root prepares a root command: errors are shown by the caller, and mistakes in the command line are Usage errors with a hint.
func Root(cmd *cobra.Command) {
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.CompletionOptions.HiddenDefaultCmd = true
	cmd.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return Usagef("See "+c.CommandPath()+" --help.", "%w", err)
	})
	markArgs(cmd)
}

// markArgs makes errors about arguments, and unknown commands, Usage errors.
func markArgs(cmd *cobra.Command) {
	check := cmd.Args
	if check == nil && cmd.HasSubCommands() {
		check = unknownCommand
		if cmd.RunE == nil {
			cmd.RunE = func(c *cobra.Command, _ []string) error { return c.Help() }
		}
	}
	if check != nil {
		cmd.Args = func(c *cobra.Command, args []string) error {
			if err := check(c, args); err != nil {
				if hint := kafkaops.HintOf(err); hint != "" {
					return &Usage{err}
				}
				return Usagef("Usage: "+c.UseLine(), "%w", err)
			}
			return nil
		}
	}
	for _, sub := range cmd.Commands() {
		markArgs(sub)
	}
}

func unknownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := "See " + cmd.CommandPath() + " --help."
	cmd.SuggestionsMinimumDistance = 2 // cobra's own default, which it sets only when it makes the message itself
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		hint = "Did you mean " + cmd.CommandPath() + " " + near[0] + "?"
	}
	return kafkaops.Errorf(kafkaops.Invalid, "reading the command line", "", hint, "unknown command %q", args[0])
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/spf13/cobra"

	"github.com/krapp-io/krapp/audit"
	"github.com/krapp-io/krapp/cmd/internal/cli"
	"github.com/krapp-io/krapp/cmd/internal/guard"
	"github.com/krapp-io/krapp/cmd/internal/stack"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
	"github.com/krapp-io/krapp/sshd"
	"github.com/krapp-io/krapp/worker"
	"github.com/krapp-io/krapp/worker/httpd"
)

const (
	// serveEnv begins the variable that stands for a flag of serve.
	serveEnv = "KRAPP_SERVE"
	// serveListen is loopback: another address is an operator's decision.
	serveListen = "127.0.0.1:2222"
)

// doorman is one run of the command: whoever knocks, with which key.
type doorman struct {
	root     *options
	errs     io.Writer
	ssh      sshd.Options
	audit    string
	krapp    string // the program that commands over SSH run
	monitor  httpd.Options
	shutdown time.Duration
	format   string
	level    string
}

func (o *options) serveCommand(errs io.Writer) *cobra.Command {
	s := &doorman{root: o, errs: errs}
	cmd := &cobra.Command{
		Use: "serve", Short: "Serve the console over SSH", Args: cobra.NoArgs,
		Long: `serve shows the console to those whose keys are in the authorized-keys file, each in a session of their own.

A line of that file is a public key, with what it may do before it; a key without options may only look:

  krapp-role="operator",krapp-contexts="prod,staging",krapp-exec ssh-ed25519 AAAA… ann

A served console has no files, no editor and runs no jobs; krapp-exec allows krapp commands that read (ssh HOST krapp topics list).
Who comes, goes and changes what is in the audit log. Every flag can be given as an environment variable: --host-key is
KRAPP_SERVE_HOST_KEY. SIGTERM ends the sessions, each with a sentence.`,
		RunE: func(cmd *cobra.Command, _ []string) error { return s.run(cmd) },
	}
	f := cmd.Flags()
	f.StringVar(&s.ssh.Listen, "listen", serveListen, "address of SSH")
	f.StringVar(&s.ssh.KeysFile, "authorized-keys", "", "public keys that are let in, and what they may do; read again when it changes")
	f.StringVar(&s.ssh.HostKeyFile, "host-key", "", "private key of this server (mode 0600), as ssh-keygen -t ed25519 makes it")
	f.StringVar(&s.audit, "audit-log", "", "file of the audit log, - for stderr (default: "+guard.FileName+" in the state directory)")
	f.StringVar(&s.krapp, "krapp", "", "krapp, for keys that may run commands (default: the one beside this program)")
	f.IntVar(&s.ssh.Limits.Sessions, "max-sessions", 100, "sessions at a time")
	f.IntVar(&s.ssh.Limits.SessionsPerKey, "max-sessions-per-key", 10, "sessions of one key at a time")
	f.DurationVar(&s.ssh.Limits.Idle, "idle-timeout", 30*time.Minute, "how long a session without a key press lasts")
	f.DurationVar(&s.ssh.Limits.Longest, "session-timeout", 12*time.Hour, "how long a session lasts at most")
	f.StringVar(&s.monitor.Addr, "monitor-listen", httpd.DefaultMonitorAddr, "address of /livez, /readyz and /metrics, or "+stack.NoMonitor)
	f.StringVar(&s.monitor.TokenFile, "token-file", "", "file with the bearer token that /metrics needs (mode 0600)")
	f.BoolVar(&s.monitor.AllowAnonymous, "allow-anonymous", false, "serve /metrics off loopback without a token")
	f.StringSliceVar(&s.monitor.AllowHosts, "allow-host", nil, "name by which the monitor may be called, beside its own addresses; may be repeated")
	f.DurationVar(&s.shutdown, "shutdown-timeout", worker.DefaultShutdownTimeout, "how long a stop may take")
	f.StringVar(&s.format, "log-format", "text", "text or json")
	f.StringVar(&s.level, "log-level", "info", "debug, info, warn or error")
	o.cluster.AddAskedSeer(f)
	o.cluster.AddModel(f)
	return cmd
}

func (s *doorman) run(cmd *cobra.Command) error {
	if err := cli.FromEnvironment(cmd.Flags(), serveEnv, os.LookupEnv); err != nil {
		return err
	}
	if err := s.check(); err != nil {
		return err
	}
	log, err := cli.Logger(s.errs, s.format, s.level)
	if err != nil {
		return err
	}
	conf, resolved, so, err := s.root.resolve(cmd.Flags().Changed("roles"))
	if err != nil {
		return err
	}
	for _, note := range resolved.Notes {
		log.Warn("configuration", "note", note)
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	so.Log, so.Registry, so.Listen = log, registry, map[string]string{stack.Monitor: stack.NoMonitor} // it has one of its own
	if len(so.Context.Brokers) > 0 && len(so.Roles) == 0 {
		rdkafka.SaveMemory()
	}

	// What is opened outlives the order to stop: the sessions are told first.
	ctx, cancel := context.WithCancel(context.WithoutCancel(cmd.Context()))
	defer cancel()
	h := &house{ctx: ctx, cluster: s.root.cluster, audit: s.auditLog(), served: true}
	v := &visitors{house: h, log: log, krapp: s.commands(log), slots: make(chan struct{}, mostCommands)}
	s.ssh.Registry, s.ssh.Log, s.ssh.Note, s.ssh.Console = registry, log, v.note, v.console
	if v.krapp != "" {
		s.ssh.Exec = v.exec
	}
	server, err := sshd.New(s.ssh)
	if err != nil {
		return err
	}
	if err := v.began(s.ssh.Listen); err != nil {
		return err
	}
	h.begin(conf, resolved, so)
	err = s.serve(cmd.Context(), server, registry, log)
	return errors.Join(err, h.close(), v.ended(err))
}

// serve runs the server until the order to stop.
func (s *doorman) serve(ctx context.Context, server *sshd.Server, registry *prometheus.Registry, log *slog.Logger) error {
	runner := worker.Runner{Roles: []worker.Role{announcedAddress{server, log}}, ShutdownTimeout: s.shutdown, NoSignals: true, Log: log}
	if s.monitor.Addr != stack.NoMonitor {
		o := s.monitor
		o.Name, o.Registry, o.Log = "monitor", registry, log
		runner.Monitor = httpd.Monitor(o, registry)
	}
	return runner.Run(ctx)
}

// announcedAddress says where the server listens: port 0 is a free one.
type announcedAddress struct {
	*sshd.Server
	log *slog.Logger
}

func (a announcedAddress) Run(ctx context.Context, ready func()) error {
	return a.Server.Run(ctx, func() {
		a.log.Info("serving the console over SSH", "address", a.Addr())
		ready()
	})
}

func (s *doorman) check() error {
	switch {
	case s.ssh.KeysFile == "":
		return cli.Usagef("Give --authorized-keys FILE: a public key a line, as in ~/.ssh/authorized_keys.", "nobody is let in without keys")
	case s.ssh.HostKeyFile == "":
		return cli.Usagef("Give --host-key FILE; ssh-keygen -t ed25519 -N '' -f FILE makes one.", "the server needs a key by which it is recognised")
	case s.shutdown <= 0:
		return cli.Usagef("Give a duration above zero, as in 25s.", "--shutdown-timeout is %s", s.shutdown)
	case s.ssh.Limits.Sessions <= 0 || s.ssh.Limits.SessionsPerKey <= 0:
		return cli.Usagef("Give numbers from 1 up.", "--max-sessions and --max-sessions-per-key are %d and %d", s.ssh.Limits.Sessions, s.ssh.Limits.SessionsPerKey)
	case s.ssh.Limits.Idle <= 0 || s.ssh.Limits.Longest <= 0:
		return cli.Usagef("Give durations above zero, as in 30m.", "--idle-timeout and --session-timeout are %s and %s", s.ssh.Limits.Idle, s.ssh.Limits.Longest)
	}
	return nil
}

func (s *doorman) auditLog() audit.Log {
	switch s.audit {
	case "":
		return guard.DefaultLog()
	case "-":
		return &audit.Stream{W: s.errs}
	}
	return &audit.File{Path: s.audit}
}

// commands is the krapp that commands over SSH run; "" where there is none.
func (s *doorman) commands(log *slog.Logger) string {
	path, err := findKrapp(s.krapp)
	if err != nil {
		log.Warn("keys with krapp-exec run no commands", "error", fmt.Sprint(err))
	}
	return path
}

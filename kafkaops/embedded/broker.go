package embedded

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/krapp-io/krapp/kafkaops"
)

const (
	// DefaultMaxBytes is the size that the data directory is held to when Options.MaxBytes is 0: 1 GiB.
	DefaultMaxBytes = 1 << 30
	// DefaultPartitions is the partition count of a topic created without one.
	DefaultPartitions = 3

	opStart = "starting the embedded broker"
)

// Options say where the broker listens and what it keeps. The zero value keeps its data in DefaultDir and listens on a free port.
type Options struct {
	Dir          string // the data directory, locked while the broker runs; "" means DefaultDir, or a temporary one with Ephemeral
	Ephemeral    bool   // the data directory is a temporary one, removed by Close (or by a later Start, after a kill)
	Port         int    // on 127.0.0.1; 0 takes a free one
	NextFreePort bool   // a taken Port becomes the next free one instead of an error; compare Broker.Port
	MaxBytes     int64  // the size to hold the data directory to, in bytes; 0 means DefaultMaxBytes; the oldest records go first
	Partitions   int    // of topics created without a count; 0 means DefaultPartitions
	Logger       *slog.Logger
}

// Broker is one running broker. Close it.
type Broker struct {
	cluster   *kfake.Cluster
	log       *slog.Logger
	dir       string
	ephemeral bool
	lock      *dirLock
	trims     *trims
	addr      string
	port      int

	stop     context.CancelFunc // ends the janitor
	janitor  sync.WaitGroup
	closing  sync.Once
	closeErr error
}

// Start starts a broker on loopback and returns when it answers. ctx bounds the start only; the broker runs until Close.
// The errors are *kafkaops.OpError: Conflict when the port is taken or the directory is another broker's, Invalid when the
// directory can't be used or read.
func Start(ctx context.Context, o Options) (*Broker, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	lock, err := lockDir(o.Dir)
	if err != nil {
		return nil, err
	}
	b := &Broker{log: o.Logger, dir: o.Dir, ephemeral: o.Ephemeral, lock: lock}
	if err := b.start(ctx, o); err != nil {
		b.release()
		return nil, err
	}
	return b, nil
}

func (b *Broker) start(ctx context.Context, o Options) error {
	ln, err := listen(ctx, o.Port, o.NextFreePort)
	if err != nil {
		return err
	}
	b.addr = ln.Addr().String()
	b.port = ln.Addr().(*net.TCPAddr).Port
	gate := newGate(ln, o.MaxBytes/checkParts)
	if err := b.load(ctx, o, gate); err != nil {
		if b.cluster != nil {
			b.cluster.Close()
		}
		_ = gate.Close()
		return kafkaops.NewError(kafkaops.Invalid, opStart, o.Dir, hintBadDir, err)
	}
	if err := b.lock.describe(b.addr); err != nil {
		b.log.Warn("the lock file does not name this broker", "error", err)
	}
	b.trims.watch(b.cluster)
	jctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	b.stop = stop
	b.janitor.Go(func() { newJanitor(b.cluster, b.trims, b.data(), o.MaxBytes, b.log).run(jctx, gate.grown) })
	gate.Open()
	return nil
}

// load brings up kfake on what the directory holds, and puts right what a kill or kfake's own forgetfulness left wrong.
func (b *Broker) load(ctx context.Context, o Options, g *gate) error {
	data := b.data()
	killed, err := wasKilled(o.Dir, data)
	if err != nil {
		return err
	}
	if err := restoreCompaction(o.Dir, data); err != nil {
		return err
	}
	if b.trims, err = loadTrims(filepath.Join(o.Dir, "trims.json"), data); err != nil {
		return err
	}
	if b.cluster, err = kfake.NewCluster(clusterOptions(o, data, g)...); err != nil {
		return err
	}
	if err := b.trims.apply(b.cluster); err != nil {
		return err
	}
	if killed {
		b.log.Info("the broker was killed last time: aborting what was open", "dir", o.Dir)
		if err := abortOpen(ctx, g, data); err != nil {
			return err
		}
	}
	if err := b.trims.saveAll(b.cluster); err != nil {
		return err
	}
	topics, err := readTopics(data)
	if err != nil {
		return err
	}
	if err := compactSafely(o.Dir, data, topics, b.cluster.Compact); err != nil {
		return err
	}
	if usedBytes(data) > loadedBytesWorthFreeing {
		debug.FreeOSMemory() // reading the segments leaves that much garbage, and a console lives long
	}
	return ctx.Err()
}

func (b *Broker) data() string { return filepath.Join(b.dir, "kafka") }

// Addr is host:port, always on 127.0.0.1.
func (b *Broker) Addr() string { return b.addr }

// Addrs is Addr as a list of bootstrap servers.
func (b *Broker) Addrs() []string { return []string{b.addr} }

// Port is the port it listens on, which differs from Options.Port if that was 0 or taken.
func (b *Broker) Port() int { return b.port }

// Dir is the data directory; "" if the data goes with the broker.
func (b *Broker) Dir() string {
	if b.ephemeral {
		return ""
	}
	return b.dir
}

// Close stops the broker, writes what a quick next start needs and unlocks the directory. It may be called more than once.
func (b *Broker) Close() error {
	b.closing.Do(func() {
		b.closeErr = b.shutDown()
		b.release()
	})
	return b.closeErr
}

func (b *Broker) shutDown() error {
	b.stop()
	b.janitor.Wait()
	err := b.trims.saveAll(b.cluster)
	b.cluster.Close()
	if err != nil {
		return kafkaops.NewError(kafkaops.Internal, "stopping the embedded broker", b.dir, "Look whether the disk is full.", err)
	}
	return markClean(b.dir)
}

// release gives the directory back; an ephemeral one is removed while the lock is still held.
func (b *Broker) release() {
	if b.ephemeral {
		if err := os.RemoveAll(b.dir); err != nil {
			b.log.Warn("the temporary data directory stays", "dir", b.dir, "error", err)
		}
	}
	b.lock.release()
}

func (o Options) withDefaults() (Options, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.MaxBytes == 0 {
		o.MaxBytes = DefaultMaxBytes
	}
	if o.Partitions == 0 {
		o.Partitions = DefaultPartitions
	}
	switch {
	case o.Port < 0 || o.Port > 65535:
		return o, kafkaops.Errorf(kafkaops.Invalid, opStart, strconv.Itoa(o.Port), "Give a port from 1 to 65535, or 0 for a free one.", "not a port")
	case o.MaxBytes < minMaxBytes:
		return o, kafkaops.Errorf(kafkaops.Invalid, opStart, strconv.FormatInt(o.MaxBytes, 10), "Allow the data directory at least 4 MiB.", "the size is too small")
	case o.Partitions < 0:
		return o, kafkaops.Errorf(kafkaops.Invalid, opStart, strconv.Itoa(o.Partitions), "Give a partition count of 1 or more.", "not a partition count")
	case o.Ephemeral && o.Dir != "":
		return o, kafkaops.Errorf(kafkaops.Invalid, opStart, o.Dir, "Leave out the directory or the wish to keep nothing.", "an ephemeral broker has no directory of its own")
	}
	var err error
	switch {
	case o.Ephemeral:
		o.Dir, err = ephemeralDir()
	case o.Dir == "":
		o.Dir, err = DefaultDir()
	default:
		o.Dir, err = filepath.Abs(o.Dir)
	}
	return o, err
}

// clusterOptions names every setting that differs from kfake's default, and why.
func clusterOptions(o Options, data string, g *gate) []kfake.Opt {
	return []kfake.Opt{
		kfake.NumBrokers(1),
		kfake.ListenFn(func(string, string) (net.Listener, error) { return g, nil }),
		kfake.DataDir(data),
		kfake.DefaultNumPartitions(o.Partitions),
		kfake.GroupMinSessionTimeout(time.Second), // below the 6 s sessions of kill tests
		kfake.WithLogger(kfakeLog{o.Logger}),
		kfake.BrokerConfigs(map[string]string{
			"group.min.session.timeout.ms": "1000",
			"log.segment.bytes":            strconv.FormatInt(segmentBytes(o.MaxBytes), 10),
			"state.log.compact.bytes":      strconv.FormatInt(min(o.MaxBytes/checkParts, 10<<20), 10),         // committed offsets and producers; two such files
			"log.cleaner.backoff.ms":       strconv.FormatInt((10 * 365 * 24 * time.Hour).Milliseconds(), 10), // never: see janitor and compactSafely
		}),
	}
}

// listen takes the port; with next, the first free one from it on.
func listen(ctx context.Context, port int, next bool) (net.Listener, error) {
	const tries = 100
	var lc net.ListenConfig
	for p := port; ; p++ {
		ln, err := lc.Listen(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(p)))
		switch {
		case err == nil:
			return ln, nil
		case isTaken(err) && next && p < port+tries && p < 65535:
			continue
		case isTaken(err):
			return nil, kafkaops.NewError(kafkaops.Conflict, opStart, "127.0.0.1:"+strconv.Itoa(port), "Choose another port (0 takes a free one), or connect to what listens there with --brokers.", err)
		}
		var op *net.OpError
		if errors.As(err, &op) && errors.Is(err, os.ErrPermission) {
			return nil, kafkaops.NewError(kafkaops.Unauthorised, opStart, "127.0.0.1:"+strconv.Itoa(port), "Choose a port above 1023.", err)
		}
		return nil, kafkaops.NewError(kafkaops.Internal, opStart, "127.0.0.1:"+strconv.Itoa(port), "", err)
	}
}

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/krapp-io/krapp/bench/child"
	"github.com/krapp-io/krapp/bench/figure"
	"github.com/krapp-io/krapp/bench/machine"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
)

const (
	surveyRows      = 2_000_000
	chunkPartitions = 8
	scaleChunks     = 400
	scaleDelay      = 50 * time.Millisecond
)

// benchPipeline measures reading, computing and the whole pipeline on a generated census file, beside the shell's own tools.
func benchPipeline(ctx context.Context, s *setting) (figure.Section, error) {
	out := figure.Section{Title: "Read → compute → results: 2,000,000 rows of 950 columns", Method: []string{
		"A generated file (`tools/censusdata`, gzip -6). Reading: `krapp-worker read` from start to end, acks=all, in transactions, beside",
		"`zcat FILE | wc -l`, which only counts lines; `--write-to null` leaves Kafka out. The whole: reader, one computing worker and the results",
		"worker, of which the latter two wait for it, from the reader's start to the complete answer of `/results`, beside",
		"`zcat FILE | cut -c31-32 | sort | uniq -c`. All share the processors with the three brokers."}}
	c, err := s.connect(ctx)
	if err != nil {
		return out, err
	}
	c.Close()
	p, err := newPipeline(ctx, s)
	if err != nil {
		return out, err
	}
	zcat := &subject{name: "`zcat FILE \\| wc -l`", unit: "rows/s", turn: p.shell("gzip -dc %s | wc -l")}
	null := &subject{name: "`krapp-worker read --write-to null`", unit: "rows/s", turn: p.readOnly}
	read := &subject{name: "`krapp-worker read`", unit: "rows/s", turn: p.read}
	shell := &subject{name: "`zcat FILE \\| cut -c31-32 \\| sort \\| uniq -c`", unit: "rows/s", turn: p.shell("gzip -dc %s | cut -c31-32 | sort | uniq -c")}
	whole := &subject{name: "read → compute → results", unit: "rows/s", turn: p.whole}
	if err := s.takeTurns(ctx, zcat, null, read, shell, whole); err != nil {
		return out, err
	}
	for _, it := range []*subject{zcat, null, read, shell, whole} {
		out.Add(it.name, it.unit, it.got)
	}
	reading, answer := figure.Ratio(read.got, zcat.got), figure.Ratio(whole.got, shell.got)
	out.Add("`read --write-to null` / `zcat \\| wc -l`", "×", figure.Ratio(null.got, zcat.got))
	out.Add("`read` / `zcat \\| wc -l`", "×", reading)
	out.Add("the whole / `zcat \\| cut \\| sort \\| uniq -c`", "×", answer)
	for _, role := range []string{"read", "compute", "results"} {
		out.Add("most resident memory of `"+role+"`", "MB", p.resident[role])
	}
	out.AtLeast("`read`: at least 1.0× `zcat \\| wc -l`", reading, 1, "×")
	out.AtLeast("the whole: faster than `zcat \\| cut \\| sort \\| uniq -c`", answer, 1, "×")
	for _, role := range []string{"read", "compute", "results"} {
		out.Below("memory of `"+role+"` at full speed: below 64 MiB", p.resident[role], 64*1.048576, " MB")
	}
	return out, p.scaling(ctx, &out)
}

// pipeline is what the turns share.
type pipeline struct {
	*setting
	file     string
	turns    int
	resident map[string]figure.Spread // MB, by role
}

func newPipeline(ctx context.Context, s *setting) (*pipeline, error) {
	p := &pipeline{setting: s, file: filepath.Join(s.dir, "jan19pub.dat.gz"), resident: map[string]figure.Spread{}}
	s.say("   making %d rows", surveyRows)
	_, _, err := child.Run(ctx, child.Spec{Args: []string{"go", "run", "./tools/censusdata", "--rows", fmt.Sprint(surveyRows), "--out", p.file}})
	return p, err
}

// job writes the census job under a new name, as topics are kept.
func (p *pipeline) job(chunkRows int) (string, error) {
	text, err := os.ReadFile("worker/job/jobs/census.yaml")
	if err != nil {
		return "", err
	}
	p.turns++
	named := strings.Replace(string(text), "name: census\n", fmt.Sprintf("name: bench-%s-%d\n", p.stamp, p.turns), 1)
	file := filepath.Join(p.dir, fmt.Sprintf("job-%d.yaml", p.turns))
	text = fmt.Appendf(nil, "%schunk: {rows: %d}\ntopics: {partitions: %d, replication_factor: %d}\n", named, chunkRows, chunkPartitions, replicas)
	return file, os.WriteFile(file, text, 0o600)
}

// rate is rows a second.
func rate(took time.Duration) float64 { return surveyRows / took.Seconds() }

func (p *pipeline) shell(line string) func(context.Context) (float64, error) {
	return func(ctx context.Context) (float64, error) {
		_, took, err := child.Run(ctx, child.Spec{Env: p.env, Args: []string{"sh", "-c", fmt.Sprintf(line, p.file)}})
		return rate(took), err
	}
}

func (p *pipeline) reader(job string, args ...string) child.Spec {
	return child.Spec{Env: p.env, Args: p.command("krapp-worker", append([]string{"read", "--job", job, "--from-file", p.file, "--years", "2019",
		"--months", "jan", "--slot", "read", "--monitor-listen", "none", "--log-level", "warn"}, args...)...)}
}

func (p *pipeline) readOnly(ctx context.Context) (float64, error) {
	job, err := p.job(10_000)
	if err != nil {
		return 0, err
	}
	_, took, err := child.Run(ctx, p.reader(job, "--write-to", "null"))
	return rate(took), err
}

func (p *pipeline) read(ctx context.Context) (float64, error) {
	job, err := p.job(10_000)
	if err != nil {
		return 0, err
	}
	began := time.Now()
	reader, err := child.Start(ctx, p.reader(job))
	if err != nil {
		return 0, err
	}
	defer reader.Stop(time.Second)
	p.watch("read", reader)
	return rate(time.Since(began)), reader.Err()
}

// watch notes the most that a process holds until it ends.
func (p *pipeline) watch(role string, it *child.Process) {
	most := 0.0
	for {
		if u, err := machine.Process(it.PID()); err == nil {
			most = max(most, megabytes(u.Resident))
		}
		select {
		case <-it.Done():
			spread := p.resident[role]
			spread.Add(most)
			p.resident[role] = spread
			return
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// whole is the pipeline from the reader's start to the complete answer.
func (p *pipeline) whole(ctx context.Context) (float64, error) {
	job, err := p.job(10_000)
	if err != nil {
		return 0, err
	}
	results, address, err := p.serve(ctx, job)
	if err != nil {
		return 0, err
	}
	defer results.Stop(5 * time.Second)
	computing, err := p.compute(ctx, job, "compute", "--monitor-listen", "none")
	if err != nil {
		return 0, err
	}
	defer computing.Stop(5 * time.Second)
	began := time.Now()
	reader, err := child.Start(ctx, p.reader(job))
	if err != nil {
		return 0, err
	}
	defer reader.Stop(time.Second)
	most := map[string]float64{}
	err = child.Eventually(ctx, turnLimit, "the complete answer", func() (bool, error) {
		for role, it := range map[string]*child.Process{"compute": computing, "results": results} {
			u, err := machine.Process(it.PID())
			if err != nil {
				return false, fmt.Errorf("%s: %w", role, err)
			}
			most[role] = max(most[role], megabytes(u.Resident))
		}
		return complete(ctx, address)
	})
	took := time.Since(began)
	for role, mb := range most {
		spread := p.resident[role]
		spread.Add(mb)
		p.resident[role] = spread
	}
	return rate(took), err
}

func (p *pipeline) serve(ctx context.Context, job string) (*child.Process, string, error) {
	address, err := child.FreeAddress()
	if err != nil {
		return nil, "", err
	}
	it, err := child.Start(ctx, child.Spec{Env: p.env, Args: p.command("krapp-worker", "results", "--job", job, "--listen", address,
		"--slot", "results", "--monitor-listen", "none", "--log-level", "warn")})
	return it, address, err
}

func (p *pipeline) compute(ctx context.Context, job, slot string, args ...string) (*child.Process, error) {
	return child.Start(ctx, child.Spec{Env: p.env, Args: p.command("krapp-worker", append([]string{"compute", "--job", job, "--slot", slot,
		"--log-level", "warn"}, args...)...)})
}

// complete asks the results worker whether its answer is whole.
func complete(ctx context.Context, address string) (bool, error) {
	var whole struct {
		Complete bool `json:"complete"`
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/completeness", nil)
	if err != nil {
		return false, err
	}
	resp, err := http.DefaultClient.Do(req)
	var refused *net.OpError
	if errors.As(err, &refused) {
		return false, ctx.Err() // it does not listen yet
	}
	if err != nil {
		return false, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return false, nil // nothing is there yet
	}
	err = json.NewDecoder(resp.Body).Decode(&whole)
	return whole.Complete, err
}

// scaling measures 1, 2 and 4 computing workers whose work is a wait, so that cores are not the limit.
func (p *pipeline) scaling(ctx context.Context, out *figure.Section) error {
	var one figure.Spread
	for _, n := range []int{1, 2, 4} {
		took, err := p.scaled(ctx, n)
		if err != nil {
			return fmt.Errorf("%d workers: %w", n, err)
		}
		p.say("   %d workers: %s", n, took.Round(time.Millisecond))
		var speed figure.Spread
		speed.Add(scaleChunks / took.Seconds())
		out.Add(fmt.Sprintf("compute with `--delay %s`, %d workers", scaleDelay, n), "chunks/s", speed)
		if n == 1 {
			one = speed
			continue
		}
		var efficiency figure.Spread
		efficiency.Add(speed.Median() / one.Median() / float64(n))
		out.AtLeast(fmt.Sprintf("%d workers: efficiency at least 0.95", n), efficiency, 0.95, "")
	}
	return nil
}

// scaled is how long n workers take for chunks that come when all of them are there.
func (p *pipeline) scaled(ctx context.Context, n int) (time.Duration, error) {
	c, err := p.connect(ctx)
	if err != nil {
		return 0, err
	}
	defer c.Close()
	job, err := p.job(100) // reading them takes no time
	if err != nil {
		return 0, err
	}
	if _, _, err := child.Run(ctx, p.reader(job, "--chunks", "1")); err != nil { // the topics are there now
		return 0, err
	}
	workers := make([]*consumer, n)
	for i := range workers {
		monitor, err := child.FreeAddress()
		if err != nil {
			return 0, err
		}
		it, err := p.compute(ctx, job, fmt.Sprint("c", i), "--delay", scaleDelay.String(), "--monitor-listen", monitor)
		if err != nil {
			return 0, err
		}
		defer it.Stop(5 * time.Second)
		workers[i] = &consumer{it, "http://" + monitor + "/metrics"}
	}
	if err := shared(ctx, c, fmt.Sprintf("krapp-compute-bench-%s-%d", p.stamp, p.turns), n); err != nil {
		return 0, err
	}
	reader, err := child.Start(ctx, p.reader(job, "--chunks", fmt.Sprint(1+scaleChunks)))
	if err != nil {
		return 0, err
	}
	defer reader.Stop(time.Second)
	var began time.Time
	err = child.Eventually(ctx, turnLimit, "all chunks", func() (bool, error) {
		total := 0.0
		for _, w := range workers {
			v, err := w.metric(ctx, "kafka_scale_compute_messages_read")
			if err != nil {
				return false, err
			}
			total += v
		}
		if began.IsZero() && total > 1 {
			began = time.Now().Add(-scaleDelay * time.Duration(total-1) / time.Duration(n)) // what is seen first took its time
		}
		return total >= 1+scaleChunks, nil
	})
	return time.Since(began), err
}

// shared waits until so many members share the chunks, all evenly.
func shared(ctx context.Context, c *rdkafka.Client, group string, members int) error {
	return child.Eventually(ctx, time.Minute, "the workers to share the chunks", func() (bool, error) {
		groups, err := c.DescribeGroups(ctx, group)
		if err != nil {
			return false, err
		}
		for _, m := range groups[0].Members {
			if len(m.Assigned) != chunkPartitions/members {
				return false, nil
			}
		}
		return len(groups[0].Members) == members, nil
	})
}

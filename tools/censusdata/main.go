// Command censusdata writes a file of the form that the Current Population Survey's basic monthly files have: rows of 950 columns, the kind
// of housing unit (HEHOUSUT) in columns 30 and 31 counted from zero. The same flags give the same rows. It is for tests, benchmarks and the
// examples; the people in it are dice.
//
//	go run ./tools/censusdata --rows 1000000 --out jan19pub.dat.gz
package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/gzip"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "censusdata:", err)
		os.Exit(1)
	}
}

func run(args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("censusdata", flag.ContinueOnError)
	var s survey
	flags.Int64Var(&s.rows, "rows", 1000, "rows")
	flags.Uint64Var(&s.seed, "seed", 1, "the same seed gives the same rows")
	flags.Float64Var(&s.invalid, "invalid", 0.01, "share of rows with a code that has no label: -1, 99 or blank")
	flags.Float64Var(&s.short, "short", 0.001, "share of rows that end before the code")
	flags.StringVar(&s.year, "year", "2019", "year in the rows")
	flags.StringVar(&s.month, "month", "01", "month in the rows")
	out := flags.String("out", "-", "file; - is standard output")
	level := flags.Int("gzip", -1, "gzip level 0 to 9; -1: 6 where the file's name ends in .gz, else none")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if err := s.check(); err != nil {
		return err
	}
	if *level < 0 && strings.HasSuffix(*out, ".gz") {
		*level = 6
	}
	if *out == "-" {
		return s.writeTo(stdout, *level)
	}
	if err := os.MkdirAll(filepath.Dir(*out), 0o755); err != nil {
		return err
	}
	f, err := os.Create(*out)
	if err != nil {
		return err
	}
	return errors.Join(s.writeTo(f, *level), f.Close())
}

// writeTo writes the survey, compressed when level is not negative.
func (s *survey) writeTo(w io.Writer, level int) error {
	if level < 0 {
		b := bufio.NewWriterSize(w, 1<<20)
		return errors.Join(s.write(b), b.Flush())
	}
	z, err := gzip.NewWriterLevel(w, level)
	if err != nil {
		return err
	}
	b := bufio.NewWriterSize(z, 1<<20)
	return errors.Join(s.write(b), b.Flush(), z.Close())
}

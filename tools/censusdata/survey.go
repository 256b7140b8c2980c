package main

import (
	"bufio"
	"fmt"
	"math/rand/v2"
)

// Where things are in a row, counted from zero.
const (
	width       = 950
	monthColumn = 15
	yearColumn  = 17
	codeColumn  = 30
	codeWidth   = 2
)

// survey is what is to be written.
type survey struct {
	rows           int64
	seed           uint64
	invalid, short float64
	year, month    string
}

func (s *survey) check() error {
	switch {
	case s.rows < 0:
		return fmt.Errorf("--rows %d: it can't be negative", s.rows)
	case s.invalid < 0 || s.short < 0 || s.invalid > 1 || s.short > 1:
		return fmt.Errorf("--invalid %g, --short %g: a share is between 0 and 1", s.invalid, s.short)
	case len(s.year) != 4 || len(s.month) != 2:
		return fmt.Errorf("--year %q, --month %q: write them as 2019 and 01", s.year, s.month)
	}
	return nil
}

// write writes the rows. Of the two-digit fields behind the code three in five are random and the others mostly "-1", not applicable, as in
// the real files: they compress to about two fifths.
func (s *survey) write(w *bufio.Writer) error {
	r := rand.New(rand.NewPCG(s.seed, 0x6b72617070))
	pairs := digitPairs()
	row := make([]byte, width+1)
	row[width] = '\n'
	for range s.rows {
		fill(row[:width], r, pairs)
		copy(row[monthColumn:], s.month)
		copy(row[yearColumn:], s.year)
		copy(row[codeColumn:], s.code(r))
		if r.Float64() >= s.short {
			if _, err := w.Write(row); err != nil {
				return err
			}
			continue
		}
		if _, err := w.Write(append(append([]byte{}, row[:r.IntN(codeColumn+codeWidth)]...), '\n')); err != nil {
			return err
		}
	}
	return nil
}

// fill writes fields of two digits.
func fill(row []byte, r *rand.Rand, pairs *[100][2]byte) {
	var dice uint64
	left := 0
	for i := 0; i+1 < len(row); i += 2 {
		if left == 0 {
			dice, left = r.Uint64(), 4
		}
		die := uint32(dice & 0xffff)
		dice >>= 16
		left--
		if field := i / 2; i > codeColumn && field%5 >= 3 && die%16 != 0 {
			row[i], row[i+1] = '-', '1'
			continue
		}
		pair := &pairs[die*100>>16]
		row[i], row[i+1] = pair[0], pair[1]
	}
}

// code is the kind of housing unit: mostly houses, some of every kind.
func (s *survey) code(r *rand.Rand) string {
	if r.Float64() < s.invalid {
		return []string{"-1", "99", "  "}[r.IntN(3)]
	}
	if die := r.IntN(100); die < 80 {
		return " 1"
	} else if die < 88 {
		return " 5"
	}
	return fmt.Sprintf("%2d", r.IntN(13))
}

func digitPairs() *[100][2]byte {
	var pairs [100][2]byte
	for i := range pairs {
		pairs[i] = [2]byte{byte('0' + i/10), byte('0' + i%10)}
	}
	return &pairs
}

package main

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestMemoryIsGivenBackWhenVisitorsHaveLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		given := 0
		r := &release{free: func() { given++ }}
		after := func(d time.Duration, want int, when string) {
			t.Helper()
			time.Sleep(d)
			synctest.Wait()
			if given != want {
				t.Errorf("%s: given back %d times, want %d", when, given, want)
			}
		}
		for range 10 {
			r.came()
		}
		for range 4 {
			r.left()
		}
		after(time.Minute, 0, "most are still there")
		r.left()
		after(releaseAfter/2, 0, "half have just left")
		r.left()
		after(releaseAfter*3/4, 0, "another one has just left")
		after(releaseAfter, 1, "half have left")
		for range 4 {
			r.left()
		}
		after(time.Minute, 2, "all have left")
		after(time.Hour, 2, "nobody is there")
	})
}

package job

import (
	"slices"
	"strings"
	"testing"
)

// permutations calls each with every order of the indexes below n.
func permutations(n int, each func(order []int)) {
	order := make([]int, 0, n)
	var step func()
	step = func() {
		if len(order) == n {
			each(order)
			return
		}
		for i := range n {
			if !slices.Contains(order, i) {
				order = append(order, i)
				step()
				order = order[:len(order)-1]
			}
		}
	}
	step()
}

// interleaved says whether an order keeps the order of each of two topics: the records below cut, and the others.
func interleaved(order []int, cut int) bool {
	last := [2]int{-1, -1}
	for _, i := range order {
		topic := 0
		if i >= cut {
			topic = 1
		}
		if i < last[topic] {
			return false
		}
		last[topic] = i
	}
	return true
}

func TestStatesOfTwoTopicsAreMergedAlikeInAnyOrder(t *testing.T) {
	pending, reading := State{ID: "a", Phase: Pending}, State{ID: "a", Phase: Reading}
	with := func(s State, attempt int, chunks int64) State { s.Attempt, s.Chunks = attempt, chunks; return s }
	for name, c := range map[string]struct {
		sources, results []State
		phase            SourcePhase
		chunks           int64
	}{
		"registered":                    {[]State{pending}, nil, Pending, 0},
		"being read":                    {[]State{pending}, []State{with(reading, 0, 3), with(reading, 0, 5)}, Reading, 5},
		"done":                          {[]State{pending, with(State{ID: "a", Phase: Done}, 0, 6)}, []State{with(reading, 0, 3), with(reading, 0, 5)}, Done, 6},
		"failed":                        {[]State{pending, {ID: "a", Phase: Failed, Chunks: 5, Error: &Failure{}}}, []State{with(reading, 0, 3), with(reading, 0, 5)}, Failed, 5},
		"registered again":              {[]State{{ID: "a", Phase: Failed, Error: &Failure{}}, with(pending, 1, 5)}, []State{with(reading, 0, 3), with(reading, 0, 5)}, Pending, 5},
		"registered again, being read":  {[]State{{ID: "a", Phase: Failed, Error: &Failure{}}, with(pending, 1, 5)}, []State{with(reading, 0, 5), with(reading, 1, 7)}, Reading, 7},
		"its new attempt is seen first": {[]State{{ID: "a", Phase: Failed, Error: &Failure{}}}, []State{with(reading, 1, 7)}, Reading, 7},
	} {
		t.Run(name, func(t *testing.T) {
			j := censusJob(t)
			all := append(slices.Clone(c.sources), c.results...)
			permutations(len(all), func(order []int) {
				if !interleaved(order, len(c.sources)) {
					return
				}
				table := NewTable(j)
				for _, i := range order {
					s, take := all[i], table.Source
					if i >= len(c.sources) {
						take = table.Progress
					}
					s.Job = j.Name
					if err := take(s); err != nil {
						t.Fatal(err)
					}
				}
				if got := table.Sources(); len(got) != 1 || got[0].Phase != c.phase || got[0].Chunks != c.chunks {
					t.Errorf("in the order %v: %+v, want %s with %d chunks", order, got, c.phase, c.chunks)
				}
			})
		})
	}
}

func TestProgressAloneIsNoSource(t *testing.T) {
	j := censusJob(t)
	table := NewTable(j)
	if err := table.Progress(State{Job: j.Name, ID: "a", Phase: Reading, Chunks: 3}); err != nil {
		t.Fatal(err)
	}
	if c := table.Completeness(); c.Sources != 0 || c.Complete || len(table.Sources()) != 0 {
		t.Errorf("%+v", c)
	}
	if table.Progress(State{Job: "other", ID: "a", Phase: Reading}) == nil {
		t.Error("progress of another job was taken")
	}
}

// oneChunk is a table of a source with one chunk of 10 rows, complete.
func oneChunk(t *testing.T, change func(s *State, r *PartialRecord)) *Table {
	t.Helper()
	j := censusJob(t)
	p := programOf(t, j)
	into := NewPartial(p)
	m := metaOf(p, 10)
	if err := p.Chunk(m, censusRows(10), into, noDead(t)); err != nil {
		t.Fatal(err)
	}
	encoded, err := into.Encode("w")
	if err != nil {
		t.Fatal(err)
	}
	r, err := DecodePartial(encoded[0])
	if err != nil {
		t.Fatal(err)
	}
	s := State{Version: 1, Job: j.Name, ID: m.Source, URL: "u", Phase: Done, Chunks: 1, Rows: 10}
	change(&s, r)
	table := NewTable(j)
	if err := table.Add(r); err != nil {
		t.Fatal(err)
	}
	if err := table.Source(s); err != nil {
		t.Fatal(err)
	}
	return table
}

func TestWhatMakesAnAnswerIncomplete(t *testing.T) {
	for name, c := range map[string]struct {
		change   func(s *State, r *PartialRecord)
		complete bool
		says     string
	}{
		"nothing":                       {func(*State, *PartialRecord) {}, true, "complete: "},
		"a chunk to come":               {func(s *State, _ *PartialRecord) { s.Chunks = 2 }, false, "1 of 2 chunks"},
		"other rows than were read":     {func(s *State, _ *PartialRecord) { s.Rows = 11 }, false, "10 of 11 rows"},
		"a source that is read in part": {func(s *State, _ *PartialRecord) { s.Limited = true }, false, "1 source read in part only"},
		"groups that are missing":       {func(_ *State, r *PartialRecord) { r.Groups = r.Groups[1:] }, false, "incomplete"},
		"a source to be read on": {func(s *State, _ *PartialRecord) {
			*s = State{Version: 1, Job: s.Job, ID: s.ID, URL: "u", Phase: Pending, Attempt: 1, Resume: Progress{Index: 1, Rows: 10}}
		}, false, "1 of 1 chunks, 10 of 10 rows so far"},
		"a source that is still read": {func(s *State, _ *PartialRecord) { s.Phase = Reading }, false, "so far"},
	} {
		t.Run(name, func(t *testing.T) {
			got := oneChunk(t, c.change).Completeness()
			if got.Complete != c.complete || !strings.Contains(got.Sentence, c.says) {
				t.Errorf("complete: %v, %s", got.Complete, got.Sentence)
			}
		})
	}
}

func TestLossesSurviveASnapshot(t *testing.T) {
	table := oneChunk(t, func(s *State, _ *PartialRecord) { s.Chunks = 2 })
	table.Lose(3, 2)
	raw, err := table.Snapshot(map[int32]int64{0: 9})
	if err != nil {
		t.Fatal(err)
	}
	back, _, err := Restore(table.job, raw)
	if err != nil {
		t.Fatal(err)
	}
	c := back.Completeness()
	if c.Expired != 3 || c.Damaged != 2 || back.Expired() != 3 || !strings.Contains(c.Sentence, "about 3 records of results had expired") {
		t.Errorf("%+v", c)
	}
}

package job

import (
	"fmt"
	"slices"
	"strings"
)

func contains(names []string, name string) bool { return slices.Contains(names, name) }

// meant is ", did you mean …?" for a near miss, or nothing.
func meant(name string, known []string) string {
	if near := nearest(name, known); near != "" {
		return fmt.Sprintf(" (did you mean %s?)", near)
	}
	return ""
}

// didYouMean is a hint: the nearest name, or all of them behind lead.
func didYouMean(name string, known []string, lead string) string {
	if near := nearest(name, known); near != "" {
		return "did you mean " + near + "?"
	}
	if len(known) == 0 {
		return "there is nothing to say here"
	}
	const most = 40
	if len(known) > most {
		return fmt.Sprintf("%s %s … (%d in all)", lead, strings.Join(known[:most], ", "), len(known))
	}
	return lead + " " + strings.Join(known, ", ")
}

// nearest is the known name that a slip of the fingers turns into name: up to a third of its letters, two at most, or only its case.
func nearest(name string, known []string) string {
	const longest = 64
	best, distance := "", 3
	for _, k := range known {
		if strings.EqualFold(k, name) {
			return k
		}
		if len(name) > longest || len(k) > longest {
			continue
		}
		if d := edits(strings.ToLower(name), strings.ToLower(k)); d < distance && d*3 <= max(len(k), 3) {
			best, distance = k, d
		}
	}
	return best
}

// edits is how many letters differ, are missing, too many, or swapped with their neighbour (optimal string alignment).
func edits(a, b string) int {
	before, row, next := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		next[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			next[j+1] = min(row[j]+cost, row[j+1]+1, next[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				next[j+1] = min(next[j+1], before[j-1]+1)
			}
		}
		before, row, next = row, next, before
	}
	return row[len(b)]
}

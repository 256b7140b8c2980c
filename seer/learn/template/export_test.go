package template

import "hash/maphash"

// ValidJSON says what the walker takes for JSON.
func ValidJSON(value []byte) bool {
	r := reading{table: newTable(), seed: maphash.MakeSeed()}
	r.reset(false)
	return r.readJSON(value)
}

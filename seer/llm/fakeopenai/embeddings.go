package fakeopenai

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
)

// Vectors answers embeddings by words: texts that share words are near. The vectors are given last first, and not of unit length.
func Vectors(dim int) Step {
	return func(x *Exchange) {
		var data []any
		for i, text := range x.Request.Input {
			data = append(data, map[string]any{"object": "embedding", "index": i, "embedding": VectorOf(text, dim)})
		}
		slices.Reverse(data)
		x.W.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(x.W, "%s", encode(map[string]any{"object": "list", "data": data}))
	}
}

// VectorOf is the vector that Vectors gives a text.
func VectorOf(text string, dim int) []float32 {
	v := make([]float32, dim)
	for _, word := range strings.Fields(strings.ToLower(text)) {
		h := fnv.New32a()
		h.Write([]byte(strings.Trim(word, ".,;:!?\"'()")))
		v[h.Sum32()%uint32(dim)] += 3
	}
	return v
}

package index

import (
	"context"
	"time"

	"github.com/krapp-io/krapp/seer"
)

// Kind is what a document is.
type Kind uint8

// The kinds.
const (
	Passage  Kind = iota // of prose
	Template             // of machine messages that look the same
	kinds
)

// Doc is what can be found.
type Doc struct {
	ID      uint64     // the same text at the same place has the same ID, in every process
	Kind    Kind       // an ID belongs to one kind
	Place   seer.Place // passage: the record that holds it; template: its newest example when added
	Title   string     // of the text, if it has one; found by too
	Passage int        // number within its record's text, from 1
	Text    string     // passage: as written; template: its readable masked text
}

// MaxText and MaxTitle are how much of a document's text and title is kept, in bytes; the rest is cut off.
const (
	MaxText  = 8 << 10
	MaxTitle = 512
)

// Embedder turns texts into vectors: the table in the binary, through Offline, or an endpoint.
type Embedder interface {
	ID() string // of the embedder and its model: vectors of different IDs are never compared
	Dim() int
	// Embed returns a vector for each text, a zero vector where nothing is known. It is called from several goroutines.
	Embed(ctx context.Context, kind Kind, texts []string) ([][]float32, error)
}

// Table is the word-piece table: *embed.Table.
type Table interface {
	ID() string
	Dim() int
	Prose(dst []float32, text string) []float32
	Template(dst []float32, text string) []float32
	Word(dst []float32, word string) ([]float32, bool)
	IDF(word string) float32
}

// Options of an index.
type Options struct {
	Embedder Embedder // required
	// Words gives soft BM25 the vectors of words, and the evidence the vectors of sentences; nil: that of Embedder if it was made by Offline, else
	// BM25 is exact and sentences are embedded by Embedder.
	Words Table
	// Sentences splits a passage; nil: at full stops, question and exclamation marks that white space follows, and at the ends of lines.
	Sentences func(text string) []string

	MaxPassages  int           // 0: 50,000
	MaxTemplates int           // 0: 20,000
	MaxAge       time.Duration // of a document's Place.At; 0: no limit

	ProseFusion    Fusion // how passages are ranked; 0: ByRank
	TemplateFusion Fusion // how templates are; 0: CosineFirst

	Now func() time.Time // nil: time.Now
}

// Fusion is how two rankings are made one.
type Fusion uint8

// The fusions.
const (
	ByDefault   Fusion = iota // of the kind
	ByRank                    // reciprocal ranks of soft BM25 and cosine, k = 60, depth 100
	Weighted                  // half the cosine, half the soft BM25 as a share of the best one found
	CosineFirst               // by cosine; soft BM25 breaks ties
)

// Mode is what a search goes by. All but Fused is for comparing.
type Mode uint8

// The modes.
const (
	Fused    Mode = iota
	Keywords      // BM25
	SoftOnly      // soft BM25
	Vectors       // cosine
)

// Query is what is looked for.
type Query struct {
	Text   string   // at most seer.MaxQuestion bytes
	Topics []string // empty: all
	Kinds  []Kind   // empty: all
	K      int      // how many hits at most, MaxK; 0: 10
	Mode   Mode
}

// MaxK is the most hits that can be asked for.
const MaxK = 200

// Hit is a document that was found.
type Hit struct {
	Doc
	Score    float64 // what hits of one kind are ordered by
	BM25     float64 // exact
	Soft     float64 // soft BM25, 0 … 1: s/(s + 1.8·ln(documents)), so it is near ½ where a document answers to two words that are as rare as can be
	Cosine   float64 // of the whole passage or template, by the embedder
	Sentence float64 // best cosine of a single sentence of five words or more, by Words where there are; of a template: of the whole
	Evidence float64 // how near, × how much of the question is covered: what refusing is decided by; comparable across kinds and queries
}

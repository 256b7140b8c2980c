// Package roundtrip proves what became of every message of a run: it registers runs, sends and numbers their messages, and judges them
// from facts in Kafka alone, whoever asks and whenever.
package roundtrip

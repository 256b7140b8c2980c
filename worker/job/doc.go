// Package job is the declarative job: where rows come from, what is computed of each, how it is aggregated. It is pure: it parses and
// validates job files, plans their sources, cuts and decodes rows, computes partial results and merges them. Reading sources and talking to
// Kafka are the roles' business: worker/read, worker/compute, worker/results.
package job

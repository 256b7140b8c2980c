// Package ask answers questions about what flows through Kafka: exactly, by computing from all records of a range; by looking a record up; or by
// meaning, from what was learned. Each answer says how it was come by, cites records that were checked to be readable, and says how fresh it is.
// Where the evidence is weak it refuses. It works without a model; with one (seer/dialogue) the evidence for answers by meaning is handed to it,
// and what comes back is used only with citations that hold. Counting, looking up and refusing are never left to a model.
package ask

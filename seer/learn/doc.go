// Package learn reads topics and keeps what they say: texts as passages, machine messages as templates, both in an index, with a snapshot file
// that spares learning all of it again.
//
// It reads from explicit offsets of its own and joins no group. What has been learned is a function of the records and of how far each partition
// has been read: a learner that was killed answers, when it has caught up, as one that was not. Several may run at once; they share nothing but the
// topics.
//
// Memory: the bounds of the index, of the miner (see template.Miner), and at most about 100 MiB of records and passages on their way.
package learn

// Package exact computes answers from every record of a range: counts, groups, sums, least and greatest, first and last. It reads Kafka
// read-committed at explicit offsets, joins no group and estimates nothing. What it read is part of its result.
//
// Ranges of time are decided by the records' own timestamps. Those need not rise with the offsets, so only the lower bound is used to skip
// (Kafka's offset for a time is the first whose record is of that time or later, so nothing before it belongs); from there each partition is
// read to its end.
package exact

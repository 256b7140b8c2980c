// Package watch is the role that tells Prometheus how a cluster is: how far each group is behind, in records and in seconds, and what became of
// the runs. It only reads. What it says is what the console says, for it asks in the same way; what it could not learn it leaves out, for a gap
// says more than a zero or than the number of an hour ago.
//
// The number of series is bounded: of groups, of topics and of runs so many are told, how many are left out is a metric of its own.
package watch

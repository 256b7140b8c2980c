// Package read is the role that reads a job's sources into chunks of rows.
//
// Sources are registered as pending records of a compacted topic and shared out by a consumer group. A source takes many transactions, each of
// which stores some chunks and, as the note of the record's commit, how far that is; whoever has the record next opens the source again, skips
// what the note says, verifies the checksum of that and goes on. So a crash neither repeats nor skips a chunk.
package read

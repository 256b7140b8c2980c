// Package eos is the one consume-process-produce loop: records of a group's partitions go through a handler, and what the handler produces
// is stored in the same Kafka transaction as the offsets consumed. A read-committed reader sees each batch exactly once or not at all,
// whoever dies when.
//
// Membership is the ordinary client's, the records come through rdkafka's bulk reader at explicit offsets, and while one transaction
// commits the next batch is read. What the loop holds to:
//
//   - the offsets committed are those of the batch itself, last + 1, or the end of the partition where that was reached: transaction
//     markers take offsets too, and lag must come to 0;
//   - a batch is aborted when a partition was revoked since it began; the group metadata is read anew for each commit, so that the broker
//     refuses what this member no longer owns;
//   - after any failure the truth is read back: the committed offsets, once no open transaction holds them. A producer whose call timed
//     out is thrown away, and initialising the next one with the same transactional id decides what became of its transaction;
//   - a transactional id belongs to one slot, and a slot to one live process; a successor in the slot ends what a dead one left open.
//
// A commit carries a note (Batch.Notes), text of the handler's, in the same transaction: whoever has the partition next reads it with the
// offset. With it a record may take many transactions (Batch.Unfinished): each commits the record's own offset again with a note of how far it
// is, and the record is handed out again, with no transaction open in between. What a handler keeps open from one to the next (a download, say)
// is a cache: it is of use only if the record and the note that Handle gets are those it left. They aren't after an abort or a takeover; then it
// starts from the note. Options.OnAssigned says which partitions are gone, so that it can be closed.
package eos

// Package embedded runs a Kafka broker inside this process, on loopback, for a laptop with nothing installed. It is franz-go's kfake,
// made to keep what it is given: one broker with ID 0, its data in a locked directory that is held to a size.
//
// # What it promises
//
//   - A record whose production was acknowledged is there after Close, and after SIGKILL of the process: it was written to the
//     operating system before the acknowledgement. It is not synced to the disk first, so a power cut may lose the last ones.
//   - So are topics with their IDs and configs, committed offsets, producer IDs and epochs.
//   - A transaction that was open at a kill is aborted by the next start, and its producer's next epoch fences it.
//   - Offsets never go back, also of a partition that retention or DeleteRecords emptied.
//   - The directory stays within MaxBytes, but for what arrives while it is being measured (a 64th of it, and some milliseconds of
//     writing), by deleting the oldest segments of the largest topic; krapp's own topics come last. A segment is a 256th of MaxBytes, at
//     most 16 MiB, and each partition keeps its newest: with more than some 200 partitions in use the size can't be kept, and a
//     warning is logged.
//   - Compacted topics are compacted at each start, and a kill in the middle of that is undone by the next. Retention is applied
//     every ten minutes.
//   - Whoever connects without speaking Kafka is turned away.
//
// # What it does not
//
//   - Exactly-once under kills. kfake ends a transaction partition by partition and then commits its offsets: a kill in between leaves
//     a part of it committed. The sequence numbers of idempotent producers are kept by Close only: a producer that lives in another
//     process and retries over a kill may store a batch twice. Both are for real Kafka.
//   - Replication, TLS, authentication, quotas' enforcement.
//
// # Where it differs from Apache Kafka 4.3
//
//   - Retention by time drops batches one by one, and also of topics that are compacted but not to be deleted.
//   - Compaction moves a partition's start offset up to the first record that is kept, keeps no minimum age, and leaves the last batch alone.
//   - CreateTopics answers without configs, over which Kafka's own topics tool stumbles after it has created the topic.
//   - __consumer_offsets and __transaction_state do not exist as topics.
//
// # Memory
//
// Records stay in the files; a batch costs some 80 bytes of memory. Measured on two cores with kcat -P, acks=all, idempotent: 17 to 24 MB
// resident after each of three times 1,000,000 records of 100 bytes (316 MB on disk). A start after a kill reads everything once: 0.55 s and,
// for that moment, as much memory as there are data (354 MB); 13 MB afterwards. An empty start takes about 10 ms.
//
// # kfake's settings
//
// group.min.session.timeout.ms=1000; log.segment.bytes from MaxBytes; state.log.compact.bytes from MaxBytes; log.cleaner.backoff.ms so
// long that kfake never cleans by itself. The rest are kfake's defaults, which are Kafka's: message.max.bytes 1048588, retention 7 days.
package embedded

// Package rdkafka is krapp's Kafka client: one method, one file an operation, over librdkafka. It is the only importer of
// confluent-kafka-go. Administration, metadata and group membership use that library's ordinary client; bulk reading and producing go
// through a small C shim (shim.c) over the same librdkafka, which packs many records into one cgo call.
//
// Every method obeys its context even where librdkafka's own call would block, and every error that leaves the package is a
// *kafkaops.OpError. Nothing here ever writes to stderr: librdkafka's log lines go to the logger given to Connect.
package rdkafka

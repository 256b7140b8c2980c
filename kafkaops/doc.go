// Package kafkaops holds the nouns of Apache Kafka as plain types (Record, Topic, Partition, Group, Offsets, Lag, Plan, Context) and the
// pure logic on them. It does no I/O and imports the standard library only, so that every other room of krapp can speak the same language:
// kafkaops/rdkafka fetches the facts, the functions here decide what they mean.
package kafkaops

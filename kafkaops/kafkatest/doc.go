// Package kafkatest holds the contract that every backend must keep, as one suite of tests, and starts the real Kafka that it is
// run against besides the embedded broker.
package kafkatest

// Package e2e shows what krapp promises by driving the built commands as separate processes: real librdkafka, real brokers, real signals.
//
// Without a build tag the tests run on the embedded broker (krapp up); with the tag kafka on the real cluster that make test-kafka brings
// up; with the tag tmux they drive the console in a real terminal. Each file's tests belong to one promise.
package e2e

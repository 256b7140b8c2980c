// Package embedded runs a Kafka broker inside this process, on loopback, for a laptop with nothing installed.
package embedded

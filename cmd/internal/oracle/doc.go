// Package oracle puts a seer together for the commands: what learns, what answers, and what carries questions from elsewhere to it.
package oracle

// Package deadletter is where records go that can't be processed: topics named after theirs, made when first needed, and what a letter says
// about where it is from.
package deadletter

// Package stack runs an embedded broker (or uses given ones) and roles in one process, for krapp up and the console. It starts them in
// order, announces the broker to the other commands of this user, and stops everything in the opposite order.
package stack

// Package live watches a cluster for the console: its runs, the partitions and newest messages of one topic, and the
// state of the connection. Each feed is a loop that its owner runs until a context ends, and that puts immutable
// pictures into mailboxes; pages subscribe to those.
//
// What every feed promises:
//
//   - a picture that shows the same as the one before is not delivered, so an idle cluster costs the screen nothing;
//   - it polls fast while something moves and slowly otherwise, and what it keeps is bounded;
//   - after a failure it waits longer each time, up to a stated limit, keeps the last picture, and says what failed.
package live

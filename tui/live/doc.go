// Package live watches a cluster for the console: its runs, the partitions and newest messages of one topic, and the
// state of the connection. Each feed is a loop that its owner runs until a context ends, and that puts immutable
// pictures into mailboxes; pages subscribe to those.
//
// A Hub has the feeds of one context, for any number of consoles: fifty that look at the same cost the brokers what one costs. A Watch is one
// console's view of a hub. NewWatch and NewRuns serve a console that is alone.
//
// What every feed promises:
//
//   - a picture that shows the same as the one before is not delivered, so an idle cluster costs the screen nothing;
//   - it polls fast while something moves and slowly otherwise, and what it keeps is bounded;
//   - somebody who asks to look again is served at once, a crowd or an impatient hand four times a second at most;
//   - a picture is shared, never changed and never waited for: who reads slowly or not at all costs nobody else anything;
//   - after a failure it waits longer each time, up to a stated limit, keeps the last picture, and says what failed.
package live

// Package tui is the console's app: it routes messages to pages, keeps their
// history, draws the header, the footer and what lies over a page (help,
// questions, plans, the command line), and hands the result to the terminal.
//
// Pages are made by the makers in Options; the app knows none of them. What a
// page's command returns is delivered to that page alone. Update does no I/O,
// View is pure, and each frame has exactly the terminal's size. Nothing ticks:
// without a message there is no frame.
package tui

// Package wire holds the formats of what krapp's processes tell one another about a run: heartbeats and verdicts in krapp.runs, slices in
// krapp.work, reports in krapp.reports. Each has a version, and a decoder that refuses what it does not know and never trusts a length.
package wire

// Package measure has the metrics that roles share, so that one rule and one panel fit them all.
package measure

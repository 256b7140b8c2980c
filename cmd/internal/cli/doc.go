// Package cli holds what krapp's commands share: exit codes, how an error is shown, the output formats, and the flags that name a cluster.
package cli

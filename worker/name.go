package worker

import (
	"fmt"
	"os"
	"strings"
)

// DefaultName tells this process apart from others: host name and process id.
func DefaultName() string {
	host, err := os.Hostname()
	if err != nil || host == "" {
		host = "localhost"
	}
	host, _, _ = strings.Cut(host, ".")
	return fmt.Sprintf("%s-%d", host, os.Getpid())
}

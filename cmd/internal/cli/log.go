package cli

import (
	"io"
	"log/slog"
)

// Logger makes a structured logger: format is text or json, level one of debug, info, warn, error.
func Logger(w io.Writer, format, level string) (*slog.Logger, error) {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		return nil, Usagef("Give --log-level debug, info, warn or error.", "%q is no log level", level)
	}
	o := &slog.HandlerOptions{Level: l}
	switch format {
	case "text":
		return slog.New(slog.NewTextHandler(w, o)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(w, o)), nil
	}
	return nil, Usagef("Give --log-format text or json.", "%q is no log format", format)
}

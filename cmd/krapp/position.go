package main

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/krapp-io/krapp/cmd/internal/cli"
	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
)

// position is a place in a topic as people name it: start, end, an offset, a time, or so long ago.
type position struct {
	kind   positionKind
	offset int64
	when   time.Time
}

type positionKind uint8

const (
	atStart positionKind = iota
	atEnd
	atOffset
	atTime
)

// parsePosition reads start, end, 1042, 2026-11-21T10:00:00Z, 2026-11-21 10:00, 2026-11-21 (both local), or -15m.
func parsePosition(flag, text string, now time.Time) (position, error) {
	switch text {
	case "start":
		return position{kind: atStart}, nil
	case "end":
		return position{kind: atEnd}, nil
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && n >= 0 {
		return position{kind: atOffset, offset: n}, nil
	}
	if ago, ok := strings.CutPrefix(text, "-"); ok {
		if d, err := time.ParseDuration(ago); err == nil && d >= 0 {
			return position{kind: atTime, when: now.Add(-d)}, nil
		}
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", time.DateOnly} {
		if t, err := time.ParseInLocation(layout, text, now.Location()); err == nil {
			return position{kind: atTime, when: t}, nil
		}
	}
	return position{}, cli.Usagef("Give start, end, an offset (1042), a time (2026-11-21T10:00:00Z, \"2026-11-21 10:00\"), or how long ago (-15m).",
		"--%s %q is no position", flag, text)
}

// offsets finds the position in each partition.
func (p position) offsets(ctx context.Context, client *rdkafka.Client, extents kafkaops.Extents) (kafkaops.Offsets, error) {
	switch p.kind {
	case atEnd:
		return extents.Ends(), nil
	case atTime:
		return client.OffsetsAt(ctx, p.when, extents.Partitions())
	case atOffset:
		at := kafkaops.Offsets{}
		for tp, x := range extents {
			at[tp] = min(max(p.offset, x.Start), x.End)
		}
		return at, nil
	default:
		return extents.Starts(), nil
	}
}

package remote

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// The bounds of a stream.
const (
	maxEvents = 200_000  // events
	maxStream = 64 << 20 // bytes
)

var (
	errTooMuch = errors.New("it sends without an end")
	errTooLong = errors.New("it sends an event larger than 4 MiB")
)

// event is one server-sent event.
type event struct {
	name string
	data []byte
}

// events reads server-sent events. alive is called for whatever comes, signs of life too. At most one event of maxBody bytes is held.
type events struct {
	r     *bufio.Reader
	alive func()
	count int
	bytes int
}

func newEvents(r io.Reader, alive func()) *events {
	return &events{r: bufio.NewReaderSize(r, 16<<10), alive: alive}
}

// next returns the next event that has data; io.EOF when the stream ended, an event that is not whole before it does not count.
func (e *events) next() (event, error) {
	var ev event
	var has bool
	for {
		line, err := e.line()
		if err != nil {
			return event{}, err
		}
		if len(line) == 0 {
			if e.count++; e.count > maxEvents {
				return event{}, errTooMuch
			}
			if has {
				return ev, nil
			}
			ev = event{}
			continue
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimPrefix(value, []byte(" "))
		switch string(name) {
		case "event":
			ev.name = string(value)
		case "data":
			if has {
				ev.data = append(ev.data, '\n')
			}
			if ev.data, has = append(ev.data, value...), true; len(ev.data) > maxBody {
				return event{}, errTooLong
			}
		}
	}
}

// line reads a line without its end.
func (e *events) line() ([]byte, error) {
	var whole []byte
	for {
		part, err := e.r.ReadSlice('\n')
		if len(part) > 0 {
			e.alive()
		}
		if e.bytes += len(part); e.bytes > maxStream {
			return nil, errTooMuch
		}
		whole = append(whole, part...)
		switch {
		case len(whole) > maxBody+64:
			return nil, errTooLong
		case err == nil:
			return bytes.TrimSuffix(whole[:len(whole)-1], []byte("\r")), nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, err // also of a line that was begun
		}
	}
}

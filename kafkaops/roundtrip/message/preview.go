package message

import "time"

// Rendered is one message as it will be sent, without krapp's own headers.
type Rendered struct {
	Key     []byte // nil: no key
	Value   []byte
	Headers []Header
}

// PreviewRun stands for the run in previews, as none is registered yet.
const PreviewRun = "000000000000000000000PREVW"

// Preview renders the first n messages as they could look; the random parts will differ, as they depend on the run.
func Preview(src Source, n int, sent time.Time) ([]Rendered, error) {
	t, err := Compile(src, PreviewRun)
	if err != nil {
		return nil, err
	}
	out := make([]Rendered, 0, n)
	for seq := range int64(n) {
		r := Rendered{Value: t.AppendValue([]byte{}, seq, sent)}
		if t.HasKey() {
			r.Key = t.AppendKey([]byte{}, seq, sent)
		}
		for i := range t.Headers() {
			r.Headers = append(r.Headers, Header{Key: t.HeaderKey(i), Value: string(t.AppendHeader(nil, i, seq, sent))})
		}
		out = append(out, r)
	}
	return out, nil
}

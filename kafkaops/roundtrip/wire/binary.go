package wire

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/RoaringBitmap/roaring/v2"
)

// errShort says that a report ends before its fields do.
var errShort = errors.New("it is cut short")

func appendString(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// appendBitmap writes a bitmap in roaring's portable format after its length; nil is an empty one.
func appendBitmap(b []byte, bitmap *roaring.Bitmap) ([]byte, error) {
	if bitmap == nil || bitmap.IsEmpty() {
		return binary.AppendUvarint(b, 0), nil
	}
	raw, err := bitmap.ToBytes()
	if err != nil {
		return nil, fmt.Errorf("encoding a bitmap: %w", err)
	}
	return append(binary.AppendUvarint(b, uint64(len(raw))), raw...), nil
}

// reader takes a report's fields off its bytes. After an error everything it returns is zero.
type reader struct {
	b   []byte
	err error
}

func (r *reader) uvarint() uint64 {
	if r.err != nil {
		return 0
	}
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.err = errShort
		return 0
	}
	r.b = r.b[n:]
	return v
}

// int63 reads a number that must fit an int64.
func (r *reader) int63() int64 {
	v := r.uvarint()
	if v > 1<<63-1 {
		r.err = errors.New("a number is out of range")
		return 0
	}
	return int64(v)
}

func (r *reader) int31() int32 {
	v := r.uvarint()
	if v > 1<<31-1 {
		r.err = errors.New("a number is out of range")
		return 0
	}
	return int32(v)
}

func (r *reader) bytes() []byte {
	n := r.uvarint()
	if r.err != nil {
		return nil
	}
	if n > uint64(len(r.b)) {
		r.err = errShort
		return nil
	}
	out := r.b[:n]
	r.b = r.b[n:]
	return out
}

func (r *reader) string() string { return string(r.bytes()) }

func (r *reader) bitmap() *roaring.Bitmap {
	raw := r.bytes()
	if r.err != nil {
		return nil
	}
	bitmap, err := decodeBitmap(raw)
	if err != nil {
		r.err = err
		return nil
	}
	return bitmap
}

// decodeBitmap reads roaring's portable format. What comes from the cluster may be damaged or hostile: roaring's reader checks lengths, and
// Validate what the containers claim of themselves; a panic it may still meet becomes an error here rather than the end of the console.
func decodeBitmap(raw []byte) (bitmap *roaring.Bitmap, err error) {
	defer func() {
		if p := recover(); p != nil {
			bitmap, err = nil, fmt.Errorf("reading a bitmap: %v", p)
		}
	}()
	bitmap = roaring.New()
	if len(raw) == 0 {
		return bitmap, nil
	}
	if err := bitmap.UnmarshalBinary(raw); err != nil {
		return nil, fmt.Errorf("reading a bitmap: %w", err)
	}
	if err := bitmap.Validate(); err != nil {
		if bitmap.IsEmpty() { // Validate refuses an empty bitmap, which is a fair thing to send
			return roaring.New(), nil
		}
		return nil, fmt.Errorf("reading a bitmap: %w", err)
	}
	return bitmap, nil
}

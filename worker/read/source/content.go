package source

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"mime"
	"net/url"
	"os"
	"path"
	"strings"

	"github.com/klauspost/compress/zstd"

	"github.com/krapp-io/krapp/kafkaops"
)

// kind is how a source is stored.
type kind int

const (
	plain kind = iota
	gzipped
	zstandard
)

// sniffed is how many bytes at most are looked at to tell the kind.
const sniffed = 512

// maxWindow bounds what a zstd stream makes its reader hold: twice what levels up to 19 use.
const maxWindow = 16 << 20

// kindOf tells what a source holds by its first bytes. The name and the content type only say what was to be expected.
func kindOf(head []byte, name, contentType string) (kind, error) {
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		return gzipped, nil
	case bytes.HasPrefix(head, []byte{0x28, 0xb5, 0x2f, 0xfd}),
		len(head) >= 4 && head[0]&0xf0 == 0x50 && bytes.Equal(head[1:4], []byte{0x2a, 0x4d, 0x18}): // a skippable frame
		return zstandard, nil
	case isHTML(head, contentType) && strings.Contains(name, "://"):
		return plain, faultf(kafkaops.Invalid, "open the URL in a browser: what it shows is what came", "the server answered with an HTML page")
	case isHTML(head, contentType):
		return plain, faultf(kafkaops.Invalid, "fetch the source again", "it is an HTML page")
	case len(head) == 0 && namedCompressed(name):
		return plain, faultf(kafkaops.Invalid, fetchAgain, "it is empty, and by its name it should be compressed")
	}
	for format, magic := range map[string]string{"bzip2": "BZh", "xz": "\xfd7zXZ\x00", "zip": "PK\x03\x04"} {
		if bytes.HasPrefix(head, []byte(magic)) && (format != "bzip2" || bytes.HasPrefix(head[min(4, len(head)):], []byte("1AY&SY"))) {
			return plain, faultf(kafkaops.Unsupported, "store it as gzip, zstd or plain", "it is a %s file", format)
		}
	}
	return plain, nil
}

func isHTML(head []byte, contentType string) bool {
	if t, _, err := mime.ParseMediaType(contentType); err == nil && (t == "text/html" || t == "application/xhtml+xml") {
		return true
	}
	head = bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n\f")
	for _, tag := range []string{"<!doctype html", "<html"} {
		if len(head) >= len(tag) && strings.EqualFold(string(head[:len(tag)]), tag) {
			return true
		}
	}
	return false
}

func namedCompressed(name string) bool {
	if u, err := url.Parse(name); err == nil {
		name = u.Path
	}
	switch strings.ToLower(path.Ext(name)) {
	case ".gz", ".tgz", ".gzip", ".zst", ".zstd":
		return true
	}
	return false
}

// decoder is what decompresses. Close gives its memory up.
type decoder interface {
	Read(p []byte) (int, error)
	Close()
}

func newDecoder(k kind, in *bufio.Reader) (decoder, error) {
	switch k {
	case gzipped:
		return newGunzip(in), nil
	case zstandard:
		z, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return nil, err
		}
		return unzstd{z}, nil
	default:
		return asItIs{in}, nil
	}
}

// asItIs reads a source that isn't compressed.
type asItIs struct{ *bufio.Reader }

func (asItIs) Close() {}

// unzstd names zstd's errors.
type unzstd struct{ *zstd.Decoder }

func (u unzstd) Read(p []byte) (int, error) {
	n, err := u.Decoder.Read(p)
	var f *fault
	switch {
	case err == nil || errors.Is(err, io.EOF) || errors.As(err, &f):
		return n, err
	case errors.Is(err, io.ErrUnexpectedEOF):
		err = truncated("zstd")
	case errors.Is(err, zstd.ErrWindowSizeExceeded):
		err = faultf(kafkaops.Unsupported, "compress it again without --long and --ultra", "its zstd window is larger than %d bytes", maxWindow)
	default:
		err = faultf(kafkaops.Invalid, fetchAgain, "the zstd data is damaged: %w", err)
	}
	return n, err
}

func truncated(format string) *fault {
	return faultf(kafkaops.Invalid, fetchAgain, "the %s data ends early: it was truncated", format)
}

// closed is the decoder of a closed stream.
type closed struct{}

func (closed) Read([]byte) (int, error) { return 0, os.ErrClosed }
func (closed) Close()                   {}

package template

import (
	"bytes"
	"strings"
)

// The request and its status are what an access log is about. Both are part of the template, not slots: there are few methods and known codes,
// and a class of its own for each keeps a scanner's thousand missing pages from masking the paths of those that are there.

// request reads "GET /products/17 HTTP/1.1", without its quotes; false: it is none.
func (l *liner) request(text []byte) bool {
	from, to := bytes.IndexByte(text, ' '), bytes.LastIndexByte(text, ' ')
	if from < 0 || to <= from || !isMethod(text[:from]) || !isProtocol(text[to+1:]) {
		return false
	}
	l.constant(text[:from], l.space)
	l.target(bytes.TrimSpace(text[from:to]))
	l.constant([]byte("HTTP"), true)
	return true
}

// requested reads a request that is the whole of a JSON string.
func (r *reading) requested(text []byte) bool {
	l := liner{reading: r}
	return l.request(text)
}

// answers reads what stands unquoted of a request: its path behind a method, the protocol, the status; false: the token is none of that.
func (l *liner) answers(text []byte, f form) bool {
	asked := l.asked
	l.asked = false
	switch {
	case f == formPath && isMethod(l.prev):
		l.target(text)
		l.asked = true
	case !asked:
		return false
	case isProtocol(text):
		l.constant([]byte("HTTP"), true)
		l.asked = true
	case isStatus(text):
		l.status(text)
	default:
		return false
	}
	return true
}

// target keeps the first word of a request's path, as "/products/<path>"; what only says that it is an interface, "/api/v1", goes before it.
func (l *liner) target(text []byte) {
	if i := bytes.Index(text, []byte("://")); i >= 0 {
		text = text[i+3:]
		text = text[max(0, bytes.IndexByte(text, '/')):]
	}
	if len(text) == 0 || text[0] != '/' {
		l.masked(formPath, true)
		return
	}
	if i := bytes.IndexAny(text, "?#;"); i >= 0 {
		text = text[:i]
	}
	space := true
	for range 3 {
		l.constant([]byte("/"), space)
		space = false
		segment, rest, more := bytes.Cut(text[1:], []byte("/"))
		if len(segment) == 0 {
			return
		}
		general := isGeneral(segment)
		switch {
		case general:
			l.constant(segment, false)
		case l.formOf(segment) == formWord:
			l.slotted(segment, usual, "", false)
		default:
			l.masked(formPath, false)
			return
		}
		if !more || len(rest) == 0 {
			return
		}
		if text = text[1+len(segment):]; !general {
			break
		}
	}
	l.constant([]byte("/"), false)
	l.masked(formPath, false)
}

// status reads the code that stands behind a request.
func (l *liner) status(text []byte) {
	if _, known := reasonOf(string(text)); !known {
		text = []byte{text[0], 'x', 'x'}
	}
	l.mix(l.hash(text))
	if l.slow {
		l.add(part{text: string(text), rank: answer}, l.space)
	}
}

func isMethod(s []byte) bool {
	switch string(s) {
	case "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH":
		return true
	}
	return false
}

func isProtocol(s []byte) bool { return len(s) <= 8 && bytes.HasPrefix(s, []byte("HTTP/")) }

// isGeneral knows what stands before the first telling word of many paths: api, v1.
func isGeneral(s []byte) bool {
	return string(s) == "api" || string(s) == "rest" || len(s) >= 2 && len(s) <= 3 && s[0] == 'v' && onlyDigits(s[1:])
}

func isStatus(s []byte) bool { return len(s) == 3 && s[0] >= '1' && s[0] <= '5' && onlyDigits(s) }

// isHTTP says that the codes under this key, the last of a path, are those of HTTP.
func isHTTP(key string) bool {
	key = strings.ToLower(key[strings.LastIndexByte(key, '.')+1:])
	return strings.Contains(key, "status") || strings.Contains(key, "http") || strings.Contains(key, "response")
}

// reasonOf says in words what a status means, as people ask for it.
func reasonOf(status string) (words string, known bool) {
	switch {
	case status == "":
		return "", false
	case status[0] == '4':
		words = reasonOfRefusal(status)
	case status[0] == '5':
		words = reasonOfFailure(status)
	}
	switch status {
	case "100":
		words = "continue"
	case "101":
		words = "switching protocols"
	case "200":
		words = "ok"
	case "201":
		words = "created"
	case "202":
		words = "accepted"
	case "204":
		words = "no content"
	case "206":
		words = "partial content"
	case "301", "308":
		words = "moved permanently, redirect"
	case "302", "303", "307":
		words = "moved temporarily, redirect"
	case "304":
		words = "not modified"
	}
	return words, words != ""
}

func reasonOfRefusal(status string) string {
	switch status {
	case "400":
		return "bad request"
	case "401":
		return "unauthorised, not authenticated"
	case "403":
		return "forbidden, access denied"
	case "404":
		return "not found, missing"
	case "405":
		return "method not allowed"
	case "406":
		return "not acceptable"
	case "408":
		return "request timeout"
	case "409":
		return "conflict"
	case "410":
		return "gone"
	case "411":
		return "length required"
	case "412":
		return "precondition failed"
	case "413":
		return "content too large"
	case "414":
		return "address too long"
	case "415":
		return "unsupported media type"
	case "416":
		return "range not satisfiable"
	case "422":
		return "unprocessable content"
	case "423":
		return "locked"
	case "429":
		return "too many requests, rate limited, throttled"
	case "431":
		return "header too large"
	case "499":
		return "client closed request"
	}
	return ""
}

func reasonOfFailure(status string) string {
	switch status {
	case "500":
		return "internal server error"
	case "501":
		return "not implemented"
	case "502":
		return "bad gateway"
	case "503":
		return "service unavailable"
	case "504":
		return "gateway timeout"
	case "507":
		return "insufficient storage"
	}
	return ""
}

package exact

// text reads a string.
func (x *Extractor) text() (raw []byte, escaped, ok bool) {
	x.i++
	b := x.b
	start := x.i
	for i := start; i < len(b); i++ {
		switch c := b[i]; {
		case c == '"':
			x.i = i + 1
			return b[start:i], escaped, true
		case c < 0x20:
			return nil, false, false
		case c == '\\':
			escaped = true
			n := escapeLen(b[i:])
			if n == 0 {
				return nil, false, false
			}
			i += n - 1
		}
	}
	return nil, false, false
}

// escapeLen is the length of the escape that b begins with, 0 when it is none.
func escapeLen(b []byte) int {
	if len(b) < 2 {
		return 0
	}
	switch b[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if len(b) < 6 {
			return 0
		}
		for _, c := range b[2:6] {
			if (c < '0' || c > '9') && (c < 'a' || c > 'f') && (c < 'A' || c > 'F') {
				return 0
			}
		}
		return 6
	}
	return 0
}

func (x *Extractor) word(w string) bool {
	if len(x.b)-x.i < len(w) || string(x.b[x.i:x.i+len(w)]) != w {
		return false
	}
	x.i += len(w)
	return true
}

func (x *Extractor) number() bool {
	b, i := x.b, x.i
	if i < len(b) && b[i] == '-' {
		i++
	}
	digits := func() bool {
		from := i
		for i < len(b) && b[i] >= '0' && b[i] <= '9' {
			i++
		}
		return i > from
	}
	if i < len(b) && b[i] == '0' {
		i++
	} else if !digits() {
		return false
	}
	if i < len(b) && b[i] == '.' {
		i++
		if !digits() {
			return false
		}
	}
	if i < len(b) && (b[i] == 'e' || b[i] == 'E') {
		i++
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		if !digits() {
			return false
		}
	}
	x.i = i
	return true
}

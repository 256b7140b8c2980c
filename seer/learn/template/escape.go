package template

import (
	"unicode/utf16"
	"unicode/utf8"
)

// unescape writes the string's text to the scratch buffer.
func (r *reading) unescape(raw []byte) []byte {
	out := r.text[:0]
	for i := 0; i < len(raw); {
		if raw[i] != '\\' {
			out = append(out, raw[i])
			i++
			continue
		}
		n := escape(raw[i:])
		switch raw[i+1] {
		case 'n', 'r', 't', 'b', 'f':
			out = append(out, controlOf(raw[i+1]))
		case 'u':
			c := hex4(raw[i+2:])
			if utf16.IsSurrogate(c) && len(raw) >= i+12 && raw[i+6] == '\\' && raw[i+7] == 'u' {
				if pair := utf16.DecodeRune(c, hex4(raw[i+8:])); pair != utf8.RuneError {
					c, n = pair, 12
				}
			}
			if c < 0x20 {
				c = ' '
			}
			out = utf8.AppendRune(out, c)
		default:
			out = append(out, raw[i+1])
		}
		i += n
	}
	r.text = out
	return out
}

func controlOf(c byte) byte {
	switch c {
	case 'n':
		return '\n'
	case 't':
		return '\t'
	}
	return ' '
}

func hex4(b []byte) rune {
	var n rune
	for _, c := range b[:4] {
		n <<= 4
		switch {
		case c <= '9':
			n |= rune(c - '0')
		default:
			n |= rune(c|0x20) - 'a' + 10
		}
	}
	return n
}

package template

import "strconv"

// number reads over a number.
func (r *reading) number() bool {
	s := &r.scan
	if s.i < len(s.data) && s.data[s.i] == '-' {
		s.i++
	}
	first := s.i
	if !r.digits() || s.data[first] == '0' && s.i > first+1 {
		return false
	}
	if s.i < len(s.data) && s.data[s.i] == '.' {
		if s.i++; !r.digits() {
			return false
		}
	}
	if s.i < len(s.data) && s.data[s.i]|0x20 == 'e' {
		s.i++
		if s.i < len(s.data) && (s.data[s.i] == '+' || s.data[s.i] == '-') {
			s.i++
		}
		return r.digits()
	}
	return true
}

func (r *reading) digits() bool {
	s := &r.scan
	from := s.i
	for s.i < len(s.data) && s.data[s.i] >= '0' && s.data[s.i] <= '9' {
		s.i++
	}
	return s.i > from
}

// toNumber is quick for what numbers mostly are.
func toNumber(b []byte) float64 {
	if len(b) <= 15 {
		n, i, scale := int64(0), 0, int64(1)
		if b[0] == '-' {
			i = 1
		}
		point := false
		for ; i < len(b); i++ {
			switch c := b[i]; {
			case c >= '0' && c <= '9':
				if n = n*10 + int64(c-'0'); point {
					scale *= 10
				}
			case c == '.':
				point = true
			default:
				return slowNumber(b)
			}
		}
		if b[0] == '-' {
			n = -n
		}
		return float64(n) / float64(scale)
	}
	return slowNumber(b)
}

func slowNumber(b []byte) float64 {
	n, _ := strconv.ParseFloat(string(b), 64) // beyond what a float64 holds: infinite, which the fields leave out
	return n
}

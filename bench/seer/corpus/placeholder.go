package corpus

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// world is what placeholders are filled from.
type world struct {
	rng    *rand.Rand
	start  time.Time
	at     time.Time // of this message
	serial int64
}

// filler appends a value.
type filler func(b []byte, w *world) []byte

// fillerOf understands kind:argument:argument.
func fillerOf(kind string) (filler, error) {
	f := strings.Split(kind, ":")
	switch f[0] {
	case "int", "money", "dec":
		return numberFiller(f)
	case "hex":
		if len(f) == 2 {
			if n, err := strconv.Atoi(f[1]); err == nil && n > 0 {
				return func(b []byte, w *world) []byte { return from(b, w, "0123456789abcdef", n) }, nil
			}
		}
		return nil, fmt.Errorf("placeholder %q wants a length", kind)
	case "pick":
		if len(f) != 2 {
			return nil, fmt.Errorf("placeholder %q wants a list", kind)
		}
		words := strings.Split(f[1], ",")
		return func(b []byte, w *world) []byte { return append(b, words[w.rng.IntN(len(words))]...) }, nil
	}
	if fill, ok := plainFillers()[kind]; ok {
		return fill, nil
	}
	if layout, ok := layouts()[kind]; ok {
		return func(b []byte, w *world) []byte { return w.at.AppendFormat(b, layout) }, nil
	}
	return nil, fmt.Errorf("placeholder %q is not known", kind)
}

// layouts are of a message's own time, as loggers write it.
func layouts() map[string]string {
	return map[string]string{
		"ts":      "2006-01-02T15:04:05.000Z",
		"isots":   "2006-01-02 15:04:05,000",
		"slashts": "2006/01/02 15:04:05",
		"clf":     "02/Jan/2006:15:04:05 +0000",
		"syslog":  "Jan _2 15:04:05",
	}
}

// numberFiller: int has no decimals, dec one, money two.
func numberFiller(f []string) (filler, error) {
	if len(f) != 3 {
		return nil, fmt.Errorf("placeholder %q wants a least and a greatest", strings.Join(f, ":"))
	}
	low, err := strconv.ParseInt(f[1], 10, 64)
	if err != nil {
		return nil, err
	}
	high, err := strconv.ParseInt(f[2], 10, 64)
	if err != nil || high < low {
		return nil, fmt.Errorf("placeholder %q: bad greatest", strings.Join(f, ":"))
	}
	scale := map[string]int64{"int": 1, "dec": 10, "money": 100}[f[0]]
	digits := map[string]int{"int": 0, "dec": 1, "money": 2}[f[0]]
	return func(b []byte, w *world) []byte {
		n := low + w.rng.Int64N(high-low+1)
		if digits == 0 {
			return strconv.AppendInt(b, n, 10)
		}
		return strconv.AppendFloat(b, float64(n)/float64(scale), 'f', digits, 64)
	}, nil
}

// from appends n characters of an alphabet.
func from(b []byte, w *world, alphabet string, n int) []byte {
	for range n {
		b = append(b, alphabet[w.rng.IntN(len(alphabet))])
	}
	return b
}

func pick(b []byte, w *world, words []string) []byte {
	return append(b, words[w.rng.IntN(len(words))]...)
}

// numbered appends a prefix and a number of that many, with leading zeros.
func numbered(b []byte, w *world, prefix string, of, width int) []byte {
	b = append(b, prefix...)
	n := strconv.Itoa(1 + w.rng.IntN(of))
	for range width - len(n) {
		b = append(b, '0')
	}
	return append(b, n...)
}

func ip(b []byte, w *world) []byte {
	for i := range 4 {
		if i > 0 {
			b = append(b, '.')
		}
		b = strconv.AppendInt(b, int64(1+w.rng.IntN(254)), 10)
	}
	return b
}

func uuid(b []byte, w *world) []byte {
	for i, n := range []int{8, 4, 4, 4, 12} {
		if i > 0 {
			b = append(b, '-')
		}
		b = from(b, w, "0123456789abcdef", n)
	}
	return b
}

func plainFillers() map[string]filler {
	people := strings.Fields("Amara_Lindqvist Boris_Keane Chiara_Duval Deniz_Albrecht Eitan_Moss Farida_Sund Goran_Pike Hilde_Romero Ines_Okoro Jonas_Varga")
	for i := range people {
		people[i] = strings.ReplaceAll(people[i], "_", " ")
	}
	users := strings.Fields("alindq bkeane cduval dalbrecht emoss fsund gpike hromero iokoro jvarga klarsen mteufel nquade oreyes pwirth")
	services := strings.Fields("basket pricing search invoicing labels catalogue accounts notifier")
	agents := []string{"Mozilla/5.0 (X11; Linux x86_64)", "curl/8.4.0", "okhttp/4.12.0", "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4)"}
	domains := []string{"example.org", "mail.example", "post.example.net", "example.com"}
	return map[string]filler{
		"serial": func(b []byte, w *world) []byte { return strconv.AppendInt(b, 100000+w.serial, 10) },
		"cust":   func(b []byte, w *world) []byte { return numbered(b, w, "c-", 900, 4) },
		"sensor": func(b []byte, w *world) []byte { return numbered(b, w, "s-", 48, 3) },
		"robot":  func(b []byte, w *world) []byte { return numbered(b, w, "r-", 36, 2) },
		"host":   func(b []byte, w *world) []byte { return numbered(b, w, "node-", 60, 2) },
		"sku":    func(b []byte, w *world) []byte { return numbered(from(b, w, "ABCDEFGH", 2), w, "-", 9999, 4) },
		"code":   func(b []byte, w *world) []byte { return from(b, w, "abcdefghijklmnopqrstuvwxyz0123456789", 8) },
		"ulid": func(b []byte, w *world) []byte {
			return from(append(b, "01"...), w, "0123456789ABCDEFGHJKMNPQRSTVWXYZ", 24)
		},
		"uuid":    uuid,
		"ip":      ip,
		"person":  func(b []byte, w *world) []byte { return pick(b, w, people) },
		"user":    func(b []byte, w *world) []byte { return pick(b, w, users) },
		"service": func(b []byte, w *world) []byte { return pick(b, w, services) },
		"agent":   func(b []byte, w *world) []byte { return pick(b, w, agents) },
		"email": func(b []byte, w *world) []byte {
			return pick(append(numbered(pick(b, w, users), w, ".", 99, 2), '@'), w, domains)
		},
		"version": func(b []byte, w *world) []byte {
			return fmt.Appendf(b, "%d.%d.%d", 1+w.rng.IntN(6), w.rng.IntN(30), w.rng.IntN(12))
		},
		"date": func(b []byte, w *world) []byte {
			return w.at.AddDate(0, 0, 1+w.rng.IntN(90)).AppendFormat(b, time.DateOnly)
		},
		"sec": func(b []byte, w *world) []byte {
			return strconv.AppendFloat(b, w.at.Sub(w.start).Seconds(), 'f', 3, 64)
		},
		"tp": func(b []byte, w *world) []byte {
			b = pick(b, w, []string{"billing-invoices", "depot-scans", "clickstream-raw", "audit"})
			return strconv.AppendInt(append(b, '-'), int64(w.rng.IntN(12)), 10)
		},
	}
}

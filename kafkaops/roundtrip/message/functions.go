package message

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/brianvoe/gofakeit/v7"
)

// call appends a rendered value.
type call = func(*state, []byte) []byte

// compiler makes a call from the arguments in the template.
type compiler func(args []string) (call, error)

// FunctionNames lists what a template may call, in order.
func FunctionNames() []string { return slices.Sorted(maps.Keys(functions())) }

// functions lists what a template may call. None reads a clock or global randomness: `now` is the time of sending, which the krapp-sent
// header keeps, so every message can be rendered again.
func functions() map[string]compiler {
	all := map[string]compiler{
		"id":      plain(func(s *state, b []byte) []byte { return AppendID(b, s.short, s.seq) }),
		"seq":     plain(func(s *state, b []byte) []byte { return strconv.AppendInt(b, s.seq, 10) }),
		"run":     plain(func(s *state, b []byte) []byte { return append(b, s.run...) }),
		"now":     now,
		"randInt": randInt,
		"float":   float,
		"bool":    plain(func(s *state, b []byte) []byte { return strconv.AppendBool(b, s.random.Uint64()&1 == 1) }),
		"uuid":    plain(uuid),
		"hex":     sized(16, appendHex),
		"letters": sized(8, appendLetters),
		"oneOf":   oneOf,
	}
	for name, f := range fakes() {
		all[name] = plain(func(s *state, b []byte) []byte { return append(b, f(s.faker)...) })
	}
	return all
}

func fakes() map[string]func(*gofakeit.Faker) string {
	return map[string]func(*gofakeit.Faker) string{
		"name": (*gofakeit.Faker).Name, "firstName": (*gofakeit.Faker).FirstName, "lastName": (*gofakeit.Faker).LastName,
		"email": (*gofakeit.Faker).Email, "phone": (*gofakeit.Faker).Phone, "username": (*gofakeit.Faker).Username,
		"city": (*gofakeit.Faker).City, "country": (*gofakeit.Faker).Country, "countryCode": (*gofakeit.Faker).CountryAbr,
		"street": (*gofakeit.Faker).Street, "state": (*gofakeit.Faker).State, "zip": (*gofakeit.Faker).Zip,
		"company": (*gofakeit.Faker).Company, "jobTitle": (*gofakeit.Faker).JobTitle, "product": (*gofakeit.Faker).ProductName,
		"color": (*gofakeit.Faker).Color, "word": (*gofakeit.Faker).Word, "animal": (*gofakeit.Faker).Animal,
		"currency": (*gofakeit.Faker).CurrencyShort, "language": (*gofakeit.Faker).Language, "emoji": (*gofakeit.Faker).Emoji,
		"ipv4": (*gofakeit.Faker).IPv4Address, "ipv6": (*gofakeit.Faker).IPv6Address, "mac": (*gofakeit.Faker).MacAddress,
		"domain": (*gofakeit.Faker).DomainName, "userAgent": (*gofakeit.Faker).UserAgent, "car": (*gofakeit.Faker).CarModel,
		"sentence": func(f *gofakeit.Faker) string { return f.Sentence(8) },
	}
}

func plain(f call) compiler {
	return func(args []string) (call, error) {
		if len(args) > 0 {
			return nil, errors.New("takes no argument")
		}
		return f, nil
	}
}

// now renders the time of sending: RFC 3339 with milliseconds in UTC, or with the argument unix, millis or nanos a number.
func now(args []string) (call, error) {
	switch {
	case len(args) == 0:
		return func(s *state, b []byte) []byte { return s.sent.UTC().AppendFormat(b, "2006-01-02T15:04:05.000Z") }, nil
	case len(args) > 1:
		return nil, errors.New("takes one argument at most")
	}
	units := map[string]func(time.Time) int64{"unix": time.Time.Unix, "millis": time.Time.UnixMilli, "nanos": time.Time.UnixNano}
	unit, ok := units[args[0]]
	if !ok {
		return nil, fmt.Errorf("%q is none of unix, millis, nanos", args[0])
	}
	return func(s *state, b []byte) []byte { return strconv.AppendInt(b, unit(s.sent), 10) }, nil
}

// randInt renders a whole number between its two arguments, both included.
func randInt(args []string) (call, error) {
	if len(args) != 2 {
		return nil, errors.New("takes two whole numbers, the least and the greatest")
	}
	least, err := strconv.ParseInt(args[0], 10, 64)
	if err != nil {
		return nil, fmt.Errorf("%q is not a whole number", args[0])
	}
	most, err := strconv.ParseInt(args[1], 10, 64)
	if err != nil {
		return nil, fmt.Errorf("%q is not a whole number", args[1])
	}
	if most < least {
		return nil, fmt.Errorf("%d is less than %d", most, least)
	}
	span := uint64(most) - uint64(least) + 1 // 0: all of them
	return func(s *state, b []byte) []byte {
		r := s.random.Uint64()
		if span != 0 {
			r %= span
		}
		return strconv.AppendInt(b, int64(uint64(least)+r), 10)
	}, nil
}

// float renders a decimal between its two arguments, with the digits of the third (default 2) after the point.
func float(args []string) (call, error) {
	if len(args) != 2 && len(args) != 3 {
		return nil, errors.New("takes the least and the greatest number, and optionally how many digits follow the point")
	}
	var bounds [2]float64
	for i, a := range args[:2] {
		f, err := strconv.ParseFloat(a, 64)
		if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
			return nil, fmt.Errorf("%q is not a number", a)
		}
		bounds[i] = f
	}
	digits := 2
	if len(args) == 3 {
		d, err := strconv.Atoi(args[2])
		if err != nil || d < 0 || d > 15 {
			return nil, fmt.Errorf("%q is not a number of digits from 0 to 15", args[2])
		}
		digits = d
	}
	if bounds[1] < bounds[0] {
		return nil, fmt.Errorf("%s is less than %s", args[1], args[0])
	}
	least, span := bounds[0], bounds[1]-bounds[0]
	return func(s *state, b []byte) []byte {
		return strconv.AppendFloat(b, least+span*float64(s.random.Uint64()>>11)/(1<<53), 'f', digits, 64)
	}, nil
}

// oneOf renders one of its arguments.
func oneOf(args []string) (call, error) {
	if len(args) == 0 {
		return nil, errors.New("takes the values to choose from")
	}
	values := slices.Clone(args)
	return func(s *state, b []byte) []byte {
		return append(b, values[s.random.Uint64()%uint64(len(values))]...)
	}, nil
}

// sized makes a function of an optional length; at most 1 MiB, as brokers refuse more by default.
func sized(length int, f func(*state, []byte, int) []byte) compiler {
	return func(args []string) (call, error) {
		n := length
		if len(args) > 1 {
			return nil, errors.New("takes one argument at most, the length")
		}
		if len(args) == 1 {
			v, err := strconv.Atoi(args[0])
			if err != nil || v < 1 || v > 1<<20 {
				return nil, fmt.Errorf("%q is not a length from 1 to %d", args[0], 1<<20)
			}
			n = v
		}
		return func(s *state, b []byte) []byte { return f(s, b, n) }, nil
	}
}

const hexDigits = "0123456789abcdef"

func appendHex(s *state, b []byte, n int) []byte {
	var r uint64
	for i := range n {
		if i%16 == 0 {
			r = s.random.Uint64()
		}
		b = append(b, hexDigits[r&15])
		r >>= 4
	}
	return b
}

func appendLetters(s *state, b []byte, n int) []byte {
	var r uint64
	for i := range n {
		if i%8 == 0 {
			r = s.random.Uint64()
		}
		b = append(b, 'a'+byte(r&255)%26)
		r >>= 8
	}
	return b
}

// uuid renders a version 4 UUID (RFC 9562).
func uuid(s *state, b []byte) []byte {
	hi, lo := s.random.Uint64(), s.random.Uint64()
	hi = hi&^0xf000 | 0x4000
	lo = lo&^(3<<62) | 2<<62
	put := func(v uint64, from, to int) { // hex digits [from, to) of v, the most significant first
		for i := from; i < to; i++ {
			b = append(b, hexDigits[v>>(60-4*i)&15])
		}
	}
	put(hi, 0, 8)
	b = append(b, '-')
	put(hi, 8, 12)
	b = append(b, '-')
	put(hi, 12, 16)
	b = append(b, '-')
	put(lo, 0, 4)
	b = append(b, '-')
	put(lo, 4, 16)
	return b
}

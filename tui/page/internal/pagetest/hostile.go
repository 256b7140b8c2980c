package pagetest

import (
	"math/rand/v2"
	"strings"
)

// Hostile is text that ruins a screen when it is drawn as it is: each case is one that terminals are known to fall for.
func Hostile() []string {
	return []string{
		"\x1b[2J\x1b[31mred\x1b[0m", "\x1b]52;c;aGVsbG8=\x07", "\x1b]0;title\x1b\\", "\u009b31m\u0085\u0090", "\x9b31m", "\r\n\t\v\f\x00\x7f",
		"\u202eevil\u202c \u2066x\u2069 \u200f", "\xff\xfe\x80\xc0 invalid", "👩\u200d👩\u200d👧\u200d👦", "🇩🇪🇫🇷 👍🏽 ❤\ufe0f ☠\ufe0e",
		"日本語テキスト 한국어 中文", "ｆｕｌｌ\u3000ｗｉｄｅ", "e" + strings.Repeat("\u0301", 60), "\u0301leading mark", "مرحبا بالعالم", "עברית",
		"नमस्ते กำลัง ᄒ\u1161ᆫ", "\u200b\u2060\ufeff zero", strings.Repeat("long ", 400), strings.Repeat("界", 300), "\ue000\U000f0000 private", "",
	}
}

// HostileValue is up to size bytes of hostile text and noise, the same for the same seed.
func HostileValue(r *rand.Rand, size int) []byte {
	all := Hostile()
	var b strings.Builder
	for b.Len() < size {
		if r.IntN(4) == 0 {
			b.WriteByte(byte(r.IntN(256)))
			continue
		}
		b.WriteString(all[r.IntN(len(all))])
	}
	return []byte(b.String()[:size])
}

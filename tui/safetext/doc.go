// Package safetext makes text from outside safe to draw in a terminal cell.
//
// Everything that krapp did not write itself (keys, values, headers, names,
// broker errors, log lines, model output) passes [Of] or [Lines] once and is a
// [Text] from there on. A Text cannot be forged by a conversion: its string is
// private, and [Const] takes only constant strings.
//
// What a Text promises, for any input at all:
//
//   - it holds no C0, C1, DEL, ESC, bidi control, zero-width or private-use
//     code point and no invalid UTF-8; each of them is shown instead: ␛ for
//     ESC, ⟨9D⟩ for a stray byte, ⟨202E⟩ for a code point, ⟨D⟩⟨E⟩ for the two
//     halves of a flag;
//   - [Text.Width] is the number of cells it takes, by grapheme clusters and
//     by wcwidth alike. Bubble Tea's renderer uses the one or the other
//     depending on the terminal, and so do terminals and tmux; where the two
//     disagree for a cluster, the cluster is taken apart until they agree;
//   - it begins with a spacing character, so that joining two Texts never
//     makes a mark of the second sit on the last letter of the first.
//
// What this costs: emoji sequences fall apart into their members (a ZWJ
// between two pictographs and a variation selector after one are dropped,
// as they only choose a glyph), a skin tone is shown as its code, and so are
// the spacing vowel signs and viramas of Indic scripts, on whose width no two
// terminals agree. Right-to-left letters stay; that they do not move their
// neighbours is seen to by the app, which asks the terminal for explicit
// direction (BDSM).
//
// Stripping with ansi.Strip is not a sanitiser: it hides what was there, and
// it lets C1 bytes and bidi controls pass.
package safetext

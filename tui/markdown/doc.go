// Package markdown renders markdown from outside, a model's answer above all, to lines of the theme's roles.
//
// What it promises, for any input at all:
//
//   - the text is made safe before anything reads it as markdown (tui/safetext), and again where the renderer put it together; entities and
//     HTML are shown as they are written, never decoded, so nothing that was hidden can come back;
//   - the renderer's escape sequences are taken apart and become roles: none of them, and none of the text's, reaches the terminal;
//   - every line is exactly the width asked for, by the measure that draws it;
//   - nothing is fetched: links and images are shown as their text and address;
//   - the work is bounded: at most MaxBytes are rendered, nesting and tables are limited, and what the renderer fails on is shown as plain text.
//
// It is the only importer of glamour.
package markdown

// Package table shows rows that change while they are looked at.
//
// The cursor belongs to a row's key, not to a position: new data, sorting and
// filtering leave it on its row. Only the rows in sight are formatted, so the
// number of rows costs nothing to draw. Columns sort by comparing values,
// never their text. What a table draws has exactly the size it was given.
//
// A table has no keys of its own: a page binds them, by ui.TableBindings.
package table

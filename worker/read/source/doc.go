// Package source opens a URL or a file and streams what it holds, decompressed, in bounded memory, whatever the other side does:
//
//   - compression (gzip of any number of members, zstd, none) is found by content; an HTML page in the place of data is an error;
//   - a connection that dies or stalls is resumed where it was, with a range request, after a growing wait; when the source has changed in
//     the meantime that is an error, never a mixture of two;
//   - only https is reached, and hosts that were allowed by name; a redirect never leads off the host;
//   - the decompressed size, its ratio to the compressed one and the length of a row have limits;
//   - errors name the source and the position, in compressed and decompressed bytes.
//
// Rows cuts a stream into blocks of whole rows while a goroutine decompresses ahead.
package source

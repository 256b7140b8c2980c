// Package vector holds unit vectors under IDs and finds the nearest ones. It is the only importer of chromem-go, and makes its traps impossible:
//
//   - A query of a chromem collection holds its read lock for the whole scan, so an add waits. Here a search reads a view that nothing changes:
//     adds, removals and searches never wait for one another.
//   - Exporting while adding panics. Here Encode writes a view, and chromem's own export is not used.
//   - One torn file makes a persistent DB unopenable. Here collections live in memory only; Decode checks every block and returns an error.
//   - A delete with an empty filter deletes everything. Here nothing is ever deleted from a collection: Remove marks rows, and Remove() of nothing
//     does nothing.
//   - A zero vector gives NaN, which sorts anywhere. Here zero vectors are kept out, and a query of zeros finds nothing.
//   - Asking for more results than there are is an error. Here k may be anything.
//   - The caller's slices are aliased. Here vectors are copied when they come in.
//   - Two more that were met on the way: which of several equal vectors are found depends on the order of a map, so that the same query has
//     different answers; and a cancelled query returns part of the hits without an error. Here ties go by ID, and a cancelled search says so.
//
// Each has a test in traps_test.go that shows it in chromem and its absence here.
//
// Rows are added to one open segment; when it holds SegmentRows it is sealed, and a chromem collection is put over it, whose documents point at
// the segment's own rows: no vector is held twice. What chromem is worth was measured (BenchmarkSegment, 4,096 × 256, two busy cores): its query
// takes 4.0 ms, a scan of the same rows .44 ms, as chromem sends each document through a channel and reads them in the order of a map. Inside a
// sealed segment it adds cost and nothing else. So collections are asked while there are few of them, chromemSegments, and beyond that, or with a
// filter that chromem can't apply, the rows are scanned. Both ways give the same hits to the last bit: TestAskingChromemFindsTheSame.
//
// Memory: a vector of dim 256 takes 1 KiB for its row, and about 180 bytes for its ID, its stamp, its place in the map and chromem's document: see
// TestMemory. At most as many rows again are dead ones, as a segment of which half is dead is rebuilt.
package vector

// Package template groups machine messages by what they say: numbers, IDs, times, addresses and names are masked, and what is left is the
// template. JSON is taken by its paths, with those string values kept that are few ("declined", "ERROR"): they carry the meaning.
//
// What a Miner ends with is a function of the set of records that it was given, not of their order, as long as its bounds were not met. To that
// end a record's class depends on the record alone. A class has slots, places where a word may be kept or masked; a slot's word is masked when
// more different words were seen there than its limit, which is a property of the set. When that happens, templates of the class merge.
//
// What is told of a class is coarser still when its slots multiply: see shown.go.
package template

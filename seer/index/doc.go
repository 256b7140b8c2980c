// Package index holds what the seer has learned as documents, passages of prose and templates of machine messages, and finds those that a
// question is about: by BM25 of its own, by soft BM25, in which a word also matches its nearest words, and by vectors (seer/vector).
//
// Adds, removals and searches never wait for the whole of one another: a search takes the lists it needs under a lock that is held for look-ups
// only, and scores without it; an embedder is asked under no lock at all. Answers depend on the documents that are there, not on the order in which
// they came or how they were batched. There are four exceptions: an embedder whose vectors depend on the batch; words beyond the bound of the
// vocabulary; a document without a time, which is as old as its adding; and the word form whose vector stands for a stem, which is the shortest seen
// since the stem last appeared.
//
// Memory: bounded by Options.MaxPassages and MaxTemplates. A document takes its text, its vector (see seer/vector: 1.2 KiB with 256 dimensions), and
// 8 bytes for each different word; postings of removed documents stay until there are as many as of living ones. That was 3 KiB for a passage of 100
// words, so 150 MiB for 50,000 of them, and TestMemory holds it below 4 KiB. A text of MaxText bytes takes up to 40 KiB. The vocabulary takes about
// 570 bytes a word, and comes to at most 150 MiB for each kind (see maxTerms, maxVocabulary), which no language comes near: 50,000 passages of
// English have about 100,000 words.
package index

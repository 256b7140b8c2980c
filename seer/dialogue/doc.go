// Package dialogue has a model answer from evidence: it makes the prompt, runs the tools that the model asks for, within bounds, and lets
// through what the evidence bears out (package cite says what that proves and what not).
//
// Evidence, questions, past answers and the model itself are all taken for hostile. Evidence stands between delimiters with a nonce that its
// authors can't know; tools only read, and only what the question may read, whatever the model asks for; every wait, size and count has a
// limit. A model that is talked into anything can at worst write prose, and of that only sentences are kept that cite the evidence.
//
// What leaves for the model's endpoint: the question, the last four turns of the conversation, and at most 32 KiB of evidence with topic names,
// partitions, offsets, times and titles; with tools also what it searches, counts and reads, within the same bound. Nothing else of the cluster.
package dialogue

// Package route reads a question, in English, and says how it is to be answered: by computing from all records, by looking a record up, or by
// meaning. It is deterministic and knows no Kafka: what it needs of the world (topics, their fields and values, the time) is handed to it.
//
// The rule that makes it safe: an exact way is taken only when every word of the question that carries meaning is accounted for. A condition
// that was not understood is never dropped; it is reported in Route.Unknown.
package route

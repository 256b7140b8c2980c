// Package llm talks to an OpenAI-compatible endpoint: chat by streams with tools, and embeddings. It is go-openai's only importer.
//
// go-openai v1.43.0 neither retries nor times out, takes a stream that was cut off for a whole one and a web page for an empty answer, and
// leaves tool calls in pieces. Here every wait has its limit, an answer counts only with its finish reason, and sizes are bounded.
//
// The key is held in a closure of the transport and nowhere else: not in go-openai's configuration, not in a field that a %+v could show.
// Whatever comes back from the endpoint or the network has the key taken out before it is returned, logged or given to a caller.
package llm

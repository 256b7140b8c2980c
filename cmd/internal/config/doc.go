// Package config finds out which cluster krapp is to talk to, and how: from flags, the environment, a .env file, the named contexts of
// config.yaml and the announcement of an embedded broker. The nearer wins, and every value knows where it came from.
package config

package ui

import "github.com/krapp-io/krapp/kafkaops"

// LookOnly is why a served console refuses a change: the visitor's key or the context may only look.
func LookOnly(op, resource string) error {
	return kafkaops.Errorf(kafkaops.Unauthorised, op, resource, "Choose another context with :contexts, or ask who runs this server for a key with krapp-role=\"operator\".",
		"this session may only look")
}

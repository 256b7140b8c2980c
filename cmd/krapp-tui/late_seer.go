package main

import (
	"context"

	"github.com/krapp-io/krapp/seer"
)

// lateSeer is the seer for pages that are drawn before it runs: each question waits for the session's stack, or says why there is none.
type lateSeer struct{ session *session }

func (l lateSeer) asker(ctx context.Context) (seer.Asker, error) {
	st, err := l.session.Stack(ctx)
	if err != nil {
		return nil, err
	}
	return st.Asker()
}

func (l lateSeer) Ask(ctx context.Context, q seer.Question, each func(seer.Event)) (seer.Answer, error) {
	asker, err := l.asker(ctx)
	if err != nil {
		return seer.Answer{}, err
	}
	return asker.Ask(ctx, q, each)
}

func (l lateSeer) Status(ctx context.Context) (seer.Status, error) {
	asker, err := l.asker(ctx)
	if err != nil {
		return seer.Status{}, err
	}
	return asker.Status(ctx)
}

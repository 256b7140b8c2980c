package stack

import (
	"context"
	"time"

	"github.com/krapp-io/krapp/cmd/internal/config"
	"github.com/krapp-io/krapp/cmd/internal/oracle"
	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/seer"
	"github.com/krapp-io/krapp/seer/learn"
	"github.com/krapp-io/krapp/seer/remote"
	"github.com/krapp-io/krapp/seer/serve"
	"github.com/krapp-io/krapp/worker"
	"github.com/krapp-io/krapp/worker/httpd"
)

// modelLimit bounds asking an endpoint for a first vector.
const modelLimit = 30 * time.Second

// seer makes the role that learns and answers. What it has learned of an embedded broker that keeps nothing is not kept either.
func (s *Stack) seer(http httpd.Options, slot string) (worker.Role, error) {
	ctx, cancel := context.WithTimeout(context.Background(), modelLimit)
	defer cancel()
	o := oracle.Options{
		Client: s.client, Seer: s.o.Seer, Registry: s.o.Registry, Log: s.o.Log,
		Learn: learn.Options{Topics: s.o.Topics, Regex: s.o.Regex, Except: s.o.except},
		Serve: serve.Options{HTTP: http, Slot: slot, OnListen: s.listens(Seer, http.Addr, serve.DefaultAddr)},
	}
	if s.broker == nil || s.broker.Dir() != "" {
		o.Learn.SnapshotFile = oracle.SnapshotFile(ctx, s.client)
	}
	host, err := oracle.New(ctx, o)
	s.oracle = host
	return host, err
}

// Asker is the seer that this stack's owner asks: the one that is configured, else the one in this process, else the one that was joined.
func (s *Stack) Asker() (seer.Asker, error) {
	url := s.o.Seer.URL
	switch {
	case url == "" && s.oracle != nil:
		return s.oracle.Asker(), nil
	case url == "":
		url = s.Services()[Seer]
	}
	if url == "" {
		return nil, noSeer()
	}
	return remote.New(remote.Options{URL: url, Token: s.o.Seer.Token})
}

func noSeer() error {
	return kafkaops.Errorf(kafkaops.NotFound, "finding the seer", "",
		"Give this console --roles seer --topics NAME, or start krapp-worker seer and name it: --"+config.SeerURL+" http://127.0.0.1:8030, or seer: url: in the context.",
		"none runs in this process, and none is configured")
}

package oracle

import (
	"cmp"
	"context"

	"github.com/krapp-io/krapp/cmd/internal/config"
	"github.com/krapp-io/krapp/kafkaops/embedded"
	"github.com/krapp-io/krapp/seer/remote"
	"github.com/krapp-io/krapp/seer/serve"
)

// Role is the seer's name among the roles and the services that are announced.
const Role = "seer"

// Remote is the seer to ask from another process: the one that is configured, else the one that this user's krapp up or krapp-tui announced, else
// the usual port of this machine. Nothing is sent yet.
func Remote(ctx context.Context, c config.Seer) (*remote.Client, error) {
	url := c.URL
	if url == "" {
		if a, ok := embedded.Announced(ctx, ""); ok {
			url = a.Services[Role]
		}
	}
	return remote.New(remote.Options{URL: cmp.Or(url, "http://"+serve.DefaultAddr), Token: c.Token})
}

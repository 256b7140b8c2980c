package rdkafka

import (
	"context"
	"slices"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
)

const (
	// pooledReaders bounds how many idle readers are kept: making one costs threads and connections, about 10 ms.
	pooledReaders = 2
	// pooledFor is how long an idle reader is kept.
	pooledFor = 30 * time.Second
)

// borrow returns a reader of no partitions, an idle one when there is one. Whoever borrows gives it back.
func (c *Client) borrow(ctx context.Context, iso kafkaops.Isolation) (*Reader, error) {
	c.mu.Lock()
	for i, r := range c.idle {
		if r.iso == iso {
			c.idle = slices.Delete(c.idle, i, i+1)
			c.mu.Unlock()
			return r, nil
		}
	}
	c.mu.Unlock()
	return c.Reader(ctx, ReaderOptions{Isolation: iso, Wait: shortWait})
}

// giveBack keeps the reader for the next borrower, unless there are enough.
func (c *Client) giveBack(r *Reader) {
	r.reset()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || len(c.idle) >= pooledReaders {
		go r.Close()
		return
	}
	r.idle = time.Now()
	c.idle = append(c.idle, r)
	time.AfterFunc(pooledFor, c.closeIdle)
}

// closeIdle closes the readers that nobody has borrowed for long, all of them once the client is closed.
func (c *Client) closeIdle() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.idle = slices.DeleteFunc(c.idle, func(r *Reader) bool {
		old := c.closed || time.Since(r.idle) >= pooledFor
		if old {
			go r.Close()
		}
		return old
	})
}

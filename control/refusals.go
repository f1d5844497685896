package control

import (
	"context"
	"fmt"
	"sync"
	"time"

	"signalbox/release"
	"signalbox/release/feed"
	"signalbox/release/port"
)

// refusals counts what unauthenticated senders were turned away with. They are written once a second, so
// that a flood at the door is not a flood of writes; they carry no authority and no audit entry.
type refusals struct {
	mu     sync.Mutex
	counts map[string]feed.Status
}

// RefusedHook counts a delivery that was turned away before it was read. It never blocks on the store.
func (c *Control) RefusedHook(connector, why string) {
	c.hooks.mu.Lock()
	defer c.hooks.mu.Unlock()
	if c.hooks.counts == nil {
		c.hooks.counts = map[string]feed.Status{}
	}
	f := c.hooks.counts[connector]
	f.Name, f.Refused, f.LastError, f.LastErrorAt = connector, f.Refused+1, release.Clean(why, 200), c.now()
	c.hooks.counts[connector] = f
}

func (c *Control) writeRefusals(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			c.flushRefusals(context.WithoutCancel(ctx))
			return
		case <-tick.C:
			c.flushRefusals(ctx)
		}
	}
}

func (c *Control) flushRefusals(ctx context.Context) {
	c.hooks.mu.Lock()
	counts := c.hooks.counts
	c.hooks.counts = nil
	c.hooks.mu.Unlock()
	if len(counts) == 0 {
		return
	}
	err := c.Store.Write(ctx, func(tx port.Tx) error {
		for _, f := range counts {
			if err := tx.CountFeed(ctx, f, f.LastErrorAt); err != nil {
				return err
			}
			line := feed.Exchange{At: f.LastErrorAt, Sign: feed.Turned, Text: f.LastError}
			if f.Refused > 1 {
				line.Text = fmt.Sprintf("%d turned away, the last: %s", f.Refused, f.LastError)
			}
			if err := tx.PutExchange(ctx, f.Name, line); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		c.Log.Warn("refused deliveries could not be counted", "cause", err)
	}
}

package control

import (
	"context"
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

// DeadHook records an authenticated delivery that could not be understood.
func (c *Control) DeadHook(ctx context.Context, connector string, d port.Delivery, why string) {
	at := c.now()
	err := c.Store.Write(ctx, func(tx port.Tx) error {
		return tx.CountFeed(ctx, feed.Status{Name: connector, Dead: 1, LastError: release.Clean(d.Event+": "+why, 200), LastErrorAt: at})
	})
	if err != nil {
		c.Log.Error("a dead letter could not be recorded", "connector", connector, "delivery", d.ID, "cause", err)
	}
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
			if err := tx.CountFeed(ctx, f); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		c.Log.Warn("refused deliveries could not be counted", "cause", err)
	}
}

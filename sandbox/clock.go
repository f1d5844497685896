package sandbox

import (
	"sync"
	"time"
)

// clock is the domain clock of a simulation: it goes with the machine's, faster or slower, stands still, or is
// set. It never passes an instant at which something is still to happen.
type clock struct {
	mu      sync.Mutex
	machine func() time.Time
	base    time.Time // simulated, when it was last set
	wall    time.Time // the machine's then
	speed   float64
	paused  bool
	limit   time.Time // of what is due next; zero: none
	pinned  time.Time // while something happens: its instant
}

func newClock(machine func() time.Time, start time.Time, speed float64) *clock {
	return &clock{machine: machine, base: start, wall: machine(), speed: speed, pinned: start}
}

// now is the simulated instant.
func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at()
}

func (c *clock) at() time.Time {
	if !c.pinned.IsZero() {
		return c.pinned
	}
	t := c.wanted()
	if !c.limit.IsZero() && t.After(c.limit) {
		return c.limit
	}
	return t
}

// wanted is where the clock would be if nothing were due.
func (c *clock) wanted() time.Time {
	if c.paused {
		return c.base
	}
	return c.base.Add(time.Duration(float64(c.machine().Sub(c.wall)) * c.speed)).UTC()
}

// pin holds the clock at an instant.
func (c *clock) pin(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pinned = at
}

// free lets the clock go on as it went before it was pinned, up to the next limit.
func (c *clock) free(limit time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pinned, c.limit = time.Time{}, limit
}

// set begins the clock anew at an instant.
func (c *clock) set(at, limit time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.base, c.wall, c.pinned, c.limit = at, c.machine(), time.Time{}, limit
}

// stand stops the clock or lets it go on.
func (c *clock) stand(paused bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.base, c.wall = c.at(), c.machine()
	c.paused = paused
}

// pace sets how fast it goes.
func (c *clock) pace(speed float64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.base, c.wall = c.at(), c.machine()
	c.speed = speed
}

// standing is how the clock goes.
func (c *clock) standing() (speed float64, paused bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.speed, c.paused
}

// wait is how long, on the machine's clock, until an instant comes by itself; false while it does not.
func (c *clock) wait(at time.Time) (time.Duration, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.paused || !c.pinned.IsZero() {
		return 0, false
	}
	return time.Duration(float64(at.Sub(c.wanted())) / c.speed), true
}

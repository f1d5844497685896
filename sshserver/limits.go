package sshserver

import (
	"net/netip"
	"time"

	"signalbox/release/access"
)

// Limits says how much one caller, and all of them, may take. Zero fields take the default named beside
// them.
type Limits struct {
	// Handshake is how long a caller may take from the first byte to a verified key, however slowly the
	// bytes come: 10 s.
	Handshake time.Duration
	// Open is how long an authenticated caller may wait before asking for a shell or a command: 10 s.
	Open time.Duration
	// Exec is how long one command may run: 60 s.
	Exec time.Duration
	// Stall is how long a write to the caller may wait without moving: 10 s.
	Stall time.Duration
	// Alive is how often the caller is asked for a sign of life, and how long it may take to give it: 30 s.
	Alive time.Duration
	// Recheck is how often a session's key, certificate and person are looked at again: 4 s, so that a revoked
	// one has left within 5.
	Recheck time.Duration
	// Idle is how long a session with levers may go without a key press before the next one ends it: 10 min.
	Idle time.Duration
	// Drain is how long Shutdown waits for callers to leave: 10 s.
	Drain time.Duration
	// Grace is how long a session that must end may take to say so before it is cut: 1 s.
	Grace time.Duration

	// PerSource is how many connections one address (an IPv6 /64) may hold: 50.
	PerSource int
	// Startups is how many connections may be without a verified key at one time: 200.
	Startups int
	// Total is how many connections there may be: 2,000.
	Total int
	// Rate and Burst are the bucket of new connections of one address: 6 a second after a burst of 15, which
	// stays under the 20 a second that scanners call a DHEat risk.
	Rate  float64
	Burst int
	// Trusted lists networks, such as a bastion's, that Rate and PerSource do not bind. None.
	Trusted []netip.Prefix

	// AuthTries is how many keys a caller may offer: 6.
	AuthTries int
	// Command is the longest command line in bytes: 64 KiB. Input is the most a command may read from its
	// standard input: 32 MiB.
	Command int
	Input   int64
}

func (l Limits) withDefaults() Limits {
	def(&l.Handshake, 10*time.Second)
	def(&l.Open, 10*time.Second)
	def(&l.Exec, time.Minute)
	def(&l.Stall, 10*time.Second)
	def(&l.Alive, 30*time.Second)
	def(&l.Recheck, 4*time.Second)
	def(&l.Idle, access.DisarmAfter)
	def(&l.Drain, 10*time.Second)
	def(&l.Grace, time.Second)
	def(&l.PerSource, 50)
	def(&l.Startups, 200)
	def(&l.Total, 2000)
	def(&l.Rate, 6)
	def(&l.Burst, 15)
	def(&l.AuthTries, 6)
	def(&l.Command, 64<<10)
	def(&l.Input, 32<<20)
	return l
}

func def[T comparable](v *T, to T) {
	var zero T
	if *v == zero {
		*v = to
	}
}

package httpserver

import (
	"cmp"
	"time"

	"signalbox/connectors"
	"signalbox/release"
)

// Rate is a token bucket: so many a second, and Burst at once.
type Rate struct {
	PerSecond float64
	Burst     int
}

// Limits of the door. A zero field takes its default.
type Limits struct {
	// Body is the largest hook delivery, in bytes. connectors.MaxBody (4 MiB), beyond which no connector reads.
	Body int64
	// Bodies is what all bodies under way may hold together, in bytes, and BodiesPerSource what those of
	// one source may. 64 MiB and 16 MiB. Neither is less than Body.
	Bodies, BodiesPerSource int64

	// HookRate is of one source at the hooks (100 a second, 1,000 at once), AskRate of one source at all
	// other paths (2,000 and 4,000).
	HookRate, AskRate Rate
	// FailureRate is of one source that cannot prove itself at one connector or the gate (10 a second, 100
	// at once): while it is spent, the source is turned away there unread. It is no tighter because a forge
	// sends for all its repositories from few addresses, and one with an old secret must not lock out the
	// others.
	FailureRate Rate
	// Sources is how many sources are remembered by each rate. 10,000.
	Sources int

	// Concurrent is how many deliveries are worked on at once, and how many other requests; more wait, at most
	// Handle. 256.
	Concurrent int
	// Conns is how many connections are open at once, ConnsPerSource how many of one source. 1,024 and 128.
	Conns, ConnsPerSource int

	// ReadHeader, Read, Write and Idle are those of http.Server: 5 s, 20 s, 40 s, 60 s. Read bounds a whole
	// request with its body.
	ReadHeader, Read, Write, Idle time.Duration
	// Handle bounds the work on a request that has been read. 8 s: GitHub waits 10.
	Handle time.Duration
	// Header is the most that the headers may take, in bytes. 32 KiB.
	Header int
}

func (l Limits) withDefaults() Limits {
	l.Body = cmp.Or(l.Body, connectors.MaxBody)
	l.Bodies = cmp.Or(l.Bodies, max(64<<20, l.Body))
	l.BodiesPerSource = cmp.Or(l.BodiesPerSource, max(16<<20, l.Body))
	l.HookRate = cmp.Or(l.HookRate, Rate{100, 1_000})
	l.AskRate = cmp.Or(l.AskRate, Rate{2_000, 4_000})
	l.FailureRate = cmp.Or(l.FailureRate, Rate{10, 100})
	l.Sources = cmp.Or(l.Sources, 10_000)
	l.Concurrent = cmp.Or(l.Concurrent, 256)
	l.Conns = cmp.Or(l.Conns, 1_024)
	l.ConnsPerSource = cmp.Or(l.ConnsPerSource, 128)
	l.ReadHeader = cmp.Or(l.ReadHeader, 5*time.Second)
	l.Read = cmp.Or(l.Read, 20*time.Second)
	l.Write = cmp.Or(l.Write, 40*time.Second)
	l.Idle = cmp.Or(l.Idle, 60*time.Second)
	l.Handle = cmp.Or(l.Handle, 8*time.Second)
	l.Header = cmp.Or(l.Header, 32<<10)
	return l
}

func (l Limits) check() error {
	for _, r := range []Rate{l.HookRate, l.AskRate, l.FailureRate} {
		if r.PerSecond <= 0 || r.Burst < 1 {
			return release.Errorf(release.Usage, "a rate of %g a second, %d at once lets nobody in", r.PerSecond, r.Burst).
				Advise("give both a positive number")
		}
	}
	if min(l.Sources, l.Concurrent, l.Conns, l.ConnsPerSource, l.Header) < 1 || l.Body < 1 {
		return release.Errorf(release.Usage, "a limit of the HTTP door is negative").Advise("leave it out for its default")
	}
	if l.Body > connectors.MaxBody {
		return release.Errorf(release.Usage, "a delivery of %d bytes would be let in, and no connector reads more than %d", l.Body, connectors.MaxBody).
			Advise("lower the limit of a body")
	}
	if min(l.Bodies, l.BodiesPerSource) < l.Body {
		return release.Errorf(release.Usage, "one delivery may take %d bytes, which is more than all may take together", l.Body).
			Advise("raise the limit of all bodies, or lower that of one")
	}
	if min(l.ReadHeader, l.Read, l.Write, l.Idle, l.Handle) <= 0 {
		return release.Errorf(release.Usage, "a timeout of the HTTP door is negative").Advise("leave it out for its default")
	}
	if l.Write <= l.Read+l.Handle {
		return release.Errorf(release.Usage, "the write timeout %s cuts an answer off that is still to come", l.Write).
			Advise("make it longer than reading (%s) and handling (%s) together", l.Read, l.Handle)
	}
	return nil
}

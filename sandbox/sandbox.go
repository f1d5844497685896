// Package sandbox owns the simulated company: its units, services and people, its calendars, its telemetry and
// its clock, and the scenarios that a trainer plays on it. Everything it makes up enters as it would in
// production: forge and alert payloads through their connectors, calendars and catalogs through their readers,
// acts of people through the table of verbs. It dials nobody and sends nothing. It imports control, connectors
// and release, never the store, which it is handed.
//
// The same seed, the same scenario and the same acts at the same instants give the same store: everything drawn
// by lot is a hash of the seed and of what it is for, never of the machine's clock or of an order of goroutines.
package sandbox

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"signalbox/connectors/alertmanager"
	"signalbox/connectors/github"
	"signalbox/control"
	"signalbox/release"
	"signalbox/release/port"
	"signalbox/release/simulation"
)

// Options say what is simulated. Scenario "" is DefaultScenario; Speed 0 is 1; the zero Start is DefaultStart.
// Paused begins with a clock that stands still.
type Options struct {
	Scenario string
	Seed     uint64
	Speed    float64
	Paused   bool
	Start    time.Time // UTC
	// Machine is the clock of the machine, by which the simulated one goes.
	Machine func() time.Time
	Log     *slog.Logger
}

// DefaultScenario is what is played where nobody chose.
const DefaultScenario = "canary-at-peak"

// DefaultStart is the Tuesday before the retail peak, half an hour before noon in London.
var DefaultStart = time.Date(2026, 11, 24, 11, 30, 0, 0, time.UTC)

// House is what the company lives in.
type House struct {
	Control *control.Control
	Store   port.Store
	// Renew puts an empty store in the place of the one there is. Until Ready, it may answer nobody but the
	// simulation itself: who is not there yet must not be taken for shut out.
	Renew func(ctx context.Context) error
	Ready func()
	// Keys are public key lines by the name of a seat: who holds one sits there.
	Keys map[string]string
}

// Sandbox is a simulation. It satisfies control.Simulation.
type Sandbox struct {
	o      Options
	house  House
	clock  *clock
	random *lot
	hook   *github.Receiver
	alerts *alertmanager.Receiver
	secret []byte

	turn sync.Mutex // held by whoever lets something happen
	world
	state atomic.Pointer[simulation.State]
	scene atomic.Pointer[scene]
	anew  atomic.Bool // while it is founded again
}

var _ control.Simulation = (*Sandbox)(nil)

// world is what a run has come to. Only who holds the turn touches it, but for what has its own lock.
type world struct {
	run       int
	scenario  *Scenario
	due       agenda
	steps     []*simulation.Step
	ships     map[string]*ship // by the id of its deployment
	newest    map[string]*ship // by service
	told      int              // deliveries
	rolling   map[string]bool  // changes that somebody rolls out
	held      []message        // that silent feeds will send when they are back
	firing    []firing         // alerts that were told of and are not resolved
	silent    map[string]bool  // feeds that say nothing
	extra     map[string][]item
	telemetry *telemetry
}

// New makes a simulation that has not begun. An unknown scenario is a NotFound error, a speed out of bounds a
// Usage error.
func New(o Options) (*Sandbox, error) {
	if o.Speed == 0 {
		o.Speed = 1
	}
	if !(o.Speed >= simulation.Slowest && o.Speed <= simulation.Fastest) { // and no number
		return nil, release.Errorf(release.Usage, "%v is no speed", o.Speed).Advise("write a factor from 0.1 to 120, or 0 for a clock that stands still at first")
	}
	if o.Start.IsZero() {
		o.Start = DefaultStart
	}
	if o.Scenario == "" {
		o.Scenario = DefaultScenario
	}
	sc, err := find(o.Scenario)
	if err != nil {
		return nil, err
	}
	o.Start = o.Start.UTC().Truncate(time.Second)
	s := &Sandbox{o: o, clock: newClock(o.Machine, o.Start, o.Speed), random: newLot(o.Seed)}
	s.secret = []byte(s.hex("hook", 32))
	if s.hook, err = github.New(github.Config{Name: forge, Secrets: [][]byte{s.secret}}); err != nil {
		return nil, err
	}
	if s.alerts, err = alertmanager.New(alertmanager.Config{Name: pager, Secrets: [][]byte{s.secret}}); err != nil {
		return nil, err
	}
	s.clock.stand(o.Paused)
	s.clock.pin(o.Start)
	s.world = world{scenario: sc}
	s.show()
	return s, nil
}

// Live joins the simulation with its house. It must be called before anything else happens.
func (s *Sandbox) Live(h House) { s.house = h }

// Now is the simulated clock, UTC.
func (s *Sandbox) Now() time.Time { return s.clock.now() }

// Random is the source of randomness of the house: it begins at the seed, anew with each run.
func (s *Sandbox) Random() io.Reader { return s.random }

// Seed is that of the run.
func (s *Sandbox) Seed() uint64 { return s.o.Seed }

// lot is a source of randomness that begins at a seed and may be drawn from by many goroutines.
type lot struct {
	mu   sync.Mutex
	seed uint64
	from *rand.ChaCha8
}

func newLot(seed uint64) *lot {
	l := &lot{seed: seed}
	l.rewind()
	return l
}

func (l *lot) rewind() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.from = rand.NewChaCha8(sha256.Sum256(fmt.Appendf(nil, "signalbox sandbox %d", l.seed)))
}

func (l *lot) Read(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.from.Read(p)
}

// draw is the hash of the seed and of what is drawn for.
func draw(seed uint64, parts ...any) [32]byte {
	var b strings.Builder
	fmt.Fprintf(&b, "%d", seed)
	for _, p := range parts {
		fmt.Fprintf(&b, "\x00%v", p)
	}
	return sha256.Sum256([]byte(b.String()))
}

// fraction is a number in [0, 1) drawn for something.
func fraction(seed uint64, parts ...any) float64 {
	d := draw(seed, parts...)
	return float64(binary.BigEndian.Uint64(d[:8])>>11) / (1 << 53)
}

// below is a whole number in [0, n) drawn for something.
func (s *Sandbox) below(n int, parts ...any) int {
	return int(fraction(s.o.Seed, parts...) * float64(n))
}

// hex is n bytes in hex drawn for something, at most 32.
func (s *Sandbox) hex(what string, n int, parts ...any) string {
	d := draw(s.o.Seed, append([]any{what}, parts...)...)
	return hex.EncodeToString(d[:n])
}

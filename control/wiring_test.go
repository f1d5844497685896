package control_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"signalbox/control"
	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/catalog"
	"signalbox/release/fact"
	"signalbox/release/feed"
	"signalbox/release/gate"
	"signalbox/release/port"
)

// shut is a store whose next writes fail when they would be durable.
type shut struct {
	port.Store
	fail int
}

func (s *shut) Write(ctx context.Context, fn func(port.Tx) error) error {
	return s.Store.Write(ctx, func(tx port.Tx) error {
		err := fn(tx)
		if err == nil && s.fail > 0 {
			s.fail--
			return release.Errorf(release.Unavailable, "the disk is full")
		}
		return err
	})
}

func TestWhatARefusalSaysSurvivesAFailedWrite(t *testing.T) {
	prom := &source{name: "prom"}
	h, _ := outside(t, []port.Puller{prom}, nil)
	ctx := context.Background()
	store := &shut{Store: h.Store}
	w := control.Wiring{Environments: catalog.DefaultEnvironments(), Pullers: []port.Puller{prom},
		Feeds: []feed.Status{{Name: "prom", Type: "prometheus", Kind: feed.Pull, ExpectEvery: 15 * time.Second}}}
	o := h.Options
	o.Store = store
	h.Control = control.New(o)
	if err := h.Rewire(ctx, w); err != nil {
		t.Fatal(err)
	}
	prom.say(port.Pulled{Facts: []fact.Fact{h.sample("ghost")}, Read: 1}, nil)
	prom.during = func() { store.fail = 1 } // of the write that stores what is read
	h.PullOnce(ctx, prom)
	prom.during = nil
	if l := h.line("prom"); l.Refused != 0 || len(l.Log) != 0 {
		t.Fatalf("what was not stored is there: %+v", l)
	}
	for range 3 {
		h.pass(15 * time.Second)
		h.PullOnce(ctx, prom)
	}
	l := h.line("prom")
	if l.Refused != 1 || l.Accepted != 0 || len(l.Log) != 1 || !strings.Contains(l.Log[0].Text, "ghost") {
		t.Errorf("refused %d, accepted %d, log %+v", l.Refused, l.Accepted, l.Log)
	}
}

// TestAReadingAcrossAReloadDoesNotCount: what the connector of the old configuration brings is not the new one's.
func TestAReadingAcrossAReloadDoesNotCount(t *testing.T) {
	for name, failure := range map[string]error{"good": nil, "failed": release.Errorf(release.Unavailable, "nobody answers")} {
		t.Run(name, func(t *testing.T) {
			older, newer := &source{name: "retail"}, &source{name: "retail"}
			h, _ := outside(t, []port.Puller{older}, nil)
			ctx := context.Background()
			older.say(port.Pulled{Facts: []fact.Fact{fact.CalendarSeen{Source: "retail"}}, Read: 1, Cursor: "old"}, failure)
			newer.say(port.Pulled{Facts: []fact.Fact{fact.CalendarSeen{Source: "retail"}}, Read: 1, Cursor: "new"}, nil)
			older.during = func() {
				h.pass(time.Second)
				if err := h.Rewire(ctx, control.Wiring{Environments: catalog.DefaultEnvironments(), Pullers: []port.Puller{newer},
					Feeds: []feed.Status{{Name: "retail", Type: "prometheus", Kind: feed.Pull, ExpectEvery: time.Hour}}}); err != nil {
					t.Error(err)
				}
			}
			h.PullOnce(ctx, older)
			if l := h.line("retail"); !l.NextAt.IsZero() || l.Cursor != "" || l.Tries != 0 || len(l.Log) != 0 || !l.LastGood.IsZero() {
				t.Errorf("the old reading counts: %+v", l)
			}
			h.PullOnce(ctx, newer)
			if l := h.line("retail"); l.Cursor != "new" || l.LastGood.IsZero() {
				t.Errorf("the new one does not: %+v", l)
			}
		})
	}
}

// TestACalendarThatAnotherProcessForgotIsNotClear: this process was cut off, and another one, without the calendar,
// took its row away with the freezes.
func TestACalendarThatAnotherProcessForgotIsNotClear(t *testing.T) {
	cal := &source{name: "retail"}
	h, _ := outside(t, []port.Puller{cal}, nil)
	ctx := context.Background()
	h.ingest(h.deploy("search", 1, "dev"))
	h.must("bob", "approve", []string{"1"}, "message", why)
	w := control.Wiring{Environments: catalog.DefaultEnvironments(), Pullers: []port.Puller{cal}, Freezing: map[string]access.Scope{"retail": "service:search"},
		Feeds: []feed.Status{{Name: "retail", Type: "icalendar", Kind: feed.Pull, ExpectEvery: time.Hour}}}
	if err := h.Rewire(ctx, w); err != nil {
		t.Fatal(err)
	}
	cal.say(port.Pulled{Facts: []fact.Fact{fact.CalendarSeen{Source: "retail"}}, Read: 1}, nil)
	h.PullOnce(ctx, cal)
	if v, why := h.freshness("search", 1); v != gate.Pass {
		t.Fatalf("read: %s %s", v, why)
	}
	h.pass(4 * time.Minute)
	o := h.Options
	o.Process = "other:1"
	if err := control.New(o).Rewire(ctx, control.Wiring{Environments: catalog.DefaultEnvironments()}); err != nil {
		t.Fatal(err)
	}
	if v, why := h.freshness("search", 1); v != gate.Unknown || !strings.Contains(why, "retail has not been read yet") {
		t.Errorf("forgotten by the other: %s %s", v, why)
	}
	if err := h.DeclareOnce(ctx); err != nil {
		t.Fatal(err)
	}
	h.PullOnce(ctx, cal)
	if v, why := h.freshness("search", 1); v != gate.Pass {
		t.Errorf("declared and read again: %s %s", v, why)
	}
}

// TestTheLastConnectorGoesToo: a configuration without connectors forgets what an earlier one had.
func TestTheLastConnectorGoesToo(t *testing.T) {
	h, _ := outside(t, []port.Puller{&source{name: "prom"}}, nil)
	h.pass(4 * time.Minute)
	o := h.Options
	o.Process = "next:1"
	next := control.New(o)
	if err := next.Rewire(context.Background(), control.Wiring{Environments: catalog.DefaultEnvironments()}); err != nil {
		t.Fatal(err)
	}
	if p, err := next.Feeds(context.Background()); err != nil || len(p.Lines) != 0 {
		t.Errorf("%d feeds are left, %v", len(p.Lines), err)
	}
}

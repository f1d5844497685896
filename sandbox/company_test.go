package sandbox

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"signalbox/connectors/backstage"
	"signalbox/connectors/icalendar"
	"signalbox/connectors/openslo"
	"signalbox/connectors/organisation"
	"signalbox/release/access"
	"signalbox/release/catalog"
)

// TestCompany: forty services whose edges lead to services and vendors that there are, people in every role, and
// calendars of every kind; all of it as the connectors read it.
func TestCompany(t *testing.T) {
	own, err := organisation.Map(org, "organisation.yaml", organisationFile())
	if err != nil {
		t.Fatal(err)
	}
	seen := backstage.Map(services, []backstage.File{{Path: "catalog.yaml", Data: catalogFile()}})
	if len(seen.Refused) > 0 || len(seen.Services) != 40 {
		t.Fatalf("%d services, refused %v", len(seen.Services), seen.Refused)
	}
	for _, e := range slices.Concat(seen.Edges, own.Edges) {
		to, vendor := strings.CutPrefix(e.To, "vendor:")
		found := slices.ContainsFunc(seen.Services, func(s catalog.Service) bool { return s.ID == e.To })
		if vendor {
			found = slices.ContainsFunc(own.Vendors, func(v catalog.Vendor) bool { return v.ID == to })
		}
		if !found {
			t.Errorf("%s needs %s, which there is not", e.From, e.To)
		}
	}
	held := map[access.Role]bool{}
	for _, m := range members {
		for _, r := range strings.Fields(m.roles) {
			role, _, _ := strings.Cut(r, "@")
			held[access.Role(role)] = true
		}
	}
	for _, r := range access.Roles {
		if !held[r] {
			t.Errorf("nobody is %s", r)
		}
	}
	for _, seat := range Seats {
		if memberOf(string(seat.Person)) == nil {
			t.Errorf("nobody sits as %s", seat.Name)
		}
	}
	s, err := New(Options{Machine: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]bool{}
	for _, c := range calendars {
		seen, err := icalendar.Map(c, s.file(c), icalendar.Options{})
		if err != nil || len(seen.Refused) > 0 || len(seen.Entries) != len(s.items(c)) {
			t.Errorf("%s: %d entries, refused %v, %v", c, len(seen.Entries), seen.Refused, err)
		}
		for _, e := range seen.Entries {
			kinds[string(e.Kind)] = true
		}
	}
	promises, n := openslo.Map(objectives, []openslo.File{{Path: "objectives.yaml", Data: objectiveFile()}}, openslo.Options{})
	if len(promises.Refused) > 0 || n != len(promises.Objectives) || n != len(offers)-len(unpromised)+len(swift) {
		t.Errorf("%d objectives of %d, refused %v", len(promises.Objectives), n, promises.Refused)
	}
	for _, o := range promises.Objectives {
		if offered(o.Service) == nil {
			t.Errorf("%s is of %s, which there is not", o.ID, o.Service)
		}
	}
	if len(kinds) != 8 {
		t.Errorf("the calendars hold %v", kinds)
	}
}

// TestTelemetry: measurements are a function of the seed, the instant and what happened; shares add up to the
// whole, and trouble of one version is not that of another.
func TestTelemetry(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		seed := rapid.Uint64().Draw(rt, "seed")
		o := offers[rapid.IntRange(0, len(offers)-1).Draw(rt, "service")]
		at := DefaultStart.Add(time.Duration(rapid.IntRange(0, 20_000).Draw(rt, "minute")) * time.Minute)
		begun := at.Add(-time.Duration(rapid.IntRange(0, 30).Draw(rt, "begun")) * time.Minute)
		make := func() *telemetry {
			x := newTelemetry(seed)
			x.start(o.id, "new", begun)
			if rapid.Bool().Draw(rt, "whole") {
				x.finish(o.id, "new", begun.Add(14*time.Minute))
			}
			return x
		}
		x := make()
		versions, shares := x.services[o.id].shares(at)
		sum := 0.0
		for _, s := range shares {
			sum += s
		}
		if len(versions) == 0 || math.Abs(sum-1) > 1e-9 {
			rt.Fatalf("shares %v of %v", shares, versions)
		}
		a, b := x.samples(o.id, at, time.Minute), x.samples(o.id, at, time.Minute)
		for i := range a {
			if *a[i].Rate != *b[i].Rate || *a[i].Errors != *b[i].Errors || *a[i].P99 != *b[i].P99 || *a[i].Rate < 0 || *a[i].P50 > *a[i].P95 || *a[i].P95 > *a[i].P99 {
				rt.Fatalf("%+v, then %+v", a[i], b[i])
			}
		}
		x.faults = append(x.faults, fault{service: o.id, version: "new", from: at.Add(-5 * time.Minute), errors: 0.5})
		for i, s := range x.samples(o.id, at, time.Minute) {
			if (s.Version == "new") != (*s.Errors > *a[i].Errors) {
				rt.Errorf("%s fails at %v, before at %v", s.Version, *s.Errors, *a[i].Errors)
			}
		}
	})
}

// TestClock: it goes by its speed, stands still, never passes what is due, and does not jump when its pace changes.
func TestClock(t *testing.T) {
	wall := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	c := newClock(func() time.Time { return wall }, DefaultStart, 4)
	due := DefaultStart.Add(time.Minute)
	c.set(DefaultStart, due)
	at := func(want time.Duration) {
		t.Helper()
		if got := c.now().Sub(DefaultStart); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	at(0)
	wall = wall.Add(5 * time.Second)
	at(20 * time.Second)
	if d, goes := c.wait(due); !goes || d != 10*time.Second {
		t.Errorf("the next is due in %s, %v", d, goes)
	}
	c.pace(10)
	at(20 * time.Second)
	wall = wall.Add(time.Second)
	at(30 * time.Second)
	c.stand(true)
	wall = wall.Add(time.Hour)
	at(30 * time.Second)
	if _, goes := c.wait(due); goes {
		t.Error("what is due comes although the clock stands still")
	}
	c.stand(false)
	wall = wall.Add(time.Hour)
	at(time.Minute) // and no further, until what is due has happened
	c.pin(due)
	at(time.Minute)
	c.free(time.Time{})
	if c.now().Sub(due) <= 0 {
		t.Error("it does not go on")
	}
}

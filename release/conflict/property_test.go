package conflict_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	. "signalbox/release/conflict"
)

// lines write findings and verdicts alike, in an order of their own.
func lines(list []Finding) []string {
	var out []string
	for _, f := range list {
		to := f.To
		if to.IsZero() {
			to = never
		}
		out = append(out, line(f.Kind, f.Other, f.Outcome == Unknown, f.Severity, f.From, to, f.Missing))
	}
	slices.Sort(out)
	return out
}

func verdictLines(list []verdict) []string {
	var out []string
	for _, v := range list {
		out = append(out, line(v.kind, v.other, v.unknown, v.severity, v.from, v.to, v.missing))
	}
	slices.Sort(out)
	return out
}

func line(k Kind, other Party, unknown bool, s Severity, from, to time.Time, missing Inputs) string {
	return fmt.Sprintf("%s %s:%s unknown=%v %s %s–%s %s", k, other.Sort, other.ID, unknown, s, from.UTC().Format(time.RFC3339Nano), to.UTC().Format(time.RFC3339Nano), missing)
}

func differ(got, want []string) string {
	var b strings.Builder
	for _, l := range got {
		if !slices.Contains(want, l) {
			fmt.Fprintf(&b, "\n engine only: %s", l)
		}
	}
	for _, l := range want {
		if !slices.Contains(got, l) {
			fmt.Fprintf(&b, "\n oracle only: %s", l)
		}
	}
	if b.Len() == 0 && len(got) != len(want) {
		return "\n one is there twice"
	}
	return b.String()
}

// TestEngineEqualsTheOracle: on random calendars with all kinds on, and much of them not known, the engine finds
// exactly what the definitions say, of stored work and of work that is only asked about.
func TestEngineEqualsTheOracle(t *testing.T) {
	seen := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		r := randomWorld(t)
		e, err := New(r.World)
		if err != nil {
			t.Fatal(err)
		}
		asked := append(slices.Clone(r.Work), r.work())
		for _, w := range asked {
			want := verdictLines(judge(r.World, r.facts, w))
			found, err := e.Examine(w)
			if err != nil {
				t.Fatal(err)
			}
			if d := differ(lines(found), want); d != "" {
				t.Fatalf("%s %+v:%s", w.ID, w, d)
			}
			for _, f := range found {
				seen[f.Kind.ID()+" "+f.Outcome.String()]++
			}
			stored := e.Findings(w.ID)
			if i := slices.IndexFunc(r.Work, func(q Work) bool { return q.ID == w.ID }); i < 0 || !active(r.Work[i]) {
				want = nil
			}
			if d := differ(lines(stored), want); d != "" {
				t.Fatalf("stored %s:%s", w.ID, d)
			}
		}
	})
	t.Logf("%d of 43 kinds and outcomes met", len(seen)) // each by itself: TestEveryKindAtItsBoundary, TestNothingInTheWayIsClear
}

// TestEditsEqualAFreshEngine: after any edits the engine holds what one built from the result would hold, and what it
// said appeared and vanished is the difference.
func TestEditsEqualAFreshEngine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := randomWorld(t)
		e, err := New(r.World)
		if err != nil {
			t.Fatal(err)
		}
		known := keys(e)
		for range 1 + r.d.n(7) {
			var edit Edit
			for range 1 + r.d.n(2) {
				switch r.d.n(7) {
				case 0:
					r.Work = append(r.Work, r.work())
					edit.Work = append(edit.Work, r.Work[len(r.Work)-1])
				case 1, 2:
					if len(r.Work) > 0 {
						i := r.d.n(len(r.Work) - 1)
						w := r.work()
						w.ID = r.Work[i].ID
						r.Work[i] = w
						edit.Work = append(edit.Work, w)
					}
				case 3:
					if n := len(r.Work); n > 0 && len(edit.Work) == 0 {
						i := r.d.n(n - 1)
						edit.Gone = append(edit.Gone, r.Work[i].ID)
						r.Work = slices.Delete(r.Work, i, i+1)
					}
				case 4:
					r.Facts = append(r.Facts, r.fact())
					edit.Facts = append(edit.Facts, r.Facts[len(r.Facts)-1])
				case 5:
					if n := len(r.Facts); n > 0 && len(edit.Facts) == 0 {
						i := r.d.n(n - 1)
						edit.Dropped = append(edit.Dropped, Key{r.Facts[i].Sort, r.Facts[i].ID})
						r.Facts = slices.Delete(r.Facts, i, i+1)
					}
				case 6:
					if i := slices.IndexFunc(r.Facts, func(f Fact) bool { return f.Sort == ResourceFact }); i >= 0 {
						r.Facts[i].Across, r.Facts[i].Capacity = r.d.yes(2), r.d.n(3)
						edit.Facts = append(edit.Facts, r.Facts[i])
					}
				case 7:
					r.At = r.At.Add(time.Duration(r.d.n(12)) * time.Hour)
					edit.At = r.At
				}
			}
			delta, err := e.Apply(edit)
			if err != nil {
				t.Fatal(err)
			}
			fresh, err := New(r.World)
			if err != nil {
				t.Fatal(err)
			}
			for _, w := range r.Work {
				if d := differ(lines(e.Findings(w.ID)), lines(fresh.Findings(w.ID))); d != "" {
					t.Fatalf("after %+v\n%s:%s", edit, w.ID, strings.ReplaceAll(d, "oracle", "fresh"))
				}
			}
			now := keys(e)
			if !slices.Equal(now, keys(fresh)) {
				t.Fatalf("after %+v: %d conflicts, a fresh engine has %d", edit, len(now), len(keys(fresh)))
			}
			for _, c := range delta.Appeared {
				if slices.Contains(known, c.Key) || !slices.Contains(now, c.Key) {
					t.Fatalf("%s did not appear", c.Key)
				}
			}
			for _, k := range delta.Vanished {
				if !slices.Contains(known, k) || slices.Contains(now, k) {
					t.Fatalf("%s did not vanish", k)
				}
			}
			if len(now) != len(known)+len(delta.Appeared)-len(delta.Vanished) {
				t.Fatalf("%d and %d appeared and %d vanished are not %d: %+v", len(known), len(delta.Appeared), len(delta.Vanished), len(now), edit)
			}
			known = now
		}
	})
}

// keys are the identities of all that an engine holds; each must be there once.
func keys(e *Engine) []string {
	var out []string
	for f := range e.All() {
		out = append(out, f.Key())
	}
	slices.Sort(out)
	if n := len(out); len(slices.Compact(slices.Clone(out))) != n {
		panic("an identity is there twice: " + strings.Join(out, " "))
	}
	return out
}

// cost is J of DEFINITIONS B1.3, minute by minute.
func cost(r *random, w Work, home time.Time, list []verdict) (j float64, hard, soft int) {
	rules := r.Rules
	warn := 0
	for _, v := range list {
		switch {
		case v.unknown:
		case v.severity == Hard:
			hard++
		case v.severity == Soft:
			soft++
		default:
			warn++
		}
	}
	o := &oracle{World: r.World}
	_, may := o.occupied(w)
	met, peak, known := 0.0, 0.0, true
	for _, id := range w.Target(r.Catalog).Regions {
		i := slices.IndexFunc(r.Traffic, func(t HourlyTraffic) bool { return t.Region == id })
		z := slices.Index(regionIDs, id)
		if i < 0 || z >= len(zones) || r.Catalog == nil {
			known = false
			break
		}
		loc, _ := time.LoadLocation(zones[z].name)
		for t := may.From; t.Before(may.To); t = t.Add(time.Minute) {
			l := t.In(loc)
			met += r.Traffic[i].Load[(int(l.Weekday())+6)%7*24+l.Hour()]
			peak += slices.Max(r.Traffic[i].Load[:])
		}
	}
	j = float64(soft)*rules.WeightSoft + float64(warn)*rules.WeightWarn
	if known && peak > 0 && w.Risk > 0 {
		j += rules.WeightTraffic * met / peak
	}
	days := w.From.Sub(home).Hours() / 24
	return j + rules.WeightDays*max(days, -days), hard, soft
}

// TestSlots: no slot has a hard conflict or more soft ones than are tolerated; none that was to be tried is better
// than those returned; and where there is none, each of what blocks is needed.
func TestSlots(t *testing.T) {
	found, none := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		r := randomWorld(t)
		e, err := New(r.World)
		if err != nil {
			t.Fatal(err)
		}
		w := r.work()
		if r.d.yes(2) {
			w = r.Work[0]
		}
		before := keys(e)
		from := r.instant()
		got, err := e.Slots(w, from)
		if err != nil {
			t.Fatal(err)
		}
		type tried struct {
			Work
			cost  float64
			fits  bool
			hard  []string
			soft  int
			softs []string
		}
		o := &oracle{World: r.World}
		var all []tried
		starts := e.Candidates(w, from)
		_, may := o.occupied(w)
		prep := w.From.Sub(may.From)
		if !slices.ContainsFunc(starts, func(s time.Time) bool { return s.Equal(from.Add(prep)) }) {
			t.Fatal("the first instant is not tried")
		}
		for _, f := range r.Facts { // beginnings of windows and ends of freezes
			at := f.From
			if f.Sort == FreezeFact {
				at = f.To
			}
			if (f.Sort == FreezeFact || f.Sort == WindowFact && w.Window == "") && f.Scope.Covers(w.Target(r.Catalog)) && !at.Before(from) && at.Before(from.Add(r.Rules.Horizon)) {
				if !slices.ContainsFunc(starts, func(s time.Time) bool { return s.Equal(at.Add(prep)) }) {
					t.Fatalf("%s at %s is not tried", f.ID, at)
				}
			}
		}
		for _, at := range starts {
			c := tried{Work: w}
			c.From, c.To, c.NoticeAt = at, at.Add(w.To.Sub(w.From)), time.Time{}
			if c.State == "implementing" {
				c.State = ""
			}
			verdicts := judge(r.World, r.facts, c.Work)
			var hard int
			c.cost, hard, c.soft = cost(r, c.Work, w.From, verdicts)
			c.fits = hard == 0 && c.soft <= r.Rules.Tolerated
			for _, v := range verdicts {
				if key := v.kind.ID() + string(v.other.Sort) + v.other.ID; !v.unknown && v.severity == Hard {
					c.hard = append(c.hard, key)
				} else if !v.unknown && v.severity == Soft {
					c.softs = append(c.softs, key)
				}
			}
			all = append(all, c)
		}
		of := func(s Slot) *tried {
			i := slices.IndexFunc(all, func(c tried) bool { return c.From.Equal(s.From) })
			if i < 0 {
				t.Fatalf("%s was not to be tried", s.From)
			}
			return &all[i]
		}
		var taken []tried
		for _, s := range got.Slots {
			c := of(s)
			if !c.fits {
				t.Fatalf("%s has %v and %d soft conflicts", s.From, c.hard, c.soft)
			}
			if d := s.Cost - c.cost; d > 1e-6 || d < -1e-6 {
				t.Fatalf("%s costs %g, not %g", s.From, s.Cost, c.cost)
			}
			for _, b := range all { // nothing better was left out
				_, m := o.occupied(b.Work)
				free := !slices.ContainsFunc(taken, func(p tried) bool { _, q := o.occupied(p.Work); return overlap(m, q) })
				if b.fits && free && b.cost < c.cost-1e-6 {
					t.Fatalf("%s at %g is better than %s at %g", b.From, b.cost, c.From, c.cost)
				}
			}
			taken = append(taken, *c)
		}
		if len(got.Slots) > 0 {
			found++
		} else {
			none++
			blocks := map[string]bool{}
			for _, c := range got.Blocking {
				other := Party{}
				if len(c.Parties) > 1 {
					other = c.Parties[1]
				}
				blocks[c.Severity.String()+c.Kind.ID()+string(other.Sort)+other.ID] = true
			}
			fits := func(without string) bool {
				return slices.ContainsFunc(all, func(c tried) bool {
					soft := 0
					for _, k := range c.softs {
						if blocks["soft"+k] && "soft"+k != without {
							soft++
						}
					}
					return soft <= r.Rules.Tolerated && !slices.ContainsFunc(c.hard, func(k string) bool { return blocks["hard"+k] && "hard"+k != without })
				})
			}
			if len(blocks) == 0 || fits("") {
				t.Fatalf("no slot, and what blocks does not: %v", blocks)
			}
			for k := range blocks {
				if !fits(k) {
					t.Fatalf("without %s there would be no slot either", k)
				}
			}
		}
		if len(got.Slots) < r.Rules.Slots { // all that fit were given, or overlap one that was
			for _, b := range all {
				_, m := o.occupied(b.Work)
				if b.fits && !slices.ContainsFunc(taken, func(p tried) bool { _, q := o.occupied(p.Work); return overlap(m, q) }) {
					t.Fatalf("%s fits and was not given", b.From)
				}
			}
		}
		if parts, err := e.Split(w, from); err == nil {
			for i, p := range parts {
				if len(p.Search.Slots) == 0 {
					continue
				}
				world := r.World
				world.Work = slices.DeleteFunc(slices.Clone(world.Work), func(q Work) bool { return q.ID == w.ID })
				for _, q := range parts[:i] {
					if len(q.Search.Slots) > 0 {
						world.Work = append(world.Work, q.Work)
					}
				}
				for _, v := range judge(world, r.facts, p.Work) {
					if !v.unknown && v.severity == Hard {
						t.Fatalf("part %s: %s %v", p.Work.ID, v.kind, v.other)
					}
				}
			}
		}
		if !slices.Equal(before, keys(e)) {
			t.Fatal("a search has changed the engine")
		}
		for _, w := range r.Work {
			if fresh, _ := e.Examine(w); active(w) {
				if d := differ(lines(e.Findings(w.ID)), lines(fresh)); d != "" {
					t.Fatalf("a search has changed %s:%s", w.ID, d)
				}
			}
		}
	})
	if found == 0 || none == 0 {
		t.Errorf("%d searches found a slot, %d found none", found, none)
	}
}

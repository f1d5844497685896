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
	for _, k := range Kinds {
		for _, o := range []Outcome{Collides, Unknown} {
			if seen[k.ID()+" "+o.String()] == 0 && !(k == LeadTime && o == Unknown) {
				t.Errorf("no random calendar had %s as %s", k, o)
			}
		}
	}
}

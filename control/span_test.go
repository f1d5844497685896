package control_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"signalbox/control"
	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/calendar"
	"signalbox/release/catalog"
	"signalbox/release/fact"
	"signalbox/release/feed"
	"signalbox/release/rollout"
)

func (h *house) span() *calendar.Span {
	h.t.Helper()
	s, err := h.Span(context.Background(), monday.Truncate(24*time.Hour), monday.Truncate(24*time.Hour).AddDate(0, 0, 7))
	if err != nil {
		h.t.Fatal(err)
	}
	return s
}

func standing(s *calendar.Span) string {
	var out []string
	for _, i := range s.Items {
		out = append(out, strings.TrimSpace(i.Key+" "+string(i.Stage)+" "+string(i.Aspect)))
	}
	return strings.Join(out, ", ")
}

// A change is on the calendar from its request to its end, and the calendar follows what is written.
func TestAChangeOnTheCalendar(t *testing.T) {
	h, _ := outside(t, nil, nil)
	d := h.deploy("search", 1, "dev")
	h.ingest(d)
	if got := standing(h.span()); got != "CHG-1 waiting planned" {
		t.Errorf("asked for: %s", got)
	}
	h.pass(time.Hour)
	h.must("bob", "approve", []string{"1"}, "message", why)
	s := h.span()
	if i := s.Items[0]; standing(s) != "CHG-1 approved planned" || !i.From.Equal(monday.Add(time.Hour)) || !i.To.Equal(monday.Add(25*time.Hour)) {
		t.Errorf("approved: %s %+v", standing(s), i)
	}
	h.must("cora", "freeze declare", nil, "kind", "hard", "scope", "team:web", "for", "4h", "message", "month end is being closed")
	s = h.span()
	if got := standing(s); got != "CHG-1 approved stop, FRZ-1" && got != "FRZ-1, CHG-1 approved stop" {
		t.Errorf("frozen: %s", got)
	}
	if l := s.Lanes[1]; l.Service != "search" || !l.Free.Equal(monday.Add(5*time.Hour)) {
		t.Errorf("the lane is %+v", l)
	}
	h.must("cora", "freeze lift", []string{"FRZ-1"}, "message", "it is closed already")
	h.pass(time.Minute)
	h.status(d, rollout.InProgress)
	h.pass(10 * time.Minute)
	s = h.span()
	if i := s.Find("RO-1"); i == nil || i.Stage != calendar.Moving || i.Aspect != release.Go || i.Change != "CHG-1" || !i.To.Equal(h.now()) || s.Find("CHG-1") != nil {
		t.Errorf("going in: %s %+v", standing(s), i)
	}
	h.status(d, rollout.Success)
	h.pass(time.Hour)
	s = h.span()
	if i := s.Find("RO-1"); i.Stage != calendar.Went || i.Aspect != release.Go || s.Find("FRZ-1") != nil {
		t.Errorf("done: %s %+v", standing(s), i)
	}
	stray := h.deploy("checkout", 7, "dev")
	h.ingest(stray)
	h.status(stray, rollout.InProgress)
	s = h.span()
	if i := s.Find("RO-2"); i == nil || i.Aspect != release.Stop || !strings.Contains(i.Says, "without approval") {
		t.Errorf("without approval: %s %+v", standing(s), i)
	}
}

// What rests on a calendar that is dark is dark, and its lanes offer no free time.
func TestADarkCalendar(t *testing.T) {
	retail := &source{name: "retail"}
	h, _ := outside(t, nil, nil)
	retail.out.Facts = []fact.Fact{fact.CalendarSeen{Source: "retail", Entries: []calendar.Entry{{ExternalID: "u1", Kind: calendar.FreezePeriod, Hardness: calendar.SoftFreeze,
		Scope: "team:web", Title: "sale", Timing: calendar.Timing{Zone: "UTC", Start: "2026-11-25T00:00:00", Length: 12 * time.Hour}}}}}
	w := control.Wiring{Environments: catalog.DefaultEnvironments(), Freezing: map[string]access.Scope{"retail": "team:web"},
		Feeds: []feed.Status{{Name: "retail", Type: "icalendar", Kind: feed.Pull, ExpectEvery: 10 * time.Minute}}}
	if err := h.Rewire(context.Background(), w); err != nil {
		t.Fatal(err)
	}
	h.PullOnce(context.Background(), retail)
	s := h.span()
	if len(s.Items) != 1 || s.Items[0].Aspect != "" || s.Lanes[0].Dark != "" || !s.Lanes[0].Free.Equal(monday) || !s.Source("retail").Calendar {
		t.Errorf("fresh: %s %+v", standing(s), s.Lanes)
	}
	h.pass(time.Hour)
	s = h.span()
	if i := s.Items[0]; i.Aspect != release.Dark || s.Lanes[0].Dark != "retail" || !s.Lanes[0].Free.IsZero() || len(s.DarkSources()) != 1 {
		t.Errorf("dark: %s %+v", standing(s), s.Lanes)
	}
	if lines := strings.Join(h.must("vic", "calendar list", nil).Lines, "\n"); !strings.Contains(lines, "retail is dark") || !strings.Contains(lines, "sale (dark)") {
		t.Errorf("the list says\n%s", lines)
	}
}

func TestSpanRefuses(t *testing.T) {
	h := open(t)
	for _, k := range []time.Duration{0, -time.Hour, 401 * 24 * time.Hour} {
		if _, err := h.Span(context.Background(), monday, monday.Add(k)); release.CodeOf(err) != release.Usage {
			t.Errorf("%s: %v", k, err)
		}
	}
	nobody := h.Open(access.Actor{Person: "zed", Door: access.SSH}, &access.Person{ID: "zed"}, control.Caller{})
	defer nobody.Close()
	if _, err := nobody.Calendar(context.Background(), monday, monday.Add(time.Hour)); release.CodeOf(err) != release.Refused {
		t.Errorf("somebody without a role reads it: %v", err)
	}
}

package queue_test

import (
	"strings"
	"testing"
	"time"

	"signalbox/release/access"
	"signalbox/release/calendar"
	"signalbox/release/change"
	"signalbox/release/health"
	"signalbox/views/kit"
	"signalbox/views/queue"
	"signalbox/views/viewtest"
)

var freeze = calendar.Freeze{ID: "FRZ-1", Kind: calendar.HardFreeze, Scope: access.Org, Reason: "quarter end",
	Interval: calendar.Interval{From: viewtest.Noon.Add(-time.Hour), To: viewtest.Noon.Add(time.Hour)}}

// What moves without approval and what fires stands on the row and above the rest of the selected change.
func TestTroubleIsOnTheRowAndInThePreview(t *testing.T) {
	for _, size := range [][2]int{{80, 20}, {120, 32}} {
		c := viewtest.Story()
		s := c.Of("CHG-4182")
		s.Moving = "it is rolling out to production without approval, as RO-3"
		s.Firing = []health.Alert{{ID: "1", Name: "HighErrorRate", Summary: "5xx ratio 7.1%"}}
		c.Of("CHG-4195").Firing = s.Firing
		v := on(t, c, "CHG-4182", size[0], size[1])
		text := viewtest.Text(v, c.Frame(), size[0], size[1])
		for _, want := range []string{"ROL", "ALR", "it is rolling out to production without approval, as RO-3", "HighErrorRate fires: 5xx ratio 7.1%"} {
			if !strings.Contains(text, want) {
				t.Errorf("%v: no %q in\n%s", size, want, text)
			}
		}
		if strings.Index(text, "HighErrorRate fires") > strings.Index(text, "impact") {
			t.Errorf("%v: the alert does not stand first:\n%s", size, text)
		}
	}
}

// What is in already cannot be stopped.
func TestTheWayOutOfWhatWentInIsBack(t *testing.T) {
	for moving, way := range map[string]string{"4.12.0 is in production already, without approval": "roll it back at its source",
		"it is rolling out to production without approval, as RO-3": "stop it at its source"} {
		c := viewtest.Story()
		c.Of("CHG-4182").Moving = moving
		if text := viewtest.Text(viewtest.Open(queue.New(c), 200, 60), c.Frame(), 200, 60); !strings.Contains(text, "→ "+way) {
			t.Errorf("no %q for %q:\n%s", way, moving, text)
		}
	}
}

// An approval never says that a change may go in where the gate keeps it out, or where it is in.
func TestAnApprovalClaimsNoMoreThanTheGate(t *testing.T) {
	for name, k := range map[string]struct {
		edit func(*viewtest.Company)
		want string
	}{
		"open":   {func(*viewtest.Company) {}, "● authorised · it may go in until Wed 12:04Z"},
		"frozen": {func(c *viewtest.Company) { c.Freezes = []calendar.Freeze{freeze} }, "● approved until Wed 12:04Z · ■ the gate shuts it out now"},
		"dark": {func(c *viewtest.Company) { c.Connected[1].LastGood = viewtest.Noon.Add(-20 * time.Minute) },
			"● approved until Wed 12:04Z · ○ the gate cannot say now"},
		"in": {func(c *viewtest.Company) {
			c.Of("CHG-4177").Moving = "schema-88 is in production already, past a gate that was shut"
		},
			"rollout ■  schema-88 is in production already, past a gate that was shut"},
	} {
		c := viewtest.Story()
		v := on(t, c, "CHG-4177", 80, 30)
		c.Decide("CHG-4177", "s.lee", change.Approve, "rehearsed on Monday twice", viewtest.Noon)
		c.Decide("CHG-4177", "p.lind", change.Approve, "rehearsed on Monday twice", viewtest.Noon)
		k.edit(c)
		text := viewtest.Text(refresh(v), c.Frame(), 80, 30)
		if !strings.Contains(text, k.want) || name != "open" && strings.Contains(text, "it may go in") {
			t.Errorf("%s: no %q in\n%s", name, k.want, text)
		}
	}
}

// A count and an id must not read alike.
func TestDecidedChangesHaveTheirWholeIDs(t *testing.T) {
	c := viewtest.Story()
	if text := viewtest.Text(viewtest.Open(queue.New(c), 120, 32), c.Frame(), 120, 32); !strings.Contains(text, "● CHG-4166 approved 10:58Z") {
		t.Errorf("the queue reads\n%s", text)
	}
}

// The gate's reading is part of what is selected, so that a sheet needs not wait for it.
func TestTheSelectionHasTheGate(t *testing.T) {
	c := viewtest.Story()
	c.Freezes = []calendar.Freeze{freeze}
	s := on(t, c, "CHG-4182", 80, 20).Selection()
	if s.Gate == nil || !strings.Contains(s.Gate.Why(), "quarter end") {
		t.Errorf("the selection has the gate %v", s.Gate)
	}
	if got := (kit.Facts{Item: s.Item}).Troubles(); len(got) != 0 {
		t.Errorf("troubles are %q", got)
	}
}

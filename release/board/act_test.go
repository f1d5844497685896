package board_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/board"
	"signalbox/release/calendar"
	"signalbox/release/catalog"
	"signalbox/release/change"
	"signalbox/release/feed"
	"signalbox/release/health"
	"signalbox/release/outbox"
	"signalbox/release/rollout"
)

func item(id string, edit func(*change.Item)) change.Item {
	i := change.Item{
		Change:   change.Change{ID: id, State: change.Requested, Service: "pay", Environment: "production", Version: "1.0"},
		Approval: change.Approval{State: change.Waiting, Needed: 1, RequestedAt: noon, ExpiresAt: noon.Add(72 * time.Hour)},
		Duties:   change.Duties{Aspect: release.Go}, Eligible: []access.PersonID{"a"},
	}
	if edit != nil {
		edit(&i)
	}
	return i
}

func estate() board.Estate {
	return board.Estate{At: noon, Queue: &change.Queue{}, Environments: catalog.DefaultEnvironments(), Catalog: catalog.New(catalog.Facts{
		Regions:  []catalog.Region{{ID: "emea"}, {ID: "apac"}},
		Services: []catalog.Service{{ID: "pay", Team: "money", Regions: []string{"emea"}}, {ID: "search", Regions: []string{"apac", "emea"}}},
	}, 1, noon)}
}

func line(rows []board.Row) string {
	var out []string
	for _, r := range rows {
		out = append(out, strings.TrimSpace(string(r.Aspect)+" "+r.ID+" "+r.Reason))
	}
	return strings.Join(out, " | ")
}

func TestActNowOfChanges(t *testing.T) {
	for name, c := range map[string]struct {
		edit func(*change.Item)
		want string
	}{
		"planned":      {nil, ""},
		"nobody":       {func(i *change.Item) { i.Eligible = nil }, "stop CHG-1 nobody may approve"},
		"strangers":    {func(i *change.Item) { i.Duties.Aspect = release.Dark }, "stop CHG-1 SoD unknown"},
		"no service":   {func(i *change.Item) { i.Change.Service = "unknown:acme/x"; i.Eligible = nil }, "stop CHG-1 no service"},
		"dark":         {func(i *change.Item) { i.EvidenceDark, i.Stale = true, "github" }, "dark CHG-1 github dark"},
		"high risk":    {func(i *change.Item) { i.Change.Risk.Score = 70 }, "caution CHG-1"},
		"emergency":    {func(i *change.Item) { i.Change.Kind = change.Emergency }, "caution CHG-1 emergency"},
		"nearly over":  {func(i *change.Item) { i.Approval.RequestedAt = noon.Add(-300 * time.Hour) }, "escalated CHG-1"},
		"authorised":   {func(i *change.Item) { i.Change.State = change.Authorised }, ""},
		"unauthorised": {func(i *change.Item) { i.Moving = "1.0 is in production already, without approval" }, "stop CHG-1 unauthorised"},
	} {
		e := estate()
		e.Queue.Items = []change.Item{item("CHG-1", c.edit)}
		rows := board.ActNow(e)
		if got := line(rows); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
		for _, r := range rows {
			if (r.Verb == "approve") != (r.Aspect == release.Caution || r.Aspect == release.Escalated) || r.View != "change" || r.Of != "CHG-1" || r.Item == nil {
				t.Errorf("%s: %+v", name, r)
			}
		}
	}
	e := estate() // what was decided and goes in nevertheless
	e.Queue.Decided = []change.Item{item("CHG-1", func(i *change.Item) { i.Eligible = nil }), item("CHG-2", func(i *change.Item) { i.Moving = "it is in" })}
	if got := line(board.ActNow(e)); got != "stop CHG-2 unauthorised" {
		t.Errorf("decided: %q", got)
	}
}

func TestActNowOfRollouts(t *testing.T) {
	for name, c := range map[string]struct {
		state  rollout.State
		change string
		of     change.State
		env    string
		want   string
	}{
		"waits":            {rollout.Pending, "", "", "production", ""},
		"no change":        {rollout.InProgress, "", "", "production", "caution RO-1 no change"},
		"not approved":     {rollout.InProgress, "CHG-1", change.Requested, "production", "stop RO-1 not approved"},
		"rejected":         {rollout.Success, "CHG-1", change.Draft, "production", "stop RO-1 not approved"},
		"shut":             {rollout.Success, "CHG-1", change.Authorised, "production", "stop RO-1 gate shut"},
		"cancelled":        {rollout.InProgress, "CHG-1", change.Cancelled, "production", "stop RO-1 cancelled"},
		"let in":           {rollout.InProgress, "CHG-1", change.Implementing, "production", ""},
		"done":             {rollout.Success, "CHG-1", change.Closed, "production", ""},
		"failed":           {rollout.Failure, "CHG-1", change.Closed, "production", "stop RO-1 failed"},
		"not gated":        {rollout.InProgress, "", "", "staging", ""},
		"nobody's":         {rollout.InProgress, "", "", "moon", "caution RO-1 no change"},
		"failed on the qt": {rollout.Error, "", "", "production", "stop RO-1 error"},
	} {
		e := estate()
		k := rollout.Known{Gated: c.env != "staging"}
		if c.change != "" {
			k.Change = &change.Change{ID: c.change, State: c.of}
		}
		e.Rollouts = []rollout.Row{rollout.NewRow(rollout.Observed{ID: "RO-1", Service: "pay", Environment: c.env, Version: "1.0", Change: c.change, State: c.state, StartedAt: noon.Add(-time.Minute), UpdatedAt: noon}, k)}
		e.Queue.Items = []change.Item{item("CHG-1", func(i *change.Item) {
			if c.of == change.Requested {
				i.Moving = "it is rolling out to production without approval, as RO-1"
			}
		})}
		if got := line(board.ActNow(e)); got != c.want { // the change has no second row
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestDivide(t *testing.T) {
	ro := func(id string, s rollout.State, ago time.Duration) rollout.Observed {
		return rollout.Observed{ID: id, Service: "pay", Environment: "production", State: s, StartedAt: noon.Add(-ago)}
	}
	ids := func(list []rollout.Observed) string {
		var out []string
		for _, o := range list {
			out = append(out, o.ID)
		}
		return strings.Join(out, " ")
	}
	other := ro("RO-9", rollout.Failure, 5*time.Hour)
	other.Service = "search"
	matter, past := board.Divide([]rollout.Observed{ro("RO-4", rollout.Pending, 0), ro("RO-1", rollout.Inactive, 3*time.Hour), ro("RO-2", rollout.Failure, 2*time.Hour), ro("RO-3", rollout.Success, time.Hour), other})
	if ids(matter) != "RO-4 RO-3 RO-9" || ids(past) != "RO-1 RO-2" {
		t.Errorf("%s matter, %s are past", ids(matter), ids(past))
	}
}

func TestActNowOfTheRest(t *testing.T) {
	e := estate()
	e.Queue.Items = []change.Item{item("CHG-1", nil)}
	freeze := func(id string, scope access.Scope, in time.Duration) calendar.Freeze {
		return calendar.Freeze{ID: id, Kind: calendar.HardFreeze, Scope: scope, Reason: "books close", Interval: calendar.Interval{From: noon.Add(in), To: noon.Add(in + time.Hour)}}
	}
	lifted := freeze("FRZ-5", access.Org, time.Hour)
	lifted.LiftedAt = noon
	e.Freezes = []calendar.Freeze{freeze("FRZ-1", access.Org, 23*time.Hour), freeze("FRZ-2", access.Org, 25*time.Hour), freeze("FRZ-3", "service:search", time.Hour), freeze("FRZ-4", access.Org, -time.Minute), lifted}
	e.Alerts = []health.Alert{{ID: "1", Name: "Slow", Service: "pay", Severity: "warning", StartsAt: noon.Add(-time.Hour)}, {ID: "2", Name: "Down", Service: "search", Severity: "page", StartsAt: noon.Add(-time.Minute)},
		{ID: "3", Name: "Odd", StartsAt: noon.Add(-2 * time.Minute)}}
	e.Feeds = []feed.Line{{Status: feed.Status{Name: "hub"}, Aspect: feed.Quiet, Letters: []feed.Letter{{ID: "DL-2"}, {ID: "DL-1"}}}, {Status: feed.Status{Name: "prom", Kind: feed.Pull}, Aspect: feed.Dark},
		{Status: feed.Status{Name: "late"}, Aspect: feed.Late}, {Status: feed.Status{Name: "mail", Kind: feed.Out}, Messages: []outbox.Message{{ID: "OUT-3", State: outbox.Waiting}, {ID: "OUT-2", State: outbox.Unknown}, {ID: "OUT-1", State: outbox.Failed}}}}
	rows := board.ActNow(e)
	want := "stop alert page | stop alert fires | dark feed has never answered | caution alert warning | caution DL-2 not understood +1 more | caution OUT-2 perhaps delivered +1 more | caution FRZ-1 will bar 1 change | planned FRZ-4 bars 1 until 12:59Z"
	if got := line(rows); got != want {
		t.Errorf("\n%s, want\n%s", got, want)
	}
	if stop, caution, escalated := board.Count(rows); stop != 3 || caution != 4 || escalated != 0 {
		t.Errorf("%d stop, %d caution, %d escalated", stop, caution, escalated)
	}
	if r := rows[len(rows)-1]; !strings.HasPrefix(r.Facts, "CHG-1  hard") || !r.Since.Equal(noon.Add(-time.Minute)) || !r.Due.IsZero() {
		t.Errorf("a freeze in force is %+v", r)
	}
	e.Rollouts = []rollout.Row{rollout.NewRow(rollout.Observed{ID: "RO-1", Service: "pay", Environment: "production", State: rollout.InProgress, StartedAt: noon}, rollout.Known{})}
	if got := line(board.ActNow(e)); !strings.Contains(got, "caution FRZ-4 bars 2 until 12:59Z") {
		t.Errorf("something goes in under a freeze: %s", got)
	}
	e.Rollouts = nil
	e.Queue.Items = nil // the freeze bars nothing now
	e.Granted = []board.Grant{{Change: change.Change{ID: "CHG-7", Service: "pay", Environment: "staging"}}}
	if rows = board.ActNow(e); slices.ContainsFunc(rows, func(r board.Row) bool { return r.Kind == board.FreezeRow }) {
		t.Errorf("a freeze of nothing is a row: %s", line(rows))
	}
}

// The order is total and does not depend on the order of what is known; every row has its own key.
func TestActNowIsSorted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := estate()
		for k := range rapid.IntRange(0, 8).Draw(t, "items") {
			e.Queue.Items = append(e.Queue.Items, item(change.ID(int64(k+1)), func(i *change.Item) {
				i.Change.Risk.Score = rapid.IntRange(0, 100).Draw(t, "risk")
				i.Approval.RequestedAt = noon.Add(-time.Duration(rapid.IntRange(0, 70).Draw(t, "age")) * time.Hour)
				i.Approval.ExpiresAt = i.Approval.RequestedAt.Add(72 * time.Hour)
				if rapid.Bool().Draw(t, "nobody") {
					i.Eligible = nil
				}
			}))
		}
		for k := range rapid.IntRange(0, 5).Draw(t, "alerts") {
			e.Alerts = append(e.Alerts, health.Alert{ID: string(rune('a' + k)), Name: "X", Service: "pay", Severity: rapid.SampledFrom([]string{"page", "warning", ""}).Draw(t, "severity"),
				StartsAt: noon.Add(-time.Duration(rapid.IntRange(0, 3).Draw(t, "since")) * time.Hour)})
		}
		rows := board.ActNow(e)
		keys := map[string]bool{}
		for k, r := range rows {
			keys[r.Key] = true
			if k > 0 && (r.Aspect.Worse(rows[k-1].Aspect) || r.Aspect == rows[k-1].Aspect && r.Harm(noon) < rows[k-1].Harm(noon)) {
				t.Fatalf("row %d stands too low: %s", k, line(rows))
			}
		}
		if len(keys) != len(rows) {
			t.Fatalf("%d keys of %d rows", len(keys), len(rows))
		}
		slices.Reverse(e.Queue.Items)
		slices.Reverse(e.Alerts)
		if got := line(board.ActNow(e)); got != line(rows) {
			t.Fatalf("%s, and in another order %s", line(rows), got)
		}
		stop, caution, escalated := board.Count(rows)
		if stop+caution+escalated != len(rows) {
			t.Fatalf("%d rows, %d counted", len(rows), stop+caution+escalated)
		}
	})
}

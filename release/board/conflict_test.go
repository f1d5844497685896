package board_test

import (
	"strings"
	"testing"
	"time"

	"signalbox/release"
	"signalbox/release/board"
	"signalbox/release/conflict"
)

// A case is a row while it wants somebody, and the counts of the alarm line are those of the rows.
func TestConflictRows(t *testing.T) {
	at := time.Date(2026, 11, 24, 12, 4, 31, 0, time.UTC)
	kase := func(s conflict.Severity, edit func(*conflict.Case)) board.Contested {
		k := conflict.Case{ID: "CX-3", State: conflict.Open, RaisedAt: at.Add(-time.Hour), AskedAt: at.Add(-time.Minute),
			Conflict: conflict.Conflict{Kind: conflict.DepAdjacent, Severity: s, Deadline: at.Add(2 * time.Hour), Parties: []conflict.Party{{Sort: conflict.WorkParty, ID: "CHG-1"}, {Sort: conflict.WorkParty, ID: "CHG-2"}}}}
		if edit != nil {
			edit(&k)
		}
		return board.Contested{Case: k, Services: []string{"identity", "checkout-web"}, Environment: "production"}
	}
	waived := func(second string, until time.Time) func(*conflict.Case) {
		return func(k *conflict.Case) {
			k.State, k.Waiver = conflict.Waived, &conflict.Waiver{By: "c.wu", At: at, Until: until}
			if second != "" {
				k.Waiver.Second = "s.tan"
			}
		}
	}
	for name, c := range map[string]struct {
		k    board.Contested
		want release.Aspect // "" for no row
		says string
	}{
		"hard":                 {kase(conflict.Hard, nil), release.Stop, "CHG-1 × CHG-2"},
		"soft":                 {kase(conflict.Soft, nil), release.Caution, "CHG-1 × CHG-2"},
		"a warning":            {kase(conflict.Warn, nil), "", ""},
		"escalated":            {kase(conflict.Soft, func(k *conflict.Case) { k.Step = 1 }), release.Escalated, "asks the commanders"},
		"an escalated warning": {kase(conflict.Warn, func(k *conflict.Case) { k.Step = 1 }), "", ""},
		"answered":             {kase(conflict.Hard, func(k *conflict.Case) { k.Step, k.AnsweredBy = 1, "s.tan" }), release.Stop, "answered by s.tan"},
		"waived":               {kase(conflict.Soft, waived("", at.Add(time.Hour))), "", ""},
		"a waiver that ended":  {kase(conflict.Soft, waived("", at)), release.Caution, ""},
		"hard, waived by two":  {kase(conflict.Hard, waived("s.tan", at.Add(time.Hour))), "", ""},
		"hard, waived by one":  {kase(conflict.Hard, func(k *conflict.Case) { k.Waiver = &conflict.Waiver{By: "c.wu", At: at, Until: at.Add(time.Hour)} }), release.Stop, "second person"},
		"settled":              {kase(conflict.Hard, func(k *conflict.Case) { k.State = conflict.Gone }), "", ""},
	} {
		rows := board.ActNow(board.Estate{At: at, Conflicts: []board.Contested{c.k}})
		stop, caution, escalated := board.Count(rows)
		switch {
		case c.want == "" && len(rows)+stop+caution+escalated != 0:
			t.Errorf("%s is the row %+v", name, rows)
		case c.want != "" && (len(rows) != 1 || stop+caution+escalated != 1):
			t.Errorf("%s is %d rows", name, len(rows))
		case c.want != "":
			r := rows[0]
			if r.Aspect != c.want || r.Kind != board.ConflictRow || r.ID != "CX-3" || r.What != "identity × checkout-web" || r.View != "conflicts" || r.Of != "CX-3" || r.Reason != "DEP_ADJACENT" || !r.Due.Equal(at.Add(2*time.Hour)) || !strings.Contains(r.Facts, c.says) {
				t.Errorf("%s is the row %+v", name, r)
			}
		}
	}
}

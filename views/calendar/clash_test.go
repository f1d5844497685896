package calendar_test

import (
	"strings"
	"testing"

	"signalbox/release/conflict"
	"signalbox/views/viewtest"
)

// What is in conflict is crossed out in its lane, named where it is selected, and ] goes from one to the next; a case
// that is waived is not.
func TestConflictsAreCrossedOut(t *testing.T) {
	c := viewtest.Clashing()
	v := on(c, "", 120, 32, "z")
	text := viewtest.Text(v, c.Frame(), 120, 32)
	row := func(text, lane string) string {
		for _, l := range strings.Split(text, "\n") {
			if strings.HasPrefix(strings.TrimLeft(l, "▌▸ "), lane) {
				return l
			}
		}
		return ""
	}
	for _, lane := range []string{"identity", "checkout-", "ledger-db"} {
		if r := row(text, lane); !strings.Contains(r, "╳") {
			t.Errorf("%s is %q in\n%s", lane, r, text)
		}
	}
	if r := row(text, "notify-svc"); strings.Contains(r, "╳") {
		t.Errorf("what is in no conflict is crossed out: %q", r)
	}
	seen := map[string]bool{}
	v, _ = viewtest.Type(v, "[", "[", "[", "[", "[", "[", "[")
	for range 7 {
		seen[v.Selection().ID] = true
		v, _ = viewtest.Type(v, "]")
	}
	for id := range seen {
		if id != "" && !strings.Contains("CHG-4193 CHG-4190 CHG-4203 CHG-4207 CHG-4177", id) {
			t.Errorf("] goes to %s, which is in no conflict", id)
		}
	}
	if len(seen) < 4 {
		t.Errorf("] finds only %v", seen)
	}
	v = on(c, "CHG-4177", 120, 32)
	if text := viewtest.Text(v, c.Frame(), 120, 32); !strings.Contains(text, "╳ CX-88 FREEZE_HARD") {
		t.Errorf("the selected one does not name its conflict:\n%s", text)
	}
	d, _ := c.Conflicts(t.Context())
	c.Judged = map[string]conflict.Case{}
	for _, k := range d.Standing {
		c.Judged[k.Key] = conflict.Case{Revision: 2, State: conflict.Waived, RaisedAt: c.At, AskedAt: c.At, Waiver: &conflict.Waiver{By: "c.wu", Second: "s.tan", At: c.At, Until: c.At.AddDate(0, 0, 9), Reason: "both teams watch it together"}}
	}
	if text := strings.Replace(viewtest.Text(on(c, "", 120, 32, "z"), c.Frame(), 120, 32), "╳ conflict", "", 1); strings.Contains(text, "╳") {
		t.Errorf("waived conflicts are crossed out:\n%s", text)
	}
}

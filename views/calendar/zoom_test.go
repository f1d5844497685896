package calendar_test

import (
	"strings"
	"testing"

	"signalbox/views"
	"signalbox/views/viewtest"
)

// z goes to the hours around the cursor, h and l by the hour, and - back to the week of those.
func TestHours(t *testing.T) {
	c := viewtest.Week()
	v := on(c, "CHG-4195", 80, 20, "z")
	if got := text(v, c, 80, 20); !strings.Contains(got, "[DAY] week") || v.Crumbs()[1] != "day" || v.Selection().ID != "CHG-4195" {
		t.Fatalf("z shows %v on %s:\n%s", v.Crumbs(), v.Selection().ID, got)
	}
	first := func(v views.View) string { return strings.Fields(row(v, c, 80, 20, " UTC"))[1] }
	before := first(v)
	v, _ = viewtest.Type(v, "l", "l")
	if after := first(v); after == before {
		t.Errorf("after two hours the ruler begins with %s still", after)
	}
	v, said := viewtest.Type(v, "z")
	if len(said) != 1 || !strings.Contains(said[0].(views.Say).Text, "smallest scale") {
		t.Errorf("z again says %v", said)
	}
	v, _ = viewtest.Type(v, "-")
	if got := text(v, c, 80, 20); !strings.Contains(got, "23–29 Nov wk48") || v.Selection().ID != "CHG-4195" {
		t.Errorf("- shows, with the cursor on %s,\n%s", v.Selection().ID, got)
	}
	if _, said = viewtest.Type(v, "-"); len(said) != 1 || !strings.Contains(said[0].(views.Say).Text, "not in this build yet") {
		t.Errorf("- again says %v", said)
	}
	v = on(c, "", 80, 20, "z", "pgdown", "pgdown", ".")
	if got := text(v, c, 80, 20); !strings.Contains(got, "┃12:04") || !strings.Contains(got, "┃20:04") {
		t.Errorf(". shows\n%s", got)
	}
	for range 30 { // what follows lies outside of the hours, and brings them along
		v, _ = viewtest.Type(v, "]")
	}
	if got := text(v, c, 80, 20); v.Selection().Kind == "" || !strings.Contains(got, "▌") {
		t.Errorf("] ends on\n%s", got)
	}
}

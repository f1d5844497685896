package tui

import (
	"strings"
	"testing"
	"time"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/simulation"
	"signalbox/release/verb"
)

// Verbs are the house's, and some of those by which a sandbox is steered.
func (d drilled) Verbs() verb.Table {
	t := d.house.Verbs()
	for _, v := range []verb.Verb{{Name: "sandbox reset", Key: "X", Hint: "reset", Danger: verb.Full}, {Name: "sandbox pause", Key: "f", Hint: "pause", Danger: verb.Free}} {
		v.Views, v.Permission = []string{"sandbox"}, access.Sandbox
		t = append(t, v)
	}
	return t
}

// TestResetAsks: the lever opens a sheet that says what is lost; esc leaves everything, and enter does it once.
func TestResetAsks(t *testing.T) {
	r, st := drilledRig(t, Options{Views: places()})
	st.Injects = []simulation.Inject{{Name: "errors", Target: "cart"}}
	r.h.me.Grants = append(r.h.me.Grants, access.Grant{Person: r.h.me.ID, Role: access.Trainer, Scope: access.Org})
	r.keys("g z X")
	r.wants(t, r.screen(t), "RESET rain", "decisions, freezes, injects.", "It cannot be undone", "Everybody in this sandbox", "nothing here reaches production", "audit log")
	if n := len(r.h.called()); n != 0 {
		t.Fatalf("it was done unasked: %q", r.h.called())
	}
	r.keys("esc")
	if r.s.sheet != nil || len(r.h.called()) != 0 {
		t.Errorf("esc: %q", r.h.called())
	}
	r.keys("X enter enter")
	if got := strings.Join(r.h.called(), ", "); strings.TrimSpace(got) != "sandbox reset" {
		t.Errorf("calls are %q", got)
	}
	r.keys("f")
	if strings.Contains(r.ticker(t), "errors") {
		t.Errorf("the clock is stopped, not an inject: %q", r.ticker(t))
	}
}

// TestBeginsAnewInWords: while the sandbox begins anew the screens say so, and nothing speaks of an outage.
func TestBeginsAnewInWords(t *testing.T) {
	calm := func(t *testing.T, r *rig) {
		t.Helper()
		r.wants(t, r.row(t, 1), "◇ SANDBOX begins anew; it is there in a moment")
		if text := r.screen(t) + r.s.windowTitle(); strings.Contains(text, "STORE") || strings.Contains(text, "does not answer") || strings.Contains(text, "■ SANDBOX") {
			t.Errorf("it looks like an outage:\n%s", text)
		}
		r.keys("A")
		r.wants(t, r.ticker(t), "the sandbox begins anew")
	}
	r, st := drilledRig(t, Options{Views: places()})
	st.Beginning, st.Now = true, noon.Add(-time.Minute)
	r.tick(time.Second)
	calm(t, r)
	r.wants(t, r.row(t, 0), "12:03:31Z")
	r, st = drilledRig(t, Options{Views: places()})
	r.h.err = release.Errorf(release.Unavailable, "the sandbox begins anew").Advise("it is there in a moment").Because(simulation.ErrAnew)
	r.changed()
	calm(t, r)
	r.h.err = nil
	st.Run++
	r.changed()
	if text := r.screen(t); strings.Contains(text, "begins anew") {
		t.Errorf("it is there again:\n%s", text)
	}
}

// TestForgetsTheWorldBefore: where another run began no list keeps rows of the one before, no undo is offered, and
// what was one thing of that world is left.
func TestForgetsTheWorldBefore(t *testing.T) {
	r, st := drilledRig(t, Options{Views: places()})
	r.keys("A enter")
	r.wants(t, r.ticker(t), "U undo")
	r.keys("enter")
	if r.s.top().view.Name() != "change" {
		t.Fatalf("the view is %s", r.s.top().view.Name())
	}
	old := r.h.items[0].Change.ID
	r.h.items = r.h.items[1:2]
	st.Run++
	r.changed()
	r.wants(t, r.ticker(t), "the sandbox began anew")
	text := r.screen(t)
	if r.s.top().view.Name() != "queue" || strings.Contains(text, old) || strings.Contains(text, "gone") || strings.Contains(text, "U undo") {
		t.Errorf("the world before is still there (%s):\n%s", old, text)
	}
	r.wants(t, text, r.h.items[0].Change.ID)
}

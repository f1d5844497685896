package change_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"signalbox/release"
	"signalbox/release/change"
)

var bound = change.Change{ID: "CHG-1", Service: "pay", Environment: "production", Version: "4.2.1",
	Digest: release.Digest("sha256:" + strings.Repeat("ab", 32)), Plan: "p1", Window: "w1", Risk: change.Risk{Score: 40}}

// The bytes under the hash are written out here by RFC 8785: keys in order of their UTF-16 units, no blanks,
// only the escapes that it names.
func TestBindingIsCanonicalJSON(t *testing.T) {
	odd := bound
	odd.Version, odd.Plan, odd.Window = "1 <é> \"\u20ac\" & \\", "", ""
	for _, c := range []struct {
		c    change.Change
		text string
	}{
		{bound, `{"digest":"sha256:` + strings.Repeat("ab", 32) + `","environment":"production","plan":"p1","risk_band":"Moderate","service":"pay","version":"4.2.1","window":"w1"}`},
		{odd, `{"digest":"sha256:` + strings.Repeat("ab", 32) + `","environment":"production","plan":null,"risk_band":"Moderate","service":"pay","version":"1 <é> \"€\" & \\","window":null}`},
	} {
		sum := sha256.Sum256([]byte(c.text))
		if got := change.Binding(c.c); got != hex.EncodeToString(sum[:]) {
			t.Errorf("Binding is not the SHA-256 of %s", c.text)
		}
	}
}

func TestBindingSeesEveryBoundFieldAndNoOther(t *testing.T) {
	edits := map[string]func(*change.Change){
		"service":     func(c *change.Change) { c.Service += "x" },
		"environment": func(c *change.Change) { c.Environment += "x" },
		"version":     func(c *change.Change) { c.Version += "x" },
		"digest":      func(c *change.Change) { c.Digest = release.Digest("git:" + strings.Repeat("0", 40)) },
		"plan":        func(c *change.Change) { c.Plan += "x" },
		"no plan":     func(c *change.Change) { c.Plan = "" },
		"window":      func(c *change.Change) { c.Window += "x" },
		"no window":   func(c *change.Change) { c.Window = "" },
		"band":        func(c *change.Change) { c.Risk.Score = 70 },
		"swapped":     func(c *change.Change) { c.Plan, c.Window = c.Window, c.Plan },
	}
	a := change.Ask(bound, 1, 3, noon)
	for name, edit := range edits {
		c := bound
		edit(&c)
		if change.Binding(c) == change.Binding(bound) {
			t.Errorf("%s is not bound", name)
		}
		if ok, why := a.Holds(c); ok || why == "" {
			t.Errorf("%s was changed and the approval holds (%q)", name, why)
		}
	}
	free := bound
	free.Title, free.URL, free.Requester, free.State, free.Revision, free.Risk.Score = "x", "x", "x", change.Scheduled, 9, 69
	if ok, why := a.Holds(free); !ok || change.Binding(free) != change.Binding(bound) {
		t.Errorf("what is not bound voids the approval: %s", why)
	}
}

func TestHoldsFollowsTheBand(t *testing.T) {
	scores := []int{0, 34, 35, 69, 70, 84, 85, 100}
	for _, asked := range scores {
		for _, now := range scores {
			c := bound
			c.Risk.Score = asked
			a := change.Ask(c, 1, 3, noon)
			c.Risk.Score = now
			rose := change.Risk{Score: asked}.Band() < change.Risk{Score: now}.Band()
			ok, why := a.Holds(c)
			if ok == rose || (rose && !strings.HasPrefix(why, "the risk rose from ")) {
				t.Errorf("asked at %d, now %d: holds %v (%s)", asked, now, ok, why)
			}
			c.Digest = release.Digest("git:" + strings.Repeat("1", 40))
			if ok, _ := a.Holds(c); ok {
				t.Errorf("asked at %d, now %d: another digest holds", asked, now)
			}
		}
	}
}

// SECURITY item 28: any one byte of what was approved, changed afterwards, voids it.
func TestOneByteVoids(t *testing.T) {
	a := change.Ask(bound, 1, 3, noon)
	rapid.Check(t, func(t *rapid.T) {
		c := bound
		d := string(c.Digest)
		f := rapid.SampledFrom([]*string{&c.Service, &c.Environment, &c.Version, &d, &c.Plan, &c.Window}).Draw(t, "field")
		i := rapid.IntRange(0, len(*f)-1).Draw(t, "at")
		to := rapid.ByteRange(0x20, 0x7e).Filter(func(b byte) bool { return b != (*f)[i] }).Draw(t, "byte")
		*f = (*f)[:i] + string(rune(to)) + (*f)[i+1:]
		c.Digest = release.Digest(d)
		if ok, _ := a.Holds(c); ok {
			t.Fatalf("holds for %+v", c)
		}
	})
}

func TestAsk(t *testing.T) {
	for tier, needed := range map[int]int{0: 2, 1: 2, 2: 1, 3: 1} {
		for kind, hours := range map[change.Kind]float64{change.Normal: 72, change.Standard: 72, change.Emergency: 4} {
			c := bound
			c.Kind = kind
			a := change.Ask(c, 3, tier, noon)
			if a.Needed != needed || a.ExpiresAt.Sub(a.RequestedAt).Hours() != hours || a.State != change.Waiting || a.Round != 3 ||
				a.Policy != change.PolicyVersion || a.Band != change.Moderate || a.Binding != change.Binding(c) || !a.GrantUntil.IsZero() {
				t.Errorf("tier %d, %s: %+v", tier, kind, a)
			}
		}
	}
}

func TestBands(t *testing.T) {
	for score, want := range map[int]struct {
		name, letter string
		band         change.Band
	}{
		0: {"Low", "L", change.Low}, 34: {"Low", "L", change.Low}, 35: {"Moderate", "M", change.Moderate}, 69: {"Moderate", "M", change.Moderate},
		70: {"High", "H", change.High}, 84: {"High", "H", change.High}, 85: {"Very High", "V", change.VeryHigh}, 100: {"Very High", "V", change.VeryHigh},
	} {
		b := change.Risk{Score: score}.Band()
		if b != want.band || b.String() != want.name || b.Letter() != want.letter {
			t.Errorf("%d is %s %s", score, b, b.Letter())
		}
		text, err := json.Marshal(b)
		if err != nil || string(text) != `"`+want.name+`"` {
			t.Errorf("%s marshals as %s, %v", b, text, err)
		}
		var back change.Band
		if err := json.Unmarshal(text, &back); err != nil || back != b {
			t.Errorf("%s reads back as %s, %v", text, back, err)
		}
	}
	var b change.Band
	if err := json.Unmarshal([]byte(`"harmless"`), &b); err != nil || b != change.VeryHigh {
		t.Errorf("an unknown band reads as %s, %v", b, err)
	}
}

package alertmanager_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"signalbox/connectors/alertmanager"
	"signalbox/release"
)

func bearer(value string) func(string) string {
	return func(name string) string {
		if name == "Authorization" {
			return value
		}
		return ""
	}
}

func TestAuthenticate(t *testing.T) {
	r, body := receiver(t), captured(t, "cap-01.json")
	for _, h := range []string{"Bearer new", "Bearer old", "bearer new", "Bearer  new"} {
		d, err := r.Authenticate(bearer(h), body)
		if err != nil || !strings.HasPrefix(d.ID, "group:") || d.Event != "firing" {
			t.Errorf("%q: %+v, %v", h, d, err)
		}
	}
	for _, h := range []string{"", "new", "Bearer", "Bearer ", "Bearer ne", "Bearer neww", "Bearer new old", "Bearer New", "Basic new", "Bearernew", "Bearer\tnew"} {
		d, err := r.Authenticate(bearer(h), body)
		if release.CodeOf(err) != release.Unauthenticated || d.ID != "" || strings.Contains(err.Error(), "new") && h != "" {
			t.Errorf("%q: %+v, %v", h, d, err)
		}
	}
	// A stranger's body is not looked at; a true sender's that cannot be read is let in, for the dead letters.
	if _, err := r.Authenticate(bearer("Bearer guess"), []byte("{")); release.CodeOf(err) != release.Unauthenticated {
		t.Error(err)
	}
	one, err1 := r.Authenticate(bearer("Bearer new"), []byte("{"))
	two, err2 := r.Authenticate(bearer("Bearer new"), []byte("}"))
	if err1 != nil || err2 != nil || one.ID == two.ID || !strings.HasPrefix(one.ID, "body:") {
		t.Error(one, two, err1, err2)
	}
}

func TestNew(t *testing.T) {
	good := [][]byte{[]byte("s")}
	for name, c := range map[string]alertmanager.Config{
		"no secret":     {},
		"one empty":     {Secrets: [][]byte{[]byte("a"), nil}},
		"a line":        {Secrets: [][]byte{[]byte("a\n")}},
		"three secrets": {Secrets: [][]byte{[]byte("a"), []byte("b"), []byte("c")}},
		"a path":        {Name: "../x", Secrets: good},
		"a label":       {Secrets: good, Labels: alertmanager.Labels{Service: "a b"}},
	} {
		if r, err := alertmanager.New(c); r != nil || release.CodeOf(err) != release.Usage || release.AsError(err).Try == "" {
			t.Errorf("%s: %v %v", name, r, err)
		}
	}
	if r, err := alertmanager.New(alertmanager.Config{Secrets: good}); err != nil || r.Name() != "alertmanager" {
		t.Error(r, err)
	}
}

// told is what an id rests on of one alert.
type told struct{ id, status, starts, ends string }

func write(group, status string, noise int, alerts []told) []byte {
	var out []string
	for _, a := range alerts {
		out = append(out, fmt.Sprintf(`{"status":%q,"labels":{"alertname":"A"},"annotations":{"summary":"%d"},"startsAt":%q,"endsAt":%q,"generatorURL":"","fingerprint":%q}`, a.status, noise, a.starts, a.ends, a.id))
	}
	return []byte(fmt.Sprintf(`{"receiver":"hook","status":%q,"alerts":[%s],"externalURL":"http://am-%d","version":"4","groupKey":%q}`, status, strings.Join(out, ","), noise, group))
}

// TestID: a repeat in another order, from another Alertmanager of the cluster, has the same id; whatever is told
// otherwise has another one.
func TestID(t *testing.T) {
	r := receiver(t)
	id := func(t interface{ Fatal(...any) }, body []byte) string {
		d, err := r.Authenticate(bearer("Bearer new"), body)
		if err != nil || !strings.HasPrefix(d.ID, "group:") {
			t.Fatal(d, err)
		}
		return d.ID
	}
	instant := rapid.SampledFrom([]string{"2026-11-24T06:00:00Z", "2026-11-24T06:00:00.001Z", "2026-11-24T07:00:00Z"})
	rapid.Check(t, func(rt *rapid.T) {
		alerts := rapid.SliceOfNDistinct(rapid.Custom(func(rt *rapid.T) told {
			a := told{rapid.StringMatching("[a-f0-9]{1,3}").Draw(rt, "id"), "firing", instant.Draw(rt, "starts"), "0001-01-01T00:00:00Z"}
			if rapid.Bool().Draw(rt, "resolved") {
				a.status, a.ends = "resolved", instant.Draw(rt, "ends")
			}
			return a
		}), 1, 5, func(a told) string { return a.id }).Draw(rt, "alerts")
		first := id(rt, write("g", "firing", 1, alerts))

		same := slices.Clone(alerts)
		rand.New(rand.NewPCG(1, rapid.Uint64().Draw(rt, "order"))).Shuffle(len(same), func(i, j int) { same[i], same[j] = same[j], same[i] })
		if id(rt, write("g", "firing", 2, same)) != first {
			rt.Fatal("a repeat has another id")
		}
		for i := range same { // what a firing alert's end will be says nothing
			if same[i].status == "firing" {
				same[i].ends = "2026-11-24T09:00:00Z"
			}
		}
		if id(rt, write("g", "firing", 2, same)) != first {
			rt.Fatal("the end of a firing alert changes the id")
		}

		i := rapid.IntRange(0, len(alerts)-1).Draw(rt, "changed")
		other := func(change func(*told)) []told {
			c := slices.Clone(alerts)
			change(&c[i])
			return c
		}
		bodies := [][]byte{
			write("h", "firing", 1, alerts), write("g", "resolved", 1, alerts), write("g", "firing", 1, alerts[1:]),
			write("g", "firing", 1, append(slices.Clone(alerts), told{"ffff", "firing", "2026-11-24T06:00:00Z", ""})),
			write("g", "firing", 1, other(func(a *told) { a.id += "0000" })),
			write("g", "firing", 1, other(func(a *told) { a.starts = "2026-11-24T05:00:00Z" })),
			write("g", "firing", 1, other(func(a *told) { a.status, a.ends = "resolved", "2026-11-24T08:00:00Z" })),
		}
		for n, b := range bodies {
			if id(rt, b) == first {
				rt.Fatalf("change %d leaves the id", n)
			}
		}
	})
	if id(t, captured(t, "cap-01.json")) == id(t, captured(t, "cap-03.json")) {
		t.Error("firing and resolved have the same id")
	}
}

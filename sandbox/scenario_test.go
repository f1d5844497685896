package sandbox_test

import (
	"strings"
	"testing"

	"signalbox/release"
	"signalbox/sandbox"
)

const whole = `name: rain
title: Rain
brief: It rains on one service.
level: 1
length: 10m
focus: cart
steps:
  - at: 10s
    text: cart answers 5xx
    fault: {service: cart, errors: 0.2, for: 5m}
  - at: 1m30s
    text: the pager fires
    alert: {name: Rain, service: cart, severity: page, summary: wet}
`

func TestParse(t *testing.T) {
	sc, err := sandbox.Parse("rain.yaml", []byte(whole))
	if err != nil || sc.Name != "rain" || len(sc.Steps) != 2 || sc.Steps[0].Fault.Errors != 0.2 {
		t.Fatalf("%+v, %v", sc, err)
	}
}

// TestFaults: each fault of a scenario is refused with its place.
func TestFaults(t *testing.T) {
	for _, c := range []struct{ was, is, want string }{
		{"title: Rain", "titel: Rain", `rain.yaml:2: "titel" is no key here`},
		{"level: 1", "level: 9", "rain.yaml:1: level: 9 is none from 1 to 3"},
		{"length: 10m", "length: soon", `rain.yaml:5: "soon" is no duration`},
		{"name: rain", "name: Rain and fog", `"Rain and fog" is no name`},
		{"focus: cart", "focus: umbrella", `focus: there is no service "umbrella"`},
		{"fault: {service: cart,", "fault: {service: umbrella,", `rain.yaml:8: there is no service "umbrella"`},
		{"errors: 0.2,", "errors: 2,", "rain.yaml:8: a fault has errors from 0 to 1"},
		{"errors: 0.2,", "wetness: 2,", `"wetness" is no key here`},
		{"    text: the pager fires\n", "", "rain.yaml:11: the step has no text for the timeline"},
		{"    alert: {name", "    silence: {feed: rain}\n    alert: {name", "rain.yaml:11: a step does one thing, and this does 2: alert, silence"},
		{"    alert: {name: Rain, service: cart, severity: page, summary: wet}\n", "    silence: {feed: rain}\n", `rain.yaml:11: there is no feed "rain" that could fall silent`},
		{"    alert: {name: Rain, service: cart, severity: page, summary: wet}\n", "    approve: {service: cart, by: nobody, message: x}\n", `rain.yaml:11: there is no person "nobody"`},
		{"at: 1m30s", "at: 5s", "rain.yaml:11: the step at 5s comes after one at 10s"},
		{"at: 1m30s", "at: -5s", "is no duration"},
		{"steps:", "---\nsteps:", "a scenario is one document, and there are 2"},
		{"at: 1m30s", "at: 11m", "rain.yaml:11: the step at 11m0s comes after the end at 10m0s"},
		{"level: 1", "level: one", "rain.yaml:4: a text stands where another kind of value is read"},
		{whole[strings.Index(whole, "steps:"):], "", "steps: nothing happens in it"},
		{whole, "", "a scenario is one document, and there are 0"},
	} {
		text := strings.Replace(whole, c.was, c.is, 1)
		_, err := sandbox.Parse("rain.yaml", []byte(text))
		if err == nil || release.CodeOf(err) != release.Usage || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q for %q: %v, want %q", c.is, c.was, err, c.want)
		}
	}
}

// TestBuiltIn: those that are built in can be read, and have names of their own.
func TestBuiltIn(t *testing.T) {
	seen := map[string]bool{}
	for _, sc := range sandbox.Scenarios() {
		if seen[sc.Name] {
			t.Errorf("%s stands there twice", sc.Name)
		}
		seen[sc.Name] = true
		if len(sc.Title) > 44 {
			t.Errorf("the title of %s is too long for its row: %q", sc.Name, sc.Title)
		}
	}
	for _, name := range []string{"canary-at-peak", "blast-radius", "approval-waits", "feed-dark", "freeze-arrives"} {
		if !seen[name] {
			t.Errorf("there is no %s", name)
		}
	}
	if !seen[sandbox.DefaultScenario] {
		t.Error("the default is none of them")
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(whole))
	f.Add([]byte("name: a\nsteps: [{at: 1s}]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if sc, err := sandbox.Parse("x.yaml", data); err == nil && (sc.Name == "" || len(sc.Steps) == 0) {
			t.Errorf("%q was taken for a scenario", data)
		}
	})
}

package profile_test

import (
	"strings"
	"testing"

	"signalbox/release"
	"signalbox/release/profile"
)

func TestWith(t *testing.T) {
	var p profile.Profile
	var err error
	for _, c := range []struct{ name, value, says string }{
		{"theme", "Light", ""}, {"zone", "Europe/Berlin", ""}, {"FIRST-VIEW", "queue", ""}, {"theme", "usual", ""}, {"bell", "stop", ""},
		{"theme", "pink", "theme cannot be pink"}, {"colour", "red", "there is no setting colour"}, {"mouse", "", "mouse takes a value"}, {"zone", "a\x1bb", "zone takes a value"},
	} {
		was := p
		p, err = p.With(c.name, c.value)
		if c.says == "" && err != nil || c.says != "" && (release.CodeOf(err) != release.Usage || !strings.Contains(err.Error(), c.says) || p != was || release.AsError(err).Try == "") {
			t.Errorf("%s %s: %v", c.name, c.value, err)
		}
	}
	if want := (profile.Profile{Zone: "Europe/Berlin", FirstView: "queue", Bell: "stop"}); p != want || len(p.Chosen()) != 3 {
		t.Errorf("%+v, %v", p, p.Chosen())
	}
	if p.Get("nothing") != "" {
		t.Error("a setting that is none has a value")
	}
}

// Every setting can be set to each of its values and back, and touches no other.
func TestEverySetting(t *testing.T) {
	for _, s := range profile.Settings {
		values := s.Values
		if len(values) == 0 {
			values = []string{"Asia/Singapore"}
		}
		for _, v := range values {
			p, err := profile.Profile{}.With(s.Name, v)
			if err != nil || p.Get(s.Name) != v || len(p.Chosen()) != 1 {
				t.Errorf("%s %s: %+v, %v", s.Name, v, p, err)
			}
			if p, err = p.With(s.Name, profile.Usual); err != nil || p != (profile.Profile{}) {
				t.Errorf("%s back: %+v, %v", s.Name, p, err)
			}
		}
	}
}

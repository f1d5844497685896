package settings

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"signalbox/release/conflict"
)

// Without a word the rules are the engine's own, and each key is the kind that it names.
func TestConflictRules(t *testing.T) {
	of := func(text string) conflict.Rules {
		t.Helper()
		c, err := Parse("signalbox.yaml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		r := c.Conflicts.Rules()
		if err := r.Check(); err != nil {
			t.Fatal(err)
		}
		return r
	}
	if got := of("bots: []\n"); !reflect.DeepEqual(got, conflict.Default()) {
		t.Errorf("without a word: %+v", got)
	}
	for _, k := range conflict.Kinds {
		r := of("conflicts: {severity: {" + strings.ToLower(k.Name()) + ": warn}}\n")
		for _, o := range conflict.Kinds {
			g, d := r.Grades[o], conflict.Default().Grades[o]
			if o == k && g.Main != conflict.Warn || o != k && g != d || g.Lesser > g.Main {
				t.Errorf("%s set to warn: %s is %+v", k, o, g)
			}
		}
	}
	r := of("conflicts: {team_cap: 5, notice_normal: 24h, rollback: 20m}\n")
	if r.TeamCap != 5 || r.NoticeNormal != 24*time.Hour || *r.AssumeRevert != 20*time.Minute {
		t.Errorf("%+v", r)
	}
}

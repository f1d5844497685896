package evidence_test

import (
	"testing"

	"signalbox/release/evidence"
)

func TestScore(t *testing.T) {
	for _, c := range []struct {
		results    []evidence.Result
		passed, of int
	}{
		{nil, 0, 0},
		{[]evidence.Result{evidence.Neutral, evidence.Neutral}, 0, 0},
		{[]evidence.Result{evidence.Pass, evidence.Fail, evidence.Pending, evidence.Neutral, evidence.Pass}, 2, 4},
		{[]evidence.Result{"surprise", evidence.Pass}, 1, 1},
	} {
		var checks []evidence.Check
		for _, r := range c.results {
			checks = append(checks, evidence.Check{Result: r})
		}
		if passed, of := evidence.Score(checks); passed != c.passed || of != c.of {
			t.Errorf("%v: %d of %d, want %d of %d", c.results, passed, of, c.passed, c.of)
		}
	}
}

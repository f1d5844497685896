package github_test

import (
	"testing"

	"signalbox/connectors/github"
	"signalbox/release/port"
)

// BenchmarkDelivery authenticates and maps a deployment as GitHub sends it.
func BenchmarkDelivery(b *testing.B) {
	body := payloads(b)["deployment"]["payload.json"]
	r := receiver(b, "new", "old")
	header := headers(sign("old", body))
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		d, err := r.Authenticate(header, body)
		if err != nil {
			b.Fatal(err)
		}
		if facts, err := r.Map(d, body, arrived); err != nil || len(facts) != 1 {
			b.Fatal(facts, err)
		}
	}
}

// BenchmarkPush maps the largest push that GitHub describes: 2,048 commits.
func BenchmarkPush(b *testing.B) {
	body := largePush(b)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if facts, err := github.Map("push", body, arrived, nil, nil); err != nil || len(facts) != 2049 {
			b.Fatal(len(facts), err)
		}
	}
}

// TestLargePush: the largest push that GitHub describes is taken.
func TestLargePush(t *testing.T) {
	facts, err := receiver(t, "s").Map(port.Delivery{Event: "push"}, largePush(t), arrived)
	if err != nil || len(facts) != 2049 {
		t.Fatalf("%d facts, %v", len(facts), err)
	}
	sound(t, facts)
}

package tui

import (
	"strings"
	"testing"
)

// The graph opens by its digit on the service of the selected change, by words after ssh -t, and by its link.
func TestTheGraphOpens(t *testing.T) {
	r := newRig(t, newHouse(), Options{Views: places()})
	r.keys("j 5")
	r.wants(t, r.row(t, 0), "SIGNALBOX ▸ Graph ▸ identity")
	r.keys("y")
	r.wants(t, r.ticker(t), "ssh -t signalbox graph identity")
	r.keys("g q 5")
	r.wants(t, r.row(t, 0), "SIGNALBOX ▸ Graph ▸ ")
	for _, c := range []struct {
		words, crumb string
		opens        bool
	}{{"graph", "Graph ▸ ", true}, {"graph search", "Graph ▸ search", true}, {"service graph search", "Graph ▸ search", true},
		{"service graph search --depth 3", "Board", false}, {"graph --dot", "Board", false}, {"service show search", "Board", false}} {
		words := strings.Fields(c.words)
		if got := Opens(words); got != c.opens {
			t.Errorf("Opens(%q) is %v", c.words, got)
		}
		r := newRig(t, newHouse(), Options{Views: places(), Start: words})
		r.wants(t, r.row(t, 0), "SIGNALBOX ▸ "+c.crumb)
	}
}

// Refocusing pushes: esc goes back to the focus before, with its cursor.
func TestRefocusingPushes(t *testing.T) {
	h := newHouse()
	r := newRig(t, h, Options{Views: places(), Start: []string{"graph", "search"}})
	r.keys("/")
	r.write("ident")
	r.keys("enter enter")
	r.wants(t, r.row(t, 0), "SIGNALBOX ▸ Graph ▸ identity")
	r.keys("esc")
	r.wants(t, r.row(t, 0), "SIGNALBOX ▸ Graph ▸ search")
	r.wants(t, r.screen(t), "FOUND 1 of 5")
	r.keys("esc")
	r.wants(t, r.screen(t), "no edges known for search")
}

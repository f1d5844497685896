package kit

import (
	"strconv"
	"strings"

	"signalbox/release"
	"signalbox/release/change"
)

// Trouble is what goes wrong with a change outside of the gate, the worst first: that it goes, or went, in
// without approval, and the alerts that fire. There is none where nothing does.
func (x Facts) Trouble() []Strip {
	var lines []Strip
	all := x.Troubles()
	for n, t := range all {
		a := release.Stop
		if k := n - (len(all) - len(x.Item.Firing)); k >= 0 { // the alerts come last
			a = x.Item.Firing[k].Aspect()
		}
		key := "trouble:" + strconv.Itoa(n)
		for k, l := range Few(Wrap(t[1], max(x.W-13, 12)), 3) {
			if k > 0 {
				lines = append(lines, runs("", 11, Run{l, Reason(a)}))
				continue
			}
			lines = append(lines, runs(key, 1, Mark(a), Run{" " + t[0] + strings.Repeat(" ", 8-len(t[0])), Meta()}, Run{l, Reason(a)}))
		}
	}
	return lines
}

// Troubles are the same as a word, "rollout" or "alert", and a sentence each.
func (x Facts) Troubles() [][2]string {
	var out [][2]string
	if x.Item.Moving != "" {
		out = append(out, [2]string{"rollout", x.Item.Moving})
	}
	for _, a := range x.Item.Firing {
		out = append(out, [2]string{"alert", strings.TrimSuffix(a.Name+" fires: "+a.Summary, ": ")})
	}
	return out
}

// Rolling reports whether what moves unauthorised is still under way, so that it can be stopped.
func Rolling(i *change.Item) bool { return strings.HasPrefix(i.Moving, "it is rolling out") }

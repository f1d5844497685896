package tui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"signalbox/release"
	"signalbox/release/change"
	"signalbox/release/gate"
	"signalbox/release/health"
	"signalbox/release/verb"
)

// The sheet names what the gate rests on, the worst first, and promises no more than the gate.
func TestTheSheetSaysWhatTheGateSays(t *testing.T) {
	needs := gate.Result{Gate: gate.ApprovalGate, Verdict: gate.NeedsApproval, Reason: "CHG-4 has 0 of 1 approvals"}
	freeze := gate.Result{Gate: gate.FreezeGate, Verdict: gate.Block, Reason: "FRZ-1 hard freeze until Tue 24 Nov 15:50Z: quarter end"}
	dark := gate.Result{Gate: gate.Freshness, Verdict: gate.Unknown, Reason: "prometheus is dark: last good 6m02s ago, promised every 60s"}
	for name, k := range map[string]struct {
		gates      []gate.Result
		want, lack []string
	}{
		"open":   {[]gate.Result{needs}, []string{"; it may go in within 24h."}, []string{"the gate"}},
		"frozen": {[]gate.Result{needs, freeze}, []string{"it may go in if the gate opens within 24h.", "■ the gate blocks it now: FRZ-1 hard freeze until Tue 24 Nov", "quarter end"}, []string{"go in within"}},
		"dark":   {[]gate.Result{needs, dark}, []string{"it may go in if the gate opens within 24h.", "○ the gate cannot say now: prometheus is dark: last good 6m02s"}, []string{"go in within"}},
		"both":   {[]gate.Result{dark, needs, freeze}, []string{"■ the gate blocks", "○ the gate cannot say", "▲ 1 of 8 checks"}, nil},
	} {
		h := newHouse()
		i := h.items[3]
		i.Passed, i.Dossier.Checks[7].Result = 7, "pending"
		d := newDecision(verb.Verb{Name: "approve"}, []change.Item{*i})
		d.gates["CHG-4"] = gate.Answer{Verdict: gate.Fold(k.gates), Gates: k.gates}
		var lines []string
		for _, runs := range d.facts(nil) {
			line := ""
			for _, r := range runs {
				line += r.Text
			}
			if len(line) > 0 {
				lines = append(lines, line)
			}
		}
		text := strings.Join(lines, "\n")
		at := -1
		for _, w := range k.want {
			if now := strings.Index(text, w); now <= at {
				t.Errorf("%s: %q is not there, or not in its place:\n%s", name, w, text)
			} else {
				at = now
			}
		}
		for _, w := range k.lack {
			if strings.Contains(text, w) {
				t.Errorf("%s: it says %q:\n%s", name, w, text)
			}
		}
	}
}

// Until the gates have been read the verdict alone must not be contradicted.
func TestTheSheetKnowsTheVerdictBeforeTheGates(t *testing.T) {
	for verdict, want := range map[string]string{"block": "■ the gate blocks it now", "unknown": "○ the gate cannot say now"} {
		h := newHouse()
		for _, i := range h.items {
			i.Gate = verdict
		}
		r := newRig(t, h, Options{})
		r.keys("j j j A")
		r.wants(t, r.screen(t), want)
		r.wants(t, r.screen(t), "it may go in if the gate opens within 24h.")
	}
}

// What goes in without approval is said once.
func TestTheSheetSaysOnceThatItMoves(t *testing.T) {
	h := newHouse()
	h.items[3].Moving = "7.2.0 is in production already, without approval"
	h.items[3].Firing = []health.Alert{{Name: "HighErrorRate", Summary: "5xx 7.1%"}}
	r := newRig(t, h, Options{})
	r.keys("j j j A")
	text := r.screen(t)
	r.wants(t, text, "■ 7.2.0 is in production already, without approval")
	r.wants(t, text, "■ HighErrorRate fires: 5xx 7.1%")
	if strings.Contains(text, "not approved") || strings.Contains(text, "may go in") {
		t.Errorf("the sheet reads\n%s", text)
	}
}

// After an approval the screen says what the command line says of a gate that is shut.
func TestAnApprovalSaysThatTheGateIsShut(t *testing.T) {
	const bar = "the gate still says block: FRZ-1 hard freeze until Tue 24 Nov 15:50Z"
	r := newRig(t, newHouse(), Options{})
	m := doneMsg{act: act{verb: "approve", word: "approved", calls: []verb.Call{{Verb: "approve", Args: []string{"CHG-4"}}}},
		answers: []verb.Answer{{Lines: []string{"CHG-4 is authorised until Wed 25 Nov 12:04Z", bar}, Seq: 22, Undo: 300}}, errs: []error{nil}}
	r.send(m)
	r.wants(t, r.ticker(t), "▲ approved CHG-4")
	r.wants(t, r.note(t), bar)
	m.act.calls = append(m.act.calls, m.act.calls[0])
	m.answers, m.errs = append(m.answers, m.answers[0]), append(m.errs, nil)
	r.send(m)
	r.wants(t, r.note(t), "the gate keeps 2 of them out for now")
}

// What bars stays on the row until it was read, however much happens after it.
func TestTheTickerKeepsTheWorst(t *testing.T) {
	h := newHouse()
	r := newRig(t, h, Options{})
	h.happen("RO-1", release.Stop, "moves in production without approval", -9*time.Second)
	for n := range 3 {
		h.happen(fmt.Sprintf("CHG-%d", n+1), release.Planned, "was looked at", time.Duration(n-8)*time.Second)
		r.changed()
	}
	r.wants(t, r.ticker(t), "■ RO-1 moves in production without approval")
	r.wants(t, r.ticker(t), "]3 more")
	r.keys("] ] ]")
	h.happen("CHG-5", release.Planned, "was looked at", -time.Second)
	r.changed()
	r.wants(t, r.ticker(t), "CHG-5 was looked at")
}

// A sentence that is too long for the row goes on below it.
func TestALongRefusalIsWhole(t *testing.T) {
	r := newRig(t, newHouse(), Options{})
	r.s.refuse(release.Errorf(release.Refused, "DL-1 is still not understood: the message is not the JSON expected: a text stands where deployment.id is read").Advise("drop it"))
	r.s.dirty = screen
	r.wants(t, r.ticker(t)+r.hintRow(t), "deployment.id is read · drop it")
	r.wants(t, r.ticker(t), "■ refused: DL-1 is still not understood")
}

// The head says the worst of the feeds, and names the one that is dark.
func TestTheHeadSaysTheWorstOfTheFeeds(t *testing.T) {
	h := newHouse()
	h.feeds[1].LastGood = noon.Add(-90 * time.Second)
	r := newRig(t, h, Options{})
	r.wants(t, r.row(t, 1), "▲1/2 feeds")
	h.feeds[1].LastGood = noon
	r.changed()
	r.wants(t, r.row(t, 1), "●2 feeds")
	h.feeds[1].Tries = 2
	r.changed()
	r.wants(t, r.row(t, 1), "▲1/2 feeds")
	h.feeds[1].LastGood = noon.Add(-time.Hour)
	r.changed()
	r.wants(t, r.row(t, 1), "○ jira dark")
	h.feeds[1].Name = strings.Repeat("jira-", 9)
	r.changed()
	r.wants(t, r.row(t, 1), "○1/2 feeds")
}

// A feed that only calls answers no test, so the answer is not green.
func TestATestOfAPushFeedIsNotGreen(t *testing.T) {
	r := newFeedsRig(t, wired(), 80, 24)
	r.keys("j T")
	r.wants(t, r.ticker(t), "◇ github")
}

// Dropping a dead letter where it is read goes back to the feeds.
func TestADropOnThePageGoesBack(t *testing.T) {
	r := newFeedsRig(t, wired(), 80, 24)
	r.keys("j tab enter")
	r.wants(t, r.row(t, 0), "Feeds ▸ DL-2")
	r.keys("D 2 enter")
	r.wants(t, r.row(t, 0), "Feeds ▸ github")
	r.wants(t, r.ticker(t), "DL-2 was dropped")
}

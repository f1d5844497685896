package main

import (
	"net/http"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// subscriber reads a calendar as a subscribed client does: it fetches the address and parses it with vobject, the
// library of Debian's calendar programs. It prints a line for each event.
const subscriber = `
import sys, urllib.request, vobject
text = urllib.request.urlopen(sys.argv[1]).read().decode("utf-8")
for e in sorted(vobject.readOne(text).vevent_list, key=lambda e: e.uid.value):
    end = getattr(e, "dtend", None) or getattr(e, "duration", None)
    print(e.uid.value, e.sequence.value, e.summary.value, e.categories.value, e.dtstamp.value == e.last_modified.value, sep="|")
`

// TestSubscribers: each team, region and service subscribes to what concerns it, with a client that is not ours; a
// sequence counts the changes of its own event alone.
func TestSubscribers(t *testing.T) {
	python, err := exec.LookPath("/usr/bin/python3")
	if err == nil {
		err = exec.Command(python, "-c", "import vobject").Run()
	}
	if err != nil {
		t.Fatal("vobject is missing: apt-get install --no-install-recommends python3-vobject")
	}
	b := newBox(t, "")
	bob, _ := company(b)
	cora := b.key("cora")
	b.must("person", "add", "cora", "--role", "coordinator", "--key", cora+".pub")
	table := "id,title,kind,scope,zone,start,end,rule\n" +
		"peak,\"Peak; busy, very\",peak,service:www-artist,Europe/London,2026-12-01T18:00,2026-12-01T20:00,FREQ=DAILY\n" +
		"team,Team's maintenance,maintenance,team:team-a,UTC,2026-12-01T18:00,2026-12-01T20:00,\n" +
		"amer,Vendor,vendor,region:amer,UTC,2026-12-02T18:00,2026-12-02T20:00,\n" +
		"cert,Certificate ends,deadline,org,UTC,2026-12-24T12:00,,\n" +
		"other,Elsewhere,batch,service:searcher,UTC,2026-12-02T18:00,2026-12-02T20:00,\n"
	b.write("windows.csv", table)
	if out := b.must("import", "csv", filepath.Join(b.dir, "windows.csv"), "--what", "windows"); !strings.Contains(out, "new deadline cert: Certificate ends") || !strings.Contains(out, "5 read, 5 stored") {
		t.Errorf("the report:\n%s", out)
	}
	s := b.serve()
	if code, answer := s.deliver("deployment", "d-1", hookSecret, payload(t, "deployment/payload.json", aimed(artistRepo, digestA, "1.2.0"))); code != http.StatusOK {
		t.Fatalf("delivery: %d %s", code, answer)
	}
	token := tokenFor(b, "ics")
	read := func(scope string) string {
		out, err := exec.Command(python, "-c", subscriber, "http://"+s.http+"/v1/calendar.ics?token="+token+"&scope="+scope).CombinedOutput()
		if err != nil {
			t.Fatalf("the client: %v\n%s", err, out)
		}
		var lines []string
		for line := range strings.Lines(string(out)) {
			if uid, rest, _ := strings.Cut(strings.TrimSpace(line), "|"); !strings.HasSuffix(uid, "@signalbox") {
				t.Errorf("the UID %q", uid)
			} else {
				lines = append(lines, rest)
			}
		}
		return strings.Join(slices.Sorted(slices.Values(lines)), "\n")
	}
	const cert, peak, team, vendor, other = "0|Certificate ends|['deadline']|True", "0|Peak; busy, very|['peak']|True", "0|Team's maintenance|['maintenance']|True", "0|Vendor|['vendor']|True", "0|Elsewhere|['batch']|True"
	for scope, want := range map[string][]string{
		"org":                {cert, other, peak, team, vendor},
		"service:www-artist": {cert, peak, team},
		"team:team-a":        {cert, peak, team},
		"service:searcher":   {cert, other},
		"region:amer":        {cert, vendor},
		"region:emea":        {cert},
	} {
		if got := read(scope); got != strings.Join(want, "\n") {
			t.Errorf("%s: got\n%s\nwant\n%s", scope, got, strings.Join(want, "\n"))
		}
	}
	if r := s.exec(bob, "approve", "CHG-1", "-m", "'read it, and the rollback is rehearsed'"); r.code != 0 {
		t.Fatalf("approve: %s%s", r.out, r.err)
	}
	if r := s.exec(cora, "freeze", "declare", "--kind", "soft", "--scope", "team:team-a", "--for", "2d", "-m", "'the stocktaking needs quiet'"); r.code != 0 {
		t.Fatalf("freeze: %s%s", r.out, r.err)
	}
	got := read("service:www-artist")
	if !strings.Contains(got, "|CHG-1 www-artist 1.2.0 into production|['release']|True") || !strings.Contains(got, "0|SOFT FREEZE team:team-a: the stocktaking needs quiet|['freeze']|True") {
		t.Errorf("a change and a freeze:\n%s", got)
	}
	if got := read("service:searcher"); strings.Contains(got, "CHG-1") || strings.Contains(got, "FREEZE") {
		t.Errorf("another service:\n%s", got)
	}
	if again := read("service:www-artist"); again != got {
		t.Errorf("nothing changed:\n%s\nwas\n%s", again, got)
	}
	// One event changes: its sequence counts, and no other's.
	b.write("windows.csv", strings.Replace(table, "20:00,FREQ=DAILY", "21:00,FREQ=DAILY", 1))
	if out := b.must("import", "csv", filepath.Join(b.dir, "windows.csv"), "--what", "windows"); !strings.Contains(out, "changed peak peak:") || !strings.Contains(out, "unchanged vendor amer: Vendor") {
		t.Errorf("the report:\n%s", out)
	}
	if want, now := strings.Replace(got, "0|Peak;", "1|Peak;", 1), read("service:www-artist"); strings.Join(slices.Sorted(slices.Values(strings.Split(want, "\n"))), "\n") != now {
		t.Errorf("one changed:\n%s\nwant\n%s", now, want)
	}
}

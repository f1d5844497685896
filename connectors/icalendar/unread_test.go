package icalendar_test

import (
	"slices"
	"strings"
	"testing"

	"signalbox/connectors/icalendar"
)

// TestUnread: what cannot be understood is named, so that what is stored of it stays, and no series stands
// with a change left out.
func TestUnread(t *testing.T) {
	series := ev("DTSTART:20261201T080000Z\nDTEND:20261201T100000Z\nRRULE:FREQ=WEEKLY\n")
	moved := "RECURRENCE-ID:20261208T080000Z\n" + strings.ReplaceAll(day1, "1201", "1209")
	torn := "RECURRENCE-ID:20261208T080000Z\nDTSTART:soon\n"
	named := func(uid, text string) string { return strings.Replace(text, "UID:u\n", "UID:"+uid+"\n", 1) }
	good := named("good", ev(day1))
	for _, c := range []struct {
		name, text string
		want       []string // Unread
		taken      []string // ids
	}{
		{"nothing refused", good + series + ev(moved), nil, []string{"good", "u"}},
		{"an event", good + ev("DTSTART:soon\n"), []string{"u"}, []string{"good"}},
		{"without a UID", good + strings.Replace(ev("DTSTART:soon\n"), "UID:u\n", "", 1), nil, []string{"good"}},
		{"a UID not fit to be shown", good + named("a\x1bb", ev("DTSTART:soon\n")), []string{"uid:1b036bb7c56caec6e11a3891cea30f91"}, []string{"good"}},
		{"a change of a series", good + series + ev(torn), []string{"u", "u/20261208T080000Z"}, []string{"good"}},
		{"a change of a series, before it", good + ev(torn) + series + ev(strings.Replace(moved, "1208", "1215", 1)), []string{"u", "u/20261208T080000Z"}, []string{"good"}},
		{"a change of nobody knows which", good + series + ev("RECURRENCE-ID:later\n"+day1), []string{"u"}, []string{"good"}},
		{"a change that a newer one replaces", good + series + ev(torn) + ev("SEQUENCE:1\n"+moved), []string{"u/20261208T080000Z"}, []string{"good", "u"}},
		{"a change that replaces an older one", good + series + ev("SEQUENCE:2\n"+torn) + ev("SEQUENCE:1\n"+moved), []string{"u", "u/20261208T080000Z"}, []string{"good"}},
		{"two changes of one date", good + series + ev(moved) + ev(strings.ReplaceAll(moved, "1209", "1210")), []string{"u"}, []string{"good"}},
		{"a change alone", good + ev(torn), []string{"u", "u/20261208T080000Z"}, []string{"good"}},
		{"a change alone, replacing another", good + ev(moved) + ev("SEQUENCE:1\n"+torn), []string{"u", "u/20261208T080000Z"}, []string{"good"}},
		{"a change alone, of a series that was refused", good + ev("DTSTART:soon\n") + ev(moved), []string{"u", "u/20261208T080000Z"}, []string{"good"}},
		{"a newer writing", good + ev(day1) + ev("SEQUENCE:1\nDTSTART:soon\n"), []string{"u"}, []string{"good"}},
		{"an older writing", good + ev("SEQUENCE:1\n"+day1) + ev("DTSTART:soon\n"), nil, []string{"good", "u"}},
		{"a series that is cancelled", good + ev(day1+"SEQUENCE:1\nSTATUS:CANCELLED\n") + ev(torn), nil, []string{"good"}},
		{"cancelled, without a time", good + ev("STATUS:CANCELLED\n"), nil, []string{"good"}},
	} {
		s, err := icalendar.Map("import:f.ics", []byte(cal(c.text)), asMaintenance)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		var taken []string
		for _, e := range s.Entries {
			taken = append(taken, e.ExternalID)
		}
		if !slices.Equal(s.Unread, c.want) || !slices.Equal(taken, c.taken) {
			t.Errorf("%s: unread %q and taken %q, want %q and %q\n%s", c.name, s.Unread, taken, c.want, c.taken, brief(s))
		}
		if s.Read != len(s.Entries)+s.Merged+s.Gone+len(s.Refused) {
			t.Errorf("%s: %d read, %d accounted for", c.name, s.Read, len(s.Entries)+s.Merged+s.Gone+len(s.Refused))
		}
		sound(t, s)
	}
}

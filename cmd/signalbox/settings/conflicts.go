package settings

import (
	"strconv"
	"strings"
	"time"

	"signalbox/release/conflict"
)

// Conflicts are the rules of the release calendar, as far as an organisation sets its own.
type Conflicts struct {
	Severity       Severities    `yaml:"severity"`
	TeamCap        int           `yaml:"team_cap"`
	HighCap        int           `yaml:"high_cap"`
	VeryHighCap    int           `yaml:"very_high_cap"`
	NoticeNormal   time.Duration `yaml:"notice_normal"`
	NoticeHigh     time.Duration `yaml:"notice_high"`
	NoticeStandard time.Duration `yaml:"notice_standard"`
	Rollback       time.Duration `yaml:"rollback"` // taken where no history says; 0 leaves it unknown
	Tolerated      int           `yaml:"tolerated"`
}

// Severities are those of the kinds of conflict, in the order of their numbers: off, warn, soft or hard.
type Severities struct {
	FreezeHard     string `yaml:"freeze_hard"`
	FreezeSoft     string `yaml:"freeze_soft"`
	OutsideWindow  string `yaml:"outside_window"`
	SameService    string `yaml:"same_service"`
	DepAdjacent    string `yaml:"dep_adjacent"`
	Related        string `yaml:"related"`
	SharedResource string `yaml:"shared_resource"`
	People         string `yaml:"people"`
	TeamWIP        string `yaml:"team_wip"`
	Vendor         string `yaml:"vendor"`
	Audit          string `yaml:"audit"`
	Batch          string `yaml:"batch"`
	Peak           string `yaml:"peak"`
	TZHoliday      string `yaml:"tz_holiday"`
	Coverage       string `yaml:"coverage"`
	Incident       string `yaml:"incident"`
	Budget         string `yaml:"budget"`
	Order          string `yaml:"order"`
	Overrun        string `yaml:"overrun"`
	LeadTime       string `yaml:"lead_time"`
	Deadline       string `yaml:"deadline"`
	GlobalCap      string `yaml:"global_cap"`
}

// words are the severities in the order of conflict.Kinds.
func (s Severities) words() []string {
	return []string{s.FreezeHard, s.FreezeSoft, s.OutsideWindow, s.SameService, s.DepAdjacent, s.Related, s.SharedResource, s.People, s.TeamWIP, s.Vendor, s.Audit, s.Batch, s.Peak, s.TZHoliday, s.Coverage, s.Incident, s.Budget, s.Order, s.Overrun, s.LeadTime, s.Deadline, s.GlobalCap}
}

// Rules are the defaults of DEFINITIONS B1 with what the configuration says instead.
func (c Conflicts) Rules() conflict.Rules {
	r := conflict.Default()
	for n, word := range c.Severity.words() {
		k := conflict.Kinds[n]
		var s conflict.Severity
		if s.UnmarshalText([]byte(word)) != nil {
			continue // only a Config that was not checked has another word
		}
		g := r.Grades[k]
		if s != g.Main { // the lesser case is never worse than the main one
			g.Main, g.Lesser = s, min(g.Lesser, s)
			r.Grades[k] = g
		}
	}
	r.TeamCap, r.HighCap, r.VeryHighCap = c.TeamCap, c.HighCap, c.VeryHighCap
	r.NoticeNormal, r.NoticeHigh, r.NoticeStandard, r.Tolerated = c.NoticeNormal, c.NoticeHigh, c.NoticeStandard, c.Tolerated
	if c.Rollback > 0 {
		r.AssumeRevert = &c.Rollback
	}
	return r
}

// conflictFields are the keys of the rules; their defaults are the engine's own.
var conflictFields = func() []field {
	d := conflict.Default()
	const most = 90 * 24 * time.Hour
	limit := func(n int) (value, string) { return value{form: whole, low: 1, high: 1000}, strconv.Itoa(n) }
	team, teamDefault := limit(d.TeamCap)
	high, highDefault := limit(d.HighCap)
	top, topDefault := limit(d.VeryHighCap)
	normal := between(0, most)
	return []field{
		{key: "severity", about: "What each kind of conflict does: hard blocks, soft waits for a waiver, warn is shown, off is not looked for", value: value{form: object, fields: severities}},
		{key: "team_cap", about: "How many changes of one team may run at once", value: team, fallback: teamDefault},
		{key: "high_cap", about: "How many changes of High risk and above may run at once in the whole organisation", value: high, fallback: highDefault},
		{key: "very_high_cap", about: "How many of Very High risk", value: top, fallback: topDefault},
		{key: "notice_normal", about: "How long before it begins a normal change must be given its time", value: normal, fallback: hours(d.NoticeNormal)},
		{key: "notice_high", about: "The same of one of High risk or above", value: normal, fallback: hours(d.NoticeHigh)},
		{key: "notice_standard", about: "The same of a standard change", value: normal, fallback: hours(d.NoticeStandard)},
		{key: "rollback", about: "How long a way back is taken to last where nobody has measured one; 0s leaves it unknown", value: between(0, 24*time.Hour), fallback: "0s"},
		{key: "tolerated", about: "How many soft conflicts a slot may have that is offered", value: value{form: whole, low: 0, high: 22}, fallback: strconv.Itoa(d.Tolerated)},
	}
}()

// hours writes a length as a duration of the file.
func hours(d time.Duration) string {
	if d == 0 {
		return "0s"
	}
	return strconv.Itoa(int(d/time.Hour)) + "h"
}

var severities = func() []field {
	var out []field
	d := conflict.Default()
	for _, k := range conflict.Kinds {
		out = append(out, field{key: strings.ToLower(k.Name()), about: k.ID() + ": " + k.Rule(), value: oneOf("off", "warn", "soft", "hard"), fallback: d.Grades[k].Main.String()})
	}
	return out
}()

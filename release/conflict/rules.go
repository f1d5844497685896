package conflict

import (
	"time"

	"signalbox/release"
	"signalbox/release/change"
)

// Grade is the severity of a kind in its main case and in its lesser one. Of the kinds, DEP_ADJACENT (two edges, or a
// soft one), SHARED_RESOURCE (counted), PEAK (tiers 2 and 3) and DEADLINE (more than 72 hours left) have a lesser
// case; for the others both are the same.
type Grade struct {
	Main   Severity `json:"main" yaml:"main"`
	Lesser Severity `json:"lesser" yaml:"lesser"`
}

// Rules are the severities and numbers of the engine. All lengths are elapsed time. Default gives those of
// DEFINITIONS B1; an organisation may set others.
type Rules struct {
	Grades map[Kind]Grade `json:"grades" yaml:"grades"`

	TeamCap     int `json:"team_cap" yaml:"team_cap"`           // K9: concurrent work of one team
	HighCap     int `json:"high_cap" yaml:"high_cap"`           // K22: concurrent work of High and Very High risk
	VeryHighCap int `json:"very_high_cap" yaml:"very_high_cap"` // K22: of Very High risk

	NoticeNormal   time.Duration `json:"notice_normal" yaml:"notice_normal"`     // K20: of a normal change
	NoticeHigh     time.Duration `json:"notice_high" yaml:"notice_high"`         // K20: of a normal change of High risk or more
	NoticeStandard time.Duration `json:"notice_standard" yaml:"notice_standard"` // K20: of a standard change; an emergency has none
	DeadlineNear   time.Duration `json:"deadline_near" yaml:"deadline_near"`     // K21: from then on the main case
	IncidentHold   time.Duration `json:"incident_hold" yaml:"incident_hold"`     // K16: an open incident is taken to last so long from now; beyond, it is unknown

	PeakQuantile float64 `json:"peak_quantile" yaml:"peak_quantile"` // K13: of the 168 hours of the week, by nearest rank
	MaxSkew      int     `json:"max_skew" yaml:"max_skew"`           // K18: versions that two ends of a contract may be apart

	Weekend       []time.Weekday `json:"weekend" yaml:"weekend"`               // K14
	ForbidOffice  bool           `json:"forbid_office" yaml:"forbid_office"`   // K14: bars the hours below, on days that are no weekend
	OfficeFrom    int            `json:"office_from" yaml:"office_from"`       // local hour, 0 to 23
	OfficeTo      int            `json:"office_to" yaml:"office_to"`           // local hour that is free again, 1 to 24
	AwakeFrom     int            `json:"awake_from" yaml:"awake_from"`         // local hour from which people are taken to be awake
	AwakeTo       int            `json:"awake_to" yaml:"awake_to"`             // and until which
	Longest       time.Duration  `json:"longest" yaml:"longest"`               // what a length that is not known may be at most
	AssumePrep    *time.Duration `json:"assume_prep" yaml:"assume_prep"`       // taken where work does not say; nil leaves it unknown
	AssumeVerify  *time.Duration `json:"assume_verify" yaml:"assume_verify"`   // the same
	AssumeRevert  *time.Duration `json:"assume_revert" yaml:"assume_revert"`   // the same of rollback: DEFINITIONS B10, "static, estimate"
	Tolerated     int            `json:"tolerated" yaml:"tolerated"`           // soft conflicts that a slot may have
	Horizon       time.Duration  `json:"horizon" yaml:"horizon"`               // how far slots are looked for
	Grid          time.Duration  `json:"grid" yaml:"grid"`                     // steps inside windows, from the epoch
	Slots         int            `json:"slots" yaml:"slots"`                   // how many are offered
	Adjacent      bool           `json:"adjacent" yaml:"adjacent"`             // offers slots that overlap each other too
	WeightSoft    float64        `json:"weight_soft" yaml:"weight_soft"`       // J for each soft conflict
	WeightWarn    float64        `json:"weight_warn" yaml:"weight_warn"`       // for each warning
	WeightTraffic float64        `json:"weight_traffic" yaml:"weight_traffic"` // for traffic, as a part of that at the regions' peaks
	WeightDays    float64        `json:"weight_days" yaml:"weight_days"`       // for each day moved, either way
}

// Default are the rules of DEFINITIONS B1.1 and B1.3.
func Default() Rules {
	grades := map[Kind]Grade{}
	for _, k := range Kinds {
		grades[k] = Grade{Soft, Soft}
	}
	for _, k := range []Kind{FreezeHard, OutsideWindow, SameService, AuditPeriod, OpenIncident, BudgetSpent, OutOfOrder} {
		grades[k] = Grade{Hard, Hard}
	}
	grades[Related], grades[TeamWIP] = Grade{Warn, Warn}, Grade{Warn, Warn}
	grades[DepAdjacent], grades[PeakTraffic], grades[PastDeadline] = Grade{Soft, Warn}, Grade{Soft, Warn}, Grade{Soft, Warn}
	grades[SharedResource] = Grade{Hard, Soft}
	const day = 24 * time.Hour
	return Rules{
		Grades: grades, TeamCap: 2, HighCap: 2, VeryHighCap: 1,
		NoticeNormal: 3 * day, NoticeHigh: 5 * day, DeadlineNear: 72 * time.Hour, IncidentHold: 4 * time.Hour,
		PeakQuantile: 0.9, MaxSkew: 1, Weekend: []time.Weekday{time.Saturday, time.Sunday},
		OfficeFrom: 9, OfficeTo: 17, AwakeFrom: 7, AwakeTo: 23, Longest: day,
		Tolerated: 1, Horizon: 90 * day, Grid: 15 * time.Minute, Slots: 5,
		WeightSoft: 10, WeightWarn: 2, WeightTraffic: 10, WeightDays: 0.1,
	}
}

// Check returns a Usage error for rules that cannot hold.
func (r Rules) Check() error {
	bad := func(format string, args ...any) error {
		return release.Errorf(release.Usage, format, args...).Advise("correct the rules of the calendar; without them the defaults hold")
	}
	for _, k := range Kinds {
		if g, ok := r.Grades[k]; !ok || g.Main > Hard || g.Lesser > Hard {
			return bad("the rules give %s no severity", k)
		}
	}
	hour := func(from, to int) bool { return 0 <= from && from < to && to <= 24 }
	switch {
	case r.TeamCap < 1 || r.HighCap < 1 || r.VeryHighCap < 1:
		return bad("a limit on concurrent work is less than 1")
	case r.NoticeNormal < 0 || r.NoticeHigh < 0 || r.NoticeStandard < 0 || r.DeadlineNear < 0 || r.IncidentHold < 0 || r.Longest < 0:
		return bad("a length of the rules is negative")
	case !(r.PeakQuantile > 0 && r.PeakQuantile <= 1):
		return bad("the peak quantile is %g, not more than 0 and at most 1", r.PeakQuantile)
	case !hour(r.OfficeFrom, r.OfficeTo) || !hour(r.AwakeFrom, r.AwakeTo):
		return bad("hours of the day run from 0 to 24, the first before the second")
	case r.Grid < time.Minute || r.Horizon < r.Grid || r.Horizon > 366*24*time.Hour || r.Slots < 1 || r.Tolerated < 0 || r.MaxSkew < 0:
		return bad("the search for slots needs a grid of a minute or more, a horizon of at most 366 days and at least one slot")
	case r.WeightSoft < 0 || r.WeightWarn < 0 || r.WeightTraffic < 0 || r.WeightDays < 0:
		return bad("a weight is negative")
	}
	for _, d := range []*time.Duration{r.AssumePrep, r.AssumeVerify, r.AssumeRevert} {
		if d != nil && *d < 0 {
			return bad("an assumed length is negative")
		}
	}
	return nil
}

// notice is how long before its start a piece of work must be asked for (K20).
func (r *Rules) notice(w *Work) time.Duration {
	switch {
	case w.Class == change.Emergency:
		return 0
	case w.Class == change.Standard:
		return r.NoticeStandard
	case w.Band >= change.High:
		return r.NoticeHigh
	}
	return r.NoticeNormal
}

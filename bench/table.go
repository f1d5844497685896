package main

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// row is one line of the report: ours beside a peer or a limit, measured in the same run.
type row struct {
	what, ours, other, against, ratio, goal string
	reached                                 bool
	none                                    bool // no goal
}

type table struct{ rows []row }

// head prints a section's name.
func head(name string) { fmt.Printf("\n%s\n%s\n", name, strings.Repeat("─", len([]rune(name)))) }

// add prints a row at once and keeps it for the summary.
func (t *table) add(r row) {
	t.rows = append(t.rows, r)
	mark := "reached"
	switch {
	case r.none:
		mark = ""
	case !r.reached:
		mark = "NOT REACHED"
	}
	fmt.Printf("  %-46s %14s  %14s %-26s %8s  %-12s %s\n", r.what, r.ours, r.other, r.against, r.ratio, r.goal, mark)
}

// atMost is a row whose goal is a ratio that may not be more.
func (t *table) atMost(what string, ours, other float64, unit, against string, most float64) {
	r := ratio(ours, other)
	t.add(row{what: what, ours: amount(ours, unit), other: amount(other, unit), against: against, ratio: times(r), goal: "≤ " + times(most), reached: r <= most})
}

// atLeast is a row whose goal is how many times less (or, of rates, more) ours is.
func (t *table) atLeast(what string, ours, other float64, unit, against string, least float64, rate bool) {
	r := ratio(other, ours)
	if rate {
		r = ratio(ours, other)
	}
	t.add(row{what: what, ours: amount(ours, unit), other: amount(other, unit), against: against, ratio: times(r), goal: "≥ " + times(least), reached: r >= least})
}

// bound is a row whose goal is a figure.
func (t *table) bound(what string, ours float64, unit string, most float64) {
	t.add(row{what: what, ours: amount(ours, unit), goal: "≤ " + amount(most, unit), reached: ours <= most})
}

func (t *table) note(what string, ours float64, unit string, other float64, against string) {
	r := row{what: what, ours: amount(ours, unit), none: true}
	if against != "" {
		r.other, r.against, r.ratio = amount(other, unit), against, times(ratio(ours, other))
	}
	t.add(r)
}

func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

func times(r float64) string {
	switch {
	case r == 0:
		return "—"
	case r < 0.1:
		return fmt.Sprintf("%.3f×", r)
	case r < 10:
		return fmt.Sprintf("%.2f×", r)
	}
	return fmt.Sprintf("%.0f×", r)
}

func amount(v float64, unit string) string {
	switch {
	case v >= 1000 || v == float64(int64(v)):
		return fmt.Sprintf("%.0f %s", v, unit)
	case v >= 10:
		return fmt.Sprintf("%.1f %s", v, unit)
	}
	return fmt.Sprintf("%.3f %s", v, unit)
}

// percentile of durations, in milliseconds.
func percentile(all []time.Duration, p int) float64 {
	if len(all) == 0 {
		return 0
	}
	all = slices.Sorted(slices.Values(all))
	return float64(all[min(len(all)-1, len(all)*p/100)].Nanoseconds()) / 1e6
}

func median(all []int) int {
	if len(all) == 0 {
		return 0
	}
	all = slices.Sorted(slices.Values(all))
	return all[len(all)/2]
}

// summary prints how many goals were reached, and which were not.
func (t *table) summary() {
	goals, missed := 0, []string{}
	for _, r := range t.rows {
		if r.none {
			continue
		}
		goals++
		if !r.reached {
			missed = append(missed, fmt.Sprintf("%s: %s, goal %s", r.what, r.ratio+" "+r.ours, r.goal))
		}
	}
	fmt.Printf("\n%d of %d goals are reached\n", goals-len(missed), goals)
	for _, m := range missed {
		fmt.Println("  not reached: " + m)
	}
}

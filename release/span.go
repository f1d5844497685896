package release

import (
	"fmt"
	"strconv"
	"time"
)

const day = 24 * time.Hour

// Span writes how long: 58s 4m41s 14m 1h25m 21h 2d11h 6d. At most two units, seconds only under ten minutes,
// minutes only under ten hours, hours only under five days; what is less is cut off, not rounded. The sign
// is dropped: the words around it say whether it is past.
func Span(d time.Duration) string {
	if d < 0 {
		d = -d
	}
	if d < 0 {
		d = 1<<63 - 1
	}
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%ds", d/time.Second)
	case d < 10*time.Minute:
		return fmt.Sprintf("%dm%02ds", d/time.Minute, d%time.Minute/time.Second)
	case d < time.Hour:
		return fmt.Sprintf("%dm", d/time.Minute)
	case d < 10*time.Hour:
		return fmt.Sprintf("%dh%02dm", d/time.Hour, d%time.Hour/time.Minute)
	case d < 2*day:
		return fmt.Sprintf("%dh", d/time.Hour)
	case d < 5*day && d%day >= time.Hour:
		return fmt.Sprintf("%dd%dh", d/day, d%day/time.Hour)
	}
	return strconv.FormatInt(int64(d/day), 10) + "d"
}

// Length writes a duration that a rule or a plan states, exactly to the second and without empty units:
// 30s 10m 1h30m 24h 90d. Days are used from two days up, where the length is whole days.
func Length(d time.Duration) string {
	if d >= 2*day && d%day == 0 {
		return strconv.FormatInt(int64(d/day), 10) + "d"
	}
	sign := ""
	if d < 0 {
		sign, d = "−", -d
	}
	s := ""
	if h := d / time.Hour; h > 0 {
		s += fmt.Sprintf("%dh", h)
	}
	if m := d % time.Hour / time.Minute; m > 0 {
		s += fmt.Sprintf("%dm", m)
	}
	if sec := d % time.Minute / time.Second; sec > 0 || s == "" {
		s += fmt.Sprintf("%ds", sec)
	}
	return sign + s
}

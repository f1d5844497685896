package kit

import (
	"math"
	"strconv"
	"strings"
	"time"

	"signalbox/release/change"
	"signalbox/themes"
)

// Unknown stands for a value that nobody knows; it is never 0 or blank. NotApplicable for one that cannot be.
const (
	Unknown       = "—"
	NotApplicable = "–"
)

const minus = "−" // U+2212: as wide as a digit in every font; "-" in ASCII

// Thousands writes n with commas: 88,214.
func Thousands(n int64) string {
	s := strconv.FormatInt(n, 10)
	sign := ""
	if s[0] == '-' {
		sign, s = minus, s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}

// Compact writes a large n in at most three digits: 912, 9.1k, 48k, 9.1M. It rounds to the nearest.
func Compact(n int64) string {
	v, sign := float64(n), ""
	if v < 0 {
		v, sign = -v, minus
	}
	for _, unit := range []string{"", "k", "M", "G", "T"} {
		switch {
		case unit == "" && v < 1000:
			return sign + strconv.FormatFloat(v, 'f', 0, 64)
		case unit != "" && v < 9.95:
			return sign + strings.TrimSuffix(strconv.FormatFloat(v, 'f', 1, 64), ".0") + unit
		case v < 999.5:
			return sign + strconv.FormatFloat(v, 'f', 0, 64) + unit
		}
		v /= 1000
	}
	return sign + strconv.FormatFloat(v, 'f', 0, 64) + "P"
}

// Decimal writes v with a fixed number of decimals, commas, and U+2212 for minus; NaN is Unknown.
func Decimal(v float64, decimals int) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return Unknown
	}
	s := strconv.FormatFloat(math.Abs(v), 'f', decimals, 64)
	whole, frac, _ := strings.Cut(s, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if frac != "" {
		whole += "." + frac
	}
	if v < 0 && strings.Trim(s, "0.") != "" {
		return minus + whole
	}
	return whole
}

// Percent writes the share v (1 is all) with a fixed number of decimals: 0.11%.
func Percent(v float64, decimals int) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return Unknown
	}
	return Decimal(v*100, decimals) + "%"
}

// Signed is Decimal with a sign always: +1.79, −5.
func Signed(v float64, decimals int) string {
	s := Decimal(v, decimals)
	if v > 0 && strings.Trim(s, "0.,") != "" {
		return "+" + s
	}
	return s
}

// Factor writes a ratio: ×26, ×1.4.
func Factor(v float64) string {
	if math.Abs(v) < 9.95 {
		return "×" + strings.TrimSuffix(Decimal(v, 1), ".0")
	}
	return "×" + Decimal(v, 0)
}

// Quorum writes have of need: 2/3.
func Quorum(have, need int) string { return strconv.Itoa(have) + "/" + strconv.Itoa(need) }

// Risk writes a score with the letter of its band, gap between them: "62 M", "62M". Low is dim, Moderate
// text, from High up caution.
func Risk(r change.Risk, gap string) Run {
	s := Meta()
	switch b := r.Band(); {
	case b >= change.High:
		s = Style{Fg: themes.Caution, Attr: themes.Bold}
	case b == change.Moderate:
		s = Plain()
	}
	return Run{strconv.Itoa(r.Score) + gap + r.Band().Letter(), s}
}

// Milliseconds writes a short time as latencies are compared: 412ms, 2.9s, 0.8ms.
func Milliseconds(d time.Duration) string {
	switch {
	case d >= 10*time.Second:
		return strconv.Itoa(int(d.Round(time.Second)/time.Second)) + "s"
	case d >= time.Second:
		return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + "s"
	case d >= 10*time.Millisecond:
		return strconv.Itoa(int(d.Round(time.Millisecond)/time.Millisecond)) + "ms"
	}
	return strconv.FormatFloat(float64(d)/float64(time.Millisecond), 'f', 1, 64) + "ms"
}

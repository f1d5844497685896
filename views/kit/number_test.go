package kit

import (
	"math"
	"testing"

	"signalbox/release/change"
	"signalbox/themes"
)

func TestNumbers(t *testing.T) {
	for _, tc := range []struct{ got, want string }{
		{Thousands(0), "0"}, {Thousands(999), "999"}, {Thousands(88214), "88,214"}, {Thousands(1234567), "1,234,567"},
		{Thousands(-1234), "−1,234"}, {Thousands(-123), "−123"}, {Thousands(math.MinInt64), "−9,223,372,036,854,775,808"},
		{Compact(912), "912"}, {Compact(999), "999"}, {Compact(1000), "1k"}, {Compact(9149), "9.1k"}, {Compact(9950), "10k"},
		{Compact(48211), "48k"}, {Compact(999499), "999k"}, {Compact(999500), "1M"}, {Compact(9100000), "9.1M"}, {Compact(-48000), "−48k"},
		{Percent(0.0011, 2), "0.11%"}, {Percent(0.019, 2), "1.90%"}, {Percent(1, 0), "100%"}, {Percent(math.NaN(), 2), "—"}, {Percent(math.Inf(1), 2), "—"},
		{Signed(1.79, 2), "+1.79"}, {Signed(-5, 0), "−5"}, {Signed(0, 2), "0.00"}, {Signed(-0.001, 2), "0.00"}, {Signed(0.001, 2), "0.00"},
		{Decimal(1204, 0), "1,204"}, {Decimal(1204567.25, 1), "1,204,567.2"}, {Factor(26), "×26"}, {Factor(1.44), "×1.4"}, {Factor(3), "×3"},
		{Quorum(2, 3), "2/3"},
	} {
		if tc.got != tc.want {
			t.Errorf("got %q, want %q", tc.got, tc.want)
		}
	}
	for score, want := range map[int]Run{
		12: {"12 L", Meta()}, 34: {"34 L", Meta()}, 35: {"35 M", Plain()}, 62: {"62 M", Plain()}, 70: {"70 H", Style{Fg: themes.Caution, Attr: themes.Bold}},
		85: {"85 V", Style{Fg: themes.Caution, Attr: themes.Bold}},
	} {
		if got := Risk(change.Risk{Score: score}, " "); got != want {
			t.Errorf("risk %d = %+v, want %+v", score, got, want)
		}
	}
}

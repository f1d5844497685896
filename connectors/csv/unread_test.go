package csv_test

import (
	"slices"
	"testing"

	"signalbox/connectors/csv"
	"signalbox/release/fact"
)

// TestUnread: a window whose row cannot be understood any more is named, so that what is stored of it stays.
func TestUnread(t *testing.T) {
	const head = "id,kind,scope,zone,start,end\n"
	const good = "good,freeze,org,UTC,2026-12-01,2026-12-03\n"
	for _, c := range []struct {
		name, rows string
		want       []string
	}{
		{"nothing refused", good, nil},
		{"a start that is none", good + "a,freeze,org,UTC,tomorrow,\n", []string{"a"}},
		{"no such kind, and no such scope", good + "b,party,org,UTC,2026-12-01,\na,freeze,nowhere,UTC,2026-12-01,\n", []string{"a", "b"}},
		{"too few cells", good + "a,freeze\n", []string{"a"}},
		{"too many", good + "a,freeze,org,UTC,2026-12-01,2026-12-03,more\n", []string{"a"}},
		{"a quote within a cell after the id", good + "a,fr\"eeze,org,UTC,2026-12-01,2026-12-03\n" + "z,freeze,org,UTC,2026-12-01,2026-12-03\n", []string{"a"}},
		{"a quote within the id", "a\"b,freeze,org,UTC,2026-12-01,2026-12-03\n" + good, nil},
		{"no id", good + ",freeze,org,UTC,2026-12-01,2026-12-03\n", nil},
		{"an id that is taken too", good + "good,freeze,org,UTC,tomorrow,\n", nil},
		{"an id in its guard", good + "'=a,freeze,org,UTC,tomorrow,\n''=b,freeze,org,UTC,tomorrow,\n", []string{"'=b", "=a"}},
	} {
		s, err := csv.Map("rota", "t.csv", csv.Windows, []byte(head+c.rows))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got := s.Fact.(fact.CalendarSeen).Unread; !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

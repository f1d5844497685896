package tui

import (
	"fmt"
	"strings"
	"testing"

	"signalbox/views"
)

// Every list is filtered in the one language, with the count while one types and in its head, with the words that
// were used before, and with tab.
func TestEveryListIsFiltered(t *testing.T) {
	estate := wholeEstate()
	for _, size := range [][2]int{{80, 24}, {120, 36}} {
		for _, c := range []struct {
			view, words, tab, done string
			shown                  int
		}{
			{"1", "kind:change -risk<30", "kin", "kind:", 4}, {"1", "kind:letter,message", "carefully", "carefully", 2}, {"2", "kind:freeze starts<2d", "sta", "sta", 1}, {"2", "svc:identity", "lasts", "lasts<", 7},
			{"4", "svc:identity", "evid:mi", "evid:missing", 1}, {"5", "svc:identity,search tier:3", "bl", "blast>", 1}, {"6", "part:done svc:identity", "part:m", "part:moving", 1},
			{"6", "share>50 moving", "err", "errors>", 2}, {"7", "burn>1 budget<65", "bud", "budget>", 2}, {"7", "tier:1 env:prod -page", "state:t", "state:ticket", 3}, {"g f", "kind:push", "let", "letters>", 3},
		} {
			r := newRigIn(t, estate, Options{Views: places(), Width: size[0], Height: size[1], Start: []string{"board"}})
			r.keys(c.view)
			name := r.s.top().view.Name()
			if _, ok := r.s.top().view.(views.Filtering); !ok {
				t.Errorf("%s has no language", name)
			}
			r.keys("/")
			r.write(c.tab)
			r.keys("tab")
			if got := r.s.filter.field.String(); got != c.done {
				t.Errorf("%s: tab makes %q of %q, want %q", name, got, c.tab, c.done)
			}
			r.keys("esc /")
			r.write(c.words)
			_, shown, all := r.s.top().view.Filter(c.words)
			if shown != c.shown {
				t.Errorf("%s shows %d of %d for %q, want %d", name, shown, all, c.words, c.shown)
			}
			r.wants(t, r.ticker(t), fmt.Sprintf("%d of %d", shown, all))
			if strings.Contains(r.hintRow(t), "at 1:") {
				t.Errorf("%s does not read %q: %s", name, c.words, r.hintRow(t))
			}
			r.keys("enter")
			said := fmt.Sprintf("%d of %d", shown, all)
			if head := strings.Join(rows(r.show(t))[2:size[1]-2], "\n"); !strings.Contains(head, said) {
				t.Errorf("%s at %v does not say %q in its head:\n%s", name, size, said, head)
			}
			r.keys("/ esc esc / up")
			if got := r.s.filter.field.String(); got != c.words {
				t.Errorf("%s remembers %q, not %q", name, got, c.words)
			}
		}
	}
}

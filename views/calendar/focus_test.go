package calendar_test

import (
	"testing"
	"time"

	"signalbox/views"
	"signalbox/views/calendar"
	"signalbox/views/viewtest"
)

// The calendar opens on a change, a rollout, a freeze, an entry by its key or its id alone, and an instant; what it
// does not have it says, unless it was carried there from another view: then it is on the lane of the service.
func TestOpensOnWhatIsAskedFor(t *testing.T) {
	c := viewtest.Week()
	for ask, want := range map[string]string{
		"CHG-4203": "CHG-4203", "RO-734": "RO-734", "FRZ-12": "FRZ-12", "US Thanksgiving@retail": "retail/US Thanksgiving@retail/2026-11-26T05:00:00Z",
		"operations/MW@operations/2026-11-23T04:00:00Z": "operations/MW@operations/2026-11-23T04:00:00Z", "2026-11-27T00:00:00Z": "FRZ-12",
	} {
		for _, w := range []int{80, 120} {
			if s := on(c, ask, w, 24).Selection(); s.ID != want || s.At.IsZero() {
				t.Errorf("%q opens on %s %q", ask, s.Kind, s.ID)
			}
		}
	}
	v := calendar.New(c, "CHG-99")
	v, _ = v.Update(views.Focus{Kind: views.ChangeKind, ID: "CHG-99", Change: "CHG-99", Service: "identity", At: viewtest.Noon.Add(-time.Hour)})
	v, _ = v.Update(views.Resize{W: 120, H: 32})
	v, said := viewtest.Run(v, v.Init())
	if s := v.Selection(); s.Service != "identity" || len(said) > 0 {
		t.Errorf("it is on the lane of %q and says %v", s.Service, said)
	}
	v = viewtest.Open(calendar.New(c, ""), 120, 32)
	if v, said = viewtest.Send(v, views.Focus{Service: "search", At: viewtest.Noon}); v.Selection().Service != "search" || len(said) > 0 {
		t.Errorf("it is on the lane of %q and says %v", v.Selection().Service, said)
	}
}

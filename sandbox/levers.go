package sandbox

import (
	"context"
	"fmt"
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/port"
	"signalbox/release/simulation"
)

// menu is what a trainer may let happen. step makes it for a target, which is a service or a feed.
var menu = []struct {
	name, short, target string // target "" takes the scenario's focus
	feed                bool
	step                func(target string) Step
}{
	{"errors", "the newest version of a service answers 5xx", "", false, func(t string) Step {
		return Step{Text: t + " answers 5xx", Fault: &faultStep{Service: t, Version: "newest", Errors: 0.08}}
	}},
	{"latency", "a service becomes four times slower", "", false, func(t string) Step {
		return Step{Text: t + " is four times slower", Fault: &faultStep{Service: t, Latency: 4, Errors: 0.004}}
	}},
	{"surge", "a service is asked three times as much for 20m", "", false, func(t string) Step {
		return Step{Text: t + " is asked three times as much", Fault: &faultStep{Service: t, Rate: 3, Latency: 1.4, For: duration(20 * time.Minute)}}
	}},
	{"alert", "an alert fires for a service", "", false, func(t string) Step {
		return Step{Text: "an alert fires for " + t, Alert: &alertStep{Name: "HighErrorRate", Service: t, Severity: "page", Summary: "5xx ratio over its limit on " + t}}
	}},
	{"calm", "a service is well again", "", false, func(t string) Step {
		return Step{Text: t + " is well again", Mend: &mendStep{Service: t}}
	}},
	{"resolve", "that alert is resolved", "", false, func(t string) Step {
		return Step{Text: "the alert of " + t + " is resolved", Alert: &alertStep{Name: "HighErrorRate", Service: t, Severity: "page", Summary: "5xx ratio over its limit on " + t, Resolved: true}}
	}},
	{"abort", "the newest deployment of a service fails", "", false, func(t string) Step {
		return Step{Text: "the deployment of " + t + " fails", Status: &statusStep{Service: t, State: "failure"}}
	}},
	{"deploy", "another version of a service asks for production", "", false, func(t string) Step {
		return Step{Text: t + " asks for production", Deploy: &deployStep{Service: t}}
	}},
	{"dark", "a feed falls silent", monitor, true, func(t string) Step {
		return Step{Text: t + " falls silent", Silence: &feedStep{Feed: t}}
	}},
	{"back", "a silent feed speaks again", monitor, true, func(t string) Step {
		return Step{Text: t + " speaks again", Back: &feedStep{Feed: t}}
	}},
	{"freeze", "the coordinator freezes the team of a service for 2h", "", false, func(t string) Step {
		return Step{Text: "a freeze of " + t + " is declared", Freeze: &freezeStep{Kind: "hard", Scope: "service:" + t, By: "n.okafor", For: duration(2 * time.Hour), Message: "nothing moves until it is understood"}}
	}},
	{"vendor", "the card network announces maintenance in 30m", "payments-api", false, func(t string) Step {
		return Step{Text: "a vendor of " + t + " announces maintenance", Calendar: &calendarStep{Calendar: "vendor-notices", Title: "Unplanned maintenance", Kind: "vendor", Scope: "service:" + t,
			From: duration(30 * time.Minute), For: duration(2 * time.Hour)}}
	}},
}

// injects are the menu with the targets that they have in this scenario.
func (s *Sandbox) injects() []simulation.Inject {
	out := make([]simulation.Inject, len(menu))
	for i, m := range menu {
		out[i] = simulation.Inject{Name: m.name, Short: m.short, Target: m.target}
		if m.target == "" {
			out[i].Target = s.focus()
		}
	}
	return out
}

func (s *Sandbox) focus() string {
	if s.scenario.Focus != "" {
		return s.scenario.Focus
	}
	return "checkout-web"
}

// Plan says what a command would do. It looks at the newest state only, so that it may be asked at any time.
func (s *Sandbox) Plan(c simulation.Command) (string, error) {
	st := s.State()
	switch c.Act {
	case simulation.Pause:
		if st.Paused {
			return "", release.Errorf(release.Refused, "the clock stands still already").Advise("sandbox resume lets it go on")
		}
		return "stopped the clock at " + st.Now.Format("15:04:05Z"), nil
	case simulation.Resume:
		if !st.Paused {
			return "", release.Errorf(release.Refused, "the clock goes already").Advise("sandbox pause stops it")
		}
		return "let the clock go on", nil
	case simulation.Speed:
		return "set the clock to " + simulation.Factor(speedOf(c, st)), nil
	case simulation.Jump:
		to, err := target(c, st)
		if err != nil {
			return "", err
		}
		return fmt.Sprintf("jumped to %s, %s on", to.Format("Mon 15:04:05Z"), release.Span(to.Sub(st.Now).Round(time.Second))), nil
	case simulation.Let:
		step, err := chosen(c, st)
		if err != nil {
			return "", err
		}
		return "injected: " + step.Text, nil
	case simulation.Note:
		if clean(c.Name) == "" {
			return "", release.Errorf(release.Usage, "the note is empty").Advise("write it: sandbox note -m \"…\"")
		}
		return "noted: " + c.Name, nil
	case simulation.Reset:
		return fmt.Sprintf("began %s anew", st.Scenario), nil
	case simulation.Play:
		sc, err := find(c.Name)
		if err != nil {
			return "", err
		}
		return fmt.Sprintf("began %s: %s", sc.Name, sc.Title), nil
	}
	return "", release.Errorf(release.Usage, "a simulation cannot %s", release.Clean(string(c.Act), 20))
}

func speedOf(c simulation.Command, st *simulation.State) float64 {
	if c.Speed != 0 {
		return c.Speed
	}
	return simulation.Faster(st.Speed)
}

// target is where a jump goes: an instant that is later, and not too far.
func target(c simulation.Command, st *simulation.State) (time.Time, error) {
	to := c.To
	if to.IsZero() {
		n := st.Next()
		if n == nil {
			return to, release.Errorf(release.Refused, "nothing more comes by itself").Advise("jump by a time, such as +15m, or inject something")
		}
		to = n.At
	}
	switch {
	case to.Before(st.Now):
		return to, release.Errorf(release.Refused, "the clock does not go back").Advise("sandbox reset begins anew")
	case to.Sub(st.Now) > simulation.Farthest:
		return to, release.Errorf(release.Refused, "one jump goes %s at most", release.Length(simulation.Farthest)).Advise("jump more than once")
	}
	return to.UTC(), nil
}

// chosen is the step of an inject.
func chosen(c simulation.Command, st *simulation.State) (Step, error) {
	var names []string
	for i, m := range menu {
		names = append(names, m.name)
		if m.name != c.Name {
			continue
		}
		to := strings.ToLower(c.Target)
		if to == "" {
			to = st.Injects[i].Target
		}
		step := m.step(to)
		if err := step.check(); err != nil {
			return Step{}, release.Errorf(release.NotFound, "%s", err.Error()).Advise("service list and feeds show what there is")
		}
		return step, nil
	}
	return Step{}, release.Errorf(release.NotFound, "there is no inject %q", release.Clean(c.Name, 40)).Advise("choose one of %s", strings.Join(names, ", "))
}

// Do carries a command out.
func (s *Sandbox) Do(ctx context.Context, c simulation.Command) error {
	ctx = withTurn(context.WithoutCancel(ctx)) // who hangs up must not leave a jump half done
	s.turn.Lock()
	defer s.turn.Unlock()
	switch st := s.State(); c.Act {
	case simulation.Pause:
		s.clock.stand(true)
	case simulation.Resume:
		s.clock.stand(false)
	case simulation.Speed:
		s.clock.pace(speedOf(c, st))
	case simulation.Jump:
		to, err := target(c, st)
		if err != nil {
			return err
		}
		s.until(ctx, to)
		return nil
	case simulation.Let:
		step, err := chosen(c, st)
		if err != nil {
			return err
		}
		line := &simulation.Step{At: s.Now(), Text: step.Text, By: c.By}
		s.steps = append(s.steps, line)
		s.put(line.At, line, func(ctx context.Context) error { return s.carry(ctx, &step) })
		s.until(ctx, line.At)
		if line.Failed != "" {
			return release.Errorf(release.Refused, "it could not happen: %s", line.Failed)
		}
		return nil
	case simulation.Note:
		s.steps = append(s.steps, &simulation.Step{At: st.Now, Text: "note: " + c.Name, Done: true, By: c.By})
	case simulation.Play, simulation.Reset:
		if c.Act == simulation.Play {
			sc, err := find(c.Name)
			if err != nil {
				return err
			}
			s.scenario = sc
		}
		return s.renew(ctx)
	}
	s.show()
	return nil
}

// renew puts an empty store in the place of the one there is and founds the company again.
func (s *Sandbox) renew(ctx context.Context) error {
	s.random.rewind()
	if err := s.house.Renew(ctx); err != nil {
		return err
	}
	s.house.Control.Renewed()
	if err := s.build(ctx); err != nil {
		return err
	}
	s.house.Control.Hub.Publish(port.Topics...) // screens show the beginning, although the clock stands still
	return nil
}
